// How a tensor's values are distributed, in constant memory.
#pragma once

#include "Calibration/StateFile.h"

#include <cstdint>
#include <vector>

namespace mlc {

/// Counts of values in bins of equal width, a power of two that doubles when the values outgrow the bins. Neighbouring
/// bins are joined as a whole then, so that the counts are those of a histogram that had this width from the start,
/// whatever the order of the values.
class Histogram {
public:
  static constexpr int64_t kBins = 2048;

  struct Bin {
    double low, high; ///< holds low <= value < high
    int64_t count;
    double centre() const { return (low + high) / 2; }
  };

  /// Adds finite values within [low, high]; others are left out.
  void add(const float *values, int64_t count, float low, float high);
  void add(const Histogram &other);

  bool empty() const { return counts_.empty(); }
  int64_t total() const;
  /// From the first bin with a count to the last.
  std::vector<Bin> bins() const;

  void save(StateWriter &file) const;
  void load(StateReader &file);

  bool operator==(const Histogram &) const = default;

private:
  void cover(double low, double high);
  void widen(int exponent);
  void reach(int64_t first, int64_t last);
  int64_t place(double value) const;
  int64_t end() const { return first_ + static_cast<int64_t>(counts_.size()); }

  int exponent_ = 0;            ///< of the width, 2^exponent
  int64_t first_ = 0;           ///< bin i holds [first + i, first + i + 1) * width
  std::vector<int64_t> counts_; ///< up to kBins; empty: no value yet. First and last are not 0.
};

} // namespace mlc
