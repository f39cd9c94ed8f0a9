// The pass of BFloat16.td with a report.
#pragma once

#include "passes/Passes.h"
#include "passes/Quantization/Report.h"

namespace mlc {

/// One entry of the report for each contraction: "bf16", or "f32" and why. The report outlives the pass.
std::unique_ptr<mlir::Pass> createBFloat16(QuantizationReport *report);

} // namespace mlc
