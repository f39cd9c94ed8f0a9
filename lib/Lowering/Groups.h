// Which ops become one kernel together.
#pragma once

#include "Lowering/Kernel.h"

#include <optional>

namespace mlc::lowering {

/// The elementwise op that alone reads the root's result and can finish it in registers which hold neighbouring
/// elements of the last dimension; null where there is none.
mlir::linalg::GenericOp findEpilogue(mlir::Operation *root);

/// softmax(between(queries × keys)) × values, whose scores and weights nothing else reads (Vaswani et al., arXiv
/// 1706.03762). The kernel takes `kQueries` rows and `kKeys` columns of the scores at a time and never holds more of
/// them (Rabe and Staats, arXiv 2112.05682; Dao et al., arXiv 2205.14135). The number of keys is the same on every
/// target: sums round alike.
struct Attention {
  kernel::MatmulOp scores;         ///< [batch…, M, D] × [batch…, D, N]
  mlir::linalg::GenericOp between; ///< scaling and masks; null: none
  kernel::SoftmaxOp softmax;
  kernel::MatmulOp values;          ///< [batch…, M, N] × [batch…, N, E]
  mlir::linalg::GenericOp epilogue; ///< null: none

  static constexpr int64_t kQueries = 96, kKeys = 256;
  /// Elements from one row of scores to the next: rows stay apart in the sets of a cache.
  static constexpr int64_t kScoresRow = kKeys + 64;

  int64_t depth() { return scores.getLhs().getType().getShape().back(); } ///< D
  int64_t width() { return values.getRhs().getType().getShape().back(); } ///< E
  static int64_t rowOf(int64_t columns) { return (columns + 15) / 16 * 16 + 16; }
  /// f32 elements of the parts of a thread's scratch memory: queries, packed keys or values, scores, sums, and the
  /// maximum and the sum of each row.
  int64_t queryElements() { return kQueries * rowOf(depth()); }
  int64_t packedElements() { return kScoresRow * std::max(rowOf(depth()), rowOf(width())); }
  static int64_t scoreElements() { return kQueries * kScoresRow; }
  int64_t sumElements() { return kQueries * rowOf(width()); }
  int64_t scratchBytes() {
    return 4 * (queryElements() + packedElements() + scoreElements() + sumElements() + 2 * kQueries);
  }

  /// The ops of the kernel in their order.
  llvm::SmallVector<mlir::Operation *> ops();
};

/// The attention that begins with this op, if it is the product of queries and keys of one.
std::optional<Attention> findAttention(mlir::Operation *op);

} // namespace mlc::lowering
