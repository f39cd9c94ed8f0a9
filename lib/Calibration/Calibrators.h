// From statistics to quantization parameters: pure functions.
#pragma once

#include "Calibration/Statistics.h"

#include <optional>
#include <string_view>
#include <vector>

namespace mlc {

/// The real numbers that a quantized tensor has to represent.
struct Range {
  double min = 0, max = 0;
};

/// real = scale * (quantized - zero_point). `scale` is positive and normal.
struct QuantParams {
  float scale = 1;
  int32_t zero_point = 0;
};

/// One way to choose a range from statistics.
struct Calibrator {
  std::string_view name;        ///< as on the command line
  std::string_view description; ///< one line for its help
  /// nullopt where the statistics saw no finite element.
  std::optional<Range> (*range)(const TensorStatistics &);
};

/// All calibrators; the first is the default.
const std::vector<Calibrator> &calibrators();
/// The calibrator of this name; an unknown name is a usage error that lists them.
Result<const Calibrator *> findCalibrator(std::string_view name);

/// The smallest and the largest value seen.
std::optional<Range> minMaxRange(const TensorStatistics &statistics);

/// Asymmetric, 0…255. The range is widened to include 0, and 0 is represented exactly, so that padding and
/// ReLU are.
QuantParams asymmetricUi8(Range range);
/// The scale of a symmetric -127…127 for values of at most this magnitude: 127 * scale >= magnitude up to
/// rounding, and -128 is never used.
float symmetricI8Scale(double magnitude);

/// Weights as i8 with one symmetric scale for each index along `axis`.
struct QuantizedWeights {
  Tensor values; ///< int8, the shape of the weights
  Tensor scales; ///< float32 [shape[axis]]
};
/// Quantizes float32 weights to -127…127, each element round-to-nearest-even of value / scale. No channel's
/// scale is below `minScales[channel]`, where given. An error if an element is not finite, naming its index.
Result<QuantizedWeights> quantizeWeights(const Tensor &weights, int64_t axis, const std::vector<float> &minScales = {});

} // namespace mlc
