// How much a kernel does, as expressions over its operands' sizes: for profiles, and for how many threads it is worth.
#pragma once

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace mlc::codegen {

/// A number times the sizes of some dimensions of the kernel's tensor arguments (inputs, then destinations).
struct WorkTerm {
  int64_t factor;
  llvm::SmallVector<std::pair<unsigned, unsigned>> dims; ///< (tensor argument, dimension)
};

struct Work {
  /// Arithmetic operations: a multiply-add counts as two, as in published figures, a division or function of math
  /// as what its polynomial takes, roughly; moving data as none.
  llvm::SmallVector<WorkTerm> operations;
  /// Bytes read and written where each element is touched once.
  llvm::SmallVector<WorkTerm> bytes;
};

/// Bytes of scratch that a thread needs to run the kernel; a multiple of 64.
int64_t scratchBytesOf(mlir::func::FuncOp kernel);

Work workOf(mlir::func::FuncOp kernel);

} // namespace mlc::codegen
