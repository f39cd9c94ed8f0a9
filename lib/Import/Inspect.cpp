// What a model's file says of it, without building a graph.
#include "Import/GraphImporter.h"
#include "Import/Import.h"
#include "Import/OperatorTable.h"
#include "Support/CheckedShape.h"

#include "llvm/Support/FileSystem.h"
#include <fmt/format.h>

#include <algorithm>
#include <tuple>

using namespace mlc::importer;

namespace mlc {

namespace {

ModelValueInfo describeValue(const onnx::ValueInfoProto &info) {
  ModelValueInfo value;
  value.name = info.name();
  if (!info.type().has_tensor_type()) {
    value.elementType = info.type().value_case() == onnx::TypeProto::VALUE_NOT_SET ? "unknown" : "not a tensor";
    value.hasShape = false;
    return value;
  }
  const auto &tensor = info.type().tensor_type();
  value.elementType = dataTypeName(tensor.elem_type());
  value.hasShape = tensor.has_shape();
  for (const auto &dim : tensor.shape().dim()) {
    if (dim.has_dim_value() && dim.dim_value() >= 0)
      value.dims.push_back(std::to_string(dim.dim_value()));
    else
      value.dims.push_back(dim.dim_param().empty() ? "?" : dim.dim_param());
  }
  return value;
}

class Counter {
public:
  Counter(const FunctionLibrary &functions, ModelContents &info) : functions_(functions), info_(info) {}

  void graph(const onnx::GraphProto &graph, const Opsets &opsets) {
    for (const auto &tensor : graph.initializer())
      parameter(tensor);
    for (const auto &tensor : graph.sparse_initializer())
      info_.unsupported.push_back(fmt::format("initializer '{}': sparse tensors", tensor.values().name()));
    nodes(graph.node(), opsets);
  }

  void nodes(const google::protobuf::RepeatedPtrField<onnx::NodeProto> &nodes, const Opsets &opsets) {
    for (const auto &node : nodes) {
      std::string domain = canonicalDomain(node.domain());
      const OperatorRow *row = findOperator(domain, node.op_type());
      auto opset = opsets.find(domain);
      int64_t version = opset == opsets.end() ? 0 : opset->second;
      bool isFunction = functions_.find(node) != nullptr;
      bool supported = isFunction || (row && row->since <= version && version <= row->until);
      ++info_.nodes;
      OperatorCount &count = counts_[{domain, node.op_type()}];
      count.domain = domain.empty() ? "ai.onnx" : domain;
      count.op = node.op_type();
      count.supported = (count.count == 0 || count.supported) && supported;
      ++count.count;
      if (!supported) {
        info_.unsupported.push_back(
            fmt::format("node {}, domain {}, opset {}", nodeLabel(node), count.domain, version));
        info_.unsupportedNodes.push_back(
            {nodeName(node), node.op_type(), count.domain, version,
             row ? fmt::format("the operator exists from opset {} to {}", row->since, row->until)
                 : "no such operator is supported"});
      }
      for (const auto &attribute : node.attribute()) {
        if (attribute.has_t())
          parameter(attribute.t());
        if (attribute.has_g())
          graph(attribute.g(), opsets);
        for (const auto &inner : attribute.graphs())
          graph(inner, opsets);
      }
    }
  }

  void finish() {
    for (auto &[key, count] : counts_)
      info_.operators.push_back(count);
    std::sort(info_.operators.begin(), info_.operators.end(), [](const auto &a, const auto &b) {
      return std::tie(b.count, a.domain, a.op) < std::tie(a.count, b.domain, b.op);
    });
  }

private:
  // Every stored tensor counts, whether initializer or Constant node.
  void parameter(const onnx::TensorProto &tensor) {
    auto dtype = static_cast<DType>(tensor.data_type());
    std::vector<int64_t> shape(tensor.dims().begin(), tensor.dims().end());
    size_t element = byteSize(dtype);
    auto bytes = checkedByteCount(dtype, shape);
    if (element == 0 || !bytes)
      return;
    info_.parameters += *bytes / static_cast<int64_t>(element);
    info_.parameterBytes += *bytes;
  }

  const FunctionLibrary &functions_;
  ModelContents &info_;
  std::map<std::pair<std::string, std::string>, OperatorCount> counts_;
};

} // namespace

Result<ModelContents> inspectModel(const std::string &path) {
  auto parsed = readModelFile(path);
  if (!parsed)
    return parsed.error();
  const onnx::ModelProto &model = **parsed;
  ModelContents info;
  info.path = path;
  uint64_t bytes = 0;
  if (!llvm::sys::fs::file_size(path, bytes))
    info.fileBytes = static_cast<int64_t>(bytes);
  info.graphName = model.graph().name();
  info.producerName = model.producer_name();
  info.producerVersion = model.producer_version();
  info.domain = model.domain();
  info.docString = model.doc_string();
  info.irVersion = model.ir_version();
  info.modelVersion = model.model_version();
  Opsets opsets;
  for (const auto &import : model.opset_import()) {
    opsets[canonicalDomain(import.domain())] = import.version();
    info.opsets.emplace_back(canonicalDomain(import.domain()), import.version());
  }
  for (const auto &entry : model.metadata_props())
    info.metadata.emplace_back(entry.key(), entry.value());
  std::set<std::string> constants;
  for (const auto &tensor : model.graph().initializer())
    constants.insert(tensor.name());
  for (const auto &input : model.graph().input())
    if (!constants.count(input.name()))
      info.inputs.push_back(describeValue(input));
  for (const auto &output : model.graph().output())
    info.outputs.push_back(describeValue(output));

  auto functions = FunctionLibrary::of(model);
  if (!functions)
    return functions.error();
  Counter counter(*functions, info);
  counter.graph(model.graph(), opsets);
  for (const auto &function : model.functions()) {
    Opsets inner;
    for (const auto &import : function.opset_import())
      inner[canonicalDomain(import.domain())] = import.version();
    counter.nodes(function.node(), inner);
  }
  counter.finish();
  return info;
}

} // namespace mlc
