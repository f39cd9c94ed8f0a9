// One pass of calibration: all samples through the model, with observers of its values.
#pragma once

#include "Pipeline/CalibrationCache.h"
#include "Pipeline/Pipeline.h"

namespace mlc {

struct Tap {
  mlir::Value value;
  Observer *observer;
};

struct ObservationRequest {
  const DataSource &source;
  const DimSizes &dims;
  const CalibrationCache &cache;
  int64_t most = 0; ///< above 0: at most as many samples, taken evenly
};

/// Runs the samples through the graph, compiled up to the observed values, as far as the cache does not know what the
/// observers would see; keeps their state there about every ten seconds, at the end, and where a sample fails. Holds
/// one sample's values at a time.
Result<Observation> observeSamples(Session &session, mlir::ModuleOp graph, llvm::ArrayRef<Tap> taps,
                                   const ObservationRequest &request);

} // namespace mlc
