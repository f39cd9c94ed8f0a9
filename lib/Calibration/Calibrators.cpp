#include "Calibration/Calibrators.h"

#include <algorithm>
#include <cmath>

namespace mlc {

// Below this a scale's reciprocal is no longer a finite float.
static constexpr double kSmallestScale = 1e-30;

static const std::vector<Calibrator> kCalibrators = {
    {"min-max", "the smallest and the largest value seen", minMaxRange},
};

const std::vector<Calibrator> &calibrators() { return kCalibrators; }

Result<const Calibrator *> findCalibrator(std::string_view name) {
  std::string names;
  for (const Calibrator &calibrator : kCalibrators) {
    if (calibrator.name == name)
      return &calibrator;
    names += (names.empty() ? "" : ", ") + std::string(calibrator.name);
  }
  return usageError("unknown calibrator '" + std::string(name) + "'; there are: " + names);
}

std::optional<Range> minMaxRange(const TensorStatistics &statistics) {
  if (statistics.count == 0)
    return std::nullopt;
  return Range{statistics.min, statistics.max};
}

QuantParams asymmetricUi8(Range range) {
  double low = std::min(range.min, 0.0), high = std::max(range.max, 0.0);
  if (high - low < 255 * kSmallestScale)
    return {1.0f, 0};
  float scale = static_cast<float>((high - low) / 255);
  double zero = std::nearbyint(-low / scale);
  return {scale, static_cast<int32_t>(std::clamp(zero, 0.0, 255.0))};
}

float symmetricI8Scale(double magnitude) {
  if (magnitude < 127 * kSmallestScale)
    return 1.0f;
  return static_cast<float>(magnitude / 127);
}

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
