#include "Calibration/BlockQuantization.h"
#include "Support/Half.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace mlc {
namespace {

// As the library stores it; what f16 cannot hold to some bits stays f32.
float storedScale(float scale) {
  float half = halfToFloat(floatToHalf(scale));
  constexpr float kSmallestNormal = 0x1p-14f;
  return std::isfinite(half) && std::fabs(scale) >= kSmallestNormal ? half : scale;
}

} // namespace

uint8_t blockCode(float value, float scale) {
  if (scale == 0)
    return graph::BlockWeights::kMiddle;
  return static_cast<uint8_t>(std::clamp(std::nearbyint(value / scale), -8.0f, 7.0f) + graph::BlockWeights::kMiddle);
}

float searchBlockScale(std::span<const float> values, std::span<const float> importance) {
  float largest = 0;
  for (float value : values)
    if (std::fabs(value) > std::fabs(largest))
      largest = value;
  if (largest == 0)
    return 0;
  // Where the largest value is rounded to: from clipping it by a third up to beyond the last code on either side.
  constexpr float kFirst = 5.5f, kLast = 9.0f, kStep = 0.125f;
  // Sums in lanes, for vectors of any width; filled up with elements that weigh nothing.
  constexpr size_t kLanes = 8;
  size_t filled = (values.size() + kLanes - 1) / kLanes * kLanes;
  std::vector<float> padded(filled), weights(filled);
  std::copy(values.begin(), values.end(), padded.begin());
  std::fill_n(weights.begin(), values.size(), 1.0f);
  std::copy(importance.begin(), importance.end(), weights.begin());
  double best = -1;
  float scale = 0;
  for (float sign : {-1.0f, 1.0f})
    for (float place = kFirst; place <= kLast; place += kStep) {
      float inverse = sign * place / largest;
      float productLanes[kLanes] = {}, squareLanes[kLanes] = {};
      for (size_t i = 0; i < filled; i += kLanes)
        for (size_t lane = 0; lane < kLanes; ++lane) {
          // Adding and subtracting this rounds small numbers to nearest even.
          constexpr float kRounds = 0x1.8p23f;
          float value = padded[i + lane];
          float rounded = (std::min(std::max(value * inverse, -8.0f), 7.0f) + kRounds) - kRounds;
          float weighed = weights[i + lane] * rounded;
          productLanes[lane] += weighed * value;
          squareLanes[lane] += weighed * rounded;
        }
      double products = std::accumulate(productLanes, productLanes + kLanes, 0.0);
      double squares = std::accumulate(squareLanes, squareLanes + kLanes, 0.0);
      if (squares == 0)
        continue;
      // The squared error is Σ value² less this, which is most for the scale products / squares.
      float candidate = storedScale(static_cast<float>(products / squares));
      double gain = candidate * (2 * products - candidate * squares);
      if (gain > best) {
        best = gain;
        scale = candidate;
      }
    }
  return scale;
}

Result<graph::BlockWeights> emptyBlocks(const Tensor &weights, int64_t block) {
  if (weights.dtype != DType::Float32 || weights.shape.size() != 2)
    return badInput("weights to quantize in blocks are a float32 matrix, not " +
                    describeType(weights.dtype, weights.shape));
  const float *source = weights.data<float>();
  for (int64_t i = 0; i < weights.numElements(); ++i)
    if (!std::isfinite(source[i]))
      return badInput("element " + std::to_string(i) + " of the weights is not finite");
  graph::BlockWeights result;
  result.depth = weights.shape[0];
  result.columns = weights.shape[1];
  result.block = block;
  int64_t blocks = result.blocks();
  result.codes.assign(result.columns * blocks * block, graph::BlockWeights::kMiddle);
  result.scales.resize(result.columns * blocks);
  result.zeroPoints.assign(result.columns * blocks, graph::BlockWeights::kMiddle);
  return result;
}

Result<graph::BlockWeights> quantizeBlocks(const Tensor &weights, int64_t block) {
  auto made = emptyBlocks(weights, block);
  if (!made)
    return made;
  graph::BlockWeights &result = *made;
  int64_t blocks = result.blocks();
  const float *source = weights.data<float>();
  std::vector<float> values;
  for (int64_t n = 0; n < result.columns; ++n)
    for (int64_t k = 0; k < blocks; ++k) {
      int64_t first = k * block, count = std::min(block, result.depth - first);
      values.clear();
      for (int64_t i = 0; i < count; ++i)
        values.push_back(source[(first + i) * result.columns + n]);
      float scale = searchBlockScale(values);
      result.scales[n * blocks + k] = scale;
      for (int64_t i = 0; i < count; ++i)
        result.codes[(n * blocks + k) * block + i] = blockCode(values[i], scale);
    }
  return made;
}

} // namespace mlc
