// Constants as half floats, and which of them lose nothing that matters.
#pragma once

#include "Graph/Graph.h"

#include <string>

namespace mlc {

/// The largest finite float16, and the smallest that has all its digits.
inline constexpr double kLargestHalf = 65504, kSmallestNormalHalf = 6.103515625e-05;

/// Why an f32 constant must not become f16; empty where it may.
std::string halfObstacle(mlir::Value constant);

/// The constant that a layer's operand is, or that a transposition makes it of; null for an activation.
mlir::Value weightsConstantOf(mlir::Value operand);

/// The constant as f16, beside it.
mlir::Value makeHalfConstant(mlir::Value constant);

} // namespace mlc
