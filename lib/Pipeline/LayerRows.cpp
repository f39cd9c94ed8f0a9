#include "Pipeline/LayerRows.h"

#include "Graph/Constants.h"
#include "Graph/Graph.h"
#include "Graph/NodeName.h"
#include "Graph/WeightStore.h"
#include "Pipeline/HostLibrary.h"
#include "Pipeline/Signature.h"
#include "Runtime/LoadedModel.h"
#include "Support/DTypeConversion.h"
#include "Support/DataSet.h"
#include "passes/Precision/Layers.h"
#include "passes/Precision/PrecisionSwitch.h"

#include <cmath>
#include <limits>

using namespace mlir;

namespace mlc {

// The constants that a layer reads: its weights, and biases beside them.
static SmallVector<Value> weightsOf(Operation *op) {
  SmallVector<Value> weights;
  for (Value operand : op->getOperands()) {
    if (auto transpose = operand.getDefiningOp<graph::TransposeOp>())
      operand = transpose.getInput();
    if (auto constant = graph::constantOf(operand); constant && constant.getElementType().isF32())
      weights.push_back(operand);
  }
  return weights;
}

std::vector<LayerRow> layerRows(ModuleOp graph) {
  std::vector<LayerRow> rows;
  for (const Layer &layer : layersOf(graph)) {
    LayerRow row;
    row.node = layer.name;
    row.op = layer.op->getName().stripDialect().str();
    row.precision = "fp32";
    int64_t elements = 0, zeros = 0;
    for (Value weights : weightsOf(layer.op)) {
      Tensor tensor = *graph::constantTensor(weights);
      elements += tensor.numElements();
      for (int64_t i = 0; i < tensor.numElements(); ++i)
        zeros += tensor.data<float>()[i] == 0;
    }
    row.weightBytes = 4 * elements;
    row.sparsity = elements ? static_cast<double>(zeros) / static_cast<double>(elements) : 0;
    rows.push_back(std::move(row));
  }
  return rows;
}

void addDecisions(std::vector<LayerRow> &rows, const QuantizationReport &decisions) {
  std::map<std::string, int> met;
  for (const QuantizationDecision &decision : decisions.nodes) {
    // Numbered as layersOf numbers them.
    auto isOf = [&](const LayerRow &row, int number) {
      return row.node == (number == 1 ? decision.node : decision.node + "#" + std::to_string(number));
    };
    int number = ++met[decision.node];
    for (LayerRow &row : rows) {
      if (!isOf(row, number))
        continue;
      row.precision = decision.decision == "f32" ? "fp32" : decision.decision;
      row.reason = decision.reason;
      int64_t elements = row.weightBytes / 4;
      row.weightBytes = StringRef(decision.decision).starts_with("int8")   ? elements
                        : StringRef(decision.decision).starts_with("int4") ? elements / 2
                        : decision.decision == "bf16"                      ? 2 * elements
                        : StringRef(decision.decision).starts_with("fp16") ? 2 * elements
                                                                           : 4 * elements;
    }
  }
}

Result<void> addSensitivity(Session &session, std::vector<LayerRow> &rows, ModuleOp graph,
                            const Calibration &calibration, const DataSource &data, const DimSizes &dims,
                            int64_t samples) {
  session.phase("sensitivity", 0, "compiling the original beside the compressed model");
  graph::WeightStore::Keep keep(graph);
  OwningOpRef<ModuleOp> assigned = cast<ModuleOp>(graph->clone());
  for (const Layer &layer : layersOf(*assigned))
    if (precisionOf(layer.op).empty())
      setPrecision(layer.op, precisionName(Precision::Int8));
  SensitivityProbe probe = withSensitivityProbe(*assigned, calibration.dynamic);
  std::vector<TensorDescription> inputs = inputsOf(*probe.module), outputs = outputsOf(graph);
  auto set = DataSet::open(data, inputs, outputs, dims);
  if (!set)
    return set.error();
  if (auto finished = quantizeGraph(session, *probe.module, calibration); !finished)
    return finished.error();
  auto library = compileForHost(session, std::move(probe.module), "sensitivity");
  if (!library)
    return library.error();
  auto model = LoadedModel::open(library->path());
  if (!model)
    return model.error();
  std::vector<std::array<double, 3>> sums(probe.layers.size());
  size_t count = std::min(set->size(), static_cast<size_t>(samples));
  for (size_t i = 0; i < count; ++i) {
    session.phase("sensitivity", static_cast<double>(i) / static_cast<double>(count));
    auto sample = set->sample(i);
    if (!sample)
      return sample.error();
    std::vector<Tensor> arguments;
    for (NamedTensor &input : sample->inputs)
      arguments.push_back(std::move(input.tensor));
    auto results = model->run(arguments);
    if (!results)
      return results.error();
    std::vector<double> table(static_cast<size_t>(results->back().numElements()));
    toDouble(results->back(), 0, results->back().numElements(), table.data());
    for (size_t layer = 0; layer < sums.size(); ++layer)
      for (size_t kind = 0; kind < 3; ++kind)
        sums[layer][kind] += table[3 * layer + kind];
  }
  for (size_t layer = 0; layer < sums.size(); ++layer)
    for (LayerRow &row : rows) {
      if (row.node != probe.layers[layer])
        continue;
      auto decibels = [&](double error) {
        return error > 0 ? 10 * std::log10(sums[layer][0] / error) : std::numeric_limits<double>::infinity();
      };
      row.localSqnrDb = decibels(sums[layer][1]);
      row.accumulatedSqnrDb = decibels(sums[layer][2]);
    }
  return {};
}

} // namespace mlc
