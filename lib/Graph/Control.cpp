#include "Graph/Constants.h"
#include "Graph/Inference.h"

using namespace mlir;

namespace mlc::graph {

MLC_INFER(RequireOp) {
  Adaptor op(operands, attributes, properties, regions);
  types.push_back(tensorType(op.getValue()));
  return success();
}

OpFoldResult RequireOp::fold(FoldAdaptor) {
  auto known = constantIntegers(getCondition());
  return known && known->size() == 1 && known->front() != 0 ? OpFoldResult(getValue()) : OpFoldResult();
}

} // namespace mlc::graph
