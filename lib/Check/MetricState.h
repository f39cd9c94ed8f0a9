// What every task metric is made of: the statistics that it keeps of each item, and the values that follow from them.
// An item is what the bootstrap draws: a sample, or each entry of axis 0 where a sample is a batch.
#pragma once

#include "mlcompress/Reports.h"
#include "mlcompress/Result.h"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace mlc {

/// A metric as it was asked for: NAME[@K][:ARGUMENT=VALUE,…].
struct MetricSpec {
  std::string text;
  std::string name;
  std::optional<int64_t> k;
  std::map<std::string, std::string> arguments;

  double number(const std::string &argument, double otherwise) const; ///< create() saw that it is one
};

/// A sample as a metric sees it.
struct MetricSample {
  const std::string &name;
  const NamedTensor *labels; ///< null: the truth is the original's answer
  const std::vector<Tensor> &original, &compressed;
};

struct MetricValues {
  double baseline = 0, candidate = 0, drop = 0;
};

class MetricState {
public:
  virtual ~MetricState() = default;
  virtual Result<void> add(const MetricSample &sample) = 0;
  virtual size_t items() const = 0;
  /// Values of the items where item i was drawn counts[i] times. Must not outlive the state.
  using Evaluator = std::function<MetricValues(const std::vector<uint32_t> &counts)>;
  virtual Evaluator evaluator() const = 0;
  /// What the items [begin, end) alone lost; nothing where a part of the items has no value by itself.
  virtual std::optional<double> dropOf(size_t begin, size_t end) const = 0;
};

/// A metric whose values follow from sums over items.
class SumState : public MetricState {
public:
  /// Appends `width` numbers for each item of the sample.
  using Add = std::function<Result<void>(const MetricSample &, std::vector<double> &rows)>;
  /// `sums` of the items that are asked about, `all` those of the set that they belong to.
  using Values = std::function<MetricValues(const double *sums, const double *all)>;
  SumState(size_t width, Add add, Values values);

  Result<void> add(const MetricSample &sample) override;
  size_t items() const override { return rows_.size() / width_; }
  Evaluator evaluator() const override;
  std::optional<double> dropOf(size_t begin, size_t end) const override;

private:
  size_t width_;
  Add add_;
  Values values_;
  std::vector<double> rows_, totals_;
};

/// What was lost of a value that is better the higher it is: a fraction of the baseline.
double fractionLost(double baseline, double candidate);

/// How much an error grew, as a fraction of `scale`; 0 where neither grew nor has a scale.
double errorGrowth(double baseline, double candidate, double scale);

std::vector<double> elementsOf(const Tensor &tensor);
std::vector<int64_t> integersOf(const Tensor &tensor);

/// An Error unless both models gave this output in one shape.
Result<void> checkSameShape(const MetricSample &sample, size_t output);

/// "sample 'a': labels 'y' are int64[3], but …".
Error labelsDoNotFit(const MetricSample &sample, const std::string &why);

/// How a metric is made, and what the registry says of it.
struct MetricKind {
  /// Where the truth comes from, and what is taken as the K of "@K".
  enum class Labels { Optional, Unused };
  enum class Number { None, Optional, Required };
  std::string name;
  bool higherIsBetter = true;
  bool countsAnswers = false; ///< each item is one answer that is right or wrong
  Labels labels = Labels::Optional;
  Number number = Number::None;
  std::vector<std::string> numbers = {}; ///< arguments that are numbers
  std::vector<std::string> names = {};   ///< arguments that name outputs, beside `output`
  /// Which outputs it can be taken from when none is named.
  std::function<bool(const TensorDescription &)> suits;
  /// `outputs` are the model's, `output` the chosen one.
  std::function<Result<std::unique_ptr<MetricState>>(const MetricSpec &spec,
                                                     const std::vector<TensorDescription> &outputs, size_t output)>
      make;
  bool severalOutputs = false; ///< `make` finds its outputs itself
};

// One function a family; each in a file of its own.
std::vector<MetricKind> classificationMetrics();
std::vector<MetricKind> regressionMetrics();
std::vector<MetricKind> embeddingMetrics();
std::vector<MetricKind> detectionMetrics();
std::vector<MetricKind> segmentationMetrics();
std::vector<MetricKind> sequenceMetrics();

} // namespace mlc
