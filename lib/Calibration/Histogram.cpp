#include "Calibration/Histogram.h"

#include "Calibration/WidestVectors.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace mlc {

// The narrowest width: an eighth of the smallest number of float32.
static constexpr int kLeastExponent = -152;

// The width at which a lone value has as many bins below its magnitude as there are.
static int finestExponent(double magnitude) {
  return magnitude > 0 ? std::max(kLeastExponent, std::ilogb(magnitude) - 10) : kLeastExponent;
}

int64_t Histogram::place(double value) const { return static_cast<int64_t>(std::floor(std::ldexp(value, -exponent_))); }

// Joins bins until they are this wide.
void Histogram::widen(int exponent) {
  for (; exponent_ < exponent; ++exponent_) {
    int64_t first = first_ >> 1, last = (end() - 1) >> 1;
    std::vector<int64_t> joined(counts_.empty() ? 0 : last - first + 1);
    for (size_t i = 0; i < counts_.size(); ++i)
      joined[((first_ + static_cast<int64_t>(i)) >> 1) - first] += counts_[i];
    counts_ = std::move(joined);
    first_ = first;
  }
}

// Makes room for the bins [first, last], which fit.
void Histogram::reach(int64_t first, int64_t last) {
  if (counts_.empty())
    first_ = first;
  if (first < first_) {
    counts_.insert(counts_.begin(), first_ - first, 0);
    first_ = first;
  }
  if (last - first_ + 1 > static_cast<int64_t>(counts_.size()))
    counts_.resize(last - first_ + 1);
}

void Histogram::cover(double low, double high) {
  // No finer than a lone value would have it: places stay small numbers, and the order of values does not matter.
  int finest = finestExponent(std::max(std::fabs(low), std::fabs(high)));
  if (counts_.empty())
    exponent_ = finest;
  else
    widen(finest);
  for (;;) {
    int64_t first = place(low), last = place(high);
    if (!counts_.empty()) {
      first = std::min(first, first_);
      last = std::max(last, end() - 1);
    }
    if (last - first < kBins)
      return reach(first, last);
    if (counts_.empty())
      ++exponent_;
    else
      widen(exponent_ + 1);
  }
}

// Bins of values, counted from `first`; kBins for those beyond [low, high]. `Real` holds values * scale exactly.
template <typename Real>
[[gnu::always_inline]] static inline void findBins(const float *values, int64_t count, float low, float high,
                                                   Real scale, int32_t first, int32_t *bins) {
  for (int64_t i = 0; i < count; ++i) {
    float value = values[i];
    bool inside = value >= low && value <= high;
    Real scaled = inside ? value * scale : 0;
    auto place = static_cast<int32_t>(scaled); // towards zero
    place -= scaled < static_cast<Real>(place);
    bins[i] = inside ? place - first : static_cast<int32_t>(Histogram::kBins);
  }
}
MLC_WIDEST_VECTORS static void findBinsInFloat(const float *values, int64_t count, float low, float high, float scale,
                                               int32_t first, int32_t *bins) {
  findBins(values, count, low, high, scale, first, bins);
}
MLC_WIDEST_VECTORS static void findBinsInDouble(const float *values, int64_t count, float low, float high, double scale,
                                                int32_t first, int32_t *bins) {
  findBins(values, count, low, high, scale, first, bins);
}

void Histogram::add(const float *values, int64_t count, float low, float high) {
  if (!(low <= high))
    return;
  cover(low, high);
  // Values that follow each other are counted in different tables: many are equal, and each would wait for the one
  // before it.
  constexpr int64_t kChunk = 2048, kTables = 4;
  thread_local std::vector<uint32_t> tables;
  tables.assign(kTables * (kBins + 1), 0);
  int32_t bins[kChunk];
  auto first = static_cast<int32_t>(first_);
  // A scale from 1 to 2^100 is exact in float too: nothing becomes subnormal, and places are below 2^12.
  bool inFloat = exponent_ <= 0 && exponent_ >= -100;
  auto gather = [&] {
    for (int64_t bin = 0; bin < static_cast<int64_t>(counts_.size()); ++bin)
      for (int64_t table = 0; table < kTables; ++table)
        counts_[bin] += tables[table * (kBins + 1) + bin];
  };
  constexpr int64_t kMost = int64_t(1) << 32; // in a table
  for (int64_t begin = 0; begin < count; begin += kChunk) {
    int64_t part = std::min(kChunk, count - begin);
    if (inFloat)
      findBinsInFloat(values + begin, part, low, high, std::ldexp(1.0f, -exponent_), first, bins);
    else
      findBinsInDouble(values + begin, part, low, high, std::ldexp(1.0, -exponent_), first, bins);
    for (int64_t i = 0; i < part; ++i)
      ++tables[i % kTables * (kBins + 1) + bins[i]];
    if ((begin + kChunk) % kMost == 0) {
      gather();
      std::fill(tables.begin(), tables.end(), 0);
    }
  }
  gather();
}

void Histogram::add(const Histogram &other) {
  if (other.empty())
    return;
  if (empty()) {
    *this = other;
    return;
  }
  Histogram narrow = other;
  for (;;) {
    int exponent = std::max(exponent_, narrow.exponent_);
    widen(exponent);
    narrow.widen(exponent);
    int64_t first = std::min(first_, narrow.first_);
    int64_t last = std::max(end(), narrow.end()) - 1;
    if (last - first < kBins) {
      reach(first, last);
      break;
    }
    widen(exponent + 1);
  }
  for (size_t i = 0; i < narrow.counts_.size(); ++i)
    counts_[narrow.first_ + i - first_] += narrow.counts_[i];
}

int64_t Histogram::total() const { return std::accumulate(counts_.begin(), counts_.end(), int64_t(0)); }

void Histogram::save(StateWriter &file) const {
  file.value(exponent_);
  file.value(first_);
  file.values(counts_);
}

void Histogram::load(StateReader &file) {
  exponent_ = file.value<int>();
  first_ = file.value<int64_t>();
  counts_ = file.values<int64_t>();
}

std::vector<Histogram::Bin> Histogram::bins() const {
  std::vector<Bin> result;
  double width = std::ldexp(1.0, exponent_);
  for (size_t i = 0; i < counts_.size(); ++i) {
    double low = static_cast<double>(first_ + static_cast<int64_t>(i)) * width;
    result.push_back({low, low + width, counts_[i]});
  }
  return result;
}

} // namespace mlc
