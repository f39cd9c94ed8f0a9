#include "Pipeline/TapRunner.h"
#include "Graph/WeightStore.h"
#include "Pipeline/HostLibrary.h"
#include "Pipeline/Signature.h"

using namespace mlir;

namespace mlc {

Result<std::unique_ptr<TapRunner>> TapRunner::create(Session &session, ModuleOp graph, ArrayRef<Value> taps,
                                                     const DataSource &source, const DimSizes &dims) {
  session.phase("calibrate", 0, "compiling the model with its activations as outputs");
  size_t outputs = graph.lookupSymbol<func::FuncOp>("main").getNumResults();
  auto data = DataSet::open(source, inputsOf(graph), outputsOf(graph), dims);
  if (!data)
    return data.error();
  graph::WeightStore::Keep keep(graph);
  TappedModule tapped = withTaps(graph, taps);
  auto file = compileForHost(session, std::move(tapped.module), "calibration");
  if (!file)
    return file.error();
  auto model = LoadedModel::open(file->path());
  if (!model)
    return model.error();
  return std::unique_ptr<TapRunner>(
      new TapRunner(session, std::move(file->file), std::move(*model), std::move(*data), outputs));
}

Result<std::optional<std::vector<Tensor>>> TapRunner::next() {
  if (at_ == data_.size())
    return std::optional<std::vector<Tensor>>();
  session_.phase("calibrate", static_cast<double>(at_) / data_.size());
  auto sample = data_.sample(at_++);
  if (!sample)
    return sample.error();
  std::vector<Tensor> inputs;
  for (NamedTensor &input : sample->inputs)
    inputs.push_back(std::move(input.tensor));
  auto results = model_.run(inputs);
  if (!results)
    return results.error();
  return std::optional<std::vector<Tensor>>(std::vector<Tensor>(std::make_move_iterator(results->begin() + outputs_),
                                                                std::make_move_iterator(results->end())));
}

} // namespace mlc
