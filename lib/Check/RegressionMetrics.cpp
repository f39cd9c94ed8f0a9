// mae, rmse, r2, sqnr: errors of numbers.
#include "Check/ClassAnswers.h"
#include "Support/DTypeConversion.h"

#include <cmath>
#include <fmt/format.h>
#include <limits>

namespace mlc {
namespace {

using Made = Result<std::unique_ptr<MetricState>>;
using Outputs = std::vector<TensorDescription>;

enum Sum { Count, AbsBaseline, AbsCandidate, SquareBaseline, SquareCandidate, Truth, TruthSquare, Labelled, Width };

/// One item a row of axis 0; a vector holds one item an element.
int64_t itemsOfNumbers(const Tensor &tensor) { return tensor.shape.empty() ? 1 : tensor.shape.front(); }

SumState::Add addErrors(size_t output) {
  return [output](const MetricSample &sample, std::vector<double> &rows) -> Result<void> {
    if (auto same = checkSameShape(sample, output); !same)
      return same.error();
    std::vector<double> original = elementsOf(sample.original[output]),
                        compressed = elementsOf(sample.compressed[output]), truth = original;
    if (sample.labels) {
      truth = elementsOf(sample.labels->tensor);
      if (truth.size() != original.size())
        return labelsDoNotFit(sample,
                              fmt::format("but the output has {} numbers: one each is needed", original.size()));
    }
    size_t items = size_t(itemsOfNumbers(sample.original[output])), each = items ? truth.size() / items : 0;
    for (size_t item = 0; item < items; ++item) {
      double sums[Width] = {};
      for (size_t i = item * each; i < (item + 1) * each; ++i) {
        double baseline = original[i] - truth[i], candidate = compressed[i] - truth[i];
        sums[Count] += 1;
        sums[AbsBaseline] += std::abs(baseline);
        sums[AbsCandidate] += std::abs(candidate);
        sums[SquareBaseline] += baseline * baseline;
        sums[SquareCandidate] += candidate * candidate;
        sums[Truth] += truth[i];
        sums[TruthSquare] += truth[i] * truth[i];
      }
      sums[Labelled] = sample.labels ? 1 : 0;
      rows.insert(rows.end(), sums, sums + Width);
    }
    return {};
  };
}

double magnitude(const double *sums) { return std::sqrt(sums[TruthSquare] / sums[Count]); }

/// Relative to the baseline's error where labels tell it; to the truth's magnitude where the original is the truth, or
/// makes no error.
double growth(double baseline, double candidate, double baselineOfAll, const double *all) {
  return errorGrowth(baseline, candidate, all[Labelled] > 0 && baselineOfAll > 0 ? baselineOfAll : magnitude(all));
}

MetricValues meanAbsolute(const double *sums, const double *all) {
  double baseline = sums[AbsBaseline] / sums[Count], candidate = sums[AbsCandidate] / sums[Count];
  return {baseline, candidate, growth(baseline, candidate, all[AbsBaseline] / all[Count], all)};
}

MetricValues rootMeanSquare(const double *sums, const double *all) {
  auto root = [](const double *of, Sum sum) { return std::sqrt(of[sum] / of[Count]); };
  double baseline = root(sums, SquareBaseline), candidate = root(sums, SquareCandidate);
  return {baseline, candidate, growth(baseline, candidate, root(all, SquareBaseline), all)};
}

MetricValues explainedVariance(const double *sums, const double *all) {
  // A part of the items is measured by the variance of all: by itself it may have none.
  double mean = all[Truth] / all[Count];
  double variance = all[TruthSquare] / all[Count] - mean * mean;
  double baseline = 1 - sums[SquareBaseline] / sums[Count] / variance,
         candidate = 1 - sums[SquareCandidate] / sums[Count] / variance;
  return {baseline, candidate, fractionLost(baseline, candidate)};
}

Made signalToNoise(size_t output) {
  // Σ r², Σ (a - r)²
  auto add = [output](const MetricSample &sample, std::vector<double> &rows) -> Result<void> {
    if (auto same = checkSameShape(sample, output); !same)
      return same.error();
    std::vector<double> original = elementsOf(sample.original[output]),
                        compressed = elementsOf(sample.compressed[output]);
    size_t items = size_t(batchOf(sample.original[output])), each = items ? original.size() / items : 0;
    for (size_t item = 0; item < items; ++item) {
      double signal = 0, noise = 0;
      for (size_t i = item * each; i < (item + 1) * each; ++i) {
        signal += original[i] * original[i];
        noise += (compressed[i] - original[i]) * (compressed[i] - original[i]);
      }
      rows.insert(rows.end(), {signal, noise});
    }
    return {};
  };
  return Made(std::make_unique<SumState>(2, add, [](const double *sums, const double *) {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    double relative = sums[1] == 0 ? 0 : std::sqrt(sums[1] / sums[0]);
    return MetricValues{infinity, relative == 0 ? infinity : -20 * std::log10(relative), relative};
  }));
}

} // namespace

std::vector<MetricKind> regressionMetrics() {
  auto floats = [](const TensorDescription &output) { return isFloating(output.dtype); };
  auto numbers = [](const TensorDescription &output) { return isFloating(output.dtype) || isInteger(output.dtype); };
  auto sums = [](const char *name, bool higher, auto suits, SumState::Values values) {
    MetricKind kind;
    kind.name = name;
    kind.higherIsBetter = higher;
    kind.suits = suits;
    kind.make = [values](const MetricSpec &, const Outputs &, size_t output) -> Made {
      return Made(std::make_unique<SumState>(Width, addErrors(output), values));
    };
    return kind;
  };
  MetricKind sqnr;
  sqnr.name = "sqnr";
  sqnr.labels = MetricKind::Labels::Unused;
  sqnr.suits = floats;
  sqnr.make = [](const MetricSpec &, const Outputs &, size_t output) { return signalToNoise(output); };
  return {sums("mae", false, numbers, meanAbsolute), sums("rmse", false, numbers, rootMeanSquare),
          sums("r2", true, numbers, explainedVariance), sqnr};
}

} // namespace mlc
