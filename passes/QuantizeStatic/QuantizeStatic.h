// Static quantization as functions; QuantizeStatic.td says what they do.
#pragma once

#include "passes/Passes.h"
#include "passes/Quantization/Report.h"

#include "mlir/IR/BuiltinOps.h"

namespace mlc {

/// The values of @main and its branches whose ranges the pass needs, in order: calibrate these (onlyTaps, observe,
/// annotateRanges).
llvm::SmallVector<mlir::Value> valuesToCalibrate(mlir::ModuleOp module, const QuantizeStaticOptions &options);

/// The contractions that the pass would quantize and whose activations can be observed, in order: the means of their
/// inputs' channels (kMeansAttr) let it correct their biases.
llvm::SmallVector<mlir::Operation *> contractionsToQuantize(mlir::ModuleOp module,
                                                            const QuantizeStaticOptions &options);

/// The pass with a report: one entry for each contraction. The report outlives the pass.
std::unique_ptr<mlir::Pass> createQuantizeStatic(QuantizeStaticOptions options, QuantizationReport *report);

} // namespace mlc
