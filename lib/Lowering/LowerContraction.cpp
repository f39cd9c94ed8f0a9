// Matrix products and convolutions: the kernel dialect's structured ops with packed weights where the target has a
// row for the types, else a plain reduction.
#include "Graph/BlockWeights.h"
#include "Graph/Constants.h"
#include "Lowering/Context.h"
#include "Lowering/PackBlocks.h"
#include "Lowering/PackWeights.h"
#include "Lowering/PlainWindows.h"
#include "Lowering/ScalarMath.h"
#include "Support/DTypeConversion.h"

using namespace mlir;
using namespace mlc::graph;

namespace mlc::lowering {

using Builder = ImplicitLocOpBuilder;

static Type elementType(Value value) { return mlir::cast<RankedTensorType>(value.getType()).getElementType(); }

static Value convert(Context &context, Value lowered, Type to) {
  Type from = elementType(lowered);
  if (from == to)
    return lowered;
  Shape shape = context.shape(lowered);
  return context.map(shape, to, {context.broadcast(lowered, shape)},
                     [&](Builder &b, ValueRange x) { return cast(b, from, to, x[0]); });
}

// Signed activations as unsigned ones: x + 128 and the zero point + 128 (a flip of the top bit).
static Value flipSign(Context &context, Value lowered) {
  Shape shape = context.shape(lowered);
  Type u8 = context.b.getIntegerType(8, /*isSigned=*/false);
  return context.map(shape, u8, {context.broadcast(lowered, shape)}, [&](Builder &b, ValueRange x) -> Value {
    return arith::XOrIOp::create(b, x[0], scalar(b, b.getI8Type(), -128));
  });
}

// Activations less their zero point in 16 bits, as rows without exact products of bytes take them.
static Value centre(Context &context, Value lowered, Value zeroPoint) {
  Shape shape = context.shape(lowered);
  Type from = elementType(lowered), zeroType = elementType(zeroPoint), i16 = context.b.getI16Type();
  return context.map(shape, i16, {context.broadcast(lowered, shape), {context.reshape(zeroPoint, {}), {}}},
                     [&](Builder &b, ValueRange x) -> Value {
                       return arith::SubIOp::create(b, cast(b, from, i16, x[0]), cast(b, zeroType, i16, x[1]));
                     });
}

// ---- matmul ----------------------------------------------------------------------------------

namespace {
// Operands of a matrix product brought to [B, M, K] and [B or 1, K, N].
struct MatmulOperands {
  Value lhs, rhs; // lowered; rhs rank 3, or rank 2 where it has no batch
  Shape batch;    // batch dimensions of the result
  Dim m, k, n;
  Shape result; // as ONNX says
};
} // namespace

static Value expandBatch(Context &context, Value lowered, ArrayRef<Dim> batch) {
  Shape own = context.shape(lowered);
  Shape target(batch);
  target.append(own.end() - 2, own.end());
  if (ArrayRef<Dim>(own) == ArrayRef<Dim>(target))
    return lowered;
  return context.map(target, elementType(lowered), {context.broadcast(lowered, target)},
                     [](Builder &, ValueRange x) { return x[0]; });
}

static MatmulOperands prepare(Context &context, Value lhs, Value rhs) {
  MatmulOperands o;
  Shape a = context.shape(lhs), c = context.shape(rhs);
  bool vectorLhs = a.size() == 1, vectorRhs = c.size() == 1;
  if (vectorLhs)
    a.insert(a.begin(), context.constant(1));
  if (vectorRhs)
    c.push_back(context.constant(1));
  o.lhs = context.reshape(lhs, a);
  o.rhs = context.reshape(rhs, c);
  o.m = a[a.size() - 2];
  o.k = a.back();
  if (Context::constantOf(c[c.size() - 2]))
    o.k = c[c.size() - 2];
  context.requireEqual(a.back(), c[c.size() - 2], "a product over %lld columns and %lld rows");
  o.n = c.back();
  size_t rank = std::max(a.size(), c.size()) - 2;
  for (size_t i = 0; i < rank; ++i) {
    Dim x = i + a.size() - 2 < rank ? context.constant(1) : a[i + a.size() - 2 - rank];
    Dim y = i + c.size() - 2 < rank ? context.constant(1) : c[i + c.size() - 2 - rank];
    o.batch.push_back(context.broadcastSize(x, y));
  }
  o.result = o.batch;
  if (!vectorLhs)
    o.result.push_back(o.m);
  if (!vectorRhs)
    o.result.push_back(o.n);
  return o;
}

// Σ over k of product(lhs, rhs): any types, any operands.
static Value plainMatmul(Context &context, const MatmulOperands &o, Type accumulator,
                         function_ref<Value(Builder &, Value, Value)> product) {
  Value lhs = expandBatch(context, o.lhs, o.batch), rhs = expandBatch(context, o.rhs, o.batch);
  Builder &b = context.b;
  unsigned rank = o.batch.size() + 3; // batch…, m, n, k
  SmallVector<AffineExpr> left, right, out;
  for (size_t i = 0; i < o.batch.size(); ++i) {
    AffineExpr d = b.getAffineDimExpr(i);
    left.push_back(d);
    right.push_back(d);
    out.push_back(d);
  }
  AffineExpr m = b.getAffineDimExpr(rank - 3), n = b.getAffineDimExpr(rank - 2), k = b.getAffineDimExpr(rank - 1);
  left.append({m, k});
  right.append({k, n});
  out.append({m, n});
  Shape shape(o.batch);
  shape.append({o.m, o.n});
  Value zero = scalar(b, accumulator, 0);
  Value init = linalg::FillOp::create(b, zero, context.empty(shape, accumulator)).getResult(0);
  SmallVector<utils::IteratorType> iterators(rank, utils::IteratorType::parallel);
  iterators.back() = utils::IteratorType::reduction;
  SmallVector<AffineMap> maps;
  for (auto exprs : {left, right, out})
    maps.push_back(AffineMap::get(rank, 0, exprs, b.getContext()));
  auto generic = linalg::GenericOp::create(b, init.getType(), ValueRange{lhs, rhs}, init, maps, iterators,
                                           [&](OpBuilder &builder, Location loc, ValueRange x) {
                                             Builder inner(loc, builder);
                                             Value term =
                                                 product(inner, toSignless(inner, x[0]), toSignless(inner, x[1]));
                                             Value sum = isa<FloatType>(accumulator)
                                                             ? arith::AddFOp::create(inner, x[2], term).getResult()
                                                             : arith::AddIOp::create(inner, x[2], term).getResult();
                                             linalg::YieldOp::create(inner, sum);
                                           });
  context.setShape(generic.getResult(0), shape);
  return generic.getResult(0);
}

// In the element type that the row multiplies; half floats stay so for f32, which kernels make of them.
static Tensor weightsFor(const ContractionRow &row, Tensor weights) {
  return row.rhs == ElementKind::BF16 ? mlc::convert(weights, DType::BFloat16) : weights;
}

// The row for a product that may be in bf16: where the target has none, f32, which is only more accurate.
static const ContractionRow *floatRow(Context &context, bool bf16, int64_t depth) {
  const ContractionRow *row = bf16 ? context.target.row(ElementKind::BF16, ElementKind::BF16) : nullptr;
  return row && depth % row->k0 == 0 ? row : context.target.row(ElementKind::F32, ElementKind::F32);
}

// The structured op, with the right operand packed if it is a constant matrix.
static Value structuredMatmul(Context &context, MatmulOperands &o, const ContractionRow &row, Value graphRhs,
                              Type accumulator, Value init, bool bf16 = false) {
  Builder &b = context.b;
  Shape shape(o.batch);
  shape.append({o.m, o.n});
  Value stored = storedConstant(graphRhs);
  bool packed = stored && mlir::cast<RankedTensorType>(graphRhs.getType()).getRank() <= 2;
  Value out = context.empty(shape, accumulator);
  Value lhs = expandBatch(context, o.lhs, o.batch);
  Value rhs = o.rhs;
  if (packed) {
    int64_t k = *Context::constantOf(o.k), n = *Context::constantOf(o.n);
    WeightView view{1, n, 1, k, 0, 1, 0, n};
    rhs = context.constantTensor(packWeights(weightsFor(row, *constantTensor(stored)), view, row.lanes, row.k0));
  } else {
    Shape own = context.shape(rhs);
    Shape ownBatch(own.begin(), own.end() - 2);
    bool broadcast = llvm::all_of(ownBatch, [](Dim d) { return Context::constantOf(d) == 1; });
    if (broadcast)
      rhs = context.reshape(rhs, {o.k, o.n});
    else
      rhs = expandBatch(context, rhs, o.batch);
  }
  Value result = kernel::MatmulOp::create(b, out.getType(), lhs, rhs, init, out, packed, bf16 && !packed);
  context.setShape(result, shape);
  return result;
}

// Weights of 4 bits stay so in the library and in memory.
static void blockMatmul(Context &context, MatmulOp op, const BlockWeights &weights) {
  Builder &b = context.b;
  Type type = elementType(op.getLhs()), f32 = b.getF32Type();
  Value lhs = convert(context, context.lookup(op.getLhs()), f32);
  Shape shape = context.shape(lhs);
  context.requireEqual(shape.back(), context.constant(weights.depth), "a product over %lld columns and %lld rows");
  bool isVector = shape.size() == 1;
  shape.back() = context.constant(weights.depth);
  if (isVector)
    shape.insert(shape.begin(), context.constant(1));
  lhs = context.reshape(lhs, shape);
  const ContractionRow *row = op.getInt8() ? context.target.nibbleRow() : nullptr;
  if (row) {
    Shape rows(shape);
    rows.back() = context.constant(kernel::QuantizeBlocksOp::rowBytes(weights.depth, weights.block));
    Value out = context.empty(rows, b.getI8Type());
    lhs = kernel::QuantizeBlocksOp::create(b, out.getType(), lhs, out, weights.block);
    context.setShape(lhs, rows);
  }
  int64_t lanes = row ? row->lanes : context.target.lanesOf(32);
  Value codes = context.constantTensor(packCodes(weights, lanes)), zeroPoints;
  Value scales = context.constantTensor(packScales(weights, lanes));
  if (auto packed = packZeroPoints(weights, lanes))
    zeroPoints = context.constantTensor(*packed);
  Shape target(shape);
  target.back() = context.constant(weights.columns);
  Value out = context.empty(target, f32);
  Value result = kernel::BlockMatmulOp::create(b, out.getType(), lhs, codes, scales, zeroPoints, out, weights.depth,
                                               weights.block);
  context.setShape(result, target);
  result = convert(context, result, type);
  if (isVector)
    target.erase(target.begin());
  context.map(op, context.reshape(result, target), target);
}

static LogicalResult lowerMatmul(Context &context, MatmulOp op) {
  Type type = elementType(op.getLhs());
  if (isa<FloatType>(type) && !type.isF64())
    if (auto operand = findBlockOperand(op.getRhs())) {
      blockMatmul(context, op, readBlockWeights(*operand));
      return success();
    }
  Value lhs = context.lookup(op.getLhs()), rhs = context.lookup(op.getRhs());
  Value graphRhs = op.getRhs();
  Type compute = type.isF16() || type.isBF16() ? Type(context.b.getF32Type()) : type;
  if (compute != type) {
    lhs = convert(context, lhs, compute);
    rhs = convert(context, rhs, compute);
  }
  // Stored as half floats: kernels widen what they load.
  if (Value stored = storedConstant(graphRhs); stored && compute.isF32())
    rhs = context.lookup(stored);
  MatmulOperands o = prepare(context, lhs, rhs);
  auto weightType = mlir::cast<RankedTensorType>(op.getRhs().getType());
  bool bf16 = op.getBf16() && storedConstant(graphRhs) && weightType.getRank() == 2;
  const ContractionRow *row = compute.isF32() ? floatRow(context, bf16, bf16 ? weightType.getDimSize(0) : 1) : nullptr;
  if (row && row->lhs == ElementKind::BF16)
    o.lhs = convert(context, o.lhs, context.b.getBF16Type());
  Value result;
  if (row)
    result = structuredMatmul(context, o, *row, graphRhs, compute, {}, op.getBf16());
  else
    result = plainMatmul(context, o, compute, [&](Builder &b, Value x, Value y) -> Value {
      if (isa<FloatType>(compute))
        return arith::MulFOp::create(b, x, y);
      return arith::MulIOp::create(b, x, y);
    });
  result = convert(context, result, type);
  context.map(op, context.reshape(result, o.result), o.result);
  return success();
}

// -zeroPoint * sums, as i32[N]: what makes Σ x·w into Σ (x - zeroPoint)·w.
static Value zeroPointCorrection(Context &context, Value graphZeroPoint, bool flipped, const Tensor &sums) {
  int64_t n = sums.shape[0];
  if (auto zero = constantIntegers(graphZeroPoint)) {
    Tensor init(DType::Int32, {n});
    int32_t point = static_cast<int32_t>(zero->front()) + (flipped ? 128 : 0);
    for (int64_t i = 0; i < n; ++i)
      init.data<int32_t>()[i] = -point * sums.data<int32_t>()[i];
    return context.constantTensor(init);
  }
  Value point = context.reshape(context.lookup(graphZeroPoint), {});
  Type from = elementType(point);
  Value sumsValue = context.constantTensor(sums);
  return context.map({context.constant(n)}, context.b.getI32Type(), {{point, {}}, {sumsValue, {0}}},
                     [&](Builder &b, ValueRange x) -> Value {
                       Value wide = cast(b, from, b.getI32Type(), x[0]);
                       if (flipped)
                         wide = arith::AddIOp::create(b, wide, scalar(b, b.getI32Type(), 128));
                       Value negated = arith::SubIOp::create(b, scalar(b, b.getI32Type(), 0), wide);
                       return arith::MulIOp::create(b, negated, x[1]);
                     });
}

static bool isAllZero(Value graphValue) {
  auto numbers = constantIntegers(graphValue);
  return numbers && llvm::all_of(*numbers, [](int64_t i) { return i == 0; });
}

static LogicalResult lowerMatmulInteger(Context &context, MatmulIntegerOp op) {
  Builder &b = context.b;
  Type lhsType = elementType(op.getLhs()), rhsType = elementType(op.getRhs());
  const ContractionRow *row = context.target.byteRow();
  auto rhsConstant = constantTensor(op.getRhs());
  auto lhsZeroType = mlir::cast<RankedTensorType>(op.getLhsZeroPoint().getType());
  bool scalarZero = lhsZeroType.hasStaticShape() && lhsZeroType.getNumElements() == 1;
  Value lhs = context.lookup(op.getLhs()), rhs = context.lookup(op.getRhs());
  if (row && rhsConstant && rhsConstant->shape.size() == 2 && rhsType.isSignlessInteger(8) && scalarZero &&
      isAllZero(op.getRhsZeroPoint())) {
    bool centred = row->lhs == ElementKind::S16, flipped = !centred && !lhsType.isUnsignedInteger();
    if (centred)
      lhs = centre(context, lhs, context.lookup(op.getLhsZeroPoint()));
    if (flipped)
      lhs = flipSign(context, lhs);
    MatmulOperands o = prepare(context, lhs, rhs);
    int64_t k = rhsConstant->shape[0], n = rhsConstant->shape[1];
    Value init;
    if (!centred)
      init = zeroPointCorrection(context, op.getLhsZeroPoint(), flipped,
                                 columnSums(*rhsConstant, {1, n, 1, k, 0, 1, 0, n}));
    Value result = structuredMatmul(context, o, *row, op.getRhs(), b.getI32Type(), init);
    context.map(op, context.reshape(result, o.result), o.result);
    return success();
  }
  // Zero points of rows and columns are subtracted first.
  auto centred = [&](Value lowered, Value graphZero, bool rows) {
    Type from = elementType(lowered);
    Value zero = context.lookup(graphZero);
    Shape shape = context.shape(lowered), zeroShape = context.shape(graphZero);
    if (zeroShape.size() == 1 && rows) {
      zeroShape.push_back(context.constant(1));
      zero = context.reshape(zero, zeroShape);
    }
    return context.map(shape, b.getI32Type(), {context.broadcast(lowered, shape), context.broadcast(zero, shape)},
                       [&](Builder &b, ValueRange x) -> Value {
                         return arith::SubIOp::create(b, cast(b, from, b.getI32Type(), x[0]),
                                                      cast(b, from, b.getI32Type(), x[1]));
                       });
  };
  MatmulOperands o =
      prepare(context, centred(lhs, op.getLhsZeroPoint(), true), centred(rhs, op.getRhsZeroPoint(), false));
  Value result = plainMatmul(context, o, b.getI32Type(),
                             [](Builder &b, Value x, Value y) -> Value { return arith::MulIOp::create(b, x, y); });
  context.map(op, context.reshape(result, o.result), o.result);
  return success();
}

// ---- convolution -----------------------------------------------------------------------------

namespace {
// A convolution with two spatial dimensions, channels last.
struct Convolution {
  Value input;                // lowered [N, H, W, C]
  Shape shape;                // of input, in this order of dimensions whatever the layout
  bool channelsFirst = false; // input is [N, C, H, W]
  bool laidOutAnew = false;   // input is [N, C, H, W], and its padded copy is [N, H, W, C]
  Tensor weights;
  int64_t group, columns, channels;                      // columns and channels of one group
  SmallVector<int64_t> kernel, strides, dilations, pads; // pads: top, left, bottom, right
  SmallVector<Dim> outputSpatial;
};
} // namespace

static Dim windowSize(Context &context, Dim input, int64_t kernel, int64_t stride, int64_t before, int64_t after,
                      int64_t dilation) {
  Dim span = input + (before + after - (kernel - 1) * dilation - 1);
  return context.simplify(span.floorDiv(stride) + 1);
}

// [N, C, spatial…] or channels-last, with one or two spatial dimensions, as channels-last with two.
static Value toChannelsLast2d(Context &context, Value lowered, bool channelsLast) {
  Shape shape = context.shape(lowered);
  if (!channelsLast) {
    SmallVector<int64_t> perm{0};
    for (size_t i = 2; i < shape.size(); ++i)
      perm.push_back(i);
    perm.push_back(1);
    lowered = context.transpose(lowered, perm);
    shape = context.shape(lowered);
  }
  if (shape.size() == 3)
    return context.reshape(lowered, {shape[0], context.constant(1), shape[1], shape[2]});
  return lowered;
}

static Value fromChannelsLast2d(Context &context, Value lowered, size_t spatial, bool channelsLast) {
  Shape shape = context.shape(lowered);
  if (spatial == 1) {
    lowered = context.reshape(lowered, {shape[0], shape[2], shape[3]});
    shape = context.shape(lowered);
  }
  if (channelsLast)
    return lowered;
  SmallVector<int64_t> perm{0, static_cast<int64_t>(shape.size()) - 1};
  for (size_t i = 1; i + 1 < shape.size(); ++i)
    perm.push_back(i);
  return context.transpose(lowered, perm);
}

static void requireBias(Context &context, Value graphBias, int64_t columns) {
  if (graphBias)
    context.requireEqual(context.shape(graphBias)[0], context.constant(columns), "a bias of %lld elements, not %lld");
}

template <typename Op> static Convolution describe(Context &context, Op op, Value input) {
  Convolution c;
  c.input = toChannelsLast2d(context, input, op.getChannelsLast());
  c.shape = context.shape(c.input);
  c.weights = *constantTensor(storedConstant(op.getWeights()));
  c.group = op.getGroup();
  c.columns = c.weights.shape[0] / c.group;
  c.channels = c.weights.shape[1];
  context.requireEqual(c.shape[3], context.constant(c.group * c.channels), "an input of %lld channels, not %lld");
  if constexpr (std::is_same_v<Op, ConvOp>)
    requireBias(context, op.getBias(), c.weights.shape[0]);
  size_t n = op.getStrides().size();
  auto widen = [&](ArrayRef<int64_t> values, int64_t fill) {
    SmallVector<int64_t> result(values);
    if (n == 1)
      result.insert(result.begin(), fill);
    return result;
  };
  c.kernel = widen(ArrayRef<int64_t>(c.weights.shape).drop_front(2), 1);
  c.strides = widen(op.getStrides(), 1);
  c.dilations = widen(op.getDilations(), 1);
  SmallVector<int64_t> before = widen(op.getPads().take_front(n), 0), after = widen(op.getPads().drop_front(n), 0);
  c.pads = {before[0], before[1], after[0], after[1]};
  for (int i = 0; i < 2; ++i)
    c.outputSpatial.push_back(
        windowSize(context, c.shape[i + 1], c.kernel[i], c.strides[i], before[i], after[i], c.dilations[i]));
  return c;
}

static Value padSpatial(Context &context, const Convolution &c, Value fill, bool forceCopy) {
  if (!forceCopy && !c.laidOutAnew && llvm::all_of(c.pads, [](int64_t p) { return p == 0; }))
    return c.input;
  Shape target(c.laidOutAnew ? c.shape : context.shape(c.input));
  int first = c.channelsFirst ? 2 : 1; // spatial dimension
  for (int i = 0; i < 2; ++i)
    target[i + first] = context.simplify(c.shape[i + 1] + c.pads[i] + c.pads[i + 2]);
  for (int i = 0; i < 2; ++i)
    if (c.pads[i] != 0 || c.pads[i + 2] != 0)
      context.requireEntries(c.shape[i + 1], target);
  Value height = context.materialize(c.shape[1]), width = context.materialize(c.shape[2]);
  Value input = c.input;
  return context.generate(target, elementType(input), [&](Builder &b, ValueRange at) -> Value {
    SmallVector<Value> from(at);
    Value inside;
    for (int i = 0; i < 2; ++i) {
      if (c.pads[i] == 0 && c.pads[i + 2] == 0)
        continue;
      Value size = i == 0 ? height : width, zero = arith::ConstantIndexOp::create(b, b.getLoc(), 0);
      Value place = arith::SubIOp::create(b, at[i + first], arith::ConstantIndexOp::create(b, b.getLoc(), c.pads[i]));
      Value last = arith::SubIOp::create(b, size, arith::ConstantIndexOp::create(b, b.getLoc(), 1));
      from[i + first] = arith::MinSIOp::create(b, arith::MaxSIOp::create(b, place, zero), last);
      Value here = arith::CmpIOp::create(b, arith::CmpIPredicate::eq, from[i + first], place);
      inside = inside ? arith::AndIOp::create(b, inside, here).getResult() : here;
    }
    if (c.laidOutAnew)
      from = {from[0], from[3], from[1], from[2]};
    Value value = element(b, input, from);
    if (!inside)
      return value;
    Value otherwise = fill ? element(b, fill, {}) : scalar(b, value.getType(), 0);
    return arith::SelectOp::create(b, inside, value, otherwise);
  });
}

static WeightView convolutionView(const Convolution &c) {
  int64_t taps = c.kernel[0] * c.kernel[1];
  return {c.group, c.columns, taps, c.channels, c.columns * c.channels * taps, c.channels * taps, 1, taps};
}

static bool isDepthwise(const Convolution &c) { return c.group > 1 && c.columns == 1 && c.channels == 1; }

// Weights of a depthwise convolution as [KH, KW, C].
static Value depthwiseWeights(Context &context, const Convolution &c) {
  return context.constantTensor([&] {
    Tensor packed = packWeights(
        c.weights, {1, c.group, c.kernel[0] * c.kernel[1], 1, 0, c.kernel[0] * c.kernel[1], 1, 1}, c.group, 1);
    packed.shape = {c.kernel[0], c.kernel[1], c.group};
    return packed;
  }());
}

static Value structuredConvolution(Context &context, const Convolution &c, const ContractionRow &row, Type accumulator,
                                   Value init, Value zeroPoint) {
  Builder &b = context.b;
  Shape target{c.shape[0], c.outputSpatial[0], c.outputSpatial[1], context.constant(c.columns * c.group)};
  Value out = context.empty(target, accumulator);
  Value result;
  if (isDepthwise(c)) {
    result = kernel::DepthwiseOp::create(
        b, out.getType(), c.input, depthwiseWeights(context, c), accumulator.isF32() ? init : Value(), zeroPoint, out,
        b.getDenseI64ArrayAttr(c.strides), b.getDenseI64ArrayAttr(c.pads), b.getDenseI64ArrayAttr(c.dilations));
  } else {
    // A group of k0 channels may reach past the last one: then the input must be a buffer of ours, with slack, which
    // what `centre` makes is.
    bool centred = row.lhs == ElementKind::S16;
    Value input = padSpatial(context, c, zeroPoint, !centred && c.channels % row.k0 != 0);
    if (centred)
      input = centre(context, input, zeroPoint);
    Value weights =
        context.constantTensor(packWeights(weightsFor(row, c.weights), convolutionView(c), row.lanes, row.k0));
    result = kernel::ConvOp::create(b, out.getType(), input, weights, init, out, b.getDenseI64ArrayAttr(c.kernel),
                                    b.getDenseI64ArrayAttr(c.strides), b.getDenseI64ArrayAttr(c.dilations), c.group,
                                    c.channelsFirst);
  }
  context.setShape(result, target);
  return result;
}

// Tiles of 4 x 4 outputs need a quarter of the products, and pay where transforming inputs, weights and sums is little
// work beside them: with enough channels on both sides. The choice depends on shapes alone, so that it is the same on
// every target.
static bool winogradPays(const Convolution &c) {
  constexpr int64_t kFewest = 16;
  auto is = [](ArrayRef<int64_t> values, int64_t wanted) {
    return llvm::all_of(values, [&](int64_t v) { return v == wanted; });
  };
  if (!Context::constantOf(c.shape[3]) || !is(c.kernel, 3) || !is(c.strides, 1) || !is(c.dilations, 1) ||
      c.group != 1 || c.channelsFirst || c.channels < kFewest || c.columns < kFewest)
    return false;
  // Tiles that reach past the map compute what nobody asked for, and transforming a weight takes as long as its
  // products for about eight tiles.
  constexpr double kMostWaste = 1.8;
  constexpr int64_t kFewestTiles = 9;
  double waste = 1;
  int64_t tiles = 1;
  for (Dim size : c.outputSpatial) {
    auto known = Context::constantOf(size);
    int64_t across = known ? (*known + 3) / 4 : kFewestTiles;
    tiles *= across;
    waste *= known ? 4.0 * static_cast<double>(across) / static_cast<double>(std::max<int64_t>(*known, 1)) : 1;
  }
  return waste <= kMostWaste && tiles >= kFewestTiles;
}

static Value winogradConvolution(Context &context, const Convolution &c, const ContractionRow &stored, Value init) {
  Builder &b = context.b;
  const ContractionRow &row = *context.target.row(ElementKind::F32, ElementKind::F32);
  // Measured on Zen 3: what of a batch of tiles and of their transformed weights fits its caches best.
  constexpr int64_t kTiles = 48, kDepth = 64, kMostInputs = 48 * 256;
  constexpr int64_t kMostVectors = 2; // four on Zen 4: U-Net 106 -> 130 ms
  int64_t panels = (c.columns + row.lanes - 1) / row.lanes, vectors = std::min(panels, kMostVectors);
  int64_t most = row.mostRows(vectors),
          tiles = std::max<int64_t>(1, std::min(kTiles, kMostInputs / c.channels) / most) * most;
  auto height = Context::constantOf(c.outputSpatial[0]), width = Context::constantOf(c.outputSpatial[1]);
  if (height && width) {
    // Batches of tiles of one size, in blocks of rows of one size.
    int64_t all = (*height + 3) / 4 * ((*width + 3) / 4), batches = (all + tiles - 1) / tiles;
    int64_t each = (all + batches - 1) / batches, blocks = (each + most - 1) / most;
    tiles = (each + blocks - 1) / blocks * blocks;
  }
  Shape target{c.shape[0], c.outputSpatial[0], c.outputSpatial[1], context.constant(c.columns)};
  Value out = context.empty(target, b.getF32Type());
  Value weights =
      context.constantTensor(packWeights(weightsFor(stored, c.weights), convolutionView(c), row.lanes, row.k0));
  Value result = kernel::WinogradOp::create(b, out.getType(), c.input, weights, init, out,
                                            b.getDenseI64ArrayAttr({c.pads[0], c.pads[1]}), tiles, vectors * row.lanes,
                                            std::min(c.channels, kDepth));
  context.setShape(result, target);
  return result;
}

// Few channels of an image, as the model's input has them, [N, C, H, W]; null where the convolution reads something
// else. Laying them out by themselves would cost a pass over the image with three useful elements in a vector.
template <typename Op> static Value channelsFirstImage(Context &context, Op op, const Convolution &c) {
  constexpr int64_t kFew = 8;
  auto transpose = op.getInput().template getDefiningOp<TransposeOp>();
  if (!transpose || !op.getChannelsLast() || transpose.getPerm() != ArrayRef<int64_t>{0, 2, 3, 1} ||
      c.channels * c.group > kFew || isDepthwise(c))
    return {};
  return context.lookup(transpose.getInput());
}

static LogicalResult lowerConv(Context &context, ConvOp op) {
  size_t spatial = op.getStrides().size();
  Type type = elementType(op.getInput()), f32 = context.b.getF32Type();
  bool half = type.isF16() || type.isBF16();
  auto weightType = mlir::cast<RankedTensorType>(op.getWeights().getType());
  const ContractionRow *row = floatRow(context, op.getBf16(), weightType.getDimSize(1));
  if (spatial > 2 || !storedConstant(op.getWeights()) || !(type.isF32() || half) || !row) {
    lowerPlainConv(context, op);
    return success();
  }
  Value input = convert(context, context.lookup(op.getInput()), f32);
  Convolution c = describe(context, op, input);
  Value init = op.getBias() ? convert(context, context.lookup(op.getBias()), f32) : Value(), result;
  if (winogradPays(c)) {
    // A quarter of the products in f32 take less time than all of them in bf16, which are twice as fast at best. The
    // weights are stored in bf16 all the same.
    result = winogradConvolution(context, c, *row, init);
  } else {
    if (row->lhs == ElementKind::BF16)
      c.input = convert(context, c.input, context.b.getBF16Type());
    if (Value image = channelsFirstImage(context, op, c); image && row->k0 == 1) {
      c.input = convert(context, image, f32);
      c.channelsFirst = true;
    }
    result = structuredConvolution(context, c, *row, f32, init, {});
  }
  result = fromChannelsLast2d(context, convert(context, result, type), spatial, op.getChannelsLast());
  context.map(op, result, Shape(context.shape(result)));
  return success();
}

static LogicalResult lowerConvInteger(Context &context, ConvIntegerOp op) {
  Builder &b = context.b;
  size_t spatial = op.getStrides().size();
  const ContractionRow *row = context.target.byteRow();
  if (spatial > 2 || !constantOf(op.getWeights()) || !row || !elementType(op.getWeights()).isSignlessInteger(8) ||
      !isAllZero(op.getWeightsZeroPoint()))
    return lowerPlainConvInteger(context, op);
  Value input = context.lookup(op.getInput()), zero = context.reshape(context.lookup(op.getInputZeroPoint()), {});
  Convolution c = describe(context, op, input);
  if (Value image = channelsFirstImage(context, op, c); image && c.channels % row->k0 != 0) {
    // The copy that pads them also lays them out.
    c.input = image;
    c.laidOutAnew = true;
  }
  bool centred = row->lhs == ElementKind::S16 && !isDepthwise(c);
  bool flipped = !centred && !elementType(op.getInput()).isUnsignedInteger();
  if (flipped) {
    c.input = flipSign(context, c.input);
    zero = flipSign(context, zero);
  }
  Value init;
  if (!isDepthwise(c) && !centred)
    init = zeroPointCorrection(context, op.getInputZeroPoint(), flipped, columnSums(c.weights, convolutionView(c)));
  Value result = structuredConvolution(context, c, *row, b.getI32Type(), init, zero);
  result = fromChannelsLast2d(context, result, spatial, op.getChannelsLast());
  context.map(op, result, Shape(context.shape(result)));
  return success();
}

namespace {
// A transposed convolution with two spatial dimensions, channels last.
struct TransposedConvolution {
  Value input;                      // lowered [N, H, W, C]
  Shape shape;                      // of input
  Tensor weights;                   // f32 [C, M/group, KH, KW]
  DType stored;                     // what they are in the library
  int64_t group, columns, channels; // columns and channels of one group
  SmallVector<int64_t> kernel, strides, dilations, before, after, extra;
  Shape output; // [N, OH, OW, M]
};
} // namespace

static TransposedConvolution describe(Context &context, ConvTransposeOp op, const Tensor &weights) {
  size_t spatial = op.getStrides().size();
  auto widen = [&](ArrayRef<int64_t> values, int64_t fill) {
    SmallVector<int64_t> result(values);
    if (spatial == 1)
      result.insert(result.begin(), fill);
    return result;
  };
  TransposedConvolution t;
  Value input = convert(context, context.lookup(op.getInput()), context.b.getF32Type());
  t.input = toChannelsLast2d(context, input, op.getChannelsLast());
  t.shape = context.shape(t.input);
  t.weights = mlc::convert(weights, DType::Float32);
  t.stored = weights.dtype;
  t.group = op.getGroup();
  t.channels = weights.shape[0] / t.group;
  t.columns = weights.shape[1];
  context.requireEqual(t.shape[3], context.constant(weights.shape[0]), "an input of %lld channels, not %lld");
  requireBias(context, op.getBias(), t.group * t.columns);
  t.kernel = widen(ArrayRef<int64_t>(weights.shape).drop_front(2), 1);
  t.strides = widen(op.getStrides(), 1);
  t.dilations = widen(op.getDilations(), 1);
  t.extra = widen(op.getOutputPadding(), 0);
  t.before = widen(op.getPads().take_front(spatial), 0);
  t.after = widen(op.getPads().drop_front(spatial), 0);
  t.output = {t.shape[0]};
  for (int i = 0; i < 2; ++i)
    t.output.push_back(context.simplify((t.shape[i + 1] - 1) * t.strides[i] + (t.kernel[i] - 1) * t.dilations[i] + 1 +
                                        t.extra[i] - t.before[i] - t.after[i]));
  t.output.push_back(context.constant(t.group * t.columns));
  return t;
}

// With strides: the output rows and columns of one remainder modulo the strides (a phase) are a convolution of the
// input with every stride-th tap. One convolution makes all phases, as columns side by side; then they are put in place
// (Shi et al., arXiv 1609.05158 and 1609.07009). A kernel that the strides do not divide is filled up with zeros.
static Value phasedTransposedConvolution(Context &context, const TransposedConvolution &t, const ContractionRow &row,
                                         Value bias) {
  Convolution c;
  c.input = t.input;
  c.shape = t.shape;
  c.group = t.group;
  c.channels = t.channels;
  int64_t phases = t.strides[0] * t.strides[1];
  c.columns = t.columns * phases;
  c.strides = c.dilations = {1, 1};
  c.pads.resize(4);
  SmallVector<int64_t> first(2); // the input row that the first output row begins with, from the kernel's last tap
  for (int i = 0; i < 2; ++i) {
    int64_t stride = t.strides[i];
    c.kernel.push_back((t.kernel[i] + stride - 1) / stride);
    first[i] = t.before[i] / stride;
    c.pads[i] = c.kernel[i] - 1 - first[i];
    // Rows of phases that cover the output.
    Dim rows = context.simplify((t.output[i + 1] + (t.before[i] - first[i] * stride + stride - 1)).floorDiv(stride));
    c.outputSpatial.push_back(rows);
    Dim tail = context.simplify(rows + (c.kernel[i] - 1) - t.shape[i + 1] - c.pads[i]);
    c.pads[i + 2] = *Context::constantOf(tail);
  }
  // [C, M/group, k…] to [group][phase][M/group] columns with flipped taps.
  c.weights = Tensor(DType::Float32, {t.group * c.columns, t.channels, c.kernel[0], c.kernel[1]});
  float *to = c.weights.data<float>();
  const float *from = t.weights.data<float>();
  for (int64_t g = 0; g < t.group; ++g)
    for (int64_t py = 0; py < t.strides[0]; ++py)
      for (int64_t px = 0; px < t.strides[1]; ++px)
        for (int64_t n = 0; n < t.columns; ++n)
          for (int64_t ch = 0; ch < t.channels; ++ch)
            for (int64_t y = 0; y < c.kernel[0]; ++y)
              for (int64_t x = 0; x < c.kernel[1]; ++x, ++to) {
                int64_t ky = py + t.strides[0] * (c.kernel[0] - 1 - y), kx = px + t.strides[1] * (c.kernel[1] - 1 - x);
                if (ky < t.kernel[0] && kx < t.kernel[1])
                  *to = from[(((g * t.channels + ch) * t.columns + n) * t.kernel[0] + ky) * t.kernel[1] + kx];
              }
  c.weights = mlc::convert(c.weights, t.stored);
  Value init;
  if (bias) {
    // Once for each phase.
    Shape columns{context.constant(t.group), context.constant(phases), context.constant(t.columns)};
    Value grouped = context.reshape(bias, {columns[0], columns[2]});
    init = context.map(columns, elementType(bias), {{grouped, {0, 2}}}, [](Builder &, ValueRange x) { return x[0]; });
    init = context.reshape(init, {context.constant(t.group * c.columns)});
  }
  Value sums = structuredConvolution(context, c, row, elementType(t.input), init, {});
  Shape apart = context.shape(sums);
  apart.back() = context.constant(t.group);
  apart.push_back(context.constant(phases));
  apart.push_back(context.constant(t.columns));
  sums = context.reshape(sums, apart);
  Shape target(t.output);
  target.back() = context.constant(t.group);
  target.push_back(context.constant(t.columns));
  Value result = context.generate(target, elementType(t.input), [&](Builder &b, ValueRange at) {
    auto index = [&](int64_t v) { return arith::ConstantIndexOp::create(b, b.getLoc(), v).getResult(); };
    SmallVector<Value> place(2), phase(2);
    for (int i = 0; i < 2; ++i) {
      Value whole = arith::AddIOp::create(b, at[i + 1], index(t.before[i] - first[i] * t.strides[i]));
      place[i] = arith::DivUIOp::create(b, whole, index(t.strides[i]));
      phase[i] = arith::RemUIOp::create(b, whole, index(t.strides[i]));
    }
    Value both = arith::AddIOp::create(b, arith::MulIOp::create(b, phase[0], index(t.strides[1])), phase[1]);
    return element(b, sums, ValueRange{at[0], place[0], place[1], at[3], both, at[4]});
  });
  return context.reshape(result, t.output);
}

// Without phases: the flipped kernel over the input with stride - 1 zeros between elements.
static Value spreadTransposedConvolution(Context &context, const TransposedConvolution &t, const ContractionRow &row,
                                         Value bias) {
  Convolution c;
  Shape spread(t.shape);
  SmallVector<int64_t> lead(2);
  for (int i = 0; i < 2; ++i) {
    // Padded by kernel reach less the op's own padding (negative: cropped).
    int64_t reach = (t.kernel[i] - 1) * t.dilations[i];
    lead[i] = reach - t.before[i];
    int64_t tail = reach - t.after[i] + t.extra[i];
    spread[i + 1] = context.simplify((t.shape[i + 1] - 1) * t.strides[i] + 1 + lead[i] + tail);
    c.outputSpatial.push_back(t.output[i + 1]);
  }
  for (int i = 0; i < 2; ++i)
    context.requireEntries(t.shape[i + 1], spread);
  Type type = elementType(t.input);
  Value height = context.materialize(t.shape[1]), width = context.materialize(t.shape[2]);
  c.input = context.generate(spread, type, [&](Builder &b, ValueRange at) -> Value {
    SmallVector<Value> from(at);
    Value inside;
    auto index = [&](int64_t v) { return arith::ConstantIndexOp::create(b, b.getLoc(), v).getResult(); };
    for (int i = 0; i < 2; ++i) {
      Value place = arith::SubIOp::create(b, at[i + 1], index(lead[i]));
      Value whole = arith::FloorDivSIOp::create(b, place, index(t.strides[i]));
      Value last = arith::SubIOp::create(b, i == 0 ? height : width, index(1));
      from[i + 1] = arith::MinSIOp::create(b, arith::MaxSIOp::create(b, whole, index(0)), last);
      Value back = arith::MulIOp::create(b, from[i + 1], index(t.strides[i]));
      Value here = arith::CmpIOp::create(b, arith::CmpIPredicate::eq, back, place);
      inside = inside ? arith::AndIOp::create(b, inside, here).getResult() : here;
    }
    return arith::SelectOp::create(b, inside, element(b, t.input, from), scalar(b, type, 0));
  });
  c.shape = spread;
  c.group = t.group;
  c.columns = t.columns;
  c.channels = t.channels;
  c.kernel = t.kernel;
  c.strides = {1, 1};
  c.dilations = t.dilations;
  c.pads = {0, 0, 0, 0};
  // [C, M/group, k…] with flipped taps to [M, C/group, k…].
  int64_t taps = t.kernel[0] * t.kernel[1];
  c.weights = Tensor(DType::Float32, {t.group * t.columns, t.channels, t.kernel[0], t.kernel[1]});
  for (int64_t g = 0; g < t.group; ++g)
    for (int64_t ch = 0; ch < t.channels; ++ch)
      for (int64_t n = 0; n < t.columns; ++n)
        for (int64_t tap = 0; tap < taps; ++tap)
          c.weights.data<float>()[((g * t.columns + n) * t.channels + ch) * taps + tap] =
              t.weights.data<float>()[((g * t.channels + ch) * t.columns + n) * taps + (taps - 1 - tap)];
  c.weights = mlc::convert(c.weights, t.stored);
  return structuredConvolution(context, c, row, type, bias, {});
}

static LogicalResult lowerConvTranspose(Context &context, ConvTransposeOp op) {
  size_t spatial = op.getStrides().size();
  const ContractionRow *row = context.target.row(ElementKind::F32, ElementKind::F32);
  Value weights = storedConstant(op.getWeights());
  Type type = elementType(op.getInput());
  if (spatial > 2 || !weights || !isa<FloatType>(type) || type.isF64() || !row) {
    lowerPlainConvTranspose(context, op);
    return success();
  }
  TransposedConvolution t = describe(context, op, *constantTensor(weights));
  Value bias = op.getBias() ? convert(context, context.lookup(op.getBias()), context.b.getF32Type()) : Value();
  bool phased = (t.strides[0] > 1 || t.strides[1] > 1) && llvm::all_of(t.dilations, [](int64_t d) { return d == 1; });
  Value result = phased ? phasedTransposedConvolution(context, t, *row, bias)
                        : spreadTransposedConvolution(context, t, *row, bias);
  result = fromChannelsLast2d(context, convert(context, result, type), spatial, op.getChannelsLast());
  context.map(op, result, Shape(context.shape(result)));
  return success();
}

std::optional<LogicalResult> lowerContraction(Context &context, Operation *operation) {
  if (auto op = dyn_cast<MatmulOp>(operation))
    return lowerMatmul(context, op);
  if (auto op = dyn_cast<MatmulIntegerOp>(operation))
    return lowerMatmulInteger(context, op);
  if (auto op = dyn_cast<ConvOp>(operation))
    return lowerConv(context, op);
  if (auto op = dyn_cast<ConvIntegerOp>(operation))
    return lowerConvInteger(context, op);
  if (auto op = dyn_cast<ConvTransposeOp>(operation))
    return lowerConvTranspose(context, op);
  return std::nullopt;
}

} // namespace mlc::lowering
