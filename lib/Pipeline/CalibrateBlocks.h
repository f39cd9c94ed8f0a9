// Weights of 4 bits, rounded by what calibration sees of the inputs of their products.
#pragma once

#include "Pipeline/ObserveSamples.h"
#include "passes/QuantizeBlocks/QuantizeBlocks.h"

namespace mlc {

struct BlockCalibration {
  RoundedProducts rounded;
  std::vector<Observation> passes;
};

/// Runs all samples through the model, compiled with the left operands of these products as outputs, and rounds the
/// products' weights in blocks of `block`. Holds one sample's operands at a time, and about half a gibibyte of Hessians
/// (depth² / 2 f32 for each operand): where all together need more, the samples run once for each part of the model.
Result<BlockCalibration> calibrateBlocks(Session &session, mlir::ModuleOp graph,
                                         const std::vector<mlir::Operation *> &products, int64_t block,
                                         const DataSource &source, const DimSizes &dims, const CalibrationCache &cache);

} // namespace mlc
