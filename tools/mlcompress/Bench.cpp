#include "Command.h"
#include "ReportTables.h"
#include "SharedOptions.h"
#include "Support/Table.h"
#include "mlcompress/Compiler.h"
#include "mlcompress/Json.h"

#include <fmt/format.h>

namespace mlc {

void addBench(CLI::App &app, Invocation &invocation) {
  CLI::App *command = app.add_subcommand("bench", "time single inferences of a library or a model");
  auto options = std::make_shared<BenchOptions>();
  command
      ->add_option("model", options->model,
                   "what optimize or compile wrote (the directory or the .so), or an ONNX file, which is compiled "
                   "for this machine first")
      ->required()
      ->type_name("LIBRARY|MODEL.onnx");
  addDataOptions(*command, options->inputs, "--inputs", "the first sample is timed (default: made up)");
  addPreprocessOption(*command, {&options->inputs});
  addDimOption(*command, options->dims);
  addThreadsOption(*command, options->threads, "threads of the library");
  command->add_option("--seconds", options->seconds, "how long to measure")
      ->type_name("S")
      ->check(between(0.01, 3600))
      ->capture_default_str();
  command->add_flag("--profile", options->profile,
                    "also show each kernel's time and what it reaches of this machine's limits");
  addRunnerOption(*command, options->runner);
  addOutputOptions(*command, invocation);
  command->footer(R"(
Examples:
  mlcompress bench model-host/
  mlcompress bench model.onnx --dim batch=8 --threads 2
  mlcompress bench model-host/ --inputs sample.npz --seconds 10 --json
  mlcompress bench model-host/ --profile

Exit codes: 0 done, 2 wrong usage, 3 unsupported model, 4 bad input
)");
  command->callback([options, &invocation] {
    invocation.action = [options, &invocation] {
      if (!options->inputs.given())
        options->inputs.seed = 0;
      Result<BenchReport> report = withProgress(invocation, [&](PhaseCallback onPhase) {
        options->onPhase = std::move(onPhase);
        return bench(*options);
      });
      if (!report)
        return invocation.fail(report.error());
      if (invocation.json) {
        invocation.out << toJson(*report);
        return int(ExitCode::Pass);
      }
      const Latency &latency = report->latency;
      Table table({{"", Table::Align::Left}, {"", Table::Align::Left}});
      for (const TensorDescription &input : report->inputs)
        table.addRow({"input " + input.name, describeType(input.dtype, input.shape)});
      table.addRow({"latency", fmt::format("{} median, {} least, {} at 95 % ({} runs, {} thread{})",
                                           formatMilliseconds(latency.medianMs), formatMilliseconds(latency.minMs),
                                           formatMilliseconds(latency.p95Ms), latency.runs, latency.threads,
                                           latency.threads == 1 ? "" : "s")});
      table.addRow({"library", formatBytes(report->libraryBytes)});
      table.addRow({"workspace", formatBytes(report->workspaceBytes)});
      invocation.out << fmt::format("{} for {}\n", report->name, report->target) << table.text()
                     << profileTable(*report);
      return int(ExitCode::Pass);
    };
  });
}

} // namespace mlc
