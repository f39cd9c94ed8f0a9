// The inner loop of all contractions.
#pragma once

#include "Codegen/Kernels/Access.h"
#include "targets/Target.h"

namespace mlc::codegen {

/// accumulators[i * columns + j] += sum over `steps` of left(k, i) × right(k)[j], with the accumulators in registers.
/// `columns` names the row of the target's table for each vector of columns; rows of one half of the lanes may stand at
/// the end. `right` gives a vector of the right operand for each of them, `left` the address of k0 elements of row i.
llvm::SmallVector<mlir::Value> sumOfProducts(Builder &b, mlir::Value steps,
                                             llvm::ArrayRef<const ContractionRow *> columns,
                                             mlir::ValueRange accumulators,
                                             llvm::function_ref<llvm::SmallVector<mlir::Value>(mlir::Value k)> right,
                                             llvm::function_ref<mlir::Value(mlir::Value k, int64_t i)> left);

} // namespace mlc::codegen
