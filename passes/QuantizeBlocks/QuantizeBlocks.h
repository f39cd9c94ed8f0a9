// The pass of QuantizeBlocks.td with a report and with calibration data.
#pragma once

#include "Calibration/Gptq.h"
#include "passes/Passes.h"
#include "passes/Quantization/Report.h"

#include "llvm/ADT/DenseMap.h"

namespace mlc {

/// The products whose weights become 4 bits, in order: those whose left operands calibration observes.
std::vector<mlir::Operation *> productsToQuantize(mlir::ModuleOp module, const QuantizeBlocksOptions &options);

/// What calibration found about the left operand of each product; those that are absent are rounded to nearest.
using ProductHessians = llvm::DenseMap<mlir::Operation *, const InputHessian *>;

/// One entry of the report for each contraction. The report and the Hessians outlive the pass.
std::unique_ptr<mlir::Pass> createQuantizeBlocks(QuantizeBlocksOptions options, QuantizationReport *report,
                                                 const ProductHessians *hessians = nullptr);

} // namespace mlc
