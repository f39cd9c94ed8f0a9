// Ops along one dimension whose result depends on the order of its elements: running sums and the largest elements.
#include "Lowering/LowerOrder.h"
#include "Graph/Constants.h"
#include "Lowering/Context.h"
#include "Lowering/ScalarMath.h"

using namespace mlir;
using namespace mlc::graph;

namespace mlc::lowering {

using Builder = ImplicitLocOpBuilder;

static Type elementType(Value value) { return mlir::cast<RankedTensorType>(value.getType()).getElementType(); }

// The operand's dimensions with `axis` last: which loop each follows.
static SmallVector<int64_t> axisLast(int64_t rank, int64_t axis) {
  SmallVector<int64_t> loops;
  for (int64_t i = 0; i < rank; ++i)
    loops.push_back(i == axis ? rank - 1 : i < axis ? i : i - 1);
  return loops;
}

static LogicalResult lowerCumSum(Context &context, CumSumOp op) {
  Value input = context.lookup(op.getInput());
  Shape shape = context.shape(op.getInput());
  Type type = elementType(input);
  bool narrow = type.isF16() || type.isBF16();
  if (narrow)
    input = context.map(shape, context.b.getF32Type(), {context.broadcast(input, shape)},
                        [&](Builder &b, ValueRange x) { return cast(b, type, b.getF32Type(), x[0]); });
  Value out = context.empty(shape, elementType(input));
  Value sums =
      kernel::CumSumOp::create(context.b, out.getType(), input, out, op.getAxis(), op.getExclusive(), op.getReverse());
  if (narrow)
    sums = context.map(shape, type, {context.broadcast(sums, shape)},
                       [&](Builder &b, ValueRange x) { return cast(b, b.getF32Type(), type, x[0]); });
  context.map(op, sums, shape);
  return success();
}

// An i64 that is smaller the earlier an element stands: integers as they are, floats as their bits, which count up with
// the magnitude. NaN is the largest, -0 is 0.
static Value orderKey(Builder &b, Type type, Value x, bool smallest) {
  Type i64 = b.getI64Type();
  Value key;
  if (isa<FloatType>(type)) {
    Type wide = type.isF64() ? type : Type(b.getF32Type());
    Type bits = b.getIntegerType(wide.getIntOrFloatBitWidth());
    unsigned width = bits.getIntOrFloatBitWidth();
    auto number = [&](const APInt &value) -> Value {
      return arith::ConstantOp::create(b, b.getIntegerAttr(bits, value));
    };
    x = arith::AddFOp::create(b, cast(b, type, wide, x), scalar(b, wide, 0));
    Value nan = arith::CmpFOp::create(b, arith::CmpFPredicate::UNO, x, x);
    Value code = arith::BitcastOp::create(b, bits, x);
    Value sign = arith::ShRSIOp::create(b, code, number(APInt(width, width - 1)));
    code = arith::XOrIOp::create(b, code, arith::AndIOp::create(b, sign, number(APInt::getSignedMaxValue(width))));
    code = arith::SelectOp::create(b, nan, number(APInt::getSignedMaxValue(width)), code);
    key = width == 64 ? code : arith::ExtSIOp::create(b, i64, code).getResult();
  } else if (type.isUnsignedInteger(64)) {
    Value top = arith::ConstantOp::create(b, b.getIntegerAttr(i64, APInt::getSignedMinValue(64)));
    key = arith::XOrIOp::create(b, x, top);
  } else {
    key = cast(b, type, i64, x);
  }
  return smallest ? key : arith::XOrIOp::create(b, key, scalar(b, i64, -1)).getResult();
}

Value firstIndices(Context &context, Value input, const Shape &shape, int64_t axis, Dim k, bool smallest) {
  Type type = elementType(input);
  auto rank = static_cast<int64_t>(shape.size());
  SmallVector<int64_t> loops = axisLast(rank, axis);
  Shape rows(shape);
  for (auto [i, loop] : llvm::enumerate(loops))
    rows[loop] = shape[i];
  Value keys = context.map(rows, context.b.getI64Type(), {{input, loops}},
                           [&](Builder &b, ValueRange x) { return orderKey(b, type, x[0], smallest); });
  rows.back() = k;
  Value out = context.empty(rows, context.b.getI64Type());
  Value indices = kernel::TopKOp::create(context.b, out.getType(), keys, out);
  context.setShape(indices, rows);
  return axis + 1 == rank ? indices : context.transpose(indices, loops);
}

static LogicalResult lowerTopK(Context &context, TopKOp op) {
  Builder &b = context.b;
  Value input = context.lookup(op.getInput());
  Shape shape = context.shape(op.getInput()), target(shape);
  int64_t axis = op.getAxis();
  auto resultType = mlir::cast<RankedTensorType>(op.getValues().getType());
  if (!mlir::cast<mlir::RankedTensorType>(op.getK().getType()).hasStaticShape())
    return op.emitOpError("takes k from a tensor whose length is known only at run time; give it the shape [1]");
  target[axis] =
      resultType.isDynamicDim(axis) ? context.indexElement(op.getK()) : context.constant(resultType.getDimSize(axis));
  if (target[axis] != shape[axis] && !(Context::constantOf(target[axis]) && Context::constantOf(shape[axis]))) {
    Value k = context.materialize(target[axis]), size = context.materialize(shape[axis]);
    context.check(arith::CmpIOp::create(b, arith::CmpIPredicate::sle, k, size), "the %lld largest of %lld elements",
                  {k, size});
    context.check(arith::CmpIOp::create(b, arith::CmpIPredicate::sge, k, context.index(0)),
                  "the %lld largest of %lld elements", {k, size});
  }
  Value indices = firstIndices(context, input, shape, axis, target[axis], op.getSmallest());
  Value values = context.generate(target, elementType(input), [&](Builder &b, ValueRange at) {
    SmallVector<Value> from(at);
    from[axis] = arith::IndexCastOp::create(b, b.getIndexType(), element(b, indices, at));
    return element(b, input, from);
  });
  context.map(op.getValues(), values, target);
  context.map(op.getIndices(), indices, target);
  return success();
}

std::optional<LogicalResult> lowerOrder(Context &context, Operation *operation) {
  if (auto op = dyn_cast<CumSumOp>(operation))
    return lowerCumSum(context, op);
  if (auto op = dyn_cast<TopKOp>(operation))
    return lowerTopK(context, op);
  return std::nullopt;
}

} // namespace mlc::lowering
