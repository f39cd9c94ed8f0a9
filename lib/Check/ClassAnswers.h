// Which class a row of a classifier's output names, and how sure it is.
#pragma once

#include "Check/MetricState.h"

namespace mlc {

/// The rows of one output: integers or bools are answers, one a row. Floats are scores, [classes], [rows, classes] or
/// […, classes], logits or probabilities; with one score a row ([rows, 1]) there are two classes, and the score is the
/// probability of the second or, where any lies outside [0, 1], its logit.
struct ClassScores {
  int64_t items = 0, rows = 0;
  int64_t classes = 0; ///< 0: answers without scores
  bool single = false; ///< one score a row
  std::vector<double> scores;
  std::vector<int64_t> answers; ///< -1 where a score is NaN

  int64_t rowsPerItem() const { return items ? rows / items : 0; }
  /// Natural logarithms of the classes' probabilities, [rows, classes].
  std::vector<double> logProbabilities() const;
  /// How many classes score higher than `label` in a row; `classes` where a score is NaN.
  int64_t rank(int64_t row, int64_t label) const;
};
ClassScores classScores(const Tensor &tensor);

/// Axis 0 of a batch, 1 for a single vector.
int64_t batchOf(const Tensor &tensor);

/// One class a row: class numbers as they are, rows of scores (one-hot) by their largest. -1 and the number `ignored`
/// stand for rows without a truth. An Error where they do not fit.
Result<std::vector<int64_t>> classLabels(const MetricSample &sample, const ClassScores &output,
                                         std::optional<int64_t> ignored = std::nullopt);

} // namespace mlc
