// What the user of a model would measure: classification, detection, transcription, ….
// Formulas, what each needs and where it comes from: docs/metrics.md.
#pragma once

#include "mlcompress/Reports.h"
#include "mlcompress/Result.h"

#include <memory>
#include <string>
#include <vector>

namespace mlc {

/// A metric of the task over a set of samples, fed sample by sample for the original and the compressed model.
class TaskMetric {
public:
  /// `spec` is NAME[@K][:ARGUMENT=VALUE,…], as in "top1", "recall@10" or "cer:blank=0,labels=text"; `outputs` are the
  /// model's. An Error (usage) names the known metrics and suggests near names.
  static Result<TaskMetric> create(const std::string &spec, const std::vector<TensorDescription> &outputs);
  TaskMetric(TaskMetric &&) noexcept;
  TaskMetric &operator=(TaskMetric &&) noexcept;
  ~TaskMetric();

  /// `labels`: arrays that came with the sample and are neither inputs nor outputs; where there are none, the truth is
  /// the original's answer. `original` and `compressed`: all outputs in the model's order. An Error (bad input) where
  /// the labels do not fit the outputs, or the two models' outputs each other; the metric is then of no more use.
  Result<void> add(const std::string &sample, const std::vector<NamedTensor> &labels,
                   const std::vector<Tensor> &original, const std::vector<Tensor> &compressed);

  /// The values, and intervals of 95 % confidence from 1,000 resamples: the same samples give the same row.
  MetricRow finish() const;

private:
  TaskMetric();
  struct Chosen;
  std::unique_ptr<Chosen> chosen_;
};

/// Names of all metrics, such as "top1" and "recall@K".
std::vector<std::string> taskMetricNames();

} // namespace mlc
