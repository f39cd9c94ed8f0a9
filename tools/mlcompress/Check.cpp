#include "Command.h"
#include "ReportFiles.h"
#include "ReportTables.h"
#include "SharedOptions.h"
#include "mlcompress/Compiler.h"
#include "mlcompress/Json.h"

#include <filesystem>

namespace mlc {

void addCheck(CLI::App &app, Invocation &invocation) {
  CLI::App *command = app.add_subcommand("check", "compare a compiled library with the original model");
  auto options = std::make_shared<CheckOptions>();
  command->add_option("model", options->model, "the original ONNX file")->required()->type_name("MODEL.onnx");
  command->add_option("library", options->library, "what optimize or compile wrote: the directory or the .so")
      ->required()
      ->type_name("DIR");
  addDataOptions(*command, options->data, "--data", "samples to compare on");
  addPreprocessOption(*command, {&options->data});
  addDimOption(*command, options->dims);
  addThreadsOption(*command, options->threads, "threads of the library");
  addRunnerOption(*command, options->runner);
  addGateOptions(*command, options->metrics, options->gates);
  auto files = std::make_shared<ReportFiles>();
  addReportOptions(*command, *files);
  addOutputOptions(*command, invocation);
  command->footer(R"(
Examples:
  mlcompress check model.onnx model-host/ --data samples/ --min-cosine 0.99 --min-top1 0.98
  mlcompress check model.onnx model-host/ --data labelled/ --metric top1 --metric f1 --max-drop 1%
  mlcompress check asr.onnx asr-host/ --data clips/ --gate "cer:blank=0<=8%" --max-latency 0.8x --max-size 0.3x
  mlcompress check model.onnx model-host/ --random 7 --max-abs 1e-4
  mlcompress check model.onnx model-host/ --data test/ --metric top1 --max-drop 1% --junit gates.xml
  mlcompress check model.onnx model-graviton3/ --data test_data_set_0/ --runner "qemu-aarch64 -L /usr/aarch64-linux-gnu"

Exit codes: 0 every gate passed, 1 a gate failed, 2 wrong usage, 3 unsupported model, 4 bad input,
5 no gate failed, but the samples are too few to decide one
)");
  command->callback([options, files, &invocation] {
    invocation.action = [options, files, &invocation] {
      if (!options->data.given())
        return invocation.fail(usageError("check needs samples: give --data, or --random SEED to make them up"));
      Result<CheckReport> report = withProgress(invocation, [&](PhaseCallback onPhase) {
        options->onPhase = std::move(onPhase);
        return check(*options);
      });
      if (!report)
        return invocation.fail(report.error());
      OptimizeReport whole = asReport(*report, std::filesystem::path(options->model).stem().string(),
                                      std::filesystem::path(options->library).filename().string());
      if (auto written = writeReports(*files, whole); !written)
        return invocation.fail(written.error());
      if (invocation.json)
        invocation.out << toJson(*report);
      else
        invocation.out << agreementTable(*report) << metricTable(report->metrics) << gateTable(report->gates)
                       << warningLines(report->warnings);
      sayFailedGates(report->gates, invocation.err);
      return exitCodeOf(*report);
    };
  });
}

} // namespace mlc
