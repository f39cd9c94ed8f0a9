// What calibration remembers of a tensor: constant size, however much data streams past.
#pragma once

#include "Calibration/Histogram.h"
#include "mlcompress/Result.h"
#include "mlcompress/Tensor.h"

#include <cstdint>
#include <limits>
#include <string>

namespace mlc {

/// Running statistics of one tensor of the graph over all calibration samples.
struct TensorStatistics {
  double min = std::numeric_limits<double>::infinity();  ///< of the finite elements
  double max = -std::numeric_limits<double>::infinity(); ///< of the finite elements
  int64_t count = 0;                                     ///< finite elements seen
  int64_t nan = 0;                                       ///< NaNs and infinities seen; they count nowhere else
  int64_t samples = 0;                                   ///< with a finite element
  double averageMin = 0, averageMax = 0;                 ///< means over those samples of their own min and max
  Histogram histogram;                                   ///< of the finite elements

  /// observe(), as an observer calls it.
  Result<void> add(const Tensor &tensor);
  void save(StateWriter &file) const;
  void load(StateReader &file);
  std::string kind() const { return "statistics"; }
  void clear() { *this = {}; }

  bool operator==(const TensorStatistics &) const = default;
};

/// Adds the elements of one sample's float32 tensor. Any other element type is an error.
Result<void> observe(TensorStatistics &statistics, const Tensor &tensor);

/// The statistics of both sets of samples together.
TensorStatistics merge(const TensorStatistics &a, const TensorStatistics &b);

} // namespace mlc
