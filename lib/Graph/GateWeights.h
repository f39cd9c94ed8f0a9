// Constant matrices of recurrent layers in int8.
#pragma once

#include "Graph/Graph.h"
#include "mlcompress/Tensor.h"

#include <optional>

namespace mlc::graph {

/// The matrices of a phase as integers, with a scale for each direction and unit of each gate: what a column of the
/// product is multiplied with.
struct GateWeights {
  Tensor values; ///< int8 [D, H, G * H]
  Tensor scales; ///< float32 [D, 1, G * H]
};

/// A weights operand of `graph.recurrent` that dequantizes constants so; nullopt for any other value.
std::optional<GateWeights> readGateWeights(mlir::Value weights);

/// Such an operand, before the builder's insertion point: dequantize in blocks as deep as the matrices.
mlir::Value makeGateWeights(mlir::OpBuilder &builder, mlir::Location loc, const GateWeights &weights);

} // namespace mlc::graph
