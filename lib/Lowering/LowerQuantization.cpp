// Quantize, dequantize and the range of an activation: elementwise, with the design's one requantization.
#include "Graph/Constants.h"
#include "Lowering/Context.h"
#include "Lowering/ScalarMath.h"

using namespace mlir;
using namespace mlc::graph;

namespace mlc::lowering {

using Builder = ImplicitLocOpBuilder;

static Type elementType(Value value) { return mlir::cast<RankedTensorType>(value.getType()).getElementType(); }

// A scalar, or one element or as many as `axis` has: which of the two may be known only at run time.
static Context::Input parameter(Context &context, Value graphValue, ArrayRef<Dim> tensor, int64_t axis) {
  Value lowered = context.lookup(graphValue);
  const Shape &shape = context.shape(graphValue);
  if (shape.empty())
    return {lowered, {}};
  if (Context::constantOf(shape[0]) == 1)
    return {lowered, {-1}};
  if (shape[0] == tensor[axis] || Context::constantOf(shape[0]))
    return {lowered, {axis}};
  Shape column(tensor.size() - axis, context.constant(1));
  column[0] = shape[0];
  return context.broadcast(context.reshape(lowered, column), tensor);
}

// Clamp in float (NaN: the low end), round to nearest even, add the zero point as an integer.
static Value saturate(Builder &b, Value scaled, Value zeroPoint, Type type) {
  unsigned width = mlir::cast<IntegerType>(type).getWidth();
  bool u = type.isUnsignedInteger();
  double low = u ? 0 : -std::ldexp(1.0, width - 1),
         high = u ? std::ldexp(1.0, width) - 1 : std::ldexp(1.0, width - 1) - 1;
  Type f32 = b.getF32Type(), i32 = b.getI32Type();
  Value zero = cast(b, type, i32, zeroPoint);
  Value offset = arith::SIToFPOp::create(b, f32, zero);
  Value bottom = arith::SubFOp::create(b, scalar(b, f32, low), offset);
  Value top = arith::SubFOp::create(b, scalar(b, f32, high), offset);
  Value above = arith::CmpFOp::create(b, arith::CmpFPredicate::OGT, scaled, bottom);
  Value x = arith::SelectOp::create(b, above, scaled, bottom);
  Value below = arith::CmpFOp::create(b, arith::CmpFPredicate::OLT, x, top);
  x = arith::SelectOp::create(b, below, x, top);
  Value rounded = arith::FPToSIOp::create(b, i32, math::RoundEvenOp::create(b, x));
  Value result = arith::AddIOp::create(b, rounded, zero);
  if (isNarrow(dtypeOf(type)))
    return cast(b, i32, type, result);
  return width < 32 ? arith::TruncIOp::create(b, b.getIntegerType(width), result).getResult() : result;
}

// What each element of a quantized tensor meets: itself, its scale and its zero point, by the layout of the op. Scales
// of blocks have the tensor's dimensions, with one element for `block` of them along the axis.
template <typename Op, typename Compute>
static Value mapWithParameters(Context &context, Op op, Type resultType, Compute compute) {
  Shape shape = context.shape(op.getInput());
  Value input = context.lookup(op.getInput());
  int64_t axis = op.getAxis(), block = op.getBlock();
  if (block == 0)
    return context.map(shape, resultType,
                       {context.broadcast(input, shape), parameter(context, op.getScale(), shape, axis),
                        parameter(context, op.getZeroPoint(), shape, axis)},
                       [&](Builder &b, ValueRange x) { return compute(b, x[0], x[1], x[2]); });
  Value scale = context.lookup(op.getScale()), zeroPoint = context.lookup(op.getZeroPoint());
  return context.generate(shape, resultType, [&](Builder &b, ValueRange at) {
    SmallVector<Value> of(at);
    Value size = arith::ConstantIndexOp::create(b, b.getLoc(), block);
    of[axis] = arith::DivUIOp::create(b, at[axis], size);
    return compute(b, element(b, input, at), element(b, scale, of), element(b, zeroPoint, of));
  });
}

static bool isQuantized(Type type, unsigned most) {
  return isNarrow(dtypeOf(type)) || (isa<IntegerType>(type) && type.getIntOrFloatBitWidth() <= most);
}

static LogicalResult lowerQuantize(Context &context, QuantizeOp op) {
  Type from = elementType(context.lookup(op.getInput())), to = elementType(op.getZeroPoint());
  if (!isQuantized(to, 16))
    return op.emitOpError("is supported to float8, float4 and integers of up to 16 bits");
  Value result = mapWithParameters(context, op, to, [&](Builder &b, Value x, Value step, Value zeroPoint) {
    Type f32 = b.getF32Type();
    Value value = cast(b, from, f32, x), scale = cast(b, elementType(op.getScale()), f32, step);
    Value scaled = op->hasAttr("reciprocal")
                       ? arith::MulFOp::create(b, value, arith::DivFOp::create(b, scalar(b, f32, 1), scale)).getResult()
                       : arith::DivFOp::create(b, value, scale).getResult();
    if (isa<IntegerType>(to))
      return saturate(b, scaled, zeroPoint, to);
    return cast(b, f32, to, arith::AddFOp::create(b, scaled, cast(b, to, f32, zeroPoint)), !op.getUnsaturated());
  });
  context.map(op, result, context.shape(op.getInput()));
  return success();
}

static LogicalResult lowerDequantize(Context &context, DequantizeOp op) {
  Type from = elementType(context.lookup(op.getInput())), to = elementType(op.getScale());
  if (!isQuantized(from, 32))
    return op.emitOpError("is supported from float8, float4 and integers of up to 32 bits");
  Value result = mapWithParameters(context, op, to, [&](Builder &b, Value x, Value step, Value zeroPoint) {
    Type f32 = b.getF32Type(), i32 = b.getI32Type();
    Value value;
    if (isa<IntegerType>(from))
      value = arith::SIToFPOp::create(b, f32,
                                      arith::SubIOp::create(b, cast(b, from, i32, x), cast(b, from, i32, zeroPoint)));
    else
      value = arith::SubFOp::create(b, cast(b, from, f32, x), cast(b, from, f32, zeroPoint));
    Value scale = cast(b, to, f32, step);
    return cast(b, f32, to, arith::MulFOp::create(b, value, scale));
  });
  context.map(op, result, context.shape(op.getInput()));
  return success();
}

// ONNX DynamicQuantizeLinear: the range is widened to hold 0.
static LogicalResult lowerDynamicRange(Context &context, DynamicRangeOp op) {
  Builder &b = context.b;
  Value input = context.lookup(op.getInput());
  Shape shape = context.shape(op.getInput());
  if (!elementType(input).isF32())
    return op.emitOpError("is supported for float32");
  SmallVector<int64_t> all = llvm::to_vector(llvm::seq<int64_t>(0, shape.size()));
  auto extreme = [&](BinaryKind kind) {
    if (all.empty())
      return input;
    return context.reduce(shape, {{input, all}}, all, b.getF32FloatAttr(0),
                          [&](Builder &inner, ValueRange x, ValueRange, Value acc) {
                            return binary(inner, kind, inner.getF32Type(), acc, x[0]);
                          });
  };
  Value low = extreme(BinaryKind::Min), high = extreme(BinaryKind::Max);
  Type f32 = b.getF32Type(), u8 = b.getIntegerType(8, false);
  Value scale = context.map({}, f32, {{low, {}}, {high, {}}}, [&](Builder &inner, ValueRange x) -> Value {
    Value range = arith::DivFOp::create(inner, arith::SubFOp::create(inner, x[1], x[0]), scalar(inner, f32, 255));
    // All zeros: any scale is right, but 0 would divide by zero.
    Value none = arith::CmpFOp::create(inner, arith::CmpFPredicate::OEQ, range, scalar(inner, f32, 0));
    return arith::SelectOp::create(inner, none, scalar(inner, f32, 1), range);
  });
  Value zero = context.map({}, u8, {{low, {}}, {scale, {}}}, [&](Builder &inner, ValueRange x) {
    Value at = arith::DivFOp::create(inner, arith::SubFOp::create(inner, scalar(inner, f32, 0), x[0]), x[1]);
    return saturate(inner, at, scalar(inner, inner.getI8Type(), 0), u8);
  });
  context.map(op.getScale(), scale, {});
  context.map(op.getZeroPoint(), zero, {});
  return success();
}

std::optional<LogicalResult> lowerQuantization(Context &context, Operation *operation) {
  if (auto op = dyn_cast<QuantizeOp>(operation))
    return lowerQuantize(context, op);
  if (auto op = dyn_cast<DequantizeOp>(operation))
    return lowerDequantize(context, op);
  if (auto op = dyn_cast<DynamicRangeOp>(operation))
    return lowerDynamicRange(context, op);
  return std::nullopt;
}

} // namespace mlc::lowering
