#include "Command.h"
#include "ReportTables.h"
#include "SharedOptions.h"
#include "Support/Table.h"
#include "mlcompress/Compiler.h"
#include "mlcompress/Json.h"

#include <fmt/format.h>

namespace mlc {

void addCompile(CLI::App &app, Invocation &invocation) {
  CLI::App *command = app.add_subcommand("compile", "compile a model as it is, without compressing or checking");
  auto options = std::make_shared<CompileOptions>();
  command->add_option("model", options->model, "the ONNX file, fp32 or quantized (QDQ)")
      ->required()
      ->type_name("MODEL.onnx");
  command->add_option("-t,--target", options->target, "CPU to compile for ('mlcompress targets' lists all)")
      ->type_name("TARGET")
      ->capture_default_str();
  command->add_option("-o,--out", options->out, "directory to write (default: NAME-TARGET)")->type_name("DIR");
  command->add_option("--name", options->name, "name of the library (default: of the model file)")->type_name("NAME");
  command->add_flag("--force", options->force, "replace a directory that holds other files");
  addThreadsOption(*command, options->threads, "threads of the compiler, 0: all");
  addOutputOptions(*command, invocation);
  command->footer(R"(
Writes libNAME.so, NAME.h and manifest.json.

Examples:
  mlcompress compile model.onnx
  mlcompress compile model.int8.onnx --target graviton3 -o out/

Exit codes: 0 done, 2 wrong usage, 3 unsupported model, 4 bad input
)");
  command->callback([options, &invocation] {
    invocation.action = [options, &invocation] {
      if (auto result = checkTarget(options->target); !result)
        return invocation.fail(result.error());
      if (options->out.empty())
        options->out = defaultOutputDirectory(options->model, options->target, "");
      Result<CompileReport> report = withProgress(invocation, [&](PhaseCallback onPhase) {
        options->onPhase = std::move(onPhase);
        return compile(*options);
      });
      if (!report)
        return invocation.fail(report.error());
      if (invocation.json) {
        invocation.out << toJson(*report);
        return int(ExitCode::Pass);
      }
      invocation.out << fmt::format("{} for {}: {}, compiled in {} with {} of memory\n", report->name, report->target,
                                    formatBytes(report->libraryBytes), formatSeconds(report->seconds),
                                    formatBytes(report->peakMemoryBytes))
                     << fallbackTable(report->fallbacks) << filesLine(*report, {"manifest.json"});
      return int(ExitCode::Pass);
    };
  });
}

} // namespace mlc
