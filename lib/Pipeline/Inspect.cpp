#include "Import/Import.h"
#include "mlcompress/Compiler.h"

#include <charconv>

namespace mlc {

static DType dtypeNamed(const std::string &name) {
  for (int value = 1; value <= 16; ++value) {
    DType type = static_cast<DType>(value);
    if (byteSize(type) > 0 && dtypeName(type) == name)
      return type;
  }
  return DType::Undefined;
}

static TensorDescription describe(const ModelValueInfo &value) {
  TensorDescription result;
  result.name = value.name;
  result.dtype = dtypeNamed(value.elementType);
  for (const std::string &dim : value.dims) {
    int64_t size = -1;
    auto [end, error] = std::from_chars(dim.data(), dim.data() + dim.size(), size);
    bool number = error == std::errc() && end == dim.data() + dim.size();
    result.shape.push_back(number ? size : -1);
    result.symbols.push_back(number || dim == "?" ? "" : dim);
  }
  return result;
}

Result<ModelInfo> inspect(const std::string &model) {
  auto contents = inspectModel(model);
  if (!contents)
    return contents.error();
  ModelInfo info;
  info.name = contents->graphName;
  info.producer = contents->producerName;
  if (!contents->producerVersion.empty())
    info.producer += (info.producer.empty() ? "" : " ") + contents->producerVersion;
  info.irVersion = contents->irVersion;
  for (const auto &[domain, version] : contents->opsets)
    info.opsets[domain] = version;
  for (const ModelValueInfo &value : contents->inputs)
    info.inputs.push_back(describe(value));
  for (const ModelValueInfo &value : contents->outputs)
    info.outputs.push_back(describe(value));
  for (const OperatorCount &row : contents->operators)
    info.nodes[row.domain.empty() || row.domain == "ai.onnx" ? row.op : row.domain + "." + row.op] += row.count;
  info.unsupported = contents->unsupportedNodes;
  info.parameterCount = contents->parameters;
  info.parameterBytes = contents->parameterBytes;
  info.fileBytes = contents->fileBytes;
  return info;
}

} // namespace mlc
