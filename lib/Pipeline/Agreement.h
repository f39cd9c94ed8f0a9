// A library's answers beside the original model's.
#pragma once

#include "Check/TaskMetrics.h"
#include "Pipeline/LibraryFiles.h"
#include "Pipeline/Pipeline.h"

namespace mlc {

/// Compares on all samples of `source`. The baseline is the model itself at f32: the evaluator on the first samples,
/// which also verifies the f32 library, then that library, compiled for this machine. `isBaseline`: the library under
/// test is that f32 library, so that only the evaluator can tell; then few samples are used, except for metrics of the
/// task, which see them all.
struct AgreementRequest {
  std::string model;
  std::string library;
  bool isBaseline = false;
  DataSource source;
  DimSizes dims;
  std::vector<std::string> metrics; ///< those of the gates are added
  Gates gates;
  std::string runner;
  int threads = 1;
};
struct AgreementOutcome {
  CheckReport report;
  std::optional<Latency> before, after; ///< where both run on this machine
};

/// The metrics that are asked for and those that gates name, each once. An Error (usage) where there is no such metric,
/// or the model has no output for it: worth knowing before anything is compiled.
Result<std::vector<TaskMetric>> taskMetrics(const std::vector<std::string> &metrics, const Gates &gates,
                                            const std::vector<TensorDescription> &outputs);

Result<AgreementOutcome> compareWithModel(Session &session, const AgreementRequest &request, bool measure);

} // namespace mlc
