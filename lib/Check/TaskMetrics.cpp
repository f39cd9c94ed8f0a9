#include "Check/TaskMetrics.h"

#include "Check/Measure.h"
#include "Support/DTypeConversion.h"
#include "Support/EditDistance.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <limits>
#include <numeric>
#include <random>

namespace mlc {
namespace {

constexpr int kResamples = 1000;
constexpr size_t kMostItemsForWorst = 20000;

std::vector<MeasureKind> allMeasures() {
  std::vector<MeasureKind> all;
  for (auto family :
       {classificationMeasures(), regressionMeasures(), embeddingMeasures(), sequenceMeasures(), detectionMeasures()})
    all.insert(all.end(), family.begin(), family.end());
  return all;
}

struct Spec {
  std::string name;
  MeasureArguments arguments;
};

Result<Spec> parse(const std::string &text) {
  Spec spec;
  size_t colon = text.find(':');
  std::string head = text.substr(0, colon);
  size_t at = head.find('@');
  spec.name = head.substr(0, at);
  if (at != std::string::npos) {
    const char *begin = head.data() + at + 1, *end = head.data() + head.size();
    auto [next, error] = std::from_chars(begin, end, spec.arguments.k);
    if (error != std::errc() || next != end || spec.arguments.k < 1)
      return usageError(fmt::format("'{}' needs a number behind '@', as in recall@10", text));
  }
  for (size_t begin = colon; begin != std::string::npos;) {
    size_t comma = text.find(',', begin + 1);
    std::string pair = text.substr(begin + 1, comma == std::string::npos ? comma : comma - begin - 1);
    size_t equals = pair.find('=');
    if (equals == std::string::npos || equals == 0)
      return usageError(fmt::format("'{}' in the metric '{}' is not KEY=VALUE", pair, text));
    spec.arguments.values[pair.substr(0, equals)] = pair.substr(equals + 1);
    begin = comma;
  }
  return spec;
}

bool holdsClasses(const TensorDescription &output) {
  return isFloating(output.dtype) && output.shape.size() == 2 && output.shape.back() >= 2;
}

double dropOf(const MetricValues &values, DropRule rule) {
  double b = values.baseline, c = values.candidate;
  switch (rule) {
  case DropRule::Fraction:
    return b > 0 ? (b - c) / b : b - c;
  case DropRule::ErrorRate:
    return b < 1 ? (c - b) / (1 - b) : c - b;
  case DropRule::Decibels:
    return std::pow(10, -c / 20) - std::pow(10, -b / 20);
  case DropRule::RelativeError:
    break;
  }
  if (b > 0)
    return (c - b) / b;
  return c == 0 ? 0 : values.scale > 0 ? c / values.scale : std::numeric_limits<double>::infinity();
}

} // namespace

TaskMetric::TaskMetric() = default;
TaskMetric::TaskMetric(TaskMetric &&) noexcept = default;
TaskMetric &TaskMetric::operator=(TaskMetric &&) noexcept = default;
TaskMetric::~TaskMetric() = default;

std::string TaskMetric::defaultFor(const std::vector<TensorDescription> &outputs, bool hasLabels) {
  return hasLabels && std::any_of(outputs.begin(), outputs.end(), holdsClasses) ? "top1" : "cosine";
}

Result<TaskMetric> TaskMetric::create(const std::string &text, const std::vector<TensorDescription> &outputs) {
  auto spec = parse(text);
  if (!spec)
    return spec.error();
  std::vector<MeasureKind> kinds = allMeasures();
  auto kind =
      std::find_if(kinds.begin(), kinds.end(), [&](const MeasureKind &known) { return known.name == spec->name; });
  if (kind == kinds.end()) {
    std::vector<std::string> names;
    for (const MeasureKind &known : kinds)
      names.push_back(known.name);
    return usageError(fmt::format("there is no metric '{}'{}; there are {}", spec->name, didYouMean(spec->name, names),
                                  fmt::join(names, ", ")));
  }
  TaskMetric metric;
  metric.spec_ = text;
  std::vector<std::string> keys = kind->keys;
  keys.insert(keys.end(), {"output", "labels"});
  for (auto &[key, value] : spec->arguments.values)
    if (std::find(keys.begin(), keys.end(), key) == keys.end())
      return usageError(
          fmt::format("the metric '{}' knows no '{}'; it knows {}", kind->name, key, fmt::join(keys, ", ")));
  metric.labelName_ = spec->arguments.values["labels"];
  std::string wanted = spec->arguments.values["output"];
  std::vector<std::string> names;
  for (const TensorDescription &output : outputs)
    names.push_back(output.name);
  auto chosen = std::find_if(outputs.begin(), outputs.end(), [&](const TensorDescription &output) {
    if (!wanted.empty())
      return output.name == wanted;
    return kind->wantsClasses ? holdsClasses(output) : isFloating(output.dtype);
  });
  if (chosen == outputs.end() && !wanted.empty())
    return usageError(fmt::format("the model has no output '{}'{}; it has {}", wanted, didYouMean(wanted, names),
                                  fmt::join(names, ", ")));
  if (chosen == outputs.end())
    chosen = outputs.begin();
  if (chosen == outputs.end())
    return usageError("the model has no output to measure");
  size_t first = static_cast<size_t>(chosen - outputs.begin());
  metric.outputName_ = chosen->name;
  for (size_t i = first; i < outputs.size() && static_cast<int>(i - first) < kind->outputs; ++i)
    metric.outputs_.push_back(i);
  metric.measure_ = kind->make(spec->arguments);
  return metric;
}

Result<void> TaskMetric::add(const std::string &sample, const std::vector<NamedTensor> &labels,
                             const std::vector<Tensor> &original, const std::vector<Tensor> &compressed) {
  const Tensor *truth = nullptr;
  for (const NamedTensor &label : labels)
    if (labelName_.empty()
            ? label.name == "label" || label.name == "labels" || label.name == "target" || labels.size() == 1
            : label.name == labelName_)
      truth = &label.tensor;
  if (!truth && !labelName_.empty())
    return badInput(
        fmt::format("sample '{}' has no array '{}', which the metric {} asks for", sample, labelName_, spec_));
  if (labelled_ >= 0 && labelled_ != (truth != nullptr))
    return badInput(fmt::format("sample '{}' has {} labels, other samples have {}", sample, truth ? "" : "no",
                                truth ? "none" : "some"));
  labelled_ = truth != nullptr;
  std::vector<const Tensor *> a, b;
  for (size_t output : outputs_) {
    a.push_back(&original.at(output));
    b.push_back(&compressed.at(output));
    if (measure_->needsEqualShapes() && a.back()->shape != b.back()->shape)
      return badInput(fmt::format("output '{}' of sample '{}' is {}, but the original's is {}", outputName_, sample,
                                  describeType(b.back()->dtype, b.back()->shape),
                                  describeType(a.back()->dtype, a.back()->shape)));
  }
  size_t before = measure_->items();
  if (auto added = measure_->add(truth, a, b); !added)
    return badInput(fmt::format("metric {}, sample '{}': {}", spec_, sample, added.error().message));
  size_t count = measure_->items() - before;
  for (size_t i = 0; i < count; ++i)
    itemNames_.push_back(count == 1 ? sample : fmt::format("{}[{}]", sample, i));
  return {};
}

MetricRow TaskMetric::finish() const {
  MetricRow row;
  row.metric = spec_;
  row.output = outputName_;
  row.truth = labelled_ == 1 ? "labels" : "original";
  DropRule rule = measure_->rule();
  row.higherIsBetter = rule == DropRule::Fraction || rule == DropRule::Decibels;
  size_t items = measure_->items();
  row.samples = static_cast<int64_t>(items);
  if (items == 0)
    return row;
  std::vector<uint32_t> chosen(items);
  std::iota(chosen.begin(), chosen.end(), 0);
  MetricValues values = measure_->value(chosen);
  row.baseline = values.baseline;
  row.candidate = values.candidate;
  row.drop = dropOf(values, rule);

  if (items >= 2) {
    std::mt19937_64 random(20241); // any fixed seed: the same samples, the same interval
    std::vector<double> drops;
    for (int resample = 0; resample < kResamples; ++resample) {
      // Not uniform_int_distribution, whose numbers differ between standard libraries.
      for (uint32_t &item : chosen)
        item = static_cast<uint32_t>(random() % items);
      drops.push_back(dropOf(measure_->value(chosen), rule));
    }
    std::sort(drops.begin(), drops.end());
    row.interval = Interval{drops[kResamples / 40], drops[kResamples - 1 - kResamples / 40]};
    // Where no item's answer changed, neither does any resample's; the share of all items that changes may still be
    // 3 / n with 95 % confidence (J. Hanley, A. Lippman-Hand, If nothing goes wrong, is everything all right?, 1983).
    if (measure_->countsHits() && row.interval->low == row.interval->high)
      row.interval->high += 3 / static_cast<double>(items);
  }
  if (measure_->itemsHaveValues() && items <= kMostItemsForWorst) {
    row.worstDrop = -std::numeric_limits<double>::infinity();
    for (uint32_t item = 0; item < items; ++item) {
      double drop = dropOf(measure_->value(std::span(&item, 1)), rule);
      if (drop > row.worstDrop) {
        row.worstDrop = drop;
        row.worstSample = itemNames_[item];
      }
    }
  }
  return row;
}

} // namespace mlc
