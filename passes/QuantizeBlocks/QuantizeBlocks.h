// The pass of QuantizeBlocks.td with a report and with calibration data.
#pragma once

#include "Graph/BlockWeights.h"
#include "mlcompress/Result.h"
#include "passes/Passes.h"
#include "passes/Quantization/Report.h"

#include "llvm/ADT/DenseMap.h"

namespace mlc {

/// The products whose weights become 4 bits, in order: those whose left operands calibration observes.
std::vector<mlir::Operation *> productsToQuantize(mlir::ModuleOp module, const QuantizeBlocksOptions &options);

/// Weights that calibration has rounded, or why it could not; those of other products are rounded to nearest.
using RoundedProducts = llvm::DenseMap<mlir::Operation *, Result<graph::BlockWeights>>;

/// One entry of the report for each contraction. The report and the weights outlive the pass.
std::unique_ptr<mlir::Pass> createQuantizeBlocks(QuantizeBlocksOptions options, QuantizationReport *report,
                                                 const RoundedProducts *rounded = nullptr);

} // namespace mlc
