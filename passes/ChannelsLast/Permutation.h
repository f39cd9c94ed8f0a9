// Permutations of dimensions, as `graph.transpose` has them: dimension i of the result is dimension perm[i]
// of the operand.
#pragma once

#include "mlcompress/Tensor.h"

#include "mlir/IR/BuiltinTypes.h"

namespace mlc::layout {

using Permutation = llvm::SmallVector<int64_t, 6>;

/// [N, C, spatial…] to [N, spatial…, C] of this rank, and back.
Permutation channelsToLast(int64_t rank);
Permutation channelsToFirst(int64_t rank);

Permutation inverse(llvm::ArrayRef<int64_t> perm);
/// transpose(transpose(x, first), second) as one.
Permutation compose(llvm::ArrayRef<int64_t> first, llvm::ArrayRef<int64_t> second);
bool isIdentity(llvm::ArrayRef<int64_t> perm);
/// The same on the last dimensions of a tensor of higher rank.
Permutation extend(llvm::ArrayRef<int64_t> perm, int64_t rank);

mlir::RankedTensorType permute(mlir::RankedTensorType type, llvm::ArrayRef<int64_t> perm);
Tensor permute(const Tensor &tensor, llvm::ArrayRef<int64_t> perm);
/// Whether a transpose of this type leaves all elements where they are: dimensions that are not 1 keep their
/// order.
bool movesNothing(mlir::RankedTensorType type, llvm::ArrayRef<int64_t> perm);

/// What is left of a permutation when dimensions `axes` (of its result) are dropped.
Permutation drop(llvm::ArrayRef<int64_t> perm, llvm::ArrayRef<int64_t> axes);
/// `axes` of the result as axes of the operand; in the same order.
Permutation mapAxes(llvm::ArrayRef<int64_t> perm, llvm::ArrayRef<int64_t> axes);

} // namespace mlc::layout
