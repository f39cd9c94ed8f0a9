#include "Command.h"
#include "ReportFiles.h"
#include "ReportTables.h"
#include "SharedOptions.h"
#include "Support/Table.h"
#include "mlcompress/Compiler.h"
#include "mlcompress/Json.h"

#include <fmt/format.h>

namespace mlc {

static std::string summary(const OptimizeReport &report) {
  const CompileReport &compile = report.compile;
  Table table({{"", Table::Align::Left},
               {"before", Table::Align::Right},
               {"after", Table::Align::Right},
               {"", Table::Align::Left}});
  table.addRow(
      {"size", formatBytes(compile.modelBytes), formatBytes(compile.libraryBytes),
       compile.modelBytes ? fmt::format("{:.2f} x", double(compile.libraryBytes) / double(compile.modelBytes)) : ""});
  if (report.latencyAfter) {
    bool both = report.latencyBefore && report.latencyAfter->medianMs > 0;
    table.addRow({"latency", report.latencyBefore ? formatMilliseconds(report.latencyBefore->medianMs) : "",
                  formatMilliseconds(report.latencyAfter->medianMs),
                  both ? fmt::format("{:.2f} x", report.latencyAfter->medianMs / report.latencyBefore->medianMs) : ""});
  }
  std::string text = fmt::format("{} for {}, compiled in {} with {} of memory\n", compile.name, compile.target,
                                 formatSeconds(compile.seconds), formatBytes(compile.peakMemoryBytes));
  text += table.text();
  if (report.check)
    text += '\n' + agreementTable(*report.check) + metricTable(report.check->metrics) + gateTable(report.check->gates);
  if (std::string candidates = candidateTable(report.candidates); !candidates.empty())
    text += "\nmixes of precisions:\n" + candidates;
  if (std::string sensitivity = sensitivityTable(report.layers); !sensitivity.empty())
    text += '\n' + sensitivity;
  if (!compile.fallbacks.empty()) // those of quantization are among them
    text += '\n' + fallbackTable(compile.fallbacks);
  text += '\n';
  if (report.quantize)
    for (const std::string &note : report.quantize->notes)
      text += "note: " + note + '\n';
  for (const std::string &note : report.notes)
    text += "note: " + note + '\n';
  text += warningLines(report.warnings);
  return text + filesLine(compile, {"manifest.json", "report.json"});
}

void addOptimize(CLI::App &app, Invocation &invocation) {
  CLI::App *command = app.add_subcommand("optimize", "compress, compile, check and report: everything in one go");
  auto options = std::make_shared<OptimizeOptions>();
  command->add_option("model", options->model, "the ONNX file")->required()->type_name("MODEL.onnx");
  command->add_option("-t,--target", options->target, "CPU to compile for ('mlcompress targets' lists all)")
      ->type_name("TARGET")
      ->capture_default_str();
  command
      ->add_option("-o,--out", options->out,
                   "directory to write (default: NAME-TARGET, NAME-TARGET-int8, -int4, -bf16 or -fp16)")
      ->type_name("DIR");
  command->add_option("--name", options->name, "name of the library (default: of the model file)")->type_name("NAME");
  command->add_flag("--force", options->force, "replace a directory that holds other files");
  CLI::Option *int8 = command->add_flag("--int8", options->int8, "quantize to 8-bit integers");
  CLI::Option *bf16 = command
                          ->add_flag("--bf16", options->bf16,
                                     "multiply in bfloat16 and sum in fp32, where the target has instructions for it")
                          ->excludes(int8);
  CLI::Option *fp16 =
      command
          ->add_flag("--fp16", options->fp16,
                     "store weights as float16 and sum in fp32; with --calib, where the target computes with float16, "
                     "also values between layers that fit. Inputs and outputs keep their types")
          ->excludes(int8)
          ->excludes(bf16);
  addInt8Options(*command, options->quantization, int8);
  addCalibrationCacheOptions(*command, options->calibrationCache);
  addInt4Options(*command, options->int4, options->group)->excludes(int8)->excludes(bf16)->excludes(fp16);
  addLayerOptions(*command, options->layers);
  command
      ->add_option_function<std::string>(
          "--budget-time", [options](const std::string &text) { options->budgetSeconds = parseSeconds(text); },
          "time that --int8 or --int4 with --max-drop may search for the best mix of precisions (default: 10min)")
      ->type_name("TIME")
      ->group("Quantization to int8");
  command
      ->add_flag("--sensitivity", options->sensitivity,
                 "measure what each layer loses in int8, alone and in the compressed model, and report it")
      ->needs(int8)
      ->group("Quantization to int8");
  command
      ->add_option("--recipe", options->recipe,
                   "do what another run did: its recipe.json, of the same model and calibration data")
      ->type_name("FILE")
      ->excludes(int8)
      ->group("Layers");
  addDataOptions(*command, options->data, "--data,--val", "samples to check with (default: those of --calib)");
  addPreprocessOption(*command, {&options->data, &options->quantization.calib});
  addDimOption(*command, options->dims);
  addThreadsOption(*command, options->threads, "threads of the compiler, 0: all");
  addRunnerOption(*command, options->runner);
  addGateOptions(*command, options->metrics, options->gates);
  auto files = std::make_shared<ReportFiles>();
  addReportOptions(*command, *files);
  addOutputOptions(*command, invocation);
  command->footer(R"(
Writes libNAME.so, NAME.h, manifest.json, report.json and, with --int8 or --int4, NAME.int8.onnx or
NAME.int4.onnx; with --int8, --int4, --bf16 or --fp16 also recipe.json, which --recipe repeats. Nothing is
written where it fails; where a gate fails, the library is there to be looked at.

With --int8 and --max-drop layers that 8 bits harm too much keep bf16 or fp32: of the mixes that lose
no more than that on the samples of --val, the fastest. With --int4 they get 8 bits or keep fp32: of
the mixes, the smallest.

Examples:
  mlcompress optimize model.onnx
  mlcompress optimize model.onnx --random 1 --dim batch=4
  mlcompress optimize model.onnx --int8 --calib samples/ --min-cosine 0.98
  mlcompress optimize model.onnx --int8 --calib samples/ --data labelled/ --metric top1 --max-drop 1% --max-size 0.3x
  mlcompress optimize model.onnx --int8 --calib samples/ --calib-method percentile:99.9
  mlcompress optimize model.onnx --int8 --calib samples/ --val test/ --max-drop 1% --metric top1
  mlcompress optimize model.onnx --int8 --calib samples/ --exclude 'op:Gather' --exclude 'head*'
  mlcompress optimize model.onnx --recipe out/recipe.json --calib samples/
  mlcompress optimize model.onnx --int8 --calib photos/ --preprocess imagenet.json
  mlcompress optimize model.onnx --target graviton3 --int8 --calib samples/ -o out/
  mlcompress optimize model.onnx --target sapphirerapids --bf16
  mlcompress optimize model.onnx --fp16 --random 1
  mlcompress optimize model.onnx --target graviton3 --fp16 --calib samples/ --exclude 'head*'
  mlcompress optimize model.onnx --int4 --group 64 --calib samples/
  mlcompress optimize model.onnx --int4 --calib samples/ --val test/ --max-drop 1% --metric cosine

Exit codes: 0 done, 1 a gate failed, 2 wrong usage, 3 unsupported model, 4 bad input,
5 no gate failed, but the samples are too few to decide one
)");
  command->callback([options, files, &invocation] {
    invocation.action = [options, files, &invocation] {
      if (auto result = checkTarget(options->target); !result)
        return invocation.fail(result.error());
      if (options->quantization.calib.given() && !options->int8 && !options->int4 && !options->fp16 &&
          options->recipe.empty())
        return invocation.fail(usageError("--calib requires --int8, --int4 or --fp16"));
      bool hasData = options->data.given() || options->quantization.calib.given();
      if (!hasData && (options->gates.needSamples() || !options->metrics.empty()))
        return invocation.fail(
            usageError("a gate on accuracy needs samples: give --data, or --random SEED to make them up"));
      if (options->out.empty())
        options->out = defaultOutputDirectory(options->model, options->target, options->precision());
      Result<OptimizeReport> report = withProgress(invocation, [&](PhaseCallback onPhase) {
        options->onPhase = std::move(onPhase);
        return optimize(*options);
      });
      if (!report)
        return invocation.fail(report.error());
      if (auto written = writeReports(*files, *report); !written)
        return invocation.fail(written.error());
      invocation.out << (invocation.json ? toJson(*report) : summary(*report));
      if (report->check)
        sayFailedGates(report->check->gates, invocation.err);
      return report->check ? exitCodeOf(*report->check) : int(ExitCode::Pass);
    };
  });
}

} // namespace mlc
