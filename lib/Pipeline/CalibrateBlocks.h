// Weights of 4 bits, rounded by what calibration sees of the inputs of their products.
#pragma once

#include "Pipeline/ObserveSamples.h"
#include "passes/QuantizeBlocks/QuantizeBlocks.h"

namespace mlc {

/// Weights of these products rounded by GPTQ (Calibration/Gptq.h) in blocks of that size; those that are not finite
/// have no entry. Runs all samples through the model, compiled with the left operands of these products as outputs.
/// Holds one sample's operands at a time, and about half a gibibyte of Hessians (depth² / 2 f32 for each operand):
/// where all together need more, the samples run once for each part of the model. `passes` gets an entry for each run.
Result<LayerBlockWeights> calibrateBlocks(Session &session, mlir::ModuleOp graph, const std::vector<Layer> &products,
                                          int64_t block, const DataSource &source, const DimSizes &dims,
                                          const CalibrationCache &cache, std::vector<Observation> &passes);

} // namespace mlc
