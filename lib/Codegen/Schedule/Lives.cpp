#include "Codegen/Schedule/Lives.h"
#include "Lowering/Kernel.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;

namespace mlc::codegen {

bool isShapeOnly(Operation *op) {
  // A list of constants is folded to one constant.
  return isa<tensor::FromElementsOp, arith::ConstantOp>(op) && isa<RankedTensorType>(op->getResult(0).getType()) &&
         cast<RankedTensorType>(op->getResult(0).getType()).getElementType().isIndex() &&
         llvm::all_of(op->getUsers(), [](Operation *user) { return isa<tensor::ReshapeOp>(user); });
}

BlockArgument carriedArgument(Value value) {
  auto argument = dyn_cast<BlockArgument>(value);
  auto loop = argument ? dyn_cast<scf::WhileOp>(argument.getOwner()->getParentOp()) : nullptr;
  return loop && argument.getOwner() == loop.getBeforeBody() ? argument : BlockArgument();
}

static scf::WhileOp loopOf(BlockArgument carried) { return cast<scf::WhileOp>(carried.getOwner()->getParentOp()); }

Value initialValue(BlockArgument carried) { return loopOf(carried).getInits()[carried.getArgNumber()]; }

Value nextValue(BlockArgument carried) { return loopOf(carried).getYieldOp().getOperand(carried.getArgNumber()); }

Value passedOn(Value value) {
  for (;;) {
    scf::WhileOp loop;
    unsigned i = 0;
    if (auto argument = dyn_cast<BlockArgument>(value)) {
      loop = dyn_cast<scf::WhileOp>(argument.getOwner()->getParentOp());
      i = argument.getArgNumber();
      if (loop && argument.getOwner() == loop.getBeforeBody())
        return value;
    } else {
      loop = value.getDefiningOp<scf::WhileOp>();
      i = cast<OpResult>(value).getResultNumber();
    }
    if (!loop)
      return value;
    value = loop.getConditionOp().getArgs()[i];
  }
}

Carry carryOf(BlockArgument carried) {
  Value next = passedOn(nextValue(carried));
  if (next == carried)
    return Carry::Same;
  auto append = next.getDefiningOp<kernel::AppendOp>();
  return append && passedOn(append.getList()) == carried ? Carry::Grown : Carry::Copied;
}

SmallVector<Value> Lives::roots(Value value) const {
  Value tensor = passedOn(value);
  if (BlockArgument carried = carriedArgument(tensor)) {
    SmallVector<Value> all = roots(initialValue(carried));
    if (carryOf(carried) != Carry::Same)
      all.push_back(carried);
    return all;
  }
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
  llvm::DenseMap<Operation *, int64_t> order, end; // end: of the last op inside
  int64_t next = 0;
  auto add = [&](Value buffer, int64_t first, int64_t last) {
    buffers_.push_back(buffer);
    lives_[buffer] = {first, last, 0};
  };
  schedule.walk<WalkOrder::PreOrder>([&](Operation *op) {
    order[op] = next++;
    for (Operation *parent = op->getParentOp(); parent; parent = parent->getParentOp())
      end[parent] = order[op];
    bool makesBuffer = isa<kernel::LaunchOp, kernel::UnboundedOp, tensor::FromElementsOp, tensor::EmptyOp>(op);
    if (!makesBuffer || isShapeOnly(op))
      return;
    for (Value result : op->getResults())
      if (isa<RankedTensorType>(result.getType()))
        add(result, order[op], order[op]);
  });
  schedule.walk([&](scf::WhileOp loop) {
    for (BlockArgument carried : loop.getBeforeArguments())
      if (isa<RankedTensorType>(carried.getType()) && carryOf(carried) == Carry::Copied)
        add(carried, order[loop], end[loop]);
  });
  schedule.walk([&](Operation *op) {
    for (Value operand : op->getOperands()) {
      if (!isa<RankedTensorType>(operand.getType()))
        continue;
      for (Value root : roots(operand)) {
        auto found = lives_.find(root);
        if (found == lives_.end())
          continue;
        int64_t last = isa<func::ReturnOp>(op) ? next : order[op];
        // What a loop reads and does not make itself, the next iteration reads again.
        BlockArgument carried = carriedArgument(root);
        Operation *maker = carried ? loopOf(carried).getOperation() : root.getDefiningOp();
        for (Operation *parent = op->getParentOp(); !parent->isProperAncestor(maker); parent = parent->getParentOp())
          if (isa<scf::WhileOp>(parent))
            last = std::max(last, end[parent]);
        found->second.last = std::max(found->second.last, last);
      }
    }
  });
}

} // namespace mlc::codegen
