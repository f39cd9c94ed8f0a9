#include "Lowering/PackWeights.h"

#include <algorithm>
#include <cstring>

namespace mlc::lowering {

Tensor packWeights(const Tensor &weights, const WeightView &v, int64_t lanes, int64_t k0) {
  int64_t panels = (v.columns + lanes - 1) / lanes, depth = (v.channels + k0 - 1) / k0;
  Tensor packed(weights.dtype, {v.groups, panels, v.taps, depth, lanes, k0});
  size_t size = byteSize(weights.dtype);
  const std::byte *from = weights.bytes.data();
  std::byte *to = packed.bytes.data();
  for (int64_t g = 0; g < v.groups; ++g)
    for (int64_t n = 0; n < v.columns; ++n)
      for (int64_t t = 0; t < v.taps; ++t)
        for (int64_t c = 0; c < v.channels; ++c) {
          int64_t source = g * v.groupStride + n * v.columnStride + t * v.tapStride + c * v.channelStride;
          int64_t block = ((g * panels + n / lanes) * v.taps + t) * depth + c / k0;
          int64_t target = (block * lanes + n % lanes) * k0 + c % k0;
          std::memcpy(to + target * size, from + source * size, size);
        }
  return packed;
}

Tensor packGates(const Tensor &weights, int64_t gates, int64_t lanes) {
  int64_t directions = weights.shape[0], depth = weights.shape[1], hidden = weights.shape[2] / gates,
          panels = (hidden + lanes - 1) / lanes;
  Tensor packed(weights.dtype, {directions, panels, depth, gates, lanes});
  size_t size = byteSize(weights.dtype);
  for (int64_t d = 0; d < directions; ++d)
    for (int64_t panel = 0; panel < panels; ++panel)
      for (int64_t k = 0; k < depth; ++k)
        for (int64_t gate = 0; gate < gates; ++gate) {
          int64_t from = ((d * depth + k) * gates + gate) * hidden + panel * lanes;
          int64_t to = (((d * panels + panel) * depth + k) * gates + gate) * lanes;
          int64_t count = std::min(lanes, hidden - panel * lanes);
          std::memcpy(packed.bytes.data() + to * size, weights.bytes.data() + from * size, count * size);
        }
  return packed;
}

Tensor columnSums(const Tensor &weights, const WeightView &v) {
  Tensor sums(DType::Int32, {v.groups * v.columns});
  const int8_t *from = weights.data<int8_t>();
  for (int64_t g = 0; g < v.groups; ++g)
    for (int64_t n = 0; n < v.columns; ++n) {
      int32_t sum = 0;
      for (int64_t t = 0; t < v.taps; ++t)
        for (int64_t c = 0; c < v.channels; ++c)
          sum += from[g * v.groupStride + n * v.columnStride + t * v.tapStride + c * v.channelStride];
      sums.data<int32_t>()[g * v.columns + n] = sum;
    }
  return sums;
}

} // namespace mlc::lowering
