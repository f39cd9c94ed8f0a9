#include "Graph/Constants.h"
#include "Graph/Inference.h"
#include "Graph/ShapeValues.h"

using namespace mlir;

namespace mlc::graph {

static SmallVector<int64_t> reducedShape(RankedTensorType input, ArrayRef<int64_t> axes, bool keepdims) {
  SmallVector<int64_t> shape;
  for (int64_t i = 0; i < input.getRank(); ++i) {
    if (!llvm::is_contained(axes, i))
      shape.push_back(input.getDimSize(i));
    else if (keepdims)
      shape.push_back(1);
  }
  return shape;
}

static LogicalResult checkAxes(std::optional<Location> location, RankedTensorType input, ArrayRef<int64_t> axes) {
  for (int64_t axis : axes)
    if (axis < 0 || axis >= input.getRank())
      return emitOptionalError(location, "axis ", axis, " is out of range for rank ", input.getRank());
  return success();
}

MLC_INFER(ReduceOp) {
  Adaptor op(operands, attributes, properties, regions);
  RankedTensorType input = tensorType(op.getInput());
  if (failed(checkAxes(location, input, op.getAxes())))
    return failure();
  types.push_back(input.clone(reducedShape(input, op.getAxes(), op.getKeepdims())));
  return success();
}

MLC_INFER(ArgReduceOp) {
  Adaptor op(operands, attributes, properties, regions);
  RankedTensorType input = tensorType(op.getInput());
  int64_t axis = op.getAxis();
  if (failed(checkAxes(location, input, axis)))
    return failure();
  types.push_back(RankedTensorType::get(reducedShape(input, axis, op.getKeepdims()), IntegerType::get(context, 64)));
  return success();
}

MLC_INFER(SoftmaxOp) {
  Adaptor op(operands, attributes, properties, regions);
  int64_t axis = op.getAxis();
  if (failed(checkAxes(location, tensorType(op.getInput()), axis)))
    return failure();
  types.push_back(op.getInput().getType());
  return success();
}

MLC_INFER(LayerNormOp) {
  Adaptor op(operands, attributes, properties, regions);
  types.push_back(op.getInput().getType());
  return success();
}

MLC_INFER(CumSumOp) {
  Adaptor op(operands, attributes, properties, regions);
  types.push_back(op.getInput().getType());
  return success();
}

MLC_INFER(TopKOp) {
  Adaptor op(operands, attributes, properties, regions);
  RankedTensorType input = tensorType(op.getInput());
  int64_t axis = op.getAxis();
  if (failed(checkAxes(location, input, axis)))
    return failure();
  SmallVector<int64_t> shape(input.getShape());
  auto k = describedShape(op.getK());
  shape[axis] = k && k->size() == 1 ? k->front() : ShapedType::kDynamic;
  types.push_back(input.clone(shape));
  types.push_back(RankedTensorType::get(shape, IntegerType::get(context, 64)));
  return success();
}

} // namespace mlc::graph
