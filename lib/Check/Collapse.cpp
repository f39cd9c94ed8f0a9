#include "Check/Collapse.h"

#include "Check/ClassAnswers.h"
#include "Support/DTypeConversion.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace mlc {
namespace {

constexpr int64_t kFewestItems = 10;
// Shares of the most frequent class: of a collapsed model at least, of an original that tells classes apart at most.
constexpr double kOneClass = 0.95, kSeveralClasses = 0.75;
// What is left of the original's spread, and the least spread that is more than rounding.
constexpr double kSpreadLeft = 0.01, kLeastSpread = 1e-4;
// Longer vectors are feature maps; their sum would take more memory than it tells.
constexpr size_t kLongestVector = 1 << 20;

} // namespace

void CollapseDetector::addVectors(const Tensor &tensor, Side &side) {
  std::vector<double> values = elementsOf(tensor);
  size_t items = size_t(batchOf(tensor)), length = items ? values.size() / items : 0;
  isVector_ &= length > 1 && length <= kLongestVector && (side.direction.empty() || side.direction.size() == length);
  if (!isVector_)
    return;
  side.direction.resize(length);
  for (size_t item = 0; item < items; ++item) {
    double square = 0;
    for (size_t i = 0; i < length; ++i)
      square += values[item * length + i] * values[item * length + i];
    if (!(square > 0) || std::isinf(square))
      continue;
    for (size_t i = 0; i < length; ++i)
      side.direction[i] += values[item * length + i] / std::sqrt(square);
  }
}

void CollapseDetector::add(const Tensor &original, const Tensor &compressed) {
  bool floating = isFloating(original.dtype);
  namesClasses_ &= !original.shape.empty() && original.shape.size() <= 2;
  isVector_ &= floating;
  int64_t items = batchOf(original);
  for (auto [tensor, side] : {std::pair(&original, &original_), {&compressed, &compressed_}}) {
    if (namesClasses_) {
      ClassScores scores = classScores(*tensor);
      items = scores.items;
      for (int64_t answer : scores.answers)
        ++side->answers[answer];
    }
    if (isVector_)
      addVectors(*tensor, *side);
  }
  items_ += items;
}

double CollapseDetector::Side::largestShare() const {
  int64_t most = 0, all = 0;
  for (auto [answer, count] : answers) {
    most = std::max(most, count);
    all += count;
  }
  return all ? double(most) / double(all) : 1;
}

double CollapseDetector::Side::spread(int64_t items) const {
  double square = 0;
  for (double sum : direction)
    square += sum / double(items) * (sum / double(items));
  return 1 - square;
}

std::optional<CollapseDetector::Finding> CollapseDetector::finding() const {
  if (items_ < kFewestItems)
    return std::nullopt;
  const char *advice = "check the calibration data, or leave the layers before this output uncompressed";
  if (namesClasses_) {
    double before = original_.largestShare(), after = compressed_.largestShare();
    if (after >= kOneClass && before <= kSeveralClasses) {
      auto most = std::max_element(compressed_.answers.begin(), compressed_.answers.end(),
                                   [](const auto &a, const auto &b) { return a.second < b.second; });
      return Finding{fmt::format("output '{}': the compressed model answers class {} for {:.0f} % of {} items, the "
                                 "original no class for more than {:.0f} %; {}",
                                 output_, most->first, 100 * after, items_, 100 * before, advice),
                     {"collapse", output_, kOneClass, after, std::nullopt, false}};
    }
  }
  if (isVector_ && !original_.direction.empty()) {
    double before = original_.spread(items_), after = compressed_.spread(items_);
    if (before >= kLeastSpread && after < kSpreadLeft * before)
      return Finding{fmt::format("output '{}': the compressed model gives {} items nearly the same vector (mean cosine "
                                 "{:.4f}, the original's {:.4f}); {}",
                                 output_, items_, 1 - after, 1 - before, advice),
                     {"collapse", output_, 1 - kSpreadLeft * before, 1 - after, std::nullopt, false}};
  }
  return std::nullopt;
}

std::string collapseWarning(const CollapseDetector &detector) {
  auto finding = detector.finding();
  return finding ? finding->warning : "";
}

} // namespace mlc
