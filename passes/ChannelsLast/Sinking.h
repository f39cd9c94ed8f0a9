// Moves the transposes of a layout below the ops that use them.
#pragma once

#include "Graph/Graph.h"
#include "passes/ChannelsLast/Permutation.h"

#include "llvm/ADT/DenseSet.h"

namespace mlc::layout {

/// A value that is a transpose of another layout: transpose(source, perm).
struct View {
  mlir::Value source;
  Permutation perm;
};

class Sinking {
public:
  /// Gives the op channels-last operands and results between transposes.
  void wrap(mlir::Operation *op);
  /// Moves the transposes that `wrap` and `sink` made below this op, where it can work on their operands and
  /// where that needs no more transposes than before. True: the op is replaced.
  bool sink(mlir::Operation *op);

private:
  using Edit = llvm::function_ref<void(mlir::Operation *)>;

  std::optional<View> viewOf(mlir::Value value) const;
  mlir::Value transposed(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value value, llvm::ArrayRef<int64_t> perm);
  /// A copy of `op` on other operands, whose results, transposed by `perm`, replace those of `op`. `edit`
  /// changes the copy's attributes.
  void rebuild(mlir::Operation *op, mlir::ValueRange operands, llvm::ArrayRef<int64_t> perm, Edit edit = {});
  /// The same for an op of which only operand 0 has a layout.
  void rebuildOnSource(mlir::Operation *op, const View &view, llvm::ArrayRef<int64_t> perm, Edit edit = {});

  bool sinkBroadcast(mlir::Operation *op, bool concat);
  bool sinkOneOperand(mlir::Operation *op, const View &view);
  bool sinkGather(graph::GatherOp op, const View &view);
  bool sinkUnsqueeze(graph::UnsqueezeOp op, const View &view);
  bool sinkReshape(graph::ReshapeOp op, const View &view);
  bool sinkTranspose(graph::TransposeOp op, const View &view);
  bool readShape(graph::ShapeOfOp op, const View &view);

  bool isCheap(mlir::Value operand, llvm::ArrayRef<int64_t> toSource, mlir::Operation *user) const;
  mlir::Value relaid(mlir::OpBuilder &builder, mlir::Operation *user, mlir::Value operand, llvm::ArrayRef<int64_t> perm,
                     bool broadcasts);

  llvm::DenseSet<mlir::Operation *> layoutTransposes;
};

/// Which dimensions of a reshape's operand become which of its result: groups of neighbours, in order, with
/// equal products.
struct ReshapeGroup {
  llvm::SmallVector<int64_t> from, to;
};
/// nullopt where the shape is not understood.
std::optional<llvm::SmallVector<ReshapeGroup>> reshapeGroups(graph::ReshapeOp op);

} // namespace mlc::layout
