// The pass of Float16.td with a report, and what it needs to know of a model.
#pragma once

#include "passes/Passes.h"
#include "passes/Quantization/Report.h"

#include "mlir/IR/BuiltinOps.h"

namespace mlc {

/// The reason of a layer that has no weights to store.
inline constexpr llvm::StringLiteral kNoWeightsReason = "both operands are activations";

/// The values of @main that may become f16, and those that such ops read: where `values` is set, calibrate these.
llvm::SmallVector<mlir::Value> valuesToNarrow(mlir::ModuleOp module);

/// One entry of the report for each layer: "fp16", "fp16 weights", or "f32" and why. The report outlives the pass.
std::unique_ptr<mlir::Pass> createFloat16(Float16Options options, QuantizationReport *report);

} // namespace mlc
