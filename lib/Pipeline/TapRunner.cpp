#include "Pipeline/TapRunner.h"
#include "Pipeline/HostLibrary.h"

using namespace mlir;

namespace mlc {

Result<std::unique_ptr<TapRunner>> TapRunner::create(Session &session, TappedModule tapped) {
  session.phase("calibrate", 0, "compiling the model with its activations as outputs");
  auto file = compileForHost(session, std::move(tapped.module), "calibration");
  if (!file)
    return file.error();
  auto model = LoadedModel::open(file->path());
  if (!model)
    return model.error();
  return std::unique_ptr<TapRunner>(new TapRunner(std::move(file->file), std::move(*model)));
}

Result<const std::vector<Tensor> *> TapRunner::run(Sample sample) {
  std::vector<Tensor> inputs;
  for (NamedTensor &input : sample.inputs)
    inputs.push_back(std::move(input.tensor));
  if (auto done = model_.run(inputs, results_); !done)
    return done.error();
  return &results_;
}

} // namespace mlc
