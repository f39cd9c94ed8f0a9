#include "passes/Float16/HalfWeights.h"

#include "Graph/Constants.h"
#include "Support/DTypeConversion.h"

#include "llvm/Support/FormatVariadic.h"

#include <cmath>

using namespace mlir;

namespace mlc {

std::string halfObstacle(Value constant) {
  Tensor tensor = *graph::constantTensor(constant);
  double largest = 0;
  int64_t small = 0, nonzero = 0;
  for (int64_t i = 0; i < tensor.numElements(); ++i) {
    double size = std::fabs(tensor.data<float>()[i]);
    if (!std::isfinite(size))
      return "its weights are not all finite";
    largest = std::max(largest, size);
    nonzero += size > 0;
    small += size > 0 && size < kSmallestNormalHalf;
  }
  if (largest > kLargestHalf)
    return llvm::formatv("its weights reach {0:e1}, beyond float16's 65504", largest).str();
  if (2 * small > nonzero)
    return llvm::formatv("{0}% of its weights are smaller than float16 holds in full (6.1e-05)", 100 * small / nonzero)
        .str();
  return "";
}

Value weightsConstantOf(Value operand) {
  if (auto transpose = operand.getDefiningOp<graph::TransposeOp>())
    operand = transpose.getInput();
  auto constant = graph::constantOf(operand);
  return constant && constant.getElementType().isF32() ? operand : Value();
}

Value makeHalfConstant(Value constant) {
  OpBuilder builder(constant.getContext());
  builder.setInsertionPointAfterValue(constant);
  return graph::makeConstant(builder, constant.getLoc(), convert(*graph::constantTensor(constant), DType::Float16));
}

} // namespace mlc
