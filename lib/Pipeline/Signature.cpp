#include "Pipeline/Signature.h"
#include "Graph/Graph.h"

using namespace mlir;

namespace mlc {

static TensorDescription describe(Type type, StringAttr name, ArrayAttr symbols) {
  auto tensor = cast<RankedTensorType>(type);
  TensorDescription result;
  result.name = name ? name.getValue().str() : "";
  result.dtype = graph::dtypeOf(tensor.getElementType());
  for (auto [i, size] : llvm::enumerate(tensor.getShape())) {
    bool dynamic = ShapedType::isDynamic(size);
    result.shape.push_back(dynamic ? -1 : size);
    bool named = dynamic && symbols && i < symbols.size();
    result.symbols.push_back(named ? cast<StringAttr>(symbols[i]).getValue().str() : "");
  }
  return result;
}

std::vector<TensorDescription> inputsOf(ModuleOp graph) {
  auto main = graph.lookupSymbol<func::FuncOp>("main");
  std::vector<TensorDescription> result;
  for (auto [i, type] : llvm::enumerate(main.getArgumentTypes()))
    result.push_back(describe(type, main.getArgAttrOfType<StringAttr>(i, graph::kNameAttr),
                              main.getArgAttrOfType<ArrayAttr>(i, graph::kDimsAttr)));
  return result;
}

std::vector<TensorDescription> outputsOf(ModuleOp graph) {
  auto main = graph.lookupSymbol<func::FuncOp>("main");
  std::vector<TensorDescription> result;
  for (auto [i, type] : llvm::enumerate(main.getResultTypes()))
    result.push_back(describe(type, main.getResultAttrOfType<StringAttr>(i, graph::kNameAttr),
                              main.getResultAttrOfType<ArrayAttr>(i, graph::kDimsAttr)));
  return result;
}

} // namespace mlc
