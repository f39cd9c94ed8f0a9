#include "Check/TaskMetrics.h"

#include "Check/Bootstrap.h"
#include "Check/MetricState.h"
#include "Support/EditDistance.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace mlc {
namespace {

const std::vector<MetricKind> &metricKinds() {
  static const std::vector<MetricKind> kinds = [] {
    std::vector<MetricKind> all;
    for (auto family : {classificationMetrics, regressionMetrics, embeddingMetrics, detectionMetrics,
                        segmentationMetrics, sequenceMetrics})
      for (MetricKind &kind : family())
        all.push_back(std::move(kind));
    return all;
  }();
  return kinds;
}

std::optional<double> numberOf(const std::string &text) {
  double value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() && std::isfinite(value) ? std::optional(value)
                                                                                          : std::nullopt;
}

Result<MetricSpec> parse(const std::string &text) {
  MetricSpec spec;
  spec.text = text;
  size_t colon = std::min(text.find(':'), text.size()), at = std::min(text.find('@'), colon);
  spec.name = text.substr(0, at);
  if (at < colon) {
    auto k = numberOf(text.substr(at + 1, colon - at - 1));
    if (!k || *k < 1 || *k > 1e9 || *k != std::floor(*k))
      return usageError(
          fmt::format("metric '{}': what follows '@' must be a whole number from 1, as in recall@10", text));
    spec.k = int64_t(*k);
  }
  for (size_t begin = colon; begin < text.size();) {
    size_t end = std::min(text.find(',', begin + 1), text.size());
    std::string argument = text.substr(begin + 1, end - begin - 1);
    size_t equals = argument.find('=');
    if (equals == std::string::npos || equals == 0 || equals + 1 == argument.size())
      return usageError(
          fmt::format("metric '{}': '{}' is not ARGUMENT=VALUE, as in cer:blank=0,output=logits", text, argument));
    spec.arguments[argument.substr(0, equals)] = argument.substr(equals + 1);
    begin = end;
  }
  return spec;
}

Result<size_t> findOutput(const std::string &spec, const std::string &name,
                          const std::vector<TensorDescription> &outputs) {
  std::vector<std::string> names;
  names.reserve(outputs.size());
  for (size_t o = 0; o < outputs.size(); ++o) {
    if (outputs[o].name == name)
      return o;
    names.push_back(outputs[o].name);
  }
  return usageError(fmt::format("metric '{}': the model has no output '{}'{}; it has '{}'", spec, name,
                                didYouMean(name, names), fmt::join(names, "', '")));
}

/// "'scores' float32[?,10], 'count' int64[]".
std::string listed(const std::vector<TensorDescription> &outputs) {
  std::vector<std::string> texts;
  texts.reserve(outputs.size());
  for (const TensorDescription &output : outputs)
    texts.push_back(fmt::format("'{}' {}", output.name, describeType(output.dtype, output.shape)));
  return fmt::format("{}", fmt::join(texts, ", "));
}

/// The array that holds the truth: the one that was named ("none": the original tells it), else 'label' or 'labels',
/// else the only one.
Result<const NamedTensor *> chooseLabels(const MetricSpec &spec, const std::string &sample,
                                         const std::vector<NamedTensor> &labels) {
  std::vector<std::string> names;
  names.reserve(labels.size());
  for (const NamedTensor &array : labels)
    names.push_back(array.name);
  auto find = [&](const std::string &name) -> const NamedTensor * {
    size_t i = size_t(std::find(names.begin(), names.end(), name) - names.begin());
    return i < names.size() ? &labels[i] : nullptr;
  };
  if (auto named = spec.arguments.find("labels"); named != spec.arguments.end()) {
    if (const NamedTensor *found = find(named->second))
      return found;
    if (named->second == "none")
      return nullptr;
    return badInput(fmt::format("metric '{}': sample '{}' has no array '{}'{}; beside inputs and outputs it has {}",
                                spec.text, sample, named->second, didYouMean(named->second, names),
                                names.empty() ? "none" : fmt::format("'{}'", fmt::join(names, "', '"))));
  }
  for (const char *name : {"label", "labels"})
    if (const NamedTensor *found = find(name))
      return found;
  if (labels.size() <= 1)
    return labels.empty() ? nullptr : &labels.front();
  return badInput(
      fmt::format("metric '{0}': sample '{1}' has the arrays '{2}' beside inputs and outputs; say which are "
                  "the labels, as in {3}:labels={4}",
                  spec.text, sample, fmt::join(names, "', '"), spec.name, names.front()));
}

/// Where no item of `items` gave the answer that is counted, how large a share of all may at most: the bound of 95 %
/// confidence, about 3/n (Hanley & Lippman-Hand, If Nothing Goes Wrong, Is Everything All Right?, JAMA 1983). A
/// resample of equal answers cannot show this.
double unseenShare(size_t items) { return 1 - std::pow(0.05, 1 / double(items)); }

} // namespace

