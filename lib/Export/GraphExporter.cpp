#include "Export/GraphExporter.h"

#include "Graph/Constants.h"
#include "Graph/NodeName.h"
#include "Support/NarrowTypes.h"

using namespace mlir;

namespace mlc::exporting {

onnx::AttributeProto &Node::attribute(const char *name, onnx::AttributeProto::AttributeType type) {
  onnx::AttributeProto &attribute = *proto_.add_attribute();
  attribute.set_name(name);
  attribute.set_type(type);
  return attribute;
}

Node &Node::set(const char *name, int64_t value) {
  attribute(name, onnx::AttributeProto::INT).set_i(value);
  return *this;
}

Node &Node::set(const char *name, float value) {
  attribute(name, onnx::AttributeProto::FLOAT).set_f(value);
  return *this;
}

Node &Node::set(const char *name, StringRef value) {
  attribute(name, onnx::AttributeProto::STRING).set_s(value.str());
  return *this;
}

Node &Node::set(const char *name, ArrayRef<int64_t> values) {
  auto &list = attribute(name, onnx::AttributeProto::INTS);
  for (int64_t value : values)
    list.add_ints(value);
  return *this;
}

onnx::GraphProto &Node::graph(const char *name) { return *attribute(name, onnx::AttributeProto::GRAPH).mutable_g(); }

void setType(onnx::ValueInfoProto &info, RankedTensorType type, ArrayAttr dims) {
  auto &tensor = *info.mutable_type()->mutable_tensor_type();
  tensor.set_elem_type(static_cast<int32_t>(graph::dtypeOf(type.getElementType())));
  auto &shape = *tensor.mutable_shape();
  for (int64_t i = 0; i < type.getRank(); ++i) {
    auto &dim = *shape.add_dim();
    if (!type.isDynamicDim(i)) {
      dim.set_dim_value(type.getDimSize(i));
      continue;
    }
    auto symbol = dims && i < static_cast<int64_t>(dims.size()) ? dyn_cast<StringAttr>(dims[i]) : StringAttr();
    if (symbol && !symbol.empty())
      dim.set_dim_param(symbol.str());
  }
}

std::string GraphExporter::unique(StringRef wanted) {
  std::string name = wanted.str();
  for (int suffix = 1; !taken_.insert(name).second; ++suffix)
    name = (wanted + "_" + Twine(suffix)).str();
  return name;
}

std::string GraphExporter::initializer(ElementsAttr value, StringRef wanted) {
  std::string &name = initializers_[value];
  if (!name.empty())
    return name;
  name = unique(wanted);
  onnx::TensorProto &proto = *main_.add_initializer();
  proto.set_name(name);
  Tensor tensor = graph::constantTensor(value);
  proto.set_data_type(static_cast<int32_t>(tensor.dtype));
  for (int64_t size : tensor.shape)
    proto.add_dims(size);
  std::vector<std::byte> bytes = isNarrow(tensor.dtype) ? packNarrow(tensor) : std::move(tensor.bytes);
  proto.set_raw_data(bytes.data(), bytes.size());
  return name;
}

std::string GraphExporter::name(Value value) {
  if (!value)
    return "";
  if (auto known = values_.find(value); known != values_.end())
    return known->second;
  if (ElementsAttr constant = graph::constantOf(value))
    return values_[value] = initializer(constant, graph::nodeName(value.getDefiningOp()));
  std::string suffix = "_out";
  if (value.getDefiningOp()->getNumResults() > 1)
    suffix += std::to_string(cast<OpResult>(value).getResultNumber());
  return values_[value] = unique(graph::nodeName(value.getDefiningOp()) + suffix);
}

std::vector<std::string> GraphExporter::names(ValueRange values) {
  std::vector<std::string> result;
  for (Value value : values)
    result.push_back(name(value));
  return result;
}

std::string GraphExporter::indices(ArrayRef<int64_t> values) {
  Tensor tensor(DType::Int64, {static_cast<int64_t>(values.size())});
  std::copy(values.begin(), values.end(), tensor.data<int64_t>());
  return initializer(graph::constantAttribute(context_, tensor), "indices");
}

std::string GraphExporter::scalar(Type elementType, double value) {
  Attribute element = isa<FloatType>(elementType)
                          ? Attribute(FloatAttr::get(elementType, value))
                          : Attribute(IntegerAttr::get(elementType, static_cast<int64_t>(value)));
  return initializer(DenseElementsAttr::get(RankedTensorType::get({}, elementType), ArrayRef<Attribute>(element)),
                     "scalar");
}

std::string GraphExporter::constant(const Tensor &tensor, StringRef wanted) {
  return initializer(graph::constantAttribute(context_, tensor), wanted);
}

void GraphExporter::inDomain(Node node, StringRef domain) {
  node.setDomain(domain);
  domains_.insert(domain);
}

std::string GraphExporter::temporary(Operation *op) { return unique(graph::nodeName(op) + "_step"); }

Node GraphExporter::addNode(Operation *op, const char *type, std::vector<std::string> inputs,
                            std::vector<std::string> outputs) {
  while (!inputs.empty() && inputs.back().empty())
    inputs.pop_back();
  onnx::NodeProto &proto = *graph_->add_node();
  proto.set_op_type(type);
  std::string base = graph::nodeName(op), unused = base;
  for (int suffix = 1; !nodeNames_.insert(unused).second; ++suffix)
    unused = base + "_" + std::to_string(suffix);
  proto.set_name(unused);
  for (std::string &input : inputs)
    proto.add_input(std::move(input));
  for (std::string &output : outputs)
    proto.add_output(std::move(output));
  return Node(proto);
}

Node GraphExporter::emit(Operation *op, const char *type, std::vector<std::string> inputs) {
  return addNode(op, type, std::move(inputs), names(op->getResults()));
}

std::pair<std::string, Node> GraphExporter::emitStepWith(Operation *op, const char *type,
                                                         std::vector<std::string> inputs) {
  std::string output = temporary(op);
  return {output, addNode(op, type, std::move(inputs), {output})};
}

std::string GraphExporter::emitStep(Operation *op, const char *type, std::vector<std::string> inputs) {
  return emitStepWith(op, type, std::move(inputs)).first;
}

void GraphExporter::unsupported(Operation *op, const std::string &reason) {
  unsupported_.push_back(graph::nodeName(op) + " (" + op->getName().getStringRef().str() + "): " + reason);
}

void GraphExporter::exportOp(Operation *op) {
  if (isa<graph::ConstantOp>(op) || op->hasTrait<OpTrait::IsTerminator>())
    return;
  for (auto family : {exportBlockQuantized, exportElementwise, exportShape, exportContraction, exportQuantization,
                      exportReduction, exportDetection, exportSpatial, exportRecurrent, exportControl})
    if (family(*this, op))
      return;
  unsupported(op, "the op has no ONNX form here");
}

void GraphExporter::setOutput(onnx::GraphProto &graph, Value value, std::string wanted, Operation *terminator) {
  if (name(value) != wanted)
    addNode(terminator, "Identity", {name(value)}, {wanted});
  graph.add_output()->set_name(wanted);
}

void GraphExporter::exportBody(onnx::GraphProto &graph, llvm::function_ref<void()> fill) {
  onnx::GraphProto *outer = std::exchange(graph_, &graph);
  graph.set_name(unique("body"));
  fill();
  graph_ = outer;
}

std::vector<std::string> GraphExporter::exportInline(Block &block, ArrayRef<std::string> arguments) {
  // A block may be written several times: its values have other names each time.
  for (auto [argument, name] : llvm::zip(block.getArguments(), arguments))
    values_[argument] = name;
  for (Operation &op : block)
    for (Value result : op.getResults())
      values_.erase(result);
  for (Operation &op : block)
    exportOp(&op);
  return names(block.getTerminator()->getOperands());
}

void GraphExporter::exportRegion(Region &region, onnx::GraphProto &graph) {
  onnx::GraphProto *outer = std::exchange(graph_, &graph);
  Block &block = region.front();
  graph.set_name(unique("region"));
  for (BlockArgument argument : block.getArguments()) {
    values_[argument] = unique("argument");
    onnx::ValueInfoProto &info = *graph.add_input();
    info.set_name(values_[argument]);
    setType(info, cast<RankedTensorType>(argument.getType()), {});
  }
  for (Operation &op : block)
    exportOp(&op);
  for (Value value : block.getTerminator()->getOperands()) {
    // A value from outside, or one given twice, needs a name of its own.
    setOutput(graph, value, unique("result"), block.getTerminator());
    setType(*graph.mutable_output(graph.output_size() - 1), cast<RankedTensorType>(value.getType()), {});
  }
  graph_ = outer;
}

static std::string attributeName(DictionaryAttr attributes, const std::string &fallback) {
  if (attributes)
    if (auto name = attributes.getAs<StringAttr>(graph::kNameAttr))
      return name.str();
  return fallback;
}

static ArrayAttr attributeDims(DictionaryAttr attributes) {
  return attributes ? attributes.getAs<ArrayAttr>(graph::kDimsAttr) : ArrayAttr();
}

void GraphExporter::exportFunction(func::FuncOp function) {
  Block &block = function.getBody().front();
  for (BlockArgument argument : block.getArguments()) {
    unsigned i = argument.getArgNumber();
    values_[argument] = unique(attributeName(function.getArgAttrDict(i), "input_" + std::to_string(i)));
    onnx::ValueInfoProto &info = *main_.add_input();
    info.set_name(values_[argument]);
    setType(info, cast<RankedTensorType>(argument.getType()), attributeDims(function.getArgAttrDict(i)));
  }
  // Results have their names from the model: taken before any other value may have them.
  Operation *terminator = block.getTerminator();
  std::vector<std::string> outputs;
  for (auto [i, value] : llvm::enumerate(terminator->getOperands())) {
    outputs.push_back(unique(attributeName(function.getResultAttrDict(i), "output_" + std::to_string(i))));
    if (value.getDefiningOp() && !graph::constantOf(value))
      values_.try_emplace(value, outputs.back());
  }
  for (Operation &op : block)
    exportOp(&op);
  for (auto [i, value] : llvm::enumerate(terminator->getOperands())) {
    setOutput(main_, value, outputs[i], terminator);
    setType(*main_.mutable_output(main_.output_size() - 1), cast<RankedTensorType>(value.getType()),
            attributeDims(function.getResultAttrDict(i)));
  }
}

} // namespace mlc::exporting
