// Weights of 4 bits in blocks that share a scale, without data: the scale of least error, then rounding.
#pragma once

#include "Graph/BlockWeights.h"
#include "mlcompress/Result.h"
#include "mlcompress/Tensor.h"

#include <span>

namespace mlc {

/// The scale for which values rounded to -8…7 times it have the least squared error, each weighed by `importance`
/// (empty: all alike), as f16 where that can hold it. It may be negative: -8 then stands for the largest. 0 where all
/// values are 0.
float searchBlockScale(std::span<const float> values, std::span<const float> importance = {});

/// The code 0…15 (zero point 8) nearest to value / scale.
uint8_t blockCode(float value, float scale);

/// The form of float32 weights [depth, columns] in blocks, with scales 0. Errors as quantizeBlocks().
Result<graph::BlockWeights> emptyBlocks(const Tensor &weights, int64_t block);

/// Float32 weights [depth, columns], each block along the depth by itself. An error if an element is not finite, naming
/// its index.
Result<graph::BlockWeights> quantizeBlocks(const Tensor &weights, int64_t block);

} // namespace mlc
