#include "Command.h"
#include "SharedOptions.h"
#include "Support/Table.h"
#include "mlcompress/Compiler.h"
#include "mlcompress/Json.h"

#include <fmt/format.h>

namespace mlc {

void addRun(CLI::App &app, Invocation &invocation) {
  CLI::App *command = app.add_subcommand("run", "run a library or a model on data and write its outputs");
  auto options = std::make_shared<RunOptions>();
  command
      ->add_option("model", options->model,
                   "what optimize or compile wrote (the directory or the .so), or an ONNX file, which is compiled "
                   "for this machine first")
      ->required()
      ->type_name("LIBRARY|MODEL.onnx");
  addDataOptions(*command, options->inputs, "--inputs", "samples to run");
  addPreprocessOption(*command, {&options->inputs});
  command
      ->add_option("--outputs", options->outputs,
                   "where to write: a .npz file for one sample, or a folder (SAMPLE.npz each; output_K.pb where the "
                   "inputs were .pb)")
      ->required()
      ->type_name("OUT");
  addDimOption(*command, options->dims);
  addThreadsOption(*command, options->threads, "threads of the library");
  addRunnerOption(*command, options->runner);
  addOutputOptions(*command, invocation);
  command->footer(R"(
Examples:
  mlcompress run model-host/ --inputs sample.npz --outputs result.npz
  mlcompress run model.onnx --inputs samples/ --outputs results/
  mlcompress run model-graviton3/ --inputs samples/ --outputs results/ --runner "qemu-aarch64 -L /usr/aarch64-linux-gnu"

Exit codes: 0 done, 2 wrong usage, 3 unsupported model, 4 bad input
)");
  command->callback([options, &invocation] {
    invocation.action = [options, &invocation] {
      if (!options->inputs.given())
        return invocation.fail(usageError("run needs samples: give --inputs, or --random SEED to make them up"));
      Result<RunReport> report = withProgress(invocation, [&](PhaseCallback onPhase) {
        options->onPhase = std::move(onPhase);
        return run(*options);
      });
      if (!report)
        return invocation.fail(report.error());
      if (invocation.json) {
        invocation.out << toJson(*report);
        return int(ExitCode::Pass);
      }
      Table table({{"output", Table::Align::Left}, {"type", Table::Align::Left}});
      for (const TensorDescription &output : report->outputs)
        table.addRow({output.name, describeType(output.dtype, output.shape)});
      invocation.out << table.text()
                     << fmt::format("{} sample{} in {}, outputs in {}\n", report->samples,
                                    report->samples == 1 ? "" : "s", formatSeconds(report->seconds), options->outputs);
      return int(ExitCode::Pass);
    };
  });
}

} // namespace mlc
