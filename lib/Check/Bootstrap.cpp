#include "Check/Bootstrap.h"

#include <algorithm>
#include <cmath>
#include <random>

namespace mlc {
namespace {

constexpr int kResamples = 1000;

/// Student's 97.5 % quantile: Cornish-Fisher's expansion about the normal quantile (Abramowitz & Stegun 26.7.5), which
/// is within 1 % from 4 degrees of freedom on; below these its exact values.
double studentQuantile(double freedom) {
  constexpr double exact[] = {12.7062, 4.3027, 3.1824};
  if (freedom < 4)
    return exact[size_t(freedom) - 1];
  double z = 1.959964, z3 = z * z * z, z5 = z3 * z * z, z7 = z5 * z * z;
  return z + (z3 + z) / (4 * freedom) + (5 * z5 + 16 * z3 + 3 * z) / (96 * freedom * freedom) +
         (3 * z7 + 19 * z5 + 17 * z3 - 15 * z) / (384 * freedom * freedom * freedom);
}

/// Between the two nearest of sorted values, as numpy.percentile does.
double quantile(const std::vector<double> &sorted, double level) {
  double place = level * double(sorted.size() - 1);
  size_t below = size_t(place), above = std::min(below + 1, sorted.size() - 1);
  double part = place - double(below);
  // Infinities must not become NaN.
  return part == 0 || sorted[below] == sorted[above] ? sorted[below]
                                                     : sorted[below] + part * (sorted[above] - sorted[below]);
}

} // namespace

double percentileLevel(size_t items) {
  double n = double(items);
  double t = studentQuantile(n - 1) * std::sqrt(n / (n - 1));
  return 0.5 * std::erfc(t / std::sqrt(2.0));
}

std::vector<std::optional<Interval>>
bootstrapIntervals(size_t items, size_t figures,
                   const std::function<std::vector<double>(const std::vector<uint32_t> &counts)> &evaluate) {
  std::vector<std::optional<Interval>> intervals(figures);
  if (items < 2)
    return intervals;
  std::vector<std::vector<double>> drawn(figures);
  // The distributions of the standard library differ between implementations, the engine does not.
  std::mt19937_64 engine(20260101);
  std::vector<uint32_t> counts(items);
  for (int resample = 0; resample < kResamples; ++resample) {
    std::fill(counts.begin(), counts.end(), 0);
    for (size_t i = 0; i < items; ++i)
      ++counts[size_t((static_cast<unsigned __int128>(engine()) * items) >> 64)];
    std::vector<double> values = evaluate(counts);
    for (size_t f = 0; f < figures; ++f)
      if (!std::isnan(values[f]))
        drawn[f].push_back(values[f]);
  }
  double level = percentileLevel(items);
  for (size_t f = 0; f < figures; ++f) {
    if (drawn[f].size() < kResamples / 2)
      continue;
    std::sort(drawn[f].begin(), drawn[f].end());
    intervals[f] = Interval{quantile(drawn[f], level), quantile(drawn[f], 1 - level)};
  }
  return intervals;
}

} // namespace mlc
