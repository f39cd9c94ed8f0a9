// Weights in few bits.
#pragma once

#include "Graph/GateWeights.h"
#include "mlcompress/Result.h"
#include "mlcompress/Tensor.h"

#include <vector>

namespace mlc {

/// Weights as i8 with one symmetric scale for each index along `axis`.
struct QuantizedWeights {
  Tensor values; ///< int8, the shape of the weights
  Tensor scales; ///< float32 [shape[axis]]
};
/// Quantizes float32 weights to -127…127, each element round-to-nearest-even of value / scale. No channel's
/// scale is below `minScales[channel]`, where given. An error if an element is not finite, naming its index.
Result<QuantizedWeights> quantizeWeights(const Tensor &weights, int64_t axis, const std::vector<float> &minScales = {});

/// The same of the matrices [D, H, G * H] of a recurrent layer, one scale for each column of each direction.
Result<graph::GateWeights> quantizeGates(const Tensor &weights);

} // namespace mlc
