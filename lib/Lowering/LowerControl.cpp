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

// A scalar tensor of the graph that holds this number.
static void mapScalar(Context &context, Value graphValue, Value number) {
  auto &b = context.b;
  auto type = mlir::cast<RankedTensorType>(graphValue.getType());
  Type element = type.getElementType();
  if (element.isInteger(1))
    number = arith::CmpIOp::create(b, arith::CmpIPredicate::ne, number, context.index(0));
  else
    number = arith::IndexCastOp::create(b, element, number);
  context.map(graphValue, tensor::FromElementsOp::create(b, type, number), Shape(type.getRank(), context.constant(1)));
}

// The condition as a number: what a loop carries besides tensors is of type index.
static Value conditionNumber(Context &context, Value graphValue) {
  return arith::IndexCastUIOp::create(context.b, context.b.getIndexType(), scalarElement(context, graphValue));
}

// One attempt to lower a loop. A dimension of a carried value that is null in `carried` changes from iteration to
// iteration; the others are taken to be the same in all, and those that turn out not to be are set to null.
static FailureOr<scf::WhileOp> attemptLoop(Context &context, LoopOp op, ArrayRef<Value> initial,
                                           MutableArrayRef<Shape> carried, SmallVectorImpl<Shape> &rows, bool &stable) {
  auto &b = context.b;
  Block &source = op.getBody().front();
  Value limit = arith::IndexCastOp::create(b, b.getIndexType(), scalarElement(context, op.getTripCount()));
  SmallVector<Value> inits{context.index(0), conditionNumber(context, op.getCondition())};
  for (auto [value, shape] : llvm::zip(initial, carried)) {
    auto type = mlir::cast<RankedTensorType>(value.getType());
    SmallVector<int64_t> sizes;
    for (Dim dim : shape)
      sizes.push_back(dim ? Context::constantOf(dim).value_or(ShapedType::kDynamic) : ShapedType::kDynamic);
    Type wanted = type.clone(sizes);
    inits.push_back(wanted == type ? value : tensor::CastOp::create(b, wanted, value).getResult());
  }
  // Stacked values start without rows; a size of the rows that only a run tells counts as 0 where there are none.
  for (Value result : op.getResults().drop_front(initial.size())) {
    auto type = mlir::cast<RankedTensorType>(result.getType());
    SmallVector<int64_t> sizes{0};
    for (int64_t size : type.getShape().drop_front())
      sizes.push_back(ShapedType::isDynamic(size) ? 0 : size);
    Value none = tensor::EmptyOp::create(b, sizes, type.getElementType());
    auto unknown = type.clone(SmallVector<int64_t>(type.getRank(), ShapedType::kDynamic));
    inits.push_back(tensor::CastOp::create(b, unknown, none));
  }

  SmallVector<Type> types(ValueRange(inits).getTypes());
  auto loop = scf::WhileOp::create(b, types, inits);
  OpBuilder::InsertionGuard guard(b);
  SmallVector<Location> locations(types.size(), b.getLoc());
  Block *before = b.createBlock(&loop.getBefore(), {}, types, locations);
  Value fewer = arith::CmpIOp::create(b, arith::CmpIPredicate::slt, before->getArgument(0), limit);
  Value holds = arith::CmpIOp::create(b, arith::CmpIPredicate::ne, before->getArgument(1), context.index(0));
  scf::ConditionOp::create(b, arith::AndIOp::create(b, fewer, holds), before->getArguments());

  Block *after = b.createBlock(&loop.getAfter(), {}, types, locations);
  mapScalar(context, source.getArgument(0), after->getArgument(0));
  mapScalar(context, source.getArgument(1), after->getArgument(1));
  for (auto [i, shape] : llvm::enumerate(carried)) {
    Value argument = after->getArgument(2 + i);
    Shape own;
    for (auto [d, dim] : llvm::enumerate(shape))
      own.push_back(dim ? dim : context.symbol(tensor::DimOp::create(b, argument, d)));
    context.map(source.getArgument(2 + i), argument, own);
  }
  if (failed(lowerBlock(context, source)))
    return failure();
  b.setLoc(op.getLoc());

  auto yielded = source.getTerminator()->getOperands();
  SmallVector<Value> next{arith::AddIOp::create(b, after->getArgument(0), context.index(1)),
                          conditionNumber(context, yielded[0])};
  stable = true;
  for (auto [i, shape] : llvm::enumerate(carried)) {
    Value value = context.lookup(yielded[1 + i]);
    Shape own = context.shape(value);
    for (auto [dim, given] : llvm::zip(shape, own))
      if (dim && dim != given) {
        dim = Dim();
        stable = false;
      }
    Type type = types[2 + i];
    next.push_back(value.getType() == type ? value : tensor::CastOp::create(b, type, value).getResult());
  }
  rows.clear();
  for (size_t i = 2 + initial.size(); i < types.size(); ++i) {
    Value row = context.lookup(yielded[i - 1]);
    rows.push_back(context.shape(row));
    next.push_back(kernel::AppendOp::create(b, types[i], after->getArgument(i), row));
  }
  scf::YieldOp::create(b, next);
  return loop;
}

static LogicalResult lowerLoop(Context &context, LoopOp op) {
  auto &b = context.b;
  SmallVector<Value> initial;
  SmallVector<Shape> carried, rows;
  for (Value value : op.getInitial()) {
    initial.push_back(context.lookup(value));
    carried.push_back(context.shape(initial.back()));
  }
  // Each attempt that fails knows less: the last assumes nothing.
  FailureOr<scf::WhileOp> loop;
  for (bool stable = false; !stable;) {
    loop = attemptLoop(context, op, initial, carried, rows, stable);
    if (failed(loop))
      return failure();
    if (!stable)
      context.discard(*loop);
  }
  for (auto [i, shape] : llvm::enumerate(carried)) {
    Value result = loop->getResult(2 + i);
    Shape own;
    for (auto [d, dim] : llvm::enumerate(shape))
      own.push_back(dim ? dim : context.symbol(tensor::DimOp::create(b, result, d)));
    context.map(op.getResult(i), result, own);
  }
  for (auto [i, row] : llvm::enumerate(rows)) {
    Value result = loop->getResult(2 + initial.size() + i);
    SmallVector<int64_t> sizes{ShapedType::kDynamic};
    for (Dim dim : row)
      sizes.push_back(Context::constantOf(dim).value_or(ShapedType::kDynamic));
    auto type = mlir::cast<RankedTensorType>(result.getType()).clone(sizes);
    if (type != result.getType())
      result = tensor::CastOp::create(b, type, result);
    context.map(op.getResult(initial.size() + i), result, Shape(context.shape(result)));
  }
  return success();
}

static LogicalResult lowerRequire(Context &context, RequireOp op) {
  context.check(scalarElement(context, op.getCondition()), op.getMessage().str(), {});
  Value value = context.lookup(op.getValue());
  context.map(op, value, Shape(context.shape(op.getValue())));
  return success();
}

std::optional<LogicalResult> lowerControl(Context &context, Operation *operation) {
  if (auto op = dyn_cast<RequireOp>(operation))
    return lowerRequire(context, op);
  if (auto op = dyn_cast<IfOp>(operation))
    return lowerIf(context, op);
  if (auto op = dyn_cast<LoopOp>(operation))
    return lowerLoop(context, op);
  return std::nullopt;
}

} // namespace mlc::lowering
