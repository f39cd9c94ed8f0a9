// What the inputs of matrix products look like: calibration of weights of 4 bits.
#pragma once

#include "Calibration/Observer.h"
#include "Pipeline/Pipeline.h"
#include "passes/QuantizeBlocks/QuantizeBlocks.h"

#include <memory>

namespace mlc {

struct BlockCalibration {
  std::vector<std::unique_ptr<StateObserver<InputHessian>>> inputs; ///< products with one left operand share one
  ProductHessians hessians;
  std::vector<Observation> passes;
};

/// Runs all samples through the model, compiled with the left operands of these products as outputs. Holds one
/// sample's operands at a time, and depth² f32 for each operand.
Result<BlockCalibration> calibrateBlocks(Session &session, mlir::ModuleOp graph,
                                         const std::vector<mlir::Operation *> &products, const DataSource &source,
                                         const DimSizes &dims, const CalibrationCache &cache);

} // namespace mlc
