#include "Graph/Inference.h"

using namespace mlir;

namespace mlc::graph {

MLC_INFER(NonMaxSuppressionOp) {
  Adaptor op(operands, attributes, properties, regions);
  RankedTensorType boxes = tensorType(op.getBoxes()), scores = tensorType(op.getScores());
  if (boxes.getRank() != 3 || scores.getRank() != 3 || !boxes.getElementType().isF32() ||
      !scores.getElementType().isF32())
    return emitOptionalError(location, "takes boxes [N, count, 4] and scores [N, classes, count], both float32");
  if (!boxes.isDynamicDim(2) && boxes.getDimSize(2) != 4)
    return emitOptionalError(location, "a box has 4 numbers, not ", boxes.getDimSize(2));
  types.push_back(RankedTensorType::get({ShapedType::kDynamic, 3}, IntegerType::get(context, 64)));
  return success();
}

} // namespace mlc::graph
