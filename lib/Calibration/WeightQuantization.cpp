#include "Calibration/WeightQuantization.h"
#include "Calibration/Calibrators.h"

#include <algorithm>
#include <cmath>

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

} // namespace mlc
