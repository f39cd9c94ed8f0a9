// Loops of a kernel over its work items.
#pragma once

#include "Codegen/Kernels/Access.h"

#include "llvm/ADT/STLFunctionalExtras.h"

namespace mlc::codegen {

using LoopBody = llvm::function_ref<void(mlir::ValueRange indices)>;

/// for i in [begin, end) step `step`: body(i).
void forLoop(Builder &b, mlir::Value begin, mlir::Value end, int64_t step, llvm::function_ref<void(mlir::Value)> body);
/// The same, carrying values.
llvm::SmallVector<mlir::Value>
forLoopCarrying(Builder &b, mlir::Value begin, mlir::Value end, int64_t step, mlir::ValueRange initial,
                llvm::function_ref<llvm::SmallVector<mlir::Value>(mlir::Value, mlir::ValueRange)> body);
/// Runs `body` for the items [begin, end) of the row-major space `extents`, with the item's indices. One division an
/// index at the start; then the indices count on like an odometer.
void itemLoop(Builder &b, mlir::Value begin, mlir::Value end, llvm::ArrayRef<mlir::Value> extents, LoopBody body);
/// if (condition) then() else otherwise().
void branch(Builder &b, mlir::Value condition, llvm::function_ref<void()> then,
            llvm::function_ref<void()> otherwise = {});
/// [begin, end) in steps of `lanes`: body(i, null) for whole vectors, then body(i, mask) for what is left.
void vectorLoop(Builder &b, mlir::Value begin, mlir::Value end, int lanes,
                llvm::function_ref<void(mlir::Value, mlir::Value)> body);
/// Sums over a row run in this many lanes on every target, so that their bits agree.
inline constexpr int kRowLanes = 16;
/// body(offset, mask, carried) over [0, length) in steps of kRowLanes; lanes past the end keep what they carried.
llvm::SmallVector<mlir::Value>
rowLoop(Builder &b, mlir::Value length, mlir::ValueRange initial,
        llvm::function_ref<llvm::SmallVector<mlir::Value>(mlir::Value, mlir::Value, mlir::ValueRange)> body);
/// Product of the extents.
mlir::Value product(Builder &b, llvm::ArrayRef<mlir::Value> extents);

} // namespace mlc::codegen
