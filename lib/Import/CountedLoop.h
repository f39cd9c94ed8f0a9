// Loops of a known or computed number of steps, as recurrences need them.
#pragma once

#include "Import/Node.h"

namespace mlc::importer {

/// What a step gives: the carried values for the next one, then what is stacked.
using LoopStep =
    llvm::function_ref<llvm::SmallVector<mlir::Value>(mlir::Value at, llvm::ArrayRef<mlir::Value> carried)>;

/// Runs `step` for at = 0, 1, … below `steps` (i64 scalars), or from the last down with `reversed`, on values that keep
/// their shapes. Gives the carried values after the last step, then what the steps gave beyond them, each stacked along
/// a new first dimension of size `steps` in the order of the steps.
Results countedLoop(Node &n, const Dim &steps, llvm::ArrayRef<mlir::Value> initial, LoopStep step,
                    bool reversed = false);

/// The value with its first dimension backwards.
mlir::Value backwards(Node &n, mlir::Value value, int64_t axis = 0);

} // namespace mlc::importer
