#include "Check/MetricState.h"

#include "Support/DTypeConversion.h"

#include <cmath>
#include <fmt/format.h>
#include <limits>

namespace mlc {

SumState::SumState(size_t width, Add add, Values values)
    : width_(width), add_(std::move(add)), values_(std::move(values)), totals_(width) {}

Result<void> SumState::add(const MetricSample &sample) {
  size_t before = rows_.size();
  if (auto added = add_(sample, rows_); !added)
    return added.error();
  for (size_t i = before; i < rows_.size(); ++i)
    totals_[(i - before) % width_] += rows_[i];
  return {};
}

MetricState::Evaluator SumState::evaluator() const {
  return [this](const std::vector<uint32_t> &counts) {
    std::vector<double> sums(width_);
    for (size_t i = 0; i < counts.size(); ++i)
      if (counts[i])
        for (size_t w = 0; w < width_; ++w)
          sums[w] += counts[i] * rows_[i * width_ + w];
    return values_(sums.data(), sums.data());
  };
}

std::optional<double> SumState::dropOf(size_t begin, size_t end) const {
  std::vector<double> sums(width_);
  for (size_t i = begin; i < end; ++i)
    for (size_t w = 0; w < width_; ++w)
      sums[w] += rows_[i * width_ + w];
  return values_(sums.data(), totals_.data()).drop;
}

double fractionLost(double baseline, double candidate) {
  // Of nothing nothing can be lost; a gain over nothing is as large as what was gained.
  return baseline > 0 ? (baseline - candidate) / baseline : baseline - candidate;
}

double errorGrowth(double baseline, double candidate, double scale) {
  if (candidate == baseline)
    return 0;
  return scale == 0 ? std::copysign(std::numeric_limits<double>::infinity(), candidate - baseline)
                    : (candidate - baseline) / scale;
}

std::vector<double> elementsOf(const Tensor &tensor) {
  std::vector<double> values(size_t(tensor.numElements()));
  if (!values.empty())
    toDouble(tensor, 0, int64_t(values.size()), values.data());
  return values;
}

std::vector<int64_t> integersOf(const Tensor &tensor) {
  std::vector<int64_t> values;
  for (double value : elementsOf(tensor)) // class and token numbers are far below 2^53
    values.push_back(std::isfinite(value) ? std::llround(value) : -1);
  return values;
}

Result<void> checkSameShape(const MetricSample &sample, size_t output) {
  const Tensor &original = sample.original[output], &compressed = sample.compressed[output];
  if (original.shape == compressed.shape)
    return {};
  return badInput(fmt::format("sample '{}': the compressed model answers {}, the original {}; this metric needs equal "
                              "shapes",
                              sample.name, describeType(compressed.dtype, compressed.shape),
                              describeType(original.dtype, original.shape)));
}

Error labelsDoNotFit(const MetricSample &sample, const std::string &why) {
  const Tensor &tensor = sample.labels->tensor;
  return badInput(fmt::format("sample '{}': the labels '{}' are {}, {}", sample.name, sample.labels->name,
                              describeType(tensor.dtype, tensor.shape), why));
}

} // namespace mlc
