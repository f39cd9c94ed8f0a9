// Constant right operands of products whose elements have 4 bits, in blocks that share a scale.
#pragma once

#include "Graph/Graph.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace mlc::graph {

/// Where a matrix of such weights stands: `op` dequantizes it, and dimension `along` of that op's operand is K, of
/// which the first `depth` elements are used.
struct BlockOperand {
  DequantizeOp op;
  int64_t along, depth;
};

/// The right operand of a product, if it is a dequantized constant of i4 or ui4 with constant scales and zero points
/// for blocks of 16 to 256 along K, through casts between floating types, a transposition, and a slice that takes
/// padding from the end of K.
std::optional<BlockOperand> findBlockOperand(mlir::Value rhs);

/// A matrix [depth, columns] whose elements are (code - zero point) * scale.
struct BlockWeights {
  static constexpr uint8_t kMiddle = 8; ///< the zero point of symmetric weights

  int64_t depth = 0, columns = 0, block = 0;
  std::vector<uint8_t> codes;      ///< [columns][depth up to whole blocks], 0 to 15
  std::vector<float> scales;       ///< [columns][blocks]
  std::vector<uint8_t> zeroPoints; ///< the same, 0 to 15

  int64_t blocks() const { return (depth + block - 1) / block; }
  bool isSymmetric() const; ///< all zero points are kMiddle
};

/// The elements of such an operand.
BlockWeights readBlockWeights(const BlockOperand &operand);

/// dequantize(constant ui4 [columns, depth up to whole blocks]) and what makes a right operand [depth, columns] of it,
/// before the builder's insertion point: the form that com.microsoft's MatMulNBits has when imported.
mlir::Value makeBlockOperand(mlir::OpBuilder &builder, mlir::Location loc, const BlockWeights &weights);

} // namespace mlc::graph
