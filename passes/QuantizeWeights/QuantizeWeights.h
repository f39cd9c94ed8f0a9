// The pass of QuantizeWeights.td with a report.
#pragma once

#include "passes/Passes.h"
#include "passes/Quantization/Report.h"

namespace mlc {

/// One entry of the report for each lookup in a constant f32 table. The report outlives the pass.
std::unique_ptr<mlir::Pass> createQuantizeWeights(QuantizeWeightsOptions options, QuantizationReport *report);

} // namespace mlc
