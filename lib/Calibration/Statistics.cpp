#include "Calibration/Statistics.h"

#include <algorithm>
#include <cmath>

namespace mlc {

Result<void> observe(TensorStatistics &statistics, const Tensor &tensor) {
  if (tensor.dtype != DType::Float32)
    return badInput("calibration observes float32 tensors; this one is " + describeType(tensor.dtype, tensor.shape));
  const float *values = tensor.data<float>();
  float low = std::numeric_limits<float>::infinity(), high = -low;
  int64_t finite = 0, n = tensor.numElements();
  for (int64_t i = 0; i < n; ++i) {
    float value = values[i];
    if (!std::isfinite(value))
      continue;
    ++finite;
    low = std::min(low, value);
    high = std::max(high, value);
  }
  statistics.nan += n - finite;
  if (finite == 0)
    return {};
  statistics.histogram.add(values, n, low, high);
  statistics.min = std::min<double>(statistics.min, low);
  statistics.max = std::max<double>(statistics.max, high);
  statistics.count += finite;
  double share = 1.0 / static_cast<double>(++statistics.samples);
  statistics.averageMin += (low - statistics.averageMin) * share;
  statistics.averageMax += (high - statistics.averageMax) * share;
  return {};
}

Result<void> TensorStatistics::add(const Tensor &tensor) { return observe(*this, tensor); }

void TensorStatistics::save(StateWriter &file) const {
  for (double value : {min, max, averageMin, averageMax})
    file.value(value);
  for (int64_t value : {count, nan, samples})
    file.value(value);
  histogram.save(file);
}

void TensorStatistics::load(StateReader &file) {
  for (double *value : {&min, &max, &averageMin, &averageMax})
    *value = file.value<double>();
  for (int64_t *value : {&count, &nan, &samples})
    *value = file.value<int64_t>();
  histogram.load(file);
}

TensorStatistics merge(const TensorStatistics &a, const TensorStatistics &b) {
  TensorStatistics both{std::min(a.min, b.min),
                        std::max(a.max, b.max),
                        a.count + b.count,
                        a.nan + b.nan,
                        a.samples + b.samples,
                        0,
                        0,
                        a.histogram};
  if (both.samples > 0) {
    double share = static_cast<double>(b.samples) / static_cast<double>(both.samples);
    both.averageMin = a.averageMin + (b.averageMin - a.averageMin) * share;
    both.averageMax = a.averageMax + (b.averageMax - a.averageMax) * share;
  }
  both.histogram.add(b.histogram);
  return both;
}

} // namespace mlc
