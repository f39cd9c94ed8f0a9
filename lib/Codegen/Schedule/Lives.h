// Which buffers a schedule needs, and from when to when.
#pragma once

#include "Codegen/Schedule/Arena.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include "llvm/ADT/DenseMap.h"

namespace mlc::codegen {

/// Values of a schedule that need memory of their own, with their lives. Values that only name the same bytes (reshape,
/// cast, the result of a branch) extend the lives of what they name.
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

/// Whether the op's result is a tensor that only carries a shape to tensor.reshape.
bool isShapeOnly(mlir::Operation *op);

} // namespace mlc::codegen
