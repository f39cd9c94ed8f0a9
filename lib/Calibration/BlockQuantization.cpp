#include "Calibration/BlockQuantization.h"
#include "Support/Half.h"

#include <algorithm>
#include <cmath>

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
  double best = -1;
  float scale = 0;
  for (float sign : {-1.0f, 1.0f})
    for (float place = kFirst; place <= kLast; place += kStep) {
      float inverse = sign * place / largest;
      double products = 0, squares = 0;
      for (size_t i = 0; i < values.size(); ++i) {
        float rounded = std::clamp(std::nearbyint(values[i] * inverse), -8.0f, 7.0f);
        float weight = importance.empty() ? 1.0f : importance[i];
        products += weight * values[i] * rounded;
        squares += weight * rounded * rounded;
      }
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

Result<graph::BlockWeights> quantizeBlocks(const Tensor &weights, int64_t block) {
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
  return result;
}

} // namespace mlc
