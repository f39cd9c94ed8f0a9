// Convolutions and pooling for what the structured kernels do not take: three spatial dimensions, weights that a run
// computes, element types without a contraction row. One reduction each, of any number of dimensions.
#include "Lowering/PlainWindows.h"
#include "Graph/Constants.h"
#include "Lowering/ScalarMath.h"

using namespace mlir;
using namespace mlc::graph;

namespace mlc::lowering {

using Builder = ImplicitLocOpBuilder;

static Type elementType(Value value) { return mlir::cast<RankedTensorType>(value.getType()).getElementType(); }

// What sums and products of this type are computed in.
static Type computeType(Builder &b, Type type) { return type.isF16() || type.isBF16() ? Type(b.getF32Type()) : type; }

static Value number(Builder &b, int64_t value) { return arith::ConstantIndexOp::create(b, b.getLoc(), value); }

static Value convert(Context &context, Value lowered, Type from, Type to) {
  if (from == to)
    return lowered;
  Shape shape = context.shape(lowered);
  return context.map(shape, to, {context.broadcast(lowered, shape)},
                     [&](Builder &b, ValueRange x) { return cast(b, from, to, x[0]); });
}

// [N, C, spatial…] from [N, spatial…, C], and back.
static Value channelsFirst(Context &context, Value lowered, bool channelsLast) {
  if (!channelsLast)
    return lowered;
  int64_t rank = context.shape(lowered).size();
  SmallVector<int64_t> perm{0, rank - 1};
  for (int64_t i = 1; i + 1 < rank; ++i)
    perm.push_back(i);
  return context.transpose(lowered, perm);
}
static Value asBefore(Context &context, Value lowered, bool channelsLast) {
  if (!channelsLast)
    return lowered;
  SmallVector<int64_t> perm{0};
  for (int64_t i = 2, rank = context.shape(lowered).size(); i < rank; ++i)
    perm.push_back(i);
  perm.push_back(1);
  return context.transpose(lowered, perm);
}

// `place` brought into [0, size), and whether it was there.
static std::pair<Value, Value> inside(Builder &b, Value place, Value size) {
  Value last = arith::SubIOp::create(b, size, number(b, 1));
  Value near = arith::MinSIOp::create(b, arith::MaxSIOp::create(b, place, number(b, 0)), last);
  return {near, arith::CmpIOp::create(b, arith::CmpIPredicate::eq, near, place)};
}

static Value both(Builder &b, Value x, Value y) { return x ? arith::AndIOp::create(b, x, y).getResult() : y; }

static Value addTo(Builder &b, Value acc, Value term) {
  if (isa<FloatType>(acc.getType()))
    return arith::AddFOp::create(b, acc, term);
  return arith::AddIOp::create(b, acc, term);
}

static Value product(Builder &b, Value x, Value y) {
  if (isa<FloatType>(x.getType()))
    return arith::MulFOp::create(b, x, y);
  return arith::MulIOp::create(b, x, y);
}

// out[n, g, m, o…] = Σ over c, k… of term(input element, weight), where `weights` is [g, M/g, C/g, k…] and `place`
// gives the input's place along a spatial axis for an output position and a tap, and whether there is one.
using Place = function_ref<std::pair<Value, Value>(Builder &, size_t axis, Value at, Value tap)>;
static Value windows(Context &context, Value input, Value weights, ArrayRef<Dim> spatial, Type accumulator, Place place,
                     function_ref<Value(Builder &, Value x, Value w)> term) {
  Shape weightShape = context.shape(weights), inputShape = context.shape(input);
  size_t n = spatial.size();
  Shape loops{inputShape[0], weightShape[0], weightShape[1]};
  loops.append(spatial.begin(), spatial.end());
  loops.append(weightShape.begin() + 2, weightShape.end());
  Context::Input weight{weights, {1, 2}};
  SmallVector<int64_t> axes;
  for (size_t i = 0; i <= n; ++i) {
    weight.loops.push_back(3 + n + i);
    axes.push_back(3 + n + i);
  }
  Value channels = context.materialize(weightShape[2]);
  return context.reduce(loops, {weight}, axes, mlir::cast<TypedAttr>(context.b.getZeroAttr(accumulator)),
                        [&](Builder &b, ValueRange x, ValueRange at, Value acc) {
                          Value channel =
                              arith::AddIOp::create(b, arith::MulIOp::create(b, at[1], channels), at[3 + n]);
                          SmallVector<Value> from{at[0], channel};
                          Value valid;
                          for (size_t i = 0; i < n; ++i) {
                            auto [where, is] = place(b, i, at[3 + i], at[4 + n + i]);
                            from.push_back(where);
                            valid = both(b, valid, is);
                          }
                          Value sum = term(b, element(b, input, from), x[0]);
                          return addTo(b, acc, arith::SelectOp::create(b, valid, sum, scalar(b, accumulator, 0)));
                        });
}

// [N, g, M/g, o…] to [N, M, o…], with the bias, in the result's type.
static Value finished(Context &context, Value sums, Value bias, Type type) {
  Shape shape = context.shape(sums);
  Shape merged{shape[0], context.product({shape[1], shape[2]})};
  merged.append(shape.begin() + 3, shape.end());
  Value result = context.reshape(sums, merged);
  Type accumulator = elementType(result);
  if (!bias)
    return convert(context, result, accumulator, type);
  Type biasType = elementType(bias);
  return context.map(merged, type, {context.broadcast(result, merged), {bias, {1}}}, [&](Builder &b, ValueRange x) {
    return cast(b, accumulator, type, addTo(b, x[0], cast(b, biasType, accumulator, x[1])));
  });
}

static Value grouped(Context &context, Value weights, int64_t group, bool transposed) {
  Shape shape = context.shape(weights);
  Shape split{context.constant(group), context.divide(shape[0], context.constant(group))};
  split.append(shape.begin() + 1, shape.end());
  weights = context.reshape(weights, split);
  if (!transposed)
    return weights;
  SmallVector<int64_t> perm{0, 2, 1}; // [g, C/g, M/g, k…]
  for (size_t i = 3; i < split.size(); ++i)
    perm.push_back(i);
  return context.transpose(weights, perm);
}

// Windows read the nearest element where they reach past the input: there has to be one, for a result of this shape.
static void requireElements(Context &context, Value input, ArrayRef<Dim> spatial) {
  Shape shape = context.shape(input), result{shape[0]};
  result.append(spatial.begin(), spatial.end());
  for (Dim size : ArrayRef<Dim>(shape).drop_front(2))
    context.requireEntries(size, result);
}

template <typename Op> static SmallVector<Value> spatialSizes(Context &context, Op, Value input) {
  SmallVector<Value> sizes;
  for (Dim dim : ArrayRef<Dim>(context.shape(input)).drop_front(2))
    sizes.push_back(context.materialize(dim));
  return sizes;
}

template <typename Op>
static Value plainConvolution(Context &context, Op op, Type accumulator, Value bias,
                              function_ref<Value(Builder &, Value, Value)> term) {
  Value input = channelsFirst(context, context.lookup(op.getInput()), op.getChannelsLast());
  Value weights = grouped(context, context.lookup(op.getWeights()), op.getGroup(), false);
  Shape shape = context.shape(input), kernel = context.shape(weights);
  Dim channels = context.simplify(context.shape(op.getWeights())[1] * op.getGroup());
  context.requireEqual(shape[1], channels, "an input of %lld channels, not %lld");
  SmallVector<Value> sizes = spatialSizes(context, op, input);
  size_t n = sizes.size();
  SmallVector<Dim> spatial;
  for (size_t i = 0; i < n; ++i) {
    Dim span = shape[i + 2] + (op.getPads()[i] + op.getPads()[i + n] - 1) - (kernel[i + 3] - 1) * op.getDilations()[i];
    spatial.push_back(context.simplify(context.simplify(span).floorDiv(op.getStrides()[i]) + 1));
  }
  requireElements(context, input, spatial);
  Value sums = windows(
      context, input, weights, spatial, accumulator,
      [&](Builder &b, size_t axis, Value at, Value tap) {
        Value start = arith::MulIOp::create(b, at, number(b, op.getStrides()[axis]));
        Value step = arith::MulIOp::create(b, tap, number(b, op.getDilations()[axis]));
        Value place = arith::SubIOp::create(b, arith::AddIOp::create(b, start, step), number(b, op.getPads()[axis]));
        return inside(b, place, sizes[axis]);
      },
      term);
  Type type = elementType(op.getOutput());
  return asBefore(context, finished(context, sums, bias, type), op.getChannelsLast());
}

void lowerPlainConv(Context &context, ConvOp op) {
  Type type = elementType(op.getInput()), compute = computeType(context.b, type);
  Value bias = op.getBias() ? context.lookup(op.getBias()) : Value();
  Value result = plainConvolution(context, op, compute, bias, [&](Builder &b, Value x, Value w) {
    return product(b, cast(b, type, compute, x), cast(b, type, compute, w));
  });
  context.map(op, result, Shape(context.shape(result)));
}

LogicalResult lowerPlainConvInteger(Context &context, ConvIntegerOp op) {
  Builder &b = context.b;
  Type i32 = b.getI32Type(), inputType = elementType(op.getInput()), weightType = elementType(op.getWeights());
  auto zeroType = mlir::cast<RankedTensorType>(op.getWeightsZeroPoint().getType());
  if (!zeroType.hasStaticShape() || zeroType.getNumElements() != 1)
    return op.emitOpError("takes one zero point for all weights, or zeros");
  Value inputZero = context.reshape(context.lookup(op.getInputZeroPoint()), {});
  Value weightZero = context.reshape(context.lookup(op.getWeightsZeroPoint()), {});
  Value result = plainConvolution(context, op, i32, {}, [&](Builder &b, Value x, Value w) {
    auto centred = [&](Type type, Value value, Value zero) -> Value {
      return arith::SubIOp::create(b, cast(b, type, i32, value), cast(b, type, i32, element(b, zero, {})));
    };
    return product(b, centred(inputType, x, inputZero), centred(weightType, w, weightZero));
  });
  context.map(op, result, Shape(context.shape(result)));
  return success();
}

void lowerPlainConvTranspose(Context &context, ConvTransposeOp op) {
  Type type = elementType(op.getInput()), compute = computeType(context.b, type);
  Value input = channelsFirst(context, context.lookup(op.getInput()), op.getChannelsLast());
  Value weights = grouped(context, context.lookup(op.getWeights()), op.getGroup(), true);
  Shape shape = context.shape(input), kernel = context.shape(weights);
  context.requireEqual(shape[1], context.shape(op.getWeights())[0], "an input of %lld channels, not %lld");
  SmallVector<Value> sizes = spatialSizes(context, op, input);
  size_t n = sizes.size();
  SmallVector<Dim> spatial;
  for (size_t i = 0; i < n; ++i)
    spatial.push_back(context.simplify((shape[i + 2] - 1) * op.getStrides()[i] +
                                       (kernel[i + 3] - 1) * op.getDilations()[i] + 1 + op.getOutputPadding()[i] -
                                       op.getPads()[i] - op.getPads()[i + n]));
  requireElements(context, input, spatial);
  Value sums = windows(
      context, input, weights, spatial, compute,
      [&](Builder &b, size_t axis, Value at, Value tap) -> std::pair<Value, Value> {
        Value step = arith::MulIOp::create(b, tap, number(b, op.getDilations()[axis]));
        Value spread = arith::SubIOp::create(b, arith::AddIOp::create(b, at, number(b, op.getPads()[axis])), step);
        Value stride = number(b, op.getStrides()[axis]);
        auto [where, is] = inside(b, arith::FloorDivSIOp::create(b, spread, stride), sizes[axis]);
        Value exact =
            arith::CmpIOp::create(b, arith::CmpIPredicate::eq, arith::MulIOp::create(b, where, stride), spread);
        return {where, both(b, is, exact)};
      },
      [&](Builder &b, Value x, Value w) { return product(b, cast(b, type, compute, x), cast(b, type, compute, w)); });
  Value bias = op.getBias() ? context.lookup(op.getBias()) : Value();
  Value result = asBefore(context, finished(context, sums, bias, type), op.getChannelsLast());
  context.map(op, result, Shape(context.shape(result)));
}

void lowerPlainPool(Context &context, PoolOp op, ArrayRef<Dim> spatial) {
  Builder &b = context.b;
  Value input = channelsFirst(context, context.lookup(op.getInput()), op.getChannelsLast());
  Type type = elementType(input), compute = computeType(b, type);
  bool isMax = op.getKind() == PoolKind::Max;
  Shape shape = context.shape(input);
  SmallVector<Value> sizes = spatialSizes(context, op, input);
  size_t n = sizes.size();
  requireElements(context, input, spatial);
  Shape loops{shape[0], shape[1]};
  loops.append(spatial.begin(), spatial.end());
  // An operand that has the window's extents; its elements are not read.
  Tensor window(DType::Int8, std::vector<int64_t>(op.getKernel().begin(), op.getKernel().end()));
  Context::Input extents{context.constantTensor(window), {}};
  SmallVector<int64_t> axes;
  for (size_t i = 0; i < n; ++i) {
    loops.push_back(context.constant(op.getKernel()[i]));
    extents.loops.push_back(2 + n + i);
    axes.push_back(2 + n + i);
  }
  auto place = [&](Builder &b, size_t i, ValueRange at) -> Value {
    Value start = arith::MulIOp::create(b, at[2 + i], number(b, op.getStrides()[i]));
    Value step = arith::MulIOp::create(b, at[2 + n + i], number(b, op.getDilations()[i]));
    return arith::SubIOp::create(b, arith::AddIOp::create(b, start, step), number(b, op.getPads()[i]));
  };
  Type memory = isa<IntegerType>(compute) ? Type(b.getIntegerType(compute.getIntOrFloatBitWidth())) : compute;
  TypedAttr identity = mlir::cast<TypedAttr>(b.getZeroAttr(memory));
  if (isMax)
    identity =
        isa<FloatType>(compute)
            ? TypedAttr(b.getFloatAttr(compute, -std::numeric_limits<double>::infinity()))
            : TypedAttr(b.getIntegerAttr(memory, compute.isUnsignedInteger() || compute.isInteger(1)
                                                     ? APInt::getMinValue(memory.getIntOrFloatBitWidth())
                                                     : APInt::getSignedMinValue(memory.getIntOrFloatBitWidth())));
  Value result =
      context.reduce(loops, {extents}, axes, identity, [&](Builder &b, ValueRange, ValueRange at, Value acc) {
        SmallVector<Value> from{at[0], at[1]};
        Value valid;
        for (size_t i = 0; i < n; ++i) {
          auto [where, is] = inside(b, place(b, i, at), sizes[i]);
          from.push_back(where);
          valid = both(b, valid, is);
        }
        Value value = cast(b, type, compute, element(b, input, from));
        value = arith::SelectOp::create(b, valid, value, arith::ConstantOp::create(b, identity));
        return binary(b, isMax ? BinaryKind::Max : BinaryKind::Add, compute, acc, value);
      });
  if (!isMax) {
    Value count = context.reduce(
        loops, {extents}, axes, mlir::cast<TypedAttr>(identity), [&](Builder &b, ValueRange, ValueRange at, Value acc) {
          Value valid;
          for (size_t i = 0; i < n; ++i) {
            Value where = place(b, i, at), is;
            if (op.getCountIncludePad()) {
              Value end = arith::AddIOp::create(b, sizes[i], number(b, op.getPads()[i + n]));
              is = arith::CmpIOp::create(b, arith::CmpIPredicate::slt, where, end);
            } else {
              is = inside(b, where, sizes[i]).second;
            }
            valid = both(b, valid, is);
          }
          Value one = arith::SelectOp::create(b, valid, scalar(b, compute, 1), scalar(b, compute, 0));
          return addTo(b, acc, one);
        });
    Shape out = context.shape(result);
    result = context.map(out, compute, {context.broadcast(result, out), context.broadcast(count, out)},
                         [&](Builder &b, ValueRange x) -> Value { return arith::DivFOp::create(b, x[0], x[1]); });
  }
  Shape out = context.shape(result);
  if (elementType(result) != type)
    result = context.map(out, type, {context.broadcast(result, out)}, [&](Builder &b, ValueRange x) {
      return isa<FloatType>(type) ? cast(b, compute, type, x[0]) : x[0];
    });
  result = asBefore(context, result, op.getChannelsLast());
  context.map(op, result, Shape(context.shape(result)));
}

} // namespace mlc::lowering
