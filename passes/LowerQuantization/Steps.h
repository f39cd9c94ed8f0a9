// The two steps of LowerQuantization.td.
#pragma once

#include "Graph/Graph.h"

namespace mlc::quantization {

/// Replaces conv, conv_transpose and matmul of dequantized operands with constant weights by integer ones,
/// and defines the arithmetic up to f32.
void lowerContractions(mlir::func::FuncOp function);

/// Rewrites each per-tensor quantize to one with scale 1 of a product, merging products with constants.
void lowerRequantization(mlir::func::FuncOp function);

} // namespace mlc::quantization
