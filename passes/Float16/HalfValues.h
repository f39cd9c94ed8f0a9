// Values between layers as half floats, where calibration saw that they fit.
#pragma once

#include "passes/Quantization/Report.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <map>
#include <string>

namespace mlc {

/// The values of the function that narrowValues looks for ranges of.
llvm::SmallVector<mlir::Value> valuesToNarrow(mlir::func::FuncOp function);

/// Rewrites ops of the function's own block to f16 as Float16.td says; layers that were given another precision stay.
/// Weights were stored as f16 before. `tell` gets each contraction with such weights, and why it stays f32: "" where it
/// does not.
void narrowValues(mlir::func::FuncOp function, llvm::function_ref<void(mlir::Operation *, std::string)> tell);

} // namespace mlc