double MetricSpec::number(const std::string &argument, double otherwise) const {
  auto found = arguments.find(argument);
  return found == arguments.end() ? otherwise : numberOf(found->second).value_or(otherwise);
}

struct TaskMetric::Chosen {
  const MetricKind *kind = nullptr;
  MetricSpec spec;
  std::string output;
  std::unique_ptr<MetricState> state;
  std::optional<bool> labelled;
  std::vector<std::string> samples;
  std::vector<size_t> ends; ///< of each sample's items
};

TaskMetric::TaskMetric() : chosen_(std::make_unique<Chosen>()) {}
TaskMetric::TaskMetric(TaskMetric &&) noexcept = default;
TaskMetric &TaskMetric::operator=(TaskMetric &&) noexcept = default;
TaskMetric::~TaskMetric() = default;

std::vector<std::string> taskMetricNames() {
  std::vector<std::string> names;
  for (const MetricKind &kind : metricKinds())
    names.push_back(kind.name + (kind.number == MetricKind::Number::Required   ? "@K"
                                 : kind.number == MetricKind::Number::Optional ? "[@K]"
                                                                               : ""));
  return names;
}

Result<TaskMetric> TaskMetric::create(const std::string &text, const std::vector<TensorDescription> &outputs) {
  auto spec = parse(text);
  if (!spec)
    return spec.error();
  std::vector<std::string> names;
  for (const MetricKind &kind : metricKinds())
    names.push_back(kind.name);
  auto kind = std::find_if(metricKinds().begin(), metricKinds().end(),
                           [&](const MetricKind &candidate) { return candidate.name == spec->name; });
  if (kind == metricKinds().end())
    return usageError(fmt::format("there is no metric '{}'{}; there are {}", spec->name, didYouMean(spec->name, names),
                                  fmt::join(taskMetricNames(), ", ")));
  if (spec->k && kind->number == MetricKind::Number::None)
    return usageError(fmt::format("metric '{}' takes no '@'", kind->name));
  if (!spec->k && kind->number == MetricKind::Number::Required)
    return usageError(fmt::format("metric '{0}' needs a number, as in {0}@10", kind->name));

  std::vector<std::string> arguments = kind->numbers;
  arguments.insert(arguments.end(), kind->names.begin(), kind->names.end());
  if (!kind->severalOutputs || kind->suits)
    arguments.emplace_back("output");
  if (kind->labels != MetricKind::Labels::Unused)
    arguments.emplace_back("labels");
  for (const auto &[argument, value] : spec->arguments) {
    if (std::find(arguments.begin(), arguments.end(), argument) == arguments.end())
      return usageError(fmt::format("metric '{}' has no argument '{}'{}; it has {}", kind->name, argument,
                                    didYouMean(argument, arguments), fmt::join(arguments, ", ")));
    bool isNumber = std::find(kind->numbers.begin(), kind->numbers.end(), argument) != kind->numbers.end();
    if (isNumber && !numberOf(value))
      return usageError(fmt::format("metric '{}': '{}' is not a number for {}", text, value, argument));
    bool isOutput = std::find(kind->names.begin(), kind->names.end(), argument) != kind->names.end();
    if (isOutput || argument == "output")
      if (auto found = findOutput(text, value, outputs); !found)
        return found.error();
  }

  TaskMetric metric;
  Chosen &chosen = *metric.chosen_;
  size_t output = 0;
  if (auto named = spec->arguments.find("output"); named != spec->arguments.end()) {
    output = *findOutput(text, named->second, outputs);
    if (kind->suits && !kind->suits(outputs[output]))
      return usageError(fmt::format("metric '{}' cannot be taken from the output '{}', which is {}", text,
                                    outputs[output].name, describeType(outputs[output].dtype, outputs[output].shape)));
  } else if (!kind->severalOutputs) {
    while (output < outputs.size() && !kind->suits(outputs[output]))
      ++output;
    if (output == outputs.size())
      return usageError(fmt::format("metric '{}': the model has no output that it could be taken from, only {}; "
                                    "docs/metrics.md says what it needs",
                                    text, listed(outputs)));
  }
  auto state = kind->make(*spec, outputs, output);
  if (!state)
    return state.error();
  chosen.kind = &*kind;
  if (!kind->severalOutputs || spec->arguments.count("output"))
    chosen.output = outputs[output].name;
  chosen.spec = std::move(*spec);
  chosen.state = std::move(*state);
  return metric;
}

