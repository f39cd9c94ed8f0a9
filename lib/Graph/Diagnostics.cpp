#include "Graph/Diagnostics.h"
#include "Graph/Graph.h"

using namespace mlir;

namespace mlc::graph {

// "" where the type is none of a model's.
static std::string typeName(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  DType dtype = dtypeOf(tensor ? tensor.getElementType() : type);
  if (dtype == DType::Undefined)
    return "";
  if (!tensor)
    return std::string(dtypeName(dtype));
  std::vector<int64_t> shape;
  for (int64_t size : tensor.getShape())
    shape.push_back(ShapedType::isDynamic(size) ? -1 : size);
  return describeType(dtype, shape);
}

std::string messageOf(const Diagnostic &diagnostic) {
  std::string text;
  llvm::raw_string_ostream out(text);
  for (const DiagnosticArgument &argument : diagnostic.getArguments()) {
    std::string name;
    if (argument.getKind() == DiagnosticArgument::DiagnosticArgumentKind::Type)
      name = typeName(argument.getAsType());
    if (name.empty())
      argument.print(out);
    else
      out << name;
  }
  return text;
}

} // namespace mlc::graph
