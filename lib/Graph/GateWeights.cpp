#include "Graph/GateWeights.h"
#include "Graph/Constants.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir;

namespace mlc::graph {

static constexpr int64_t kDepthAxis = 1;

std::optional<GateWeights> readGateWeights(Value weights) {
  auto op = weights.getDefiningOp<DequantizeOp>();
  auto type = cast<RankedTensorType>(weights.getType());
  if (!op || type.getRank() != 3 || !type.getElementType().isF32() || op.getAxis() != kDepthAxis ||
      op.getBlock() != type.getDimSize(kDepthAxis))
    return std::nullopt;
  auto values = constantTensor(op.getInput()), scales = constantTensor(op.getScale()),
       zeroPoints = constantTensor(op.getZeroPoint());
  if (!values || values->dtype != DType::Int8 || !scales || scales->dtype != DType::Float32 || !zeroPoints ||
      llvm::any_of(zeroPoints->bytes, [](std::byte byte) { return byte != std::byte{0}; }))
    return std::nullopt;
  return GateWeights{std::move(*values), std::move(*scales)};
}

Value makeGateWeights(OpBuilder &builder, Location loc, const GateWeights &weights) {
  Tensor zeroPoints(DType::Int8, weights.scales.shape);
  return DequantizeOp::create(builder, loc, makeConstant(builder, loc, weights.values),
                              makeConstant(builder, loc, weights.scales), makeConstant(builder, loc, zeroPoints),
                              kDepthAxis, weights.values.shape[kDepthAxis]);
}

} // namespace mlc::graph
