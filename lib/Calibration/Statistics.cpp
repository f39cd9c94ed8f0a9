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
  if (finite) {
    statistics.min = std::min<double>(statistics.min, low);
    statistics.max = std::max<double>(statistics.max, high);
  }
  statistics.count += finite;
  statistics.nan += n - finite;
  return {};
}

TensorStatistics merge(const TensorStatistics &a, const TensorStatistics &b) {
  return {std::min(a.min, b.min), std::max(a.max, b.max), a.count + b.count, a.nan + b.nan};
}

} // namespace mlc
