#include "Check/Measure.h"

#include "Support/DTypeConversion.h"

#include <charconv>
#include <cmath>

namespace mlc {

void SumMeasure::append(std::span<const double> baseline, std::span<const double> candidate) {
  width_ = baseline.size();
  sums_.insert(sums_.end(), baseline.begin(), baseline.end());
  sums_.insert(sums_.end(), candidate.begin(), candidate.end());
}

MetricValues SumMeasure::value(std::span<const uint32_t> chosen) const {
  std::vector<double> total(2 * width_, 0.0);
  for (uint32_t item : chosen) {
    const double *own = sums_.data() + static_cast<size_t>(item) * total.size();
    for (size_t i = 0; i < total.size(); ++i)
      total[i] += own[i];
  }
  return of(std::span(total).first(width_), std::span(total).last(width_));
}

double MeasureArguments::number(const std::string &key, double otherwise) const {
  auto found = values.find(key);
  if (found == values.end())
    return otherwise;
  const std::string &text = found->second;
  double value = 0;
  auto [next, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && next == text.data() + text.size() ? value : otherwise;
}

std::vector<double> doublesOf(const Tensor &tensor) {
  std::vector<double> values(static_cast<size_t>(tensor.numElements()));
  toDouble(tensor, 0, tensor.numElements(), values.data());
  return values;
}

Rows rowsOf(const Tensor &tensor) {
  Rows rows;
  rows.values = doublesOf(tensor);
  rows.width = tensor.shape.empty() ? 1 : tensor.shape.back();
  rows.count = rows.width ? static_cast<int64_t>(rows.values.size()) / rows.width : 0;
  return rows;
}

int64_t argmax(std::span<const double> values) {
  int64_t best = 0;
  for (size_t i = 1; i < values.size(); ++i)
    if (values[i] > values[best] || std::isnan(values[best]))
      best = static_cast<int64_t>(i);
  return best;
}

} // namespace mlc
