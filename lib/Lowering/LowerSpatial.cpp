// Windows and resampling.
#include "Graph/Constants.h"
#include "Lowering/PlainWindows.h"
#include "Lowering/ScalarMath.h"

using namespace mlir;
using namespace mlc::graph;

namespace mlc::lowering {

using Builder = ImplicitLocOpBuilder;

static Type elementType(Value value) { return mlir::cast<RankedTensorType>(value.getType()).getElementType(); }

// ---- pooling ---------------------------------------------------------------------------------

static Dim pooledSize(Context &context, Dim input, int64_t kernel, int64_t stride, int64_t before, int64_t after,
                      int64_t dilation, bool ceilMode) {
  Dim span = context.simplify(input + (before + after - (kernel - 1) * dilation - 1));
  if (!ceilMode)
    return context.simplify(span.floorDiv(stride) + 1);
  // A window that would start in the end padding is dropped.
  Value size = context.materialize(context.simplify(span.ceilDiv(stride) + 1));
  Value lastStart = context.materialize(context.simplify(span.ceilDiv(stride) * stride));
  Value limit = context.materialize(context.simplify(input + before));
  Value dropped = arith::CmpIOp::create(context.b, arith::CmpIPredicate::sge, lastStart, limit);
  Value less = arith::SubIOp::create(context.b, size, context.index(1));
  return context.symbol(arith::SelectOp::create(context.b, dropped, less, size));
}

static LogicalResult lowerPool(Context &context, PoolOp op) {
  Builder &b = context.b;
  size_t spatial = op.getKernel().size();
  Value input = context.lookup(op.getInput());
  Type type = elementType(input);
  if (spatial > 2 || (!type.isF32() && !(op.getKind() == PoolKind::Max && isa<IntegerType>(type)))) {
    Shape own = context.shape(op.getInput());
    auto result = mlir::cast<RankedTensorType>(op.getType()).getShape();
    size_t first = op.getChannelsLast() ? 1 : 2;
    SmallVector<Dim> sizes;
    for (size_t i = 0; i < spatial; ++i)
      sizes.push_back(ShapedType::isDynamic(result[first + i])
                          ? pooledSize(context, own[first + i], op.getKernel()[i], op.getStrides()[i], op.getPads()[i],
                                       op.getPads()[i + spatial], op.getDilations()[i], op.getCeilMode())
                          : context.constant(result[first + i]));
    lowerPlainPool(context, op, sizes);
    return success();
  }
  Shape shape = context.shape(input);
  if (!op.getChannelsLast()) {
    SmallVector<int64_t> perm{0};
    for (size_t i = 2; i < shape.size(); ++i)
      perm.push_back(i);
    perm.push_back(1);
    input = context.transpose(input, perm);
    shape = context.shape(input);
  }
  if (spatial == 1) {
    input = context.reshape(input, {shape[0], context.constant(1), shape[1], shape[2]});
    shape = context.shape(input);
  }
  auto widen = [&](ArrayRef<int64_t> values, int64_t fill) {
    SmallVector<int64_t> result(values);
    if (spatial == 1)
      result.insert(result.begin(), fill);
    return result;
  };
  SmallVector<int64_t> kernelSize = widen(op.getKernel(), 1), strides = widen(op.getStrides(), 1),
                       dilations = widen(op.getDilations(), 1), before = widen(op.getPads().take_front(spatial), 0),
                       after = widen(op.getPads().drop_front(spatial), 0);
  SmallVector<int64_t> pads{before[0], before[1], after[0], after[1]};
  Shape target{shape[0]};
  auto resultShape = mlir::cast<RankedTensorType>(op.getType()).getShape();
  size_t first = op.getChannelsLast() ? 1 : 2;
  for (int i = 0; i < 2; ++i) {
    int64_t known = spatial == 2 ? resultShape[first + i] : i == 0 ? 1 : resultShape[first];
    target.push_back(ShapedType::isDynamic(known) ? pooledSize(context, shape[i + 1], kernelSize[i], strides[i],
                                                               before[i], after[i], dilations[i], op.getCeilMode())
                                                  : context.constant(known));
  }
  target.push_back(shape[3]);
  Value out = context.empty(target, type);
  Value result = kernel::PoolOp::create(
      b, out.getType(), input, out, b.getStringAttr(op.getKind() == PoolKind::Max ? "max" : "average"),
      b.getDenseI64ArrayAttr(kernelSize), b.getDenseI64ArrayAttr(strides), b.getDenseI64ArrayAttr(pads),
      b.getDenseI64ArrayAttr(dilations), op.getCountIncludePadAttr());
  context.setShape(result, target);
  if (spatial == 1)
    result = context.reshape(result, {target[0], target[2], target[3]});
  if (!op.getChannelsLast()) {
    SmallVector<int64_t> perm{0, static_cast<int64_t>(spatial) + 1};
    for (size_t i = 1; i <= spatial; ++i)
      perm.push_back(i);
    result = context.transpose(result, perm);
  }
  context.map(op, result, Shape(context.shape(result)));
  return success();
}

// ---- resize ----------------------------------------------------------------------------------

namespace {
// A place of the input that contributes to an output element, along one axis.
struct Tap {
  Value place;  // index
  Value weight; // f32; null: 1
};
struct ResizedAxis {
  int64_t axis;
  Value inputSize, outputSize; // index
  Value scale;                 // f32, as the model gives it; null: output size / input size
};
} // namespace

static Value constantF32(Builder &b, double value) { return scalar(b, b.getF32Type(), value); }
static Value toF32(Builder &b, Value index) {
  return arith::SIToFPOp::create(b, b.getF32Type(), arith::IndexCastOp::create(b, b.getI32Type(), index));
}
static Value toIndex(Builder &b, Value x) {
  return arith::IndexCastOp::create(b, b.getIndexType(), arith::FPToSIOp::create(b, b.getI32Type(), x));
}

// x / scale. Without a given scale by the sizes themselves: the quotient of their quotient misses exact ties.
static Value unscale(Builder &b, const ResizedAxis &axis, Value x) {
  if (axis.scale)
    return arith::DivFOp::create(b, x, axis.scale);
  return arith::DivFOp::create(b, arith::MulFOp::create(b, x, toF32(b, axis.inputSize)), toF32(b, axis.outputSize));
}

// The input coordinate of output position `i`, in f32 as the specification's formulas.
static Value sourceCoordinate(Builder &b, CoordinateMode mode, const ResizedAxis &axis, Value i) {
  Value x = toF32(b, i), half = constantF32(b, 0.5);
  auto halfPixel = [&]() -> Value {
    return arith::SubFOp::create(b, unscale(b, axis, arith::AddFOp::create(b, x, half)), half);
  };
  Value one = arith::ConstantIndexOp::create(b, b.getLoc(), 1);
  switch (mode) {
  case CoordinateMode::HalfPixel:
    return halfPixel();
  case CoordinateMode::Asymmetric:
    return unscale(b, axis, x);
  case CoordinateMode::PytorchHalfPixel: {
    Value several = arith::CmpIOp::create(b, arith::CmpIPredicate::sgt, axis.outputSize, one);
    return arith::SelectOp::create(b, several, halfPixel(), constantF32(b, 0));
  }
  case CoordinateMode::AlignCorners: {
    Value several = arith::CmpIOp::create(b, arith::CmpIPredicate::sgt, axis.outputSize, one);
    Value from = toF32(b, arith::SubIOp::create(b, axis.inputSize, one));
    // A given scale names the length before it was rounded down.
    Value length = axis.scale ? arith::MulFOp::create(b, toF32(b, axis.inputSize), axis.scale).getResult()
                              : toF32(b, axis.outputSize);
    Value to = arith::SubFOp::create(b, length, constantF32(b, 1));
    Value at = arith::DivFOp::create(b, arith::MulFOp::create(b, x, from), to);
    return arith::SelectOp::create(b, several, at, constantF32(b, 0));
  }
  case CoordinateMode::HalfPixelSymmetric: {
    // The output size that the scale asks for may not be whole; the rest is shared by both sides.
    Value exact = axis.scale ? arith::MulFOp::create(b, toF32(b, axis.inputSize), axis.scale).getResult()
                             : toF32(b, axis.outputSize);
    Value adjustment = arith::DivFOp::create(b, toF32(b, axis.outputSize), exact);
    Value centre = arith::MulFOp::create(b, toF32(b, axis.inputSize), half);
    Value offset = arith::MulFOp::create(b, centre, arith::SubFOp::create(b, constantF32(b, 1), adjustment));
    return arith::AddFOp::create(b, offset, halfPixel());
  }
  }
  llvm_unreachable("a coordinate mode");
}

static Value clampPlace(Builder &b, Value place, Value size) {
  Value zero = arith::ConstantIndexOp::create(b, b.getLoc(), 0), one = arith::ConstantIndexOp::create(b, b.getLoc(), 1);
  return arith::MinSIOp::create(b, arith::MaxSIOp::create(b, place, zero), arith::SubIOp::create(b, size, one));
}

static Value nearestPlace(Builder &b, NearestMode mode, Value x) {
  Value half = constantF32(b, 0.5);
  switch (mode) {
  case NearestMode::RoundPreferFloor:
    return math::CeilOp::create(b, arith::SubFOp::create(b, x, half));
  case NearestMode::RoundPreferCeil:
    return math::FloorOp::create(b, arith::AddFOp::create(b, x, half));
  case NearestMode::Floor:
    return math::FloorOp::create(b, x);
  case NearestMode::Ceil:
    return math::CeilOp::create(b, x);
  }
  llvm_unreachable("a nearest mode");
}

// Keys' kernel with parameter a (IEEE TASSP 29, 1981): weights of the four places around a fraction t.
static std::array<Value, 4> cubicWeights(Builder &b, Value t, double a) {
  auto polynomial = [&](Value d, double c3, double c2, double c1, double c0) -> Value {
    Value r = constantF32(b, c3);
    for (double c : {c2, c1, c0})
      r = arith::AddFOp::create(b, arith::MulFOp::create(b, r, d), constantF32(b, c));
    return r;
  };
  Value one = constantF32(b, 1);
  Value far = arith::AddFOp::create(b, t, one), back = arith::SubFOp::create(b, one, t);
  Value farBack = arith::AddFOp::create(b, back, one);
  return {polynomial(far, a, -5 * a, 8 * a, -4 * a), polynomial(t, a + 2, -(a + 3), 0, 1),
          polynomial(back, a + 2, -(a + 3), 0, 1), polynomial(farBack, a, -5 * a, 8 * a, -4 * a)};
}

static SmallVector<Tap> taps(Builder &b, ResizeOp op, const ResizedAxis &axis, Value i) {
  Value x = sourceCoordinate(b, op.getCoordinates(), axis, i);
  Value zero = constantF32(b, 0), one = arith::ConstantIndexOp::create(b, b.getLoc(), 1);
  if (op.getMode() == ResizeMode::Nearest)
    return {{clampPlace(b, toIndex(b, nearestPlace(b, op.getNearest(), x)), axis.inputSize), nullptr}};
  if (op.getMode() == ResizeMode::Linear) {
    Value last = toF32(b, arith::SubIOp::create(b, axis.inputSize, one));
    x = arith::MinimumFOp::create(b, arith::MaximumFOp::create(b, x, zero), last);
    Value low = toIndex(b, math::FloorOp::create(b, x));
    Value high = clampPlace(b, arith::AddIOp::create(b, low, one), axis.inputSize);
    Value weight = arith::SubFOp::create(b, x, toF32(b, low));
    return {{low, arith::SubFOp::create(b, constantF32(b, 1), weight)}, {high, weight}};
  }
  Value floor = math::FloorOp::create(b, x);
  Value base = toIndex(b, floor);
  auto weights = cubicWeights(b, arith::SubFOp::create(b, x, floor), op.getCubicCoefficient().convertToFloat());
  SmallVector<Tap> result;
  Value total = zero;
  for (int k = 0; k < 4; ++k) {
    Value place = arith::AddIOp::create(b, base, arith::ConstantIndexOp::create(b, b.getLoc(), k - 1));
    Value inside = clampPlace(b, place, axis.inputSize);
    Value weight = weights[k];
    if (op.getExcludeOutside()) {
      Value here = arith::CmpIOp::create(b, arith::CmpIPredicate::eq, place, inside);
      weight = arith::SelectOp::create(b, here, weight, zero);
      total = arith::AddFOp::create(b, total, weight);
    }
    result.push_back({inside, weight});
  }
  if (op.getExcludeOutside())
    for (Tap &tap : result)
      tap.weight = arith::DivFOp::create(b, tap.weight, total);
  return result;
}

static LogicalResult lowerResize(Context &context, ResizeOp op) {
  Builder &b = context.b;
  Value input = context.lookup(op.getInput());
  Type type = elementType(input);
  Shape shape = context.shape(op.getInput()), target(shape);
  SmallVector<Dim> sizes = context.indexElements(op.getSizes());
  auto resultType = mlir::cast<RankedTensorType>(op.getType());
  std::optional<Tensor> scales = op.getScales() ? constantTensor(op.getScales()) : std::nullopt;
  SmallVector<ResizedAxis> axes;
  for (auto [i, axis] : llvm::enumerate(op.getAxes())) {
    target[axis] = resultType.isDynamicDim(axis) ? sizes[i] : context.constant(resultType.getDimSize(axis));
    if (target[axis] == shape[axis] && (!scales || scales->data<float>()[i] == 1.0f))
      continue;
    ResizedAxis a{axis, context.materialize(shape[axis]), context.materialize(target[axis]), nullptr};
    if (scales)
      a.scale = constantF32(b, scales->data<float>()[i]);
    else if (op.getScales())
      a.scale = tensor::ExtractOp::create(b, context.lookup(op.getScales()), context.index(i));
    axes.push_back(a);
  }
  for (const ResizedAxis &axis : axes)
    context.requireEntries(shape[axis.axis], target);
  bool interpolates = op.getMode() != ResizeMode::Nearest;
  Value result = context.generate(target, type, [&](Builder &inner, ValueRange at) -> Value {
    SmallVector<SmallVector<Tap>> along;
    for (const ResizedAxis &axis : axes)
      along.push_back(taps(inner, op, axis, at[axis.axis]));
    // The weighted sum over all combinations of taps, first axis outermost.
    std::function<Value(size_t, SmallVector<Value>)> sum = [&](size_t depth, SmallVector<Value> place) -> Value {
      if (depth == axes.size()) {
        Value value = element(inner, input, place);
        return interpolates ? cast(inner, type, inner.getF32Type(), value) : value;
      }
      Value total;
      for (const Tap &tap : along[depth]) {
        place[axes[depth].axis] = tap.place;
        Value part = sum(depth + 1, place);
        if (tap.weight)
          part = arith::MulFOp::create(inner, part, tap.weight);
        total = total ? arith::AddFOp::create(inner, total, part).getResult() : part;
      }
      return total;
    };
    Value value = sum(0, SmallVector<Value>(at));
    return interpolates ? cast(inner, inner.getF32Type(), type, value) : value;
  });
  context.map(op, result, target);
  return success();
}

std::optional<LogicalResult> lowerSpatial(Context &context, Operation *operation) {
  if (auto op = dyn_cast<PoolOp>(operation))
    return lowerPool(context, op);
  if (auto op = dyn_cast<ResizeOp>(operation))
    return lowerResize(context, op);
  return std::nullopt;
}

} // namespace mlc::lowering
