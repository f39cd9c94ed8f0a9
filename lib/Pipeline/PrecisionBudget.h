// A precision for each layer, so that the model keeps its accuracy budget and is as fast, or as small, as that allows.
#pragma once

#include "Pipeline/Pipeline.h"
#include "mlcompress/Reports.h"

namespace mlc {

struct BudgetRequest {
  DataSource data; ///< to measure the accuracy with
  DimSizes dims;
  std::vector<std::string> metrics; ///< as TaskMetric::create takes them; each must keep the budget
  double maxDrop = 0.01;
  double seconds = 600; ///< to search for
  int threads = 1;
};

struct BudgetOutcome {
  std::vector<Candidate> candidates; ///< all that were measured; one is chosen
  std::vector<std::string> notes;
};

/// Gives each layer of a calibrated graph its precision (passes/Precision). `original` is the graph before calibration,
/// and what the drop is relative to. Times are measured where the target is this machine, else modelled from what its
/// kernels compute and move and the target's figures. What is chosen was itself compiled and measured, and keeps the
/// budget on these samples; where nothing faster does, that is f32. The budget of time ends the search, not what
/// follows of it.
Result<BudgetOutcome> choosePrecisions(Session &session, mlir::ModuleOp graph, mlir::ModuleOp original,
                                       const Calibration &calibration, const Target &target,
                                       const BudgetRequest &request);

/// The same for weights of 4 bits in blocks of `group` (`blocks`: of all products that can have them): products that
/// they harm too much get weights of 8 bits, or stay f32, so that the weights take as few bytes as the budget allows.
Result<BudgetOutcome> chooseBlockPrecisions(Session &session, mlir::ModuleOp graph, const LayerBlockWeights &blocks,
                                            int64_t group, const Target &target, const BudgetRequest &request);

} // namespace mlc
