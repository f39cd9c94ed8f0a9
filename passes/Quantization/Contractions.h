// Which contractions have int8 kernels, and how their weights become int8: what all quantization passes
// share.
#pragma once

#include "Calibration/Calibrators.h"
#include "Graph/Graph.h"

#include <string>

namespace mlc::quantization {

/// A conv, conv_transpose or matmul of an activation with constant weights.
struct Contraction {
  mlir::Operation *op = nullptr;
  unsigned activation = 0; ///< operand number
  unsigned weights = 1;    ///< operand number
  int64_t axis = 0;        ///< of the weights: output channels
  mlir::Value bias;        ///< of a conv with one; null else
};

/// The dimension of a contraction's activations that holds the channels which its weights multiply.
int64_t inputChannelDimension(mlir::Operation *contraction);

bool isContraction(mlir::Operation *op);
/// The contraction, or why it stays f32.
Result<Contraction> matchContraction(mlir::Operation *op);

/// The weights of a contraction that matches.
Result<Tensor> weightsTensor(mlir::Value weights);

/// Replaces the contraction's weights by dequantize(i8 constant), one symmetric scale an output channel.
/// With `inputScale` a constant bias of a conv becomes dequantize(i32 constant) with scale inputScale *
/// scale[channel], which is what the accumulator counts in. Where calibration left means of the input's channels on the
/// op (kMeansAttr), what the rounding adds to the mean of each output is taken from the bias, or from the product.
/// Errors: weights that are not finite.
Result<void> quantizeWeightsOf(const Contraction &contraction, std::optional<float> inputScale);

/// quantize and dequantize with constant per-tensor ui8 parameters, at the builder's insertion point.
mlir::Value makeQuantize(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value value, QuantParams params);
mlir::Value makeDequantize(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value value, QuantParams params);

/// Operands whose elements the op only moves, repeats, drops or picks the largest of: quantizing them with
/// the result's parameters is the same as quantizing the result. Empty for all other ops.
llvm::SmallVector<unsigned> movedOperands(mlir::Operation *op);

/// Erases ops of the function that have no use left.
void eraseDeadOps(mlir::func::FuncOp function);

} // namespace mlc::quantization
