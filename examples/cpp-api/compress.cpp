// Compiles a model for this machine with the C++ API and tells how well the library agrees with it.
// Usage: cpp-api MODEL.onnx DATA.npz OUT
#include <mlcompress/Compiler.h>
#include <mlcompress/Json.h>

#include <iostream>

static int fail(const mlc::Error &error) {
  std::cerr << "error: " << error.message << '\n';
  return static_cast<int>(error.code);
}

int main(int argc, char **argv) {
  if (argc != 4)
    return fail(mlc::usageError("usage: cpp-api MODEL.onnx DATA.npz OUT"));

  mlc::Result<mlc::ModelInfo> info = mlc::inspect(argv[1]);
  if (!info)
    return fail(info.error());
  for (const mlc::TensorDescription &input : info->inputs)
    std::cout << "input " << input.name << ": " << mlc::describeType(input.dtype, input.shape) << '\n';

  mlc::OptimizeOptions options;
  options.model = argv[1];
  options.data.path = argv[2];
  options.out = argv[3];
  options.gates.minTop1 = 1.0;
  options.onPhase = [phase = std::string()](const mlc::PhaseEvent &event) mutable {
    if (event.phase != phase)
      std::cout << "phase " << event.phase << '\n';
    phase = event.phase;
  };
  mlc::Result<mlc::OptimizeReport> report = mlc::optimize(options);
  if (!report)
    return fail(report.error());
  for (const mlc::OutputAgreement &output : report->check->outputs)
    std::cout << "output " << output.name << ": top-1 agreement " << *output.top1 << ", relative L2 "
              << output.relativeL2 << '\n';
  std::cout << report->compile.directory << '/' << report->compile.library << ": " << report->compile.libraryBytes
            << " bytes\n"
            << mlc::toJson(*report->check);
  return static_cast<int>(report->check->passed ? mlc::ExitCode::Pass : mlc::ExitCode::GateFailed);
}
