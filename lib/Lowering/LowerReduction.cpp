// Reductions and normalisations.
#include "Graph/Constants.h"
#include "Lowering/Context.h"
#include "Lowering/ScalarMath.h"

#include <limits>

using namespace mlir;
using namespace mlc::graph;

namespace mlc::lowering {

using Builder = ImplicitLocOpBuilder;

static Type elementType(Value value) { return mlir::cast<RankedTensorType>(value.getType()).getElementType(); }

static Value mapOne(Context &context, Value lowered, Type to, function_ref<Value(Builder &, Value)> body) {
  Shape shape = context.shape(lowered);
  return context.map(shape, to, {context.broadcast(lowered, shape)},
                     [&](Builder &b, ValueRange x) { return body(b, x[0]); });
}

static Value convert(Context &context, Value lowered, Type to) {
  Type from = elementType(lowered);
  if (from == to)
    return lowered;
  return mapOne(context, lowered, to, [&](Builder &b, Value x) { return cast(b, from, to, x); });
}

static SmallVector<int64_t> allLoops(size_t rank) { return llvm::to_vector(llvm::seq<int64_t>(0, rank)); }

static TypedAttr limit(Builder &b, Type type, bool top) {
  if (auto floating = dyn_cast<FloatType>(type)) {
    double infinity = std::numeric_limits<double>::infinity();
    return b.getFloatAttr(floating, top ? infinity : -infinity);
  }
  unsigned width = mlir::cast<IntegerType>(type).getWidth();
  bool u = type.isUnsignedInteger() || width == 1;
  APInt bits = u ? (top ? APInt::getMaxValue(width) : APInt::getMinValue(width))
                 : (top ? APInt::getSignedMaxValue(width) : APInt::getSignedMinValue(width));
  return b.getIntegerAttr(b.getIntegerType(width), bits);
}

static Value withKeptDims(Context &context, Value reduced, const Shape &input, ArrayRef<int64_t> axes) {
  Shape target(input);
  for (int64_t axis : axes)
    target[axis] = context.constant(1);
  return context.reshape(reduced, target);
}

// Reduces in the type that the result needs: float16 and bfloat16 in f32.
static Value reduceValue(Context &context, ReduceKind kind, Value lowered, ArrayRef<int64_t> axes) {
  Builder &b = context.b;
  Type type = elementType(lowered), compute = type;
  if (type.isF16() || type.isBF16())
    compute = b.getF32Type();
  Shape shape = context.shape(lowered);
  BinaryKind combine = BinaryKind::Add;
  TypedAttr identity;
  Type signless = isa<IntegerType>(compute) ? Type(b.getIntegerType(compute.getIntOrFloatBitWidth())) : compute;
  switch (kind) {
  case ReduceKind::Sum:
  case ReduceKind::Mean:
    identity = b.getZeroAttr(signless);
    break;
  case ReduceKind::Prod:
    combine = BinaryKind::Mul;
    identity = b.getOneAttr(signless);
    break;
  case ReduceKind::Min:
    combine = BinaryKind::Min;
    identity = limit(b, compute, true);
    break;
  case ReduceKind::Max:
    combine = BinaryKind::Max;
    identity = limit(b, compute, false);
    break;
  }
  Value result = context.reduce(shape, {{lowered, allLoops(shape.size())}}, axes, identity,
                                [&](Builder &inner, ValueRange x, ValueRange, Value acc) {
                                  return binary(inner, combine, compute, acc, cast(inner, type, compute, x[0]));
                                });
  if (kind == ReduceKind::Mean) {
    SmallVector<Dim> reduced;
    for (int64_t axis : axes)
      reduced.push_back(shape[axis]);
    Value count = context.materialize(context.product(reduced));
    Type memory = elementType(result);
    result = mapOne(context, result, memory, [&](Builder &inner, Value x) -> Value {
      Value n = arith::IndexCastOp::create(inner, inner.getI64Type(), count);
      return binary(inner, BinaryKind::Div, compute, x, cast(inner, inner.getI64Type(), compute, n));
    });
  }
  if (elementType(result) == type)
    return result;
  Type memory = elementType(result);
  return mapOne(context, result, type,
                [&](Builder &inner, Value x) { return isa<IntegerType>(type) ? x : cast(inner, memory, type, x); });
}

static LogicalResult lowerReduce(Context &context, ReduceOp op) {
  Value input = context.lookup(op.getInput());
  Shape shape = context.shape(op.getInput());
  if (op.getAxes().empty()) {
    context.map(op, input, shape);
    return success();
  }
  Value result = reduceValue(context, op.getKind(), input, op.getAxes());
  if (op.getKeepdims())
    result = withKeptDims(context, result, shape, op.getAxes());
  context.map(op, result, Shape(context.shape(result)));
  return success();
}

// The extreme value first, then the smallest (or largest) index where it stands.
static LogicalResult lowerArgReduce(Context &context, ArgReduceOp op) {
  Builder &b = context.b;
  int64_t axis = op.getAxis();
  Value input = context.lookup(op.getInput());
  Shape shape = context.shape(op.getInput());
  Type type = elementType(input);
  ReduceKind kind = op.getKind() == ArgReduceKind::Max ? ReduceKind::Max : ReduceKind::Min;
  Value extreme = reduceValue(context, kind, input, {axis});
  SmallVector<int64_t> outer;
  for (int64_t i = 0; i < static_cast<int64_t>(shape.size()); ++i)
    if (i != axis)
      outer.push_back(i);
  bool last = op.getSelectLast();
  TypedAttr identity = limit(b, b.getI64Type(), !last);
  Value result = context.reduce(
      shape, {{input, allLoops(shape.size())}, {extreme, outer}}, {axis}, identity,
      [&](Builder &inner, ValueRange x, ValueRange indices, Value acc) -> Value {
        Value same = compare(inner, CompareKind::Eq, type, x[0], x[1]);
        Value at = arith::IndexCastOp::create(inner, inner.getI64Type(), indices[axis]);
        Value candidate = arith::SelectOp::create(inner, same, at, arith::ConstantOp::create(inner, identity));
        return binary(inner, last ? BinaryKind::Max : BinaryKind::Min, inner.getI64Type(), acc, candidate);
      });
  // No element equals NaN: the first place, then.
  result = mapOne(context, result, b.getI64Type(), [&](Builder &inner, Value x) -> Value {
    Value none = arith::CmpIOp::create(inner, arith::CmpIPredicate::eq, x, arith::ConstantOp::create(inner, identity));
    return arith::SelectOp::create(inner, none, scalar(inner, inner.getI64Type(), 0), x);
  });
  if (op.getKeepdims())
    result = withKeptDims(context, result, shape, {axis});
  context.map(op, result, Shape(context.shape(result)));
  return success();
}

static LogicalResult lowerSoftmax(Context &context, SoftmaxOp op) {
  Builder &b = context.b;
  Value input = context.lookup(op.getInput());
  Type type = elementType(input);
  if (type.isF64()) {
    Shape shape = context.shape(op.getInput());
    SmallVector<int64_t> axes{static_cast<int64_t>(op.getAxis())};
    auto with = [&](Value x, Value perRow, BinaryKind kind) {
      return context.map(
          shape, type,
          {context.broadcast(x, shape), context.broadcast(withKeptDims(context, perRow, shape, axes), shape)},
          [&](Builder &inner, ValueRange v) { return binary(inner, kind, type, v[0], v[1]); });
    };
    auto one = [&](Value x, UnaryKind kind) {
      return mapOne(context, x, type, [&](Builder &inner, Value v) { return unary(inner, kind, type, v, 0, 0); });
    };
    Value shifted = with(input, reduceValue(context, ReduceKind::Max, input, axes), BinaryKind::Sub);
    Value exponentials = one(shifted, UnaryKind::Exp), sum = reduceValue(context, ReduceKind::Sum, exponentials, axes);
    Value result = op.getLog() ? with(shifted, one(sum, UnaryKind::Log), BinaryKind::Sub)
                               : with(exponentials, sum, BinaryKind::Div);
    context.map(op, result, shape);
    return success();
  }
  Value x = convert(context, input, b.getF32Type());
  // The kernel works along the last dimension.
  int64_t rank = context.shape(x).size(), axis = op.getAxis();
  SmallVector<int64_t> perm = allLoops(rank), inverse(rank);
  perm.erase(perm.begin() + axis);
  perm.push_back(axis);
  for (int64_t i = 0; i < rank; ++i)
    inverse[perm[i]] = i;
  x = context.transpose(x, perm);
  Shape shape = context.shape(x);
  Value out = context.empty(shape, b.getF32Type());
  Value result = kernel::SoftmaxOp::create(b, out.getType(), x, out, op.getLog());
  context.setShape(result, shape);
  result = convert(context, context.transpose(result, inverse), type);
  context.map(op, result, Shape(context.shape(result)));
  return success();
}

static LogicalResult lowerLayerNorm(Context &context, LayerNormOp op) {
  Builder &b = context.b;
  Value input = context.lookup(op.getInput());
  Type type = elementType(input);
  Shape shape = context.shape(op.getInput());
  int64_t axis = op.getAxis();
  Shape outer(shape.begin(), shape.begin() + axis), inner(shape.begin() + axis, shape.end());
  Dim width = context.product(inner);
  Type f32 = b.getF32Type();
  auto parameter = [&](Value graphValue) -> FailureOr<Value> {
    Value lowered = convert(context, context.lookup(graphValue), f32);
    // Broadcast to the normalised dimensions, then flat.
    Shape own = context.shape(lowered);
    while (own.size() > inner.size() && Context::constantOf(own.front()) == 1)
      own.erase(own.begin());
    if (own.size() > inner.size())
      return op.emitOpError("takes scale and bias of the normalised dimensions only");
    lowered = context.reshape(lowered, own);
    if (ArrayRef<Dim>(own) != ArrayRef<Dim>(inner))
      lowered =
          context.map(inner, f32, {context.broadcast(lowered, inner)}, [](Builder &, ValueRange x) { return x[0]; });
    return context.reshape(lowered, {width});
  };
  if (type.isF64())
    return op.emitOpError("is supported for float32, float16 and bfloat16");
  auto scale = parameter(op.getScale());
  if (failed(scale))
    return failure();
  Value bias;
  if (op.getBias()) {
    auto lowered = parameter(op.getBias());
    if (failed(lowered))
      return failure();
    bias = *lowered;
  }
  Shape flat(outer);
  flat.push_back(width);
  Value x = context.reshape(convert(context, input, f32), flat);
  Value out = context.empty(flat, f32);
  Value result =
      kernel::LayerNormOp::create(b, out.getType(), x, *scale, bias, out, op.getEpsilonAttr(), op.getRmsAttr());
  context.setShape(result, flat);
  result = convert(context, context.reshape(result, shape), type);
  context.map(op, result, shape);
  return success();
}

std::optional<LogicalResult> lowerReduction(Context &context, Operation *operation) {
  if (auto op = dyn_cast<ReduceOp>(operation))
    return lowerReduce(context, op);
  if (auto op = dyn_cast<ArgReduceOp>(operation))
    return lowerArgReduce(context, op);
  if (auto op = dyn_cast<SoftmaxOp>(operation))
    return lowerSoftmax(context, op);
  if (auto op = dyn_cast<LayerNormOp>(operation))
    return lowerLayerNorm(context, op);
  return std::nullopt;
}

} // namespace mlc::lowering
