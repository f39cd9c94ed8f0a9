// Constant right operands in the order in which the contraction kernels read them.
#pragma once

#include "mlcompress/Tensor.h"

#include <cstdint>

namespace mlc::lowering {

/// How a weight is addressed: element (group g, column n, tap t, channel c) of the source is
/// base[g * groupStride + n * columnStride + t * tapStride + c * channelStride].
struct WeightView {
  int64_t groups, columns, taps, channels;
  int64_t groupStride, columnStride, tapStride, channelStride;
};

/// [groups][columns / lanes][taps][channels / k0][lanes][k0], zero padded to whole lanes and whole groups of k0.
Tensor packWeights(const Tensor &weights, const WeightView &view, int64_t lanes, int64_t k0);

/// Matrices [D, K, G * H] of G gates as [D][H / lanes][K][G][lanes], zero padded to whole lanes.
Tensor packGates(const Tensor &weights, int64_t gates, int64_t lanes);

/// Σ over taps and channels of each column of an int8 weight: int32[groups * columns].
Tensor columnSums(const Tensor &weights, const WeightView &view);

} // namespace mlc::lowering
