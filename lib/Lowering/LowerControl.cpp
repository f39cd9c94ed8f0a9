// Control flow: regions of the schedule.
#include "Lowering/Context.h"
#include "Lowering/ScalarMath.h"

#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace mlc::graph;

namespace mlc::lowering {

static Value scalarElement(Context &context, Value graphValue) {
  Value lowered = context.lookup(graphValue);
  SmallVector<Value> at(mlir::cast<RankedTensorType>(lowered.getType()).getRank(), Value());
  for (Value &index : at)
    index = context.index(0);
  return element(context.b, lowered, at);
}

// Ends a region: its values in the declared types.
static void yield(Context &context, Block &graphBlock, TypeRange types) {
  SmallVector<Value> values;
  for (auto [value, type] : llvm::zip(graphBlock.getTerminator()->getOperands(), types)) {
    Value lowered = context.lookup(value);
    if (lowered.getType() != type)
      lowered = tensor::CastOp::create(context.b, type, lowered);
    values.push_back(lowered);
  }
  scf::YieldOp::create(context.b, values);
}

static LogicalResult lowerIf(Context &context, IfOp op) {
  auto &b = context.b;
  Value condition = scalarElement(context, op.getCondition());
  auto lowered = scf::IfOp::create(b, op.getResultTypes(), condition, /*withElseRegion=*/true);
  Region *sources[] = {&op.getThenRegion(), &op.getElseRegion()};
  Region *targets[] = {&lowered.getThenRegion(), &lowered.getElseRegion()};
  for (auto [source, target] : llvm::zip(sources, targets)) {
    OpBuilder::InsertionGuard guard(b);
    if (target->empty())
      b.createBlock(target);
    b.setInsertionPointToStart(&target->front());
    if (failed(lowerBlock(context, source->front())))
      return failure();
    yield(context, source->front(), op.getResultTypes());
  }
  for (auto [graphValue, value] : llvm::zip(op.getResults(), lowered.getResults()))
    context.map(graphValue, value, Shape(context.shape(value)));
  return success();
}

std::optional<LogicalResult> lowerControl(Context &context, Operation *operation) {
  if (auto op = dyn_cast<IfOp>(operation))
    return lowerIf(context, op);
  return std::nullopt;
}

} // namespace mlc::lowering
