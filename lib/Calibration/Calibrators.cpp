#include "Calibration/Calibrators.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fmt/format.h>

namespace mlc {

// Below this a scale's reciprocal is no longer a finite float.
static constexpr double kSmallestScale = 1e-30;

// Levels of a quantized tensor.
static constexpr int64_t kLevels = 256;

static const std::vector<Calibrator> kCalibrators = {
    {"min-max", "the smallest and the largest value seen", minMaxRange},
    {"moving-average", "the means of the samples' smallest and largest values", movingAverageRange},
    {"percentile", "leaves out the outermost values; percentile:99.9 keeps 99.9 % (default 99.99)", percentileRange,
     99.99, 50, 100},
    {"entropy", "the clip at which the distribution changes least (Kullback-Leibler)", entropyRange},
    {"mse", "the clips that give the least mean squared error", meanSquaredErrorRange},
    {"lp", "the clips that give the least mean error to the power of P; lp:3 sets it (default 2.4)", powerErrorRange,
     2.4, 1, 8},
};

const std::vector<Calibrator> &calibrators() { return kCalibrators; }

Result<Calibrator> findCalibrator(std::string_view text) {
  size_t colon = text.find(':');
  std::string_view name = text.substr(0, colon);
  std::string names;
  for (Calibrator calibrator : kCalibrators) {
    names += (names.empty() ? "" : ", ") + std::string(calibrator.name);
    if (calibrator.name != name)
      continue;
    if (colon == std::string_view::npos)
      return calibrator;
    std::string_view digits = text.substr(colon + 1);
    auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), calibrator.parameter);
    if (!calibrator.takesParameter())
      return usageError(fmt::format("calibrator '{}' takes no parameter", name));
    if (error != std::errc() || end != digits.data() + digits.size() ||
        !(calibrator.parameter >= calibrator.least && calibrator.parameter <= calibrator.most))
      return usageError(fmt::format("'{}' is no parameter of calibrator '{}', which takes a number from {} to {}",
                                    digits, name, calibrator.least, calibrator.most));
    return calibrator;
  }
  return usageError("unknown calibrator '" + std::string(name) + "'; there are: " + names);
}

std::optional<Range> minMaxRange(const TensorStatistics &statistics, double) {
  if (statistics.count == 0)
    return std::nullopt;
  return Range{statistics.min, statistics.max};
}

std::optional<Range> movingAverageRange(const TensorStatistics &statistics, double) {
  if (statistics.samples == 0)
    return std::nullopt;
  return Range{statistics.averageMin, statistics.averageMax};
}

std::optional<Range> percentileRange(const TensorStatistics &statistics, double percent) {
  if (statistics.count == 0)
    return std::nullopt;
  std::vector<Histogram::Bin> bins = statistics.histogram.bins();
  double left = static_cast<double>(statistics.histogram.total()) * (1 - percent / 100);
  bool low = statistics.min < 0, high = statistics.max > 0;
  double each = low && high ? left / 2 : left;
  Range range{statistics.min, statistics.max};
  double seen = 0;
  for (size_t i = 0; low && i < bins.size() && seen + static_cast<double>(bins[i].count) <= each; ++i) {
    seen += static_cast<double>(bins[i].count);
    range.min = bins[i].high;
  }
  seen = 0;
  for (size_t i = bins.size(); high && i > 0 && seen + static_cast<double>(bins[i - 1].count) <= each; --i) {
    seen += static_cast<double>(bins[i - 1].count);
    range.max = bins[i - 1].low;
  }
  return range;
}

// The divergence of `levels` equal groups of the bins [first, last) from the bins themselves, with what lies outside
// counted in the outermost.
static double divergence(const std::vector<Histogram::Bin> &bins, size_t first, size_t last, int64_t levels) {
  std::vector<double> clipped, coarse(last - first);
  for (size_t i = first; i < last; ++i)
    clipped.push_back(static_cast<double>(bins[i].count));
  std::vector<double> inside = clipped;
  for (size_t i = 0; i < first; ++i)
    clipped.front() += static_cast<double>(bins[i].count);
  for (size_t i = last; i < bins.size(); ++i)
    clipped.back() += static_cast<double>(bins[i].count);
  for (int64_t level = 0; level < levels; ++level) {
    size_t begin = level * inside.size() / levels, end = (level + 1) * inside.size() / levels;
    double sum = 0, used = 0;
    for (size_t i = begin; i < end; ++i) {
      sum += inside[i];
      used += inside[i] > 0;
    }
    for (size_t i = begin; i < end; ++i)
      coarse[i] = inside[i] > 0 ? sum / used : 0;
  }
  double total = 0, coarseTotal = 0;
  for (size_t i = 0; i < clipped.size(); ++i) {
    total += clipped[i];
    coarseTotal += coarse[i];
  }
  if (coarseTotal == 0)
    return std::numeric_limits<double>::infinity();
  // What the levels do not represent at all counts as if it had this share.
  constexpr double kAbsent = 1e-9;
  double sum = 0;
  for (size_t i = 0; i < clipped.size(); ++i)
    if (clipped[i] > 0)
      sum += clipped[i] / total * std::log(clipped[i] / total / std::max(coarse[i] / coarseTotal, kAbsent));
  return sum;
}

