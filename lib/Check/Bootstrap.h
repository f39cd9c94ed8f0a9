// How sure a value is that was measured on samples.
#pragma once

#include "mlcompress/Reports.h"

#include <functional>
#include <vector>

namespace mlc {

/// Draws `items` items with replacement, 1,000 times, and lets `evaluate` turn the number of times that each was drawn
/// into figures. The answer holds an interval for each figure: its percentiles over the resamples (Efron & Tibshirani,
/// An Introduction to the Bootstrap, 1993), at the levels that give 95 % also for few items (Hesterberg, What Teachers
/// Should Know about the Bootstrap, 2015: for n items Φ(-t √(n/(n-1))), t being Student's quantile with n - 1 degrees
/// of freedom; 2.5 % for many). Resamples where a figure is NaN are left out of it. Absent: fewer than two items, or a
/// figure that was NaN in more than half of the resamples. Drawn from one seed: equal figures for equal items.
std::vector<std::optional<Interval>>
bootstrapIntervals(size_t items, size_t figures,
                   const std::function<std::vector<double>(const std::vector<uint32_t> &counts)> &evaluate);

/// The level below which the lower end of an interval for `items` items lies.
double percentileLevel(size_t items);

} // namespace mlc
