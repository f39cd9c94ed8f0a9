// One kernel while its code is made: a function on tensors in, a function on addresses out.
#pragma once

#include "Codegen/Kernels/Access.h"
#include "Codegen/Kernels/Body.h"
#include "Lowering/Groups.h"
#include "Lowering/Kernel.h"
#include "targets/Target.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace mlc::codegen {

/// The elementwise op that finishes a root's result in registers, or just the store of it.
struct Epilogue {
  mlir::linalg::GenericOp op; ///< null: the result is stored as it is
  mlir::Operation *root;      ///< whose result it takes
};

/// Makes the two functions of a kernel: `NAME` with the signature of mlc_kernel, and `NAME_extent(scalars)`, the
/// number of its work items.
class Kernel {
public:
  Kernel(mlir::func::FuncOp source, mlir::ModuleOp into, const Target &target);
  mlir::LogicalResult emit();

  Builder &b;
  const Target &target;

  // ---- what roots need; valid while the function is being emitted
  const Buffer &buffer(mlir::Value tensor) const { return buffers_.find(tensor)->second; }
  const llvm::DenseMap<mlir::Value, Buffer> &buffers() const { return buffers_; }
  const llvm::DenseMap<mlir::Value, mlir::Value> &scalars() const { return scalars_; }
  /// Where the kernel stores.
  const Buffer &destination() { return buffers_.find(source_.getArguments().back())->second; }
  Epilogue epilogue;
  mlir::Value scratch; ///< !llvm.ptr to the thread's scratch memory, as large as the root asks for
  /// Calls a run-time routine, `mlc_routine_NAME`.
  void call(llvm::StringRef routine, mlir::ValueRange operands);
  /// A part of the scratch memory, which starts so many bytes behind its begin.
  Buffer scratchAt(int64_t bytes, mlir::Type element);
  /// Lanes of the generic vector path, by 32-bit elements.
  int lanes() const { return target.vectorBits / 32; }

private:
  void prologue(mlir::Value buffersPointer, mlir::Value scalarsPointer);

  Builder builder_;
  mlir::func::FuncOp source_;
  mlir::ModuleOp into_;
  llvm::DenseMap<mlir::Value, Buffer> buffers_;
  llvm::DenseMap<mlir::Value, mlir::Value> scalars_;
};

/// The row of the target's table that multiplies a left operand of this element type; null where there is none.
const ContractionRow *contractionRow(const Target &target, mlir::Type lhs);

/// The row that multiplies the packed operands of an attention; null where the target has none for f32.
const ContractionRow *contractionRow(const Target &target, lowering::Attention attention);

/// Items of a root, and the code for the items [begin, end). Each returns failure with a diagnostic.
struct RootEmitter {
  virtual ~RootEmitter() = default;
  /// The extents of the item space; their product is the number of items. Called in both functions.
  virtual llvm::SmallVector<mlir::Value> items(Kernel &kernel) = 0;
  virtual mlir::LogicalResult body(Kernel &kernel, mlir::Value begin, mlir::Value end) = 0;
};

std::unique_ptr<RootEmitter> genericEmitter(mlir::linalg::GenericOp op);
std::unique_ptr<RootEmitter> contractionEmitter(mlir::Operation *op); ///< matmul, conv
std::unique_ptr<RootEmitter> blockMatmulEmitter(kernel::BlockMatmulOp op);
std::unique_ptr<RootEmitter> quantizeBlocksEmitter(kernel::QuantizeBlocksOp op);
std::unique_ptr<RootEmitter> attentionEmitter(const lowering::Attention &attention);
std::unique_ptr<RootEmitter> winogradEmitter(kernel::WinogradOp op);
std::unique_ptr<RootEmitter> windowEmitter(mlir::Operation *op); ///< depthwise, pool
std::unique_ptr<RootEmitter> scatterEmitter(kernel::ScatterOp op);
std::unique_ptr<RootEmitter> orderEmitter(mlir::Operation *op); ///< cumsum, top_k, suppress
std::unique_ptr<RootEmitter> recurrentEmitter(kernel::RecurrentOp op);
std::unique_ptr<RootEmitter> rowEmitter(mlir::Operation *op); ///< softmax, layer_norm, concat

/// What the elementwise `op` makes of a piece of the root's result. `indices` are those of all dimensions, the last
/// that of the piece's first element. `value` is a scalar or a vector<lanes> of neighbouring columns.
mlir::Value applyElementwise(Kernel &kernel, mlir::linalg::GenericOp op, mlir::Value rootResult,
                             mlir::ValueRange indices, mlir::Value value, int lanes, mlir::Value mask);

/// Code that finishes a piece of a root's result. `rowIndices` are the loop indices of all dimensions of the result
/// but the last; `column` that of the last. `value` is a scalar or a vector<lanes> of neighbouring columns.
void finish(Kernel &kernel, mlir::ValueRange rowIndices, mlir::Value column, mlir::Value value, int lanes,
            mlir::Value mask);

/// The sum, product or extreme of a vector's lanes by a fixed tree: halves are combined until one lane is left.
mlir::Value combineLanes(Builder &b, mlir::Value vector,
                         llvm::function_ref<mlir::Value(mlir::Value, mlir::Value)> combine);
mlir::Value sumLanes(Builder &b, mlir::Value vector); ///< of floating lanes

} // namespace mlc::codegen
