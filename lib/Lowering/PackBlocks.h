// Weights of 4 bits in the order in which their kernels read them (kernel.block_matmul), and tables of them.
#pragma once

#include "Graph/BlockWeights.h"
#include "mlcompress/Tensor.h"

namespace mlc::lowering {

/// ui8 [columns / lanes][depth / 8][lanes][4], filled up to whole blocks and lanes.
Tensor packCodes(const graph::BlockWeights &weights, int64_t lanes);
/// [columns / lanes][blocks][lanes], in f16 where that holds all of them exactly, else in f32.
Tensor packScales(const graph::BlockWeights &weights, int64_t lanes);
/// The same of the zero points, in ui8; nullopt where all are 8.
std::optional<Tensor> packZeroPoints(const graph::BlockWeights &weights, int64_t lanes);

/// A table [rows, width] of i4 or ui4, whose width is even, as ui8 [rows, width / 2]: byte j of a row holds element j
/// in its low and element width / 2 + j in its high half, so that each half of a row is read as neighbours.
Tensor packTable(const Tensor &table);

} // namespace mlc::lowering
