// The pass of QuantizeDynamic.td with a report.
#pragma once

#include "passes/Passes.h"
#include "passes/Quantization/Report.h"

namespace mlc {

/// The value rounded to ui8 by the range that it has in a run: dequantize(quantize(value)).
mlir::Value quantizeAtRunTime(mlir::OpBuilder &builder, mlir::Value value);

/// One entry of the report for each contraction. The report outlives the pass.
std::unique_ptr<mlir::Pass> createQuantizeDynamic(QuantizeDynamicOptions options, QuantizationReport *report);

} // namespace mlc
