// What the inputs of matrix products look like: calibration of weights of 4 bits.
#pragma once

#include "Calibration/Gptq.h"
#include "Pipeline/Pipeline.h"
#include "passes/QuantizeBlocks/QuantizeBlocks.h"

namespace mlc {

/// Weights of these products rounded by GPTQ (Calibration/Gptq.h) in blocks of that size. Runs all samples through the
/// model, compiled with the left operands of the products as extra outputs; holds one sample's operands at a time, and
/// depth² f32 for each operand. A product whose weights are not finite has no entry.
Result<LayerBlockWeights> calibrateBlocks(Session &session, mlir::ModuleOp graph, const std::vector<Layer> &products,
                                          int64_t block, const DataSource &source, const DimSizes &dims,
                                          int64_t &samples);

} // namespace mlc