// Each two neighbours as one.
static std::vector<Histogram::Bin> joined(const std::vector<Histogram::Bin> &bins) {
  std::vector<Histogram::Bin> result;
  for (size_t i = 0; i < bins.size(); i += 2) {
    const Histogram::Bin &last = i + 1 < bins.size() ? bins[i + 1] : bins[i];
    result.push_back({bins[i].low, last.high, bins[i].count + (i + 1 < bins.size() ? last.count : 0)});
  }
  return result;
}

std::optional<Range> entropyRange(const TensorStatistics &statistics, double) {
  if (statistics.count == 0)
    return std::nullopt;
  // Few values in many bins resemble any clip of themselves: bins are joined until they count enough.
  constexpr int64_t kCounts = 16;
  std::vector<Histogram::Bin> bins = statistics.histogram.bins();
  int64_t total = 0;
  for (Histogram::Bin &bin : bins) {
    // Zeros, of which a relu makes many, are exact whatever the clip.
    if (bin.low <= 0 && bin.high > 0)
      bin.count = 0;
    total += bin.count;
  }
  while (total < kCounts * static_cast<int64_t>(bins.size())) {
    if (bins.size() < 2)
      break;
    bins = joined(bins);
  }
  double magnitude = std::max(std::fabs(statistics.min), std::fabs(statistics.max));
  constexpr int64_t kClips = 128;
  Range best{statistics.min, statistics.max};
  double least = std::numeric_limits<double>::infinity();
  for (int64_t clip = kClips; clip >= kClips / 8; --clip) {
    double limit = magnitude * static_cast<double>(clip) / kClips;
    Range range{std::max(statistics.min, -limit), std::min(statistics.max, limit)};
    size_t first = 0, last = bins.size();
    while (first + 1 < last && bins[first].high <= range.min)
      ++first;
    while (last > first + 1 && bins[last - 1].low >= range.max)
      --last;
    // Levels reach down to 0, whatever was seen: where the values are all large, few levels remain for them.
    double span = std::max(range.max, 0.0) - std::min(range.min, 0.0);
    double share = span > 0 ? (bins[last - 1].high - bins[first].low) / span : 1;
    int64_t levels = std::clamp<int64_t>(std::llround(share * kLevels), 1, kLevels);
    if (static_cast<int64_t>(last - first) < 2 * levels)
      break; // bins are hardly finer than levels: nothing more to learn
    double found = divergence(bins, first, last, levels);
    if (found < least) {
      least = found;
      best = range;
    }
  }
  return best;
}

// Of 256 levels over a range that includes 0: clipping, and rounding as if values were spread evenly between levels.
static double powerError(const std::vector<Histogram::Bin> &bins, Range range, double power) {
  double step = (range.max - range.min) / (kLevels - 1), sum = 0;
  double rounded = std::pow(step / 2, power) / (power + 1);
  for (const Histogram::Bin &bin : bins) {
    if (bin.count == 0)
      continue;
    double value = bin.centre(), clipped = std::clamp(value, range.min, range.max), error = value - clipped;
    // A bin with 0 in it is mostly that, which is exact.
    bool isZero = bin.low == 0 || (bin.low < 0 && bin.high > 0);
    if (error != 0)
      sum += static_cast<double>(bin.count) * std::pow(std::fabs(error), power);
    else if (!isZero)
      sum += static_cast<double>(bin.count) * rounded;
  }
  return sum;
}

std::optional<Range> meanSquaredErrorRange(const TensorStatistics &statistics, double) {
  return powerErrorRange(statistics, 2);
}

std::optional<Range> powerErrorRange(const TensorStatistics &statistics, double power) {
  if (statistics.count == 0)
    return std::nullopt;
  std::vector<Histogram::Bin> bins = statistics.histogram.bins();
  Range whole{std::min(statistics.min, 0.0), std::max(statistics.max, 0.0)}, best = whole;
  double least = powerError(bins, whole, power);
  constexpr int64_t kClips = 100;
  // One end after the other, until neither moves: the error has one valley along each.
  for (bool moved = true; moved;) {
    moved = false;
    for (double Range::*end : {&Range::min, &Range::max})
      for (int64_t clip = kClips / 10; clip <= kClips; ++clip) {
        Range range = best;
        range.*end = whole.*end * static_cast<double>(clip) / kClips;
        double found = powerError(bins, range, power);
        if (found < least) {
          least = found;
          best = range;
          moved = true;
        }
      }
  }
  return best;
}

QuantParams asymmetricUi8(Range range) {
  double low = std::min(range.min, 0.0), high = std::max(range.max, 0.0);
  if (high - low < 255 * kSmallestScale)
    return {1.0f, 0};
  float scale = static_cast<float>((high - low) / 255);
  double zero = std::nearbyint(-low / scale);
  return {scale, static_cast<int32_t>(std::clamp(zero, 0.0, 255.0))};
}

float symmetricI8Scale(double magnitude) {
  if (magnitude < 127 * kSmallestScale)
    return 1.0f;
  return static_cast<float>(magnitude / 127);
}

} // namespace mlc
