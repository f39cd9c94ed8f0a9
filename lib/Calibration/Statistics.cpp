#include "Calibration/Statistics.h"

#include "Calibration/WidestVectors.h"

#include <algorithm>
#include <cmath>

namespace mlc {

namespace {
struct Bounds {
  float low, high;
  int64_t finite;
};
} // namespace

MLC_WIDEST_VECTORS static Bounds boundsOf(const float *values, int64_t n) {
  constexpr int kLanes = 32;
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  float low[kLanes], high[kLanes];
  int32_t finite[kLanes] = {}; // enough for 2^36 elements
  std::fill_n(low, kLanes, kInfinity);
  std::fill_n(high, kLanes, -kInfinity);
  int64_t whole = n / kLanes * kLanes;
  for (int64_t i = 0; i < whole; i += kLanes)
    for (int lane = 0; lane < kLanes; ++lane) {
      float value = values[i + lane];
      bool isFinite = std::fabs(value) < kInfinity;
      finite[lane] += isFinite;
      low[lane] = isFinite && value < low[lane] ? value : low[lane];
      high[lane] = isFinite && value > high[lane] ? value : high[lane];
    }
  Bounds bounds{kInfinity, -kInfinity, 0};
  auto add = [&](float least, float most, int64_t count) {
    bounds.low = std::min(bounds.low, least);
    bounds.high = std::max(bounds.high, most);
    bounds.finite += count;
  };
  for (int lane = 0; lane < kLanes; ++lane)
    add(low[lane], high[lane], finite[lane]);
  for (int64_t i = whole; i < n; ++i)
    if (std::isfinite(values[i]))
      add(values[i], values[i], 1);
  return bounds;
}

Result<void> observe(TensorStatistics &statistics, const Tensor &tensor) {
  if (tensor.dtype != DType::Float32)
    return badInput("calibration observes float32 tensors; this one is " + describeType(tensor.dtype, tensor.shape));
  const float *values = tensor.data<float>();
  int64_t n = tensor.numElements();
  auto [low, high, finite] = boundsOf(values, n);
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
