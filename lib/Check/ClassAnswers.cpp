#include "Check/ClassAnswers.h"

#include "Support/DTypeConversion.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace mlc {
namespace {

double logSumExp(const double *values, int64_t count) {
  double most = *std::max_element(values, values + count), sum = 0;
  if (std::isinf(most))
    return most;
  for (int64_t c = 0; c < count; ++c)
    sum += std::exp(values[c] - most);
  return most + std::log(sum);
}

bool isDistribution(const double *row, int64_t classes) {
  double sum = 0;
  for (int64_t c = 0; c < classes; ++c) {
    if (!(row[c] >= 0 && row[c] <= 1.001))
      return false;
    sum += row[c];
  }
  // What rounding to bfloat16 leaves of a sum of one.
  return std::abs(sum - 1) < 0.01;
}

double softplus(double x) { return x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x)); }

// Keeps a wrong answer of a model that is sure of it from costing everything; scikit-learn clips likewise.
double logOf(double probability) { return std::log(std::max(probability, 1e-15)); }

} // namespace

int64_t batchOf(const Tensor &tensor) { return tensor.shape.size() < 2 ? 1 : tensor.shape.front(); }

ClassScores classScores(const Tensor &tensor) {
  ClassScores result;
  if (!isFloating(tensor.dtype)) {
    result.answers = integersOf(tensor);
    result.rows = int64_t(result.answers.size());
    result.items = tensor.shape.empty() ? 1 : tensor.shape.front();
    return result;
  }
  result.scores = elementsOf(tensor);
  int64_t last = tensor.shape.empty() ? 1 : tensor.shape.back();
  result.single = last == 1;
  result.classes = result.single ? 2 : last;
  result.rows = last ? int64_t(result.scores.size()) / last : 0;
  result.items = batchOf(tensor);
  bool probabilities = std::all_of(result.scores.begin(), result.scores.end(),
                                   [](double score) { return std::isnan(score) || (score >= 0 && score <= 1); });
  for (int64_t r = 0; r < result.rows; ++r) {
    const double *row = result.scores.data() + r * last;
    if (std::any_of(row, row + last, [](double score) { return std::isnan(score); }))
      result.answers.push_back(-1);
    else if (result.single)
      result.answers.push_back(row[0] >= (probabilities ? 0.5 : 0.0));
    else
      result.answers.push_back(std::max_element(row, row + last) - row);
  }
  return result;
}

std::vector<double> ClassScores::logProbabilities() const {
  std::vector<double> logs;
  if (single) {
    bool probabilities = std::all_of(scores.begin(), scores.end(),
                                     [](double score) { return std::isnan(score) || (score >= 0 && score <= 1); });
    for (double score : scores) {
      logs.push_back(probabilities ? logOf(1 - score) : -softplus(score));
      logs.push_back(probabilities ? logOf(score) : -softplus(-score));
    }
    return logs;
  }
  logs = scores;
  for (int64_t r = 0; r < rows; ++r) {
    double *row = logs.data() + r * classes;
    if (isDistribution(row, classes)) {
      std::transform(row, row + classes, row, logOf);
      continue;
    }
    double total = logSumExp(row, classes);
    std::transform(row, row + classes, row, [&](double score) { return score - total; });
  }
  return logs;
}

int64_t ClassScores::rank(int64_t row, int64_t label) const {
  const double *begin = scores.data() + row * classes;
  if (label < 0 || label >= classes || answers[size_t(row)] < 0)
    return classes;
  // Classes that share a score are ordered by number, as argmax does.
  int64_t better = 0;
  for (int64_t c = 0; c < classes; ++c)
    better += begin[c] > begin[label] || (begin[c] == begin[label] && c < label);
  return better;
}

Result<std::vector<int64_t>> classLabels(const MetricSample &sample, const ClassScores &output,
                                         std::optional<int64_t> ignored) {
  const Tensor &tensor = sample.labels->tensor;
  std::vector<int64_t> classes;
  int64_t count = tensor.numElements();
  bool scores = isFloating(tensor.dtype) || output.rows != count;
  if (output.rows == count)
    classes = integersOf(tensor);
  else if (scores && !output.single && output.classes && count == output.rows * output.classes) {
    std::vector<double> values = elementsOf(tensor);
    for (int64_t r = 0; r < output.rows; ++r) {
      auto row = values.begin() + r * output.classes;
      classes.push_back(std::max_element(row, row + output.classes) - row);
    }
  } else
    return labelsDoNotFit(sample, fmt::format("but the output has {} row{}: one class each is needed{}", output.rows,
                                              output.rows == 1 ? "" : "s",
                                              output.classes ? ", or a score for each class" : ""));
  for (int64_t &label : classes) {
    if (label < 0 || label == ignored)
      label = -1;
    else if (output.classes && label >= output.classes)
      return labelsDoNotFit(sample, fmt::format("and hold class {}, but the output has {} classes, counted from 0",
                                                label, output.classes));
  }
  return classes;
}

} // namespace mlc
