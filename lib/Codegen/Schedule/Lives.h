// Which buffers a schedule needs, and from when to when.
#pragma once

#include "Codegen/Schedule/Arena.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include "llvm/ADT/DenseMap.h"

namespace mlc::codegen {

/// Values of a schedule that need memory of their own, with their lives. Values that only name the same bytes (reshape,
/// cast, the result of a branch or a loop) extend the lives of what they name. What a loop reads from outside lives to
/// its end. What a loop carries (its argument stands for it) has two buffers, from the loop's begin to the last use of
/// its result: one iteration reads the one and writes the other.
class Lives {
public:
  explicit Lives(mlir::func::FuncOp schedule);

  /// In the order of definition.
  llvm::ArrayRef<mlir::Value> buffers() const { return buffers_; }
  BufferLife life(mlir::Value buffer) const { return lives_.find(buffer)->second; }
  /// The buffers, arguments and constants whose bytes the value may name.
  llvm::SmallVector<mlir::Value> roots(mlir::Value tensor) const;

private:
  llvm::SmallVector<mlir::Value> buffers_;
  llvm::DenseMap<mlir::Value, BufferLife> lives_;
};

/// How an argument of a loop's first region gets its value in the next iteration.
enum class Carry {
  Same,   ///< it stays the initial value
  Grown,  ///< kernel.append grew it where it lies
  Copied, ///< in a buffer of its own
};
/// The loop's argument, if the value is one: of the first region.
mlir::BlockArgument carriedArgument(mlir::Value value);
Carry carryOf(mlir::BlockArgument carried);
mlir::Value initialValue(mlir::BlockArgument carried);
mlir::Value nextValue(mlir::BlockArgument carried);
/// Arguments of a loop's second region and its results stand for what its condition passes on.
mlir::Value passedOn(mlir::Value value);

/// Whether the op's result is a tensor that only carries a shape to tensor.reshape.
bool isShapeOnly(mlir::Operation *op);

} // namespace mlc::codegen
