// Recurrent layers, as ONNX Scan: one for each direction. LSTM, GRU and RNN would need the product with the inputs
// again.
#include "Export/GraphExporter.h"

#include <algorithm>

using namespace mlir;

namespace mlc::exporting {
namespace {

class RecurrentExporter {
public:
  RecurrentExporter(GraphExporter &exporter, graph::RecurrentOp op) : exporter_(exporter), op_(op) {}

  void run() {
    std::vector<std::vector<std::string>> results(op_.getNumResults()); // of each, by direction
    for (int64_t direction = 0; direction < op_.directions(); ++direction)
      for (auto [all, name] : llvm::zip(results, scan(direction)))
        all.push_back(name);
    for (auto [i, all] : llvm::enumerate(results)) {
      int64_t axis = i == 0 ? 1 : 0;
      std::vector<std::string> parts;
      for (const std::string &part : all)
        parts.push_back(step("Unsqueeze", {part, exporter_.indices({axis})}));
      exporter_.addNode(op_, "Concat", parts, {exporter_.name(op_.getResult(i))}).set("axis", axis);
    }
  }

private:
  std::string step(const char *type, std::vector<std::string> inputs) {
    return exporter_.emitStep(op_, type, std::move(inputs));
  }
  std::string columns(const std::string &value, int64_t axis, int64_t first, int64_t last) {
    return step("Slice", {value, exporter_.indices({first}), exporter_.indices({last}), exporter_.indices({axis})});
  }
  std::string ofDirection(Value value, int64_t direction) {
    return step("Squeeze", {columns(exporter_.name(value), 0, direction, direction + 1), exporter_.indices({0})});
  }

  // Names of the direction's [T, B, H] and last states [B, H].
  std::vector<std::string> scan(int64_t direction) {
    int64_t width = op_.allGates() * op_.hidden();
    std::vector<std::string> given, outputs;
    for (Value state : op_.getInitial())
      given.push_back(ofDirection(state, direction));
    given.push_back(columns(exporter_.name(op_.getInputs()), 2, direction * width, (direction + 1) * width));
    int64_t scans = 1;
    if (op_.getLengths()) { // steps by number
      std::string count = step("Squeeze", {columns(step("Shape", {given.back()}), 0, 0, 1), exporter_.indices({0})});
      Type i64 = IntegerType::get(op_.getContext(), 64);
      given.push_back(step("Range", {exporter_.scalar(i64, 0), count, exporter_.scalar(i64, 1)}));
      ++scans;
    }
    weights_.clear();
    extras_.clear();
    for (Value weights : op_.getWeights())
      weights_.push_back(ofDirection(weights, direction));
    for (Value extra : op_.getExtras())
      extras_.push_back(ofDirection(extra, direction));
    for (size_t i = 0; i < op_.getInitial().size() + 1; ++i)
      outputs.push_back(exporter_.temporary(op_));
    Node node = exporter_.addNode(op_, "Scan", given, outputs);
    node.set("num_scan_inputs", scans);
    int64_t reversed = op_.getReversed()[direction] ? 1 : 0;
    node.set("scan_input_directions", SmallVector<int64_t>(scans, reversed));
    node.set("scan_output_directions", ArrayRef<int64_t>(reversed));
    onnx::GraphProto &graph = node.graph("body");
    exporter_.exportBody(graph, [&] { body(graph, scans); });
    std::rotate(outputs.begin(), outputs.end() - 1, outputs.end());
    return outputs;
  }

  void body(onnx::GraphProto &graph, int64_t scans) {
    auto argument = [&](onnx::TensorProto::DataType type) {
      std::string name = exporter_.temporary(op_);
      onnx::ValueInfoProto &info = *graph.add_input();
      info.set_name(name);
      info.mutable_type()->mutable_tensor_type()->set_elem_type(type);
      return name;
    };
    int64_t hidden = op_.hidden(), column = 0;
    std::vector<std::string> states, kept, yielded;
    for (size_t i = 0; i < op_.getInitial().size(); ++i)
      states.push_back(argument(onnx::TensorProto::FLOAT));
    std::string inputs = argument(onnx::TensorProto::FLOAT);
    std::string position = scans == 2 ? argument(onnx::TensorProto::INT64) : "";
    std::string left = states.front();
    for (auto [phase, region] : llvm::enumerate(op_.getPhases())) {
      std::string product = step("MatMul", {left, weights_[phase]});
      std::vector<std::string> arguments;
      int64_t gates = op_.gates(phase);
      for (int64_t gate = 0; gate < gates; ++gate, column += hidden)
        arguments.push_back(columns(inputs, 1, column, column + hidden));
      for (int64_t gate = 0; gate < gates; ++gate)
        arguments.push_back(columns(product, 1, gate * hidden, (gate + 1) * hidden));
      for (const auto *more : {&states, &kept, &extras_})
        arguments.insert(arguments.end(), more->begin(), more->end());
      yielded = exporter_.exportInline(region.front(), arguments);
      left = yielded.front();
      if (phase + 1 < op_.getPhases().size())
        kept.insert(kept.end(), yielded.begin() + 1, yielded.end());
    }
    std::string output = yielded.front();
    if (!position.empty()) {
      std::string runs =
          step("Unsqueeze", {step("Less", {position, exporter_.name(op_.getLengths())}), exporter_.indices({1})});
      output = step("Where", {runs, output, exporter_.scalar(Float32Type::get(op_.getContext()), 0)});
      for (auto [value, before] : llvm::zip(yielded, states))
        value = step("Where", {runs, value, before});
    }
    yielded.push_back(output);
    for (const std::string &value : yielded) {
      std::string name = exporter_.temporary(op_); // one value may be given twice
      exporter_.addNode(op_, "Identity", {value}, {name});
      onnx::ValueInfoProto &info = *graph.add_output();
      info.set_name(name);
      info.mutable_type()->mutable_tensor_type()->set_elem_type(onnx::TensorProto::FLOAT);
    }
  }

  GraphExporter &exporter_;
  graph::RecurrentOp op_;
  std::vector<std::string> weights_, extras_; // of the direction in hand
};

} // namespace

bool exportRecurrent(GraphExporter &exporter, Operation *op) {
  auto recurrent = dyn_cast<graph::RecurrentOp>(op);
  if (!recurrent)
    return false;
  RecurrentExporter(exporter, recurrent).run();
  return true;
}

} // namespace mlc::exporting
