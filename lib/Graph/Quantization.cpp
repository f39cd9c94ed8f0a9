#include "Graph/Inference.h"

using namespace mlir;

namespace mlc::graph {

MLC_INFER(QuantizeOp) {
  Adaptor op(operands, attributes, properties, regions);
  types.push_back(tensorType(op.getInput()).clone(tensorType(op.getZeroPoint()).getElementType()));
  return success();
}

MLC_INFER(DequantizeOp) {
  Adaptor op(operands, attributes, properties, regions);
  if (tensorType(op.getInput()).getElementType() != tensorType(op.getZeroPoint()).getElementType())
    return emitOptionalError(location, "the zero point's element type differs from the operand's");
  types.push_back(tensorType(op.getInput()).clone(tensorType(op.getScale()).getElementType()));
  return success();
}

MLC_INFER(DynamicRangeOp) {
  types.push_back(RankedTensorType::get({}, Float32Type::get(context)));
  types.push_back(RankedTensorType::get({}, IntegerType::get(context, 8, IntegerType::Unsigned)));
  return success();
}

} // namespace mlc::graph
