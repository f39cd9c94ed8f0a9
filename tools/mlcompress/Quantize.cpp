#include "Command.h"
#include "ReportTables.h"
#include "SharedOptions.h"
#include "Support/OutputNames.h"
#include "Support/Table.h"
#include "mlcompress/Compiler.h"
#include "mlcompress/Json.h"

#include <fmt/format.h>
#include <limits>

namespace mlc {

static std::string howQuantized(const QuantizeReport &report) {
  if (report.calibrationSamples > 0)
    return fmt::format("calibrated with {} sample{}", report.calibrationSamples,
                       report.calibrationSamples == 1 ? "" : "s");
  return report.blocks ? "rounded to nearest (no calibration data)" : "dynamically (no calibration data)";
}

void addQuantize(CLI::App &app, Invocation &invocation) {
  CLI::App *command =
      app.add_subcommand("quantize", "write a model's int8 form as ONNX (QDQ), or one with weights of 4 bits");
  auto options = std::make_shared<QuantizeOptions>();
  command->add_option("model", options->model, "the ONNX file")->required()->type_name("MODEL.onnx");
  addLayerOptions(*command, options->layers);
  addInt8Options(*command, options->int8);
  addCalibrationCacheOptions(*command, options->calibrationCache);
  addInt4Options(*command, options->int4, options->group);
  command->add_option("--samples", options->int8.calib.maxSamples, "use at most this many samples")
      ->type_name("N")
      ->check(between(1, std::numeric_limits<double>::infinity()));
  addPreprocessOption(*command, {&options->int8.calib});
  command->add_option("-o,--out", options->out, "file to write (default: NAME.int8.onnx or NAME.int4.onnx)")
      ->type_name("FILE.onnx");
  addOutputOptions(*command, invocation);
  command->footer(R"(
Examples:
  mlcompress quantize model.onnx --calib samples/
  mlcompress quantize model.onnx --calib samples/ --calib-method entropy
  mlcompress quantize model.onnx -o dynamic.onnx
  mlcompress quantize model.onnx --int4 --calib samples/

Exit codes: 0 done, 2 wrong usage, 3 unsupported model, 4 bad input
)");
  command->callback([options, &invocation] {
    invocation.action = [options, &invocation] {
      if (options->out.empty())
        options->out = modelName(options->model) + (options->int4 ? ".int4.onnx" : ".int8.onnx");
      Result<QuantizeReport> report = withProgress(invocation, [&](PhaseCallback onPhase) {
        options->onPhase = std::move(onPhase);
        return quantize(*options);
      });
      if (!report)
        return invocation.fail(report.error());
      if (invocation.json) {
        invocation.out << toJson(*report);
        return int(ExitCode::Pass);
      }
      invocation.out << fmt::format("{}: {} -> {}, {} nodes quantized, {}\n", report->path,
                                    formatBytes(report->modelBytes), formatBytes(report->quantizedBytes),
                                    report->quantizedNodes, howQuantized(*report))
                     << fallbackTable(report->fallbacks);
      for (const std::string &note : report->notes)
        invocation.out << "note: " << note << '\n';
      return int(ExitCode::Pass);
    };
  });
}

} // namespace mlc
