// How good answers are at the task: of the original model and of the compressed one, on the same samples.
#pragma once

#include "mlcompress/Reports.h"
#include "mlcompress/Result.h"

#include <memory>
#include <string>
#include <vector>

namespace mlc {

class Measure;

/// A metric of the task over a set of samples, fed sample by sample. docs/metrics.md says what each means. Keeps a few
/// numbers an item (for `auc`, `map` and `recall` its scores, boxes or rows), never whole samples.
class TaskMetric {
public:
  /// `spec` is NAME, NAME@K or either with ":KEY=VALUE,…", where the keys `output` and `labels` name the output that is
  /// meant and the array with the truth. Usage errors: an unknown name or key, an output that the model has not.
  static Result<TaskMetric> create(const std::string &spec, const std::vector<TensorDescription> &outputs);
  /// What stands for a task that nobody named: top1 where an output may hold class scores and there are labels, else
  /// cosine.
  static std::string defaultFor(const std::vector<TensorDescription> &outputs, bool hasLabels);

  TaskMetric(TaskMetric &&) noexcept;
  TaskMetric &operator=(TaskMetric &&) noexcept;
  ~TaskMetric();

  /// Adds a sample: the outputs of both in the model's order. `labels` are arrays that came with the sample and are
  /// neither inputs nor outputs; where there are none, the original's answer is the truth. Errors (bad input): shapes
  /// or types that the metric cannot compare; samples with and without labels mixed.
  Result<void> add(const std::string &sample, const std::vector<NamedTensor> &labels,
                   const std::vector<Tensor> &original, const std::vector<Tensor> &compressed);

  /// The values, the drop, and its 95 % interval by a paired bootstrap over items (B. Efron, R. Tibshirani, An
  /// Introduction to the Bootstrap, 1993, section 13.3): the same samples give the same interval.
  MetricRow finish() const;

private:
  TaskMetric();
  std::string spec_, outputName_, labelName_;
  std::vector<size_t> outputs_; ///< by number: the one above, and more where the metric needs several
  int labelled_ = -1;           ///< 1: samples have labels, 0: none, -1: no sample yet
  std::vector<std::string> itemNames_;
  std::unique_ptr<Measure> measure_;
};

} // namespace mlc
