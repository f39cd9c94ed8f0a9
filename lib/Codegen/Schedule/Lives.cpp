#include "Codegen/Schedule/Lives.h"
#include "Lowering/Kernel.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;

namespace mlc::codegen {

bool isShapeOnly(Operation *op) {
  return isa<tensor::FromElementsOp>(op) &&
         cast<RankedTensorType>(op->getResult(0).getType()).getElementType().isIndex() &&
         llvm::all_of(op->getUsers(), [](Operation *user) { return isa<tensor::ReshapeOp>(user); });
}

SmallVector<Value> Lives::roots(Value tensor) const {
  Operation *op = tensor.getDefiningOp();
  if (auto reshape = dyn_cast_or_null<tensor::ReshapeOp>(op))
    return roots(reshape.getSource());
  if (auto castOp = dyn_cast_or_null<tensor::CastOp>(op))
    return roots(castOp.getSource());
  if (auto branch = dyn_cast_or_null<scf::IfOp>(op)) {
    unsigned i = cast<OpResult>(tensor).getResultNumber();
    SmallVector<Value> both = roots(branch.thenYield().getOperand(i));
    both.append(roots(branch.elseYield().getOperand(i)));
    return both;
  }
  return {tensor};
}

Lives::Lives(func::FuncOp schedule) {
  llvm::DenseMap<Operation *, int64_t> order;
  int64_t next = 0;
  schedule.walk<WalkOrder::PreOrder>([&](Operation *op) {
    order[op] = next++;
    bool makesBuffer = isa<kernel::LaunchOp, kernel::UnboundedOp, tensor::FromElementsOp, tensor::EmptyOp>(op);
    if (!makesBuffer || isShapeOnly(op))
      return;
    for (Value result : op->getResults())
      if (isa<RankedTensorType>(result.getType())) {
        buffers_.push_back(result);
        lives_[result] = {order[op], order[op], 0};
      }
  });
  schedule.walk([&](Operation *op) {
    int64_t at = isa<func::ReturnOp>(op) ? next : order[op];
    for (Value operand : op->getOperands()) {
      if (!isa<RankedTensorType>(operand.getType()))
        continue;
      for (Value root : roots(operand)) {
        auto found = lives_.find(root);
        if (found != lives_.end())
          found->second.last = std::max(found->second.last, at);
      }
    }
  });
}

} // namespace mlc::codegen