Result<void> TaskMetric::add(const std::string &sample, const std::vector<NamedTensor> &labels,
                             const std::vector<Tensor> &original, const std::vector<Tensor> &compressed) {
  const NamedTensor *truth = nullptr;
  if (chosen_->kind->labels != MetricKind::Labels::Unused) {
    auto found = chooseLabels(chosen_->spec, sample, labels);
    if (!found)
      return found.error();
    truth = *found;
  }
  if (chosen_->labelled.value_or(truth != nullptr) != (truth != nullptr))
    return badInput(
        fmt::format("metric '{}': sample '{}' has {}", chosen_->spec.text, sample,
                    truth ? "labels, but those before it have none" : "no labels, but those before it have some"));
  chosen_->labelled = truth != nullptr;
  if (auto added = chosen_->state->add({sample, truth, original, compressed}); !added) {
    Error error = added.error();
    error.message = fmt::format("metric '{}': {}", chosen_->spec.text, error.message);
    return error;
  }
  chosen_->samples.push_back(sample);
  chosen_->ends.push_back(chosen_->state->items());
  return {};
}

MetricRow TaskMetric::finish() const {
  const MetricState &state = *chosen_->state;
  MetricRow row;
  row.metric = chosen_->spec.text;
  row.output = chosen_->output;
  row.truth = chosen_->labelled.value_or(false) ? "labels" : "original";
  row.higherIsBetter = chosen_->kind->higherIsBetter;
  row.samples = int64_t(chosen_->samples.size());
  size_t items = state.items();
  row.items = int64_t(items);
  auto evaluate = state.evaluator();
  MetricValues values = evaluate(std::vector<uint32_t>(items, 1));
  row.baseline = values.baseline;
  row.candidate = values.candidate;
  row.drop = values.drop;
  // A value that is not a number cannot be bounded by those resamples that happen to miss the cause.
  if (!std::isnan(values.drop) && !std::isnan(values.candidate)) {
    auto intervals = bootstrapIntervals(items, 2, [&](const std::vector<uint32_t> &counts) {
      MetricValues drawn = evaluate(counts);
      return std::vector<double>{drawn.drop, drawn.candidate};
    });
    row.interval = intervals[0];
    row.candidateInterval = intervals[1];
  }
  if (chosen_->kind->countsAnswers && row.interval && row.interval->low == row.interval->high && row.drop == 0) {
    double accuracy = row.higherIsBetter ? row.baseline : 1 - row.baseline;
    row.interval->high = accuracy > 0 ? std::min(1.0, unseenShare(items) / accuracy) : 0.0;
  }
  if (chosen_->kind->countsAnswers && row.candidateInterval &&
      row.candidateInterval->low == row.candidateInterval->high) {
    if (row.candidate == 1)
      row.candidateInterval->low = 1 - unseenShare(items);
    else if (row.candidate == 0)
      row.candidateInterval->high = unseenShare(items);
  }
  for (size_t s = 0; s < chosen_->samples.size(); ++s) {
    auto drop = state.dropOf(s ? chosen_->ends[s - 1] : 0, chosen_->ends[s]);
    // NaN is the worst of all, and named once.
    bool worse = drop && (row.worstSample.empty() || *drop > row.worstDrop || std::isnan(*drop));
    if (!worse || (!row.worstSample.empty() && std::isnan(row.worstDrop)))
      continue;
    row.worstSample = chosen_->samples[s];
    row.worstDrop = *drop;
  }
  return row;
}

} // namespace mlc
