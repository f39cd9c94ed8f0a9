#include "Graph/Inference.h"
#include "Graph/ShapeValues.h"

using namespace mlir;

namespace mlc::graph {

MLC_INFER(PoolOp) {
  Adaptor op(operands, attributes, properties, regions);
  RankedTensorType input = tensorType(op.getInput());
  size_t spatial = op.getKernel().size();
  if (input.getRank() != static_cast<int64_t>(spatial) + 2)
    return emitOptionalError(location, "pooling of ", input, " with ", spatial, " window dimensions");
  SmallVector<int64_t> shape(input.getShape());
  size_t first = op.getChannelsLast() ? 1 : 2;
  for (size_t i = 0; i < spatial; ++i)
    shape[first + i] = windowOutputSize(shape[first + i], op.getKernel()[i], op.getStrides()[i], op.getPads()[i],
                                        op.getPads()[i + spatial], op.getDilations()[i], op.getCeilMode());
  types.push_back(input.clone(shape));
  return success();
}

MLC_INFER(ResizeOp) {
  Adaptor op(operands, attributes, properties, regions);
  RankedTensorType input = tensorType(op.getInput());
  SmallVector<int64_t> shape(input.getShape());
  auto sizes = describedShape(op.getSizes());
  for (auto [i, axis] : llvm::enumerate(op.getAxes())) {
    if (axis < 0 || axis >= input.getRank())
      return emitOptionalError(location, "axis ", axis, " is out of range for rank ", input.getRank());
    shape[axis] = sizes && i < sizes->size() ? (*sizes)[i] : ShapedType::kDynamic;
  }
  types.push_back(input.clone(shape));
  return success();
}

} // namespace mlc::graph
