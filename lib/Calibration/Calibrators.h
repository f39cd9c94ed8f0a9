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
  std::optional<Range> (*range)(const TensorStatistics &, double parameter);
  double parameter = 0;       ///< what NAME:PARAMETER sets
  double least = 0, most = 0; ///< of the parameter; equal: it takes none
  bool takesParameter() const { return least < most; }
};

/// All calibrators.
const std::vector<Calibrator> &calibrators();
/// The calibrator of this name, with its parameter: "percentile" or "percentile:99.9". An unknown name or a parameter
/// out of its bounds is a usage error that lists what there is.
Result<Calibrator> findCalibrator(std::string_view text);

/// The smallest and the largest value seen.
std::optional<Range> minMaxRange(const TensorStatistics &statistics, double = 0);
/// The means of the samples' smallest and largest values.
std::optional<Range> movingAverageRange(const TensorStatistics &statistics, double = 0);
/// Leaves out so many of the values that `percent` of them remain, half of the others at each end; all of them at the
/// far end where zero is an end.
std::optional<Range> percentileRange(const TensorStatistics &statistics, double percent);
/// The clip of magnitudes at which the distribution of 256 levels is closest to that of the values, by Kullback and
/// Leibler's divergence (S. Migacz, 8-bit inference with TensorRT, 2017).
std::optional<Range> entropyRange(const TensorStatistics &statistics, double = 0);
/// The clips at both ends that give 256 levels the least mean squared error.
std::optional<Range> meanSquaredErrorRange(const TensorStatistics &statistics, double = 0);
/// The same for the mean of |error|^power: the larger the power, the more of the outermost values stay. Y. Nahshan et
/// al., Loss aware post-training quantization, arXiv 1911.07190.
std::optional<Range> powerErrorRange(const TensorStatistics &statistics, double power);

/// Asymmetric, 0…255. The range is widened to include 0, and 0 is represented exactly, so that padding and
/// ReLU are.
QuantParams asymmetricUi8(Range range);
/// The scale of a symmetric -127…127 for values of at most this magnitude: 127 * scale >= magnitude up to
/// rounding, and -128 is never used.
float symmetricI8Scale(double magnitude);

} // namespace mlc
