#include "passes/Passes.h"

#include "Graph/Inference.h"
#include "passes/ChannelsLast/Sinking.h"

#include "mlir/Interfaces/SideEffectInterfaces.h"

using namespace mlir;
using namespace mlc::graph;

namespace mlc {
#define GEN_PASS_DEF_CHANNELSLAST
#include "passes/Passes.h.inc"

namespace {

bool isChannelsFirst(Operation *op) {
  return TypeSwitch<Operation *, bool>(op)
      .Case<ConvOp, ConvIntegerOp, ConvTransposeOp, PoolOp>(
          [](auto window) { return !window.getChannelsLast() && tensorType(window.getInput()).getRank() >= 3; })
      .Default(false);
}

// Operands come before their users, so one sweep carries a transpose as far down as it goes.
void sweep(Block &block, layout::Sinking &sinking) {
  for (Operation &op : llvm::make_early_inc_range(block)) {
    for (Region &region : op.getRegions())
      for (Block &inner : region)
        sweep(inner, sinking);
    if (isChannelsFirst(&op))
      sinking.wrap(&op);
    else
      sinking.sink(&op);
  }
}

// Dimensions that are not 1 keep their order: dropping those that are, and inserting them elsewhere, copies
// nothing.
void replaceByReshape(TransposeOp op) {
  OpBuilder builder(op);
  SmallVector<int64_t> dropped, inserted, shape;
  RankedTensorType type = tensorType(op.getResult());
  for (int64_t i = 0; i < type.getRank(); ++i) {
    if (type.getDimSize(i) != 1) {
      shape.push_back(type.getDimSize(i));
      continue;
    }
    inserted.push_back(i);
    dropped.push_back(op.getPerm()[i]);
  }
  llvm::sort(dropped);
  Value squeezed = SqueezeOp::create(builder, op.getLoc(), type.clone(shape), op.getInput(), dropped);
  Value result = UnsqueezeOp::create(builder, op.getLoc(), type, squeezed, inserted);
  op.getResult().replaceAllUsesWith(result);
  op->erase();
}

// Chains of transposes become one, and those that move nothing become reshapes.
void simplify(TransposeOp op) {
  layout::Permutation perm(op.getPerm());
  Value input = op.getInput();
  while (auto inner = input.getDefiningOp<TransposeOp>()) {
    perm = layout::compose(inner.getPerm(), perm);
    input = inner.getInput();
  }
  op.getInputMutable().assign(input);
  op.setPerm(perm);
  if (layout::isIdentity(perm) && input.getType() == op.getType()) {
    op.getResult().replaceAllUsesWith(input);
    op->erase();
  } else if (!layout::isIdentity(perm) && layout::movesNothing(tensorType(op.getResult()), layout::inverse(perm))) {
    replaceByReshape(op);
  }
}

void eraseDead(Block &block) {
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(block))) {
    for (Region &region : op.getRegions())
      for (Block &inner : region)
        eraseDead(inner);
    if (isOpTriviallyDead(&op))
      op.erase();
  }
}

struct ChannelsLastPass : impl::ChannelsLastBase<ChannelsLastPass> {
  void runOnOperation() override {
    layout::Sinking sinking;
    for (Block &block : getOperation().getBody())
      sweep(block, sinking);
    SmallVector<TransposeOp> transposes;
    getOperation().walk([&](TransposeOp op) { transposes.push_back(op); });
    for (TransposeOp op : transposes)
      simplify(op);
    for (Block &block : getOperation().getBody())
      eraseDead(block);
  }
};

} // namespace
} // namespace mlc
