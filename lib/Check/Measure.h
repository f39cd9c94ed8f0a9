// What the metrics of a task have in common: items, and a value of any choice of them.
#pragma once

#include "mlcompress/Result.h"
#include "mlcompress/Tensor.h"

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace mlc {

/// How a metric's values become a drop.
enum class DropRule {
  Fraction,     ///< higher is better, at most 1: (baseline - candidate) / baseline
  ErrorRate,    ///< lower is better: of the accuracy 1 - rate
  Decibels,     ///< of a signal over its noise: the noise as a share of the signal's amplitude
  RelativeError ///< lower is better without a bound: the increase over the baseline, or over the truth's size
};

/// The values of the original and of the compressed model.
struct MetricValues {
  double baseline = 0.0;
  double candidate = 0.0;
  double scale = 0.0; ///< the truth's root mean square, for RelativeError where the baseline is perfect
};

/// A metric's memory of the items it has seen: a row of a batch, an image, a line of text.
class Measure {
public:
  virtual ~Measure() = default;

  /// Items that a sample adds. `truth` is null where the original's answer is the truth.
  virtual Result<void> add(const Tensor *truth, std::span<const Tensor *const> original,
                           std::span<const Tensor *const> compressed) = 0;
  virtual size_t items() const = 0;
  /// Of the items `chosen`, in which one may stand several times.
  virtual MetricValues value(std::span<const uint32_t> chosen) const = 0;
  virtual DropRule rule() const = 0;
  /// Whether the outputs of both models must have one shape.
  virtual bool needsEqualShapes() const { return true; }
  /// Whether an item is either right or wrong.
  virtual bool countsHits() const { return false; }
  /// Whether an item by itself has a value.
  virtual bool itemsHaveValues() const { return true; }
};

/// A metric that is a function of sums over items.
class SumMeasure : public Measure {
public:
  size_t items() const override { return width_ ? sums_.size() / (2 * width_) : 0; }
  MetricValues value(std::span<const uint32_t> chosen) const override;

protected:
  /// Appends an item: what it adds to the sums of both sides, `width` numbers each.
  void append(std::span<const double> baseline, std::span<const double> candidate);
  virtual MetricValues of(std::span<const double> baseline, std::span<const double> candidate) const = 0;

private:
  size_t width_ = 0;
  std::vector<double> sums_; // per item: baseline, candidate
};

/// What was asked for behind the name.
struct MeasureArguments {
  int64_t k = 0; ///< NAME@K; 0: not given
  std::map<std::string, std::string> values;
  /// The value of a key as a number; `otherwise` where it is missing or none.
  double number(const std::string &key, double otherwise) const;
};

/// One line of the table of metrics.
struct MeasureKind {
  const char *name;
  std::unique_ptr<Measure> (*make)(const MeasureArguments &arguments);
  std::vector<std::string> keys; ///< that it takes, besides output and labels
  int outputs = 1;               ///< how many it reads: that one and those after it; 0: all
  bool wantsClasses = false;     ///< takes the first output with class scores where none is named
};

std::vector<MeasureKind> classificationMeasures();
std::vector<MeasureKind> regressionMeasures();
std::vector<MeasureKind> embeddingMeasures();
std::vector<MeasureKind> sequenceMeasures();
std::vector<MeasureKind> detectionMeasures();

/// A tensor's elements as doubles.
std::vector<double> doublesOf(const Tensor &tensor);
/// A tensor as rows of its last dimension; a vector is one row, a scalar a row of one.
struct Rows {
  std::vector<double> values;
  int64_t count = 0, width = 0;
  std::span<const double> row(int64_t i) const { return std::span(values).subspan(i * width, width); }
};
Rows rowsOf(const Tensor &tensor);
/// Index of the largest element; the first of equals; NaN is below all.
int64_t argmax(std::span<const double> values);

} // namespace mlc
