// The pass of BFloat16.td with a report.
#pragma once

#include "passes/Passes.h"
#include "passes/Quantization/Report.h"

namespace mlc {

/// One entry of the report for each contraction: "bf16", or "f32" and why. The report outlives the pass.
/// Why a conv or matmul stays f32; empty where it need not.
std::string bfloat16Obstacle(mlir::Operation *op);

std::unique_ptr<mlir::Pass> createBFloat16(BFloat16Options options, QuantizationReport *report);

} // namespace mlc
