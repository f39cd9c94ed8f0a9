#include "Calibration/WeightQuantization.h"
#include "Calibration/Calibrators.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace mlc {

Result<QuantizedWeights> quantizeWeights(const Tensor &weights, int64_t axis, const std::vector<float> &minScales) {
  if (weights.dtype != DType::Float32)
    return badInput("weights to quantize are float32, not " + describeType(weights.dtype, weights.shape));
  int64_t channels = weights.shape[axis], inner = 1, outer = 1;
  for (size_t i = 0; i < weights.shape.size(); ++i)
    (static_cast<int64_t>(i) < axis ? outer : inner) *= static_cast<int64_t>(i) == axis ? 1 : weights.shape[i];

  const float *source = weights.data<float>();
  std::vector<float> magnitude(channels, 0);
  for (int64_t i = 0, at = 0; i < outer; ++i)
    for (int64_t c = 0; c < channels; ++c)
      for (int64_t j = 0; j < inner; ++j, ++at) {
        if (!std::isfinite(source[at]))
          return badInput("element " + std::to_string(at) + " of the weights is not finite");
        magnitude[c] = std::max(magnitude[c], std::fabs(source[at]));
      }

  QuantizedWeights result{Tensor(DType::Int8, weights.shape), Tensor(DType::Float32, {channels})};
  float *scales = result.scales.data<float>();
  for (int64_t c = 0; c < channels; ++c) {
    scales[c] = symmetricI8Scale(magnitude[c]);
    if (!minScales.empty())
      scales[c] = std::max(scales[c], minScales[c]);
  }
  int8_t *values = result.values.data<int8_t>();
  for (int64_t i = 0, at = 0; i < outer; ++i)
    for (int64_t c = 0; c < channels; ++c)
      for (int64_t j = 0; j < inner; ++j, ++at)
        values[at] = static_cast<int8_t>(std::clamp(std::nearbyint(source[at] / scales[c]), -127.0f, 127.0f));
  return result;
}

Result<graph::GateWeights> quantizeGates(const Tensor &weights) {
  int64_t directions = weights.shape[0], depth = weights.shape[1], columns = weights.shape[2];
  graph::GateWeights result{Tensor(DType::Int8, weights.shape), Tensor(DType::Float32, {directions, 1, columns})};
  for (int64_t direction = 0; direction < directions; ++direction) {
    Tensor own(DType::Float32, {depth, columns});
    std::memcpy(own.bytes.data(), weights.bytes.data() + direction * own.bytes.size(), own.bytes.size());
    auto quantized = quantizeWeights(own, /*axis=*/1);
    if (!quantized)
      return quantized.error();
    for (auto [from, to] : {std::pair(&quantized->values, &result.values), {&quantized->scales, &result.scales}})
      std::memcpy(to->bytes.data() + direction * from->bytes.size(), from->bytes.data(), from->bytes.size());
  }
  return result;
}

} // namespace mlc
