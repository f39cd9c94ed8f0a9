// Ops that move, select or re-address elements: views where no element moves, else one linalg.generic that
// reads its operand at a computed place.
#include "Graph/Constants.h"
#include "Lowering/Context.h"
#include "Lowering/PackBlocks.h"
#include "Lowering/ScalarMath.h"

using namespace mlir;
using namespace mlc::graph;

namespace mlc::lowering {

using Builder = ImplicitLocOpBuilder;

static Type elementType(Value value) { return cast<RankedTensorType>(value.getType()).getElementType(); }

static Value add(Builder &b, Value x, Value y) { return arith::AddIOp::create(b, x, y); }
static Value sub(Builder &b, Value x, Value y) { return arith::SubIOp::create(b, x, y); }
static Value mul(Builder &b, Value x, Value y) { return arith::MulIOp::create(b, x, y); }
static Value index(Builder &b, int64_t value) { return arith::ConstantIndexOp::create(b, b.getLoc(), value); }

// A read-in index as an index within [0, size): negative counts from the end, and whatever lies outside is
// brought inside, so that no input reads past a buffer.
static Value normalizedIndex(Builder &b, Value raw, Value size) {
  Value i = arith::IndexCastOp::create(b, b.getIndexType(), raw);
  Value negative = arith::CmpIOp::create(b, arith::CmpIPredicate::slt, i, index(b, 0));
  i = arith::SelectOp::create(b, negative, add(b, i, size), i);
  i = arith::MaxSIOp::create(b, i, index(b, 0));
  return arith::MinSIOp::create(b, i, sub(b, size, index(b, 1)));
}

// What a shape that only a run knows asks for: 0 copies the operand's dimension, -1 takes what the others leave.
static SmallVector<Dim> resolveShape(Context &context, ArrayRef<Dim> wanted, const Shape &input, bool allowZero) {
  ImplicitLocOpBuilder &b = context.b;
  Value one = context.index(1), rest = one;
  SmallVector<Value> sizes, inferred;
  for (auto [i, dim] : llvm::enumerate(wanted)) {
    Value size = context.materialize(dim);
    if (!allowZero && i < input.size()) {
      Value copies = arith::CmpIOp::create(b, arith::CmpIPredicate::eq, size, context.index(0));
      size = arith::SelectOp::create(b, copies, context.materialize(input[i]), size);
    }
    inferred.push_back(arith::CmpIOp::create(b, arith::CmpIPredicate::eq, size, context.index(-1)));
    sizes.push_back(size);
    rest = arith::MulIOp::create(b, rest, arith::SelectOp::create(b, inferred.back(), one, size));
  }
  Value all = context.materialize(context.product(input));
  Value left = arith::DivSIOp::create(b, all, arith::MaxSIOp::create(b, rest, one));
  SmallVector<Dim> result;
  for (auto [dim, size, isInferred] : llvm::zip(wanted, sizes, inferred)) {
    size = arith::SelectOp::create(b, isInferred, left, size);
    bool known = Context::constantOf(dim).value_or(0) > 0 || context.isNeverNegative(dim);
    if (!known)
      context.check(arith::CmpIOp::create(b, arith::CmpIPredicate::sge, size, context.index(0)),
                    "a reshape to a shape with a dimension of %lld", size);
    result.push_back(known ? dim : context.symbol(size));
  }
  return result;
}

static LogicalResult lowerReshape(Context &context, ReshapeOp op) {
  const Shape input = context.shape(op.getInput());
  SmallVector<Dim> wanted = context.indexElements(op.getShape());
  if (llvm::any_of(wanted, [&](Dim dim) { return !Context::constantOf(dim) && !context.isNeverNegative(dim); }))
    wanted = resolveShape(context, wanted, input, op.getAllowzero());
  Shape target;
  int64_t inferred = -1;
  auto type = cast<RankedTensorType>(op.getType());
  for (auto [i, dim] : llvm::enumerate(wanted)) {
    auto number = Context::constantOf(dim);
    if (number == 0 && !op.getAllowzero())
      target.push_back(input[i]);
    else if (number == -1)
      target.push_back(context.constant(1)), inferred = i;
    else
      target.push_back(dim);
    if (!type.isDynamicDim(i))
      target[i] = context.constant(type.getDimSize(i));
  }
  if (inferred >= 0 && type.isDynamicDim(inferred)) {
    Shape others(target);
    target[inferred] = context.divide(context.product(input), context.product(others));
  }
  Dim have = context.product(input), want = context.product(target);
  if (have != want && !(Context::constantOf(have) && Context::constantOf(want))) {
    Value x = context.materialize(have), y = context.materialize(want);
    context.check(arith::CmpIOp::create(context.b, arith::CmpIPredicate::eq, x, y),
                  "a reshape of %lld elements to a shape of %lld elements", {x, y});
  }
  context.map(op, context.reshape(context.lookup(op.getInput()), target), target);
  return success();
}

static LogicalResult lowerExpand(Context &context, ExpandOp op) {
  Shape input = context.shape(op.getInput());
  SmallVector<Dim> wanted = context.indexElements(op.getShape());
  Shape target(std::max(input.size(), wanted.size()), context.constant(1));
  for (size_t i = 0; i < target.size(); ++i) {
    size_t fromInput = i + input.size(), fromShape = i + wanted.size();
    Dim a = fromInput < target.size() ? context.constant(1) : input[fromInput - target.size()];
    Dim c = fromShape < target.size() ? context.constant(1) : wanted[fromShape - target.size()];
    auto x = Context::constantOf(a), y = Context::constantOf(c);
    if (x == 1 || a == c)
      target[i] = c;
    else if (y == 1 || x)
      target[i] = a;
    else if (y)
      target[i] = c;
    else {
      Value va = context.materialize(a), vc = context.materialize(c);
      target[i] = context.symbol(arith::MaxSIOp::create(context.b, va, vc));
    }
  }
  Value result =
      context.map(target, elementType(op.getInput()), {context.broadcast(context.lookup(op.getInput()), target)},
                  [](Builder &, ValueRange x) { return x[0]; });
  context.map(op, result, target);
  return success();
}

namespace {
// One axis of a slice: where it starts, the step, how many elements.
struct Range {
  Value start;
  int64_t step;
  Dim count;
};
} // namespace

static FailureOr<SmallVector<Range>> sliceRanges(Context &context, SliceOp op) {
  Builder &b = context.b;
  auto steps = constantIntegers(op.getSteps());
  if (!steps)
    return op.emitOpError("takes steps that are known only at run time; export the model with constant steps");
  SmallVector<Dim> starts = context.indexElements(op.getStarts()), ends = context.indexElements(op.getEnds());
  auto type = cast<RankedTensorType>(op.getType());
  Shape input = context.shape(op.getInput());
  SmallVector<Range> ranges;
  for (auto [i, axis] : llvm::enumerate(op.getAxes())) {
    int64_t step = (*steps)[i];
    Dim size = input[axis];
    auto start = Context::constantOf(starts[i]), end = Context::constantOf(ends[i]), known = Context::constantOf(size);
    Range range{nullptr, step, nullptr};
    // The common forms stay symbolic, so that later ops can prove sizes equal.
    if (step == 1 && start && *start == 0 && end && *end >= std::numeric_limits<int32_t>::max()) {
      range = {context.index(0), 1, size};
    } else if (step == 1 && start && *start >= 0 && ends[i] == size) {
      range = {context.index(*start), 1, context.simplify(size - *start)};
      if (!known && *start > 0)
        range.count = nullptr; // may be shorter than the start
    } else if (known && step == 1 && start && *start == 0 && context.isDimension(ends[i]) && type.isDynamicDim(axis)) {
      range = {context.index(0), 1, context.limited(ends[i], *known)};
    } else if (known && start && end) {
      int64_t s = *start < 0 ? *start + *known : *start;
      s = step > 0 ? std::clamp<int64_t>(s, 0, *known) : std::clamp<int64_t>(s, 0, *known - 1);
      range = {context.index(s), step, context.constant(type.getDimSize(axis))};
    }
    if (!range.count) {
      Value n = context.materialize(size), zero = context.index(0);
      auto clamp = [&](Value v, Value low, Value high) -> Value {
        Value negative = arith::CmpIOp::create(b, arith::CmpIPredicate::slt, v, zero);
        v = arith::SelectOp::create(b, negative, add(b, v, n), v);
        return arith::MinSIOp::create(b, arith::MaxSIOp::create(b, v, low), high);
      };
      Value last = sub(b, n, context.index(1));
      Value s = context.materialize(starts[i]), e = context.materialize(ends[i]), count;
      if (step > 0) {
        s = clamp(s, zero, n);
        e = clamp(e, zero, n);
        count = arith::CeilDivSIOp::create(b, sub(b, e, s), context.index(step));
      } else {
        s = clamp(s, zero, last);
        e = clamp(e, context.index(-1), last);
        count = arith::CeilDivSIOp::create(b, sub(b, s, e), context.index(-step));
      }
      count = arith::MaxSIOp::create(b, count, zero);
      range.start = s;
      range.count = type.isDynamicDim(axis) ? context.symbol(count) : context.constant(type.getDimSize(axis));
    }
    ranges.push_back(range);
  }
  return ranges;
}

static LogicalResult lowerSlice(Context &context, SliceOp op) {
  auto ranges = sliceRanges(context, op);
  if (failed(ranges))
    return failure();
  Shape target(context.shape(op.getInput()));
  for (auto [range, axis] : llvm::zip(*ranges, op.getAxes()))
    target[axis] = range.count;
  Value input = context.lookup(op.getInput());
  Value result = context.generate(target, elementType(op.getInput()), [&](Builder &b, ValueRange indices) {
    SmallVector<Value> at(indices);
    for (auto [range, axis] : llvm::zip(*ranges, op.getAxes())) {
      Value offset = range.step == 1 ? at[axis] : mul(b, at[axis], index(b, range.step));
      at[axis] = add(b, range.start, offset);
    }
    return element(b, input, at);
  });
  context.map(op, result, target);
  return success();
}

static LogicalResult lowerConcat(Context &context, ConcatOp op) {
  int64_t axis = op.getAxis();
  Shape target(context.shape(op.getInputs()[0]));
  SmallVector<Value> inputs;
  Dim total = context.constant(0);
  for (Value input : op.getInputs()) {
    for (auto [i, dims] : llvm::enumerate(llvm::zip(context.shape(op.getInputs()[0]), context.shape(input))))
      if (static_cast<int64_t>(i) != axis)
        context.requireEqual(std::get<0>(dims), std::get<1>(dims), "a concatenation of %lld elements with %lld");
    if (Context::constantOf(context.shape(input)[axis]) == 0)
      continue;
    inputs.push_back(context.lookup(input));
    total = context.simplify(total + context.shape(input)[axis]);
  }
  target[axis] = total;
  auto type = cast<RankedTensorType>(op.getType());
  for (auto [i, dim] : llvm::enumerate(target))
    if (!type.isDynamicDim(i))
      dim = context.constant(type.getDimSize(i));
  Value result = context.empty(target, type.getElementType());
  if (!inputs.empty())
    result = kernel::ConcatOp::create(context.b, result.getType(), inputs, result, axis);
  context.map(op, result, target);
  return success();
}

static LogicalResult lowerScatter(Context &context, ScatterOp op) {
  Shape shape = context.shape(op.getInput()), updates = context.shape(op.getUpdates());
  context.requireEqual(context.shape(op.getIndices())[0], updates[0], "a scatter of %lld indices with %lld updates");
  context.requireEqual(shape[1], updates[1], "a scatter into rows of %lld elements with rows of %lld");
  Value out = context.empty(shape, elementType(op.getInput()));
  Value result = kernel::ScatterOp::create(context.b, out.getType(), context.lookup(op.getInput()),
                                           context.lookup(op.getIndices()), context.lookup(op.getUpdates()), out,
                                           stringifyScatterKind(op.getKind()));
  context.map(op, result, shape);
  return success();
}

// Rows of a constant table of 4-bit integers, which the library holds two a byte (packTable).
static bool lowerGatherOfNibbles(Context &context, GatherOp op) {
  auto type = mlir::cast<RankedTensorType>(op.getInput().getType());
  auto integer = dyn_cast<IntegerType>(type.getElementType());
  if (!integer || integer.getWidth() != 4 || type.getRank() != 2 || op.getAxis() != 0 || type.getDimSize(1) % 2 != 0 ||
      !constantOf(op.getInput()))
    return false;
  Shape indices = context.shape(op.getIndices()), target(indices), halves(indices);
  int64_t rows = type.getDimSize(0), width = type.getDimSize(1);
  target.push_back(context.constant(width));
  halves.append({context.constant(2), context.constant(width / 2)});
  context.requireEntries(context.constant(rows), indices);
  Value size = context.index(rows), which = context.lookup(op.getIndices());
  Value table = context.constantTensor(packTable(*constantTensor(op.getInput())));
  Value result = context.generate(halves, type.getElementType(), [&](Builder &b, ValueRange loops) -> Value {
    Value row = normalizedIndex(b, element(b, which, loops.take_front(indices.size())), size);
    Value byte = arith::ExtUIOp::create(b, b.getI32Type(), element(b, table, {row, loops.back()}));
    Value half = arith::IndexCastOp::create(b, b.getI32Type(), loops[indices.size()]);
    Value shift = arith::MulIOp::create(b, half, scalar(b, b.getI32Type(), 4));
    Value code = arith::AndIOp::create(b, arith::ShRUIOp::create(b, byte, shift), scalar(b, b.getI32Type(), 15));
    if (!integer.isUnsigned()) { // the sign of four bits
      Value eight = scalar(b, b.getI32Type(), 8);
      code = arith::SubIOp::create(b, arith::XOrIOp::create(b, code, eight), eight);
    }
    return arith::TruncIOp::create(b, b.getI8Type(), code);
  });
  context.map(op, context.reshape(result, target), target);
  return true;
}

static LogicalResult lowerGather(Context &context, GatherOp op) {
  if (lowerGatherOfNibbles(context, op))
    return success();
  int64_t axis = op.getAxis();
  Shape input = context.shape(op.getInput()), indices = context.shape(op.getIndices());
  Shape target(input.begin(), input.begin() + axis);
  llvm::append_range(target, indices);
  target.append(input.begin() + axis + 1, input.end());
  context.requireEntries(input[axis], indices);
  Value size = context.materialize(input[axis]);
  Value table = context.lookup(op.getInput()), which = context.lookup(op.getIndices());
  Value result = context.generate(target, elementType(op.getInput()), [&](Builder &b, ValueRange loops) {
    Value raw = element(b, which, loops.slice(axis, indices.size()));
    SmallVector<Value> at(loops.take_front(axis));
    at.push_back(normalizedIndex(b, raw, size));
    llvm::append_range(at, loops.drop_front(axis + indices.size()));
    return element(b, table, at);
  });
  context.map(op, result, target);
  return success();
}

static LogicalResult lowerGatherElements(Context &context, GatherElementsOp op) {
  Shape target = context.shape(op.getIndices()), input = context.shape(op.getInput());
  context.requireEntries(input[op.getAxis()], target);
  for (auto [i, wanted] : llvm::enumerate(target)) {
    if (i == op.getAxis() || wanted == input[i])
      continue;
    Value have = context.materialize(input[i]), want = context.materialize(wanted);
    context.check(arith::CmpIOp::create(context.b, arith::CmpIPredicate::sle, want, have),
                  "indices for %lld elements of %lld", {want, have});
  }
  Value size = context.materialize(context.shape(op.getInput())[op.getAxis()]);
  Value table = context.lookup(op.getInput()), which = context.lookup(op.getIndices());
  Value result = context.generate(target, elementType(op.getInput()), [&](Builder &b, ValueRange loops) {
    SmallVector<Value> at(loops);
    at[op.getAxis()] = normalizedIndex(b, element(b, which, loops), size);
    return element(b, table, at);
  });
  context.map(op, result, target);
  return success();
}

static LogicalResult lowerGatherND(Context &context, GatherNDOp op) {
  Shape input = context.shape(op.getInput()), indices = context.shape(op.getIndices());
  int64_t batch = op.getBatchDims(), depth = *Context::constantOf(indices.back());
  Shape target(indices.begin(), indices.end() - 1);
  target.append(input.begin() + batch + depth, input.end());
  SmallVector<Value> sizes;
  for (int64_t i = 0; i < batch; ++i)
    context.requireEqual(indices[i], input[i], "indices for a batch of %lld, not %lld");
  for (int64_t i = 0; i < depth; ++i) {
    context.requireEntries(input[batch + i], indices);
    sizes.push_back(context.materialize(input[batch + i]));
  }
  Value table = context.lookup(op.getInput()), which = context.lookup(op.getIndices());
  size_t outer = indices.size() - 1;
  Value result = context.generate(target, elementType(op.getInput()), [&](Builder &b, ValueRange loops) {
    SmallVector<Value> at(loops.take_front(batch));
    for (int64_t i = 0; i < depth; ++i) {
      SmallVector<Value> where(loops.take_front(outer));
      where.push_back(index(b, i));
      at.push_back(normalizedIndex(b, element(b, which, where), sizes[i]));
    }
    llvm::append_range(at, loops.drop_front(outer));
    return element(b, table, at);
  });
  context.map(op, result, target);
  return success();
}

// The place in an input of `size` elements that position `i` of a padded axis shows.
static Value paddedSource(Builder &b, PadMode mode, Value i, Value size) {
  Value zero = index(b, 0), last = sub(b, size, index(b, 1));
  switch (mode) {
  case PadMode::Constant:
  case PadMode::Edge:
    return arith::MinSIOp::create(b, arith::MaxSIOp::create(b, i, zero), last);
  case PadMode::Reflect: {
    Value period = arith::MaxSIOp::create(b, mul(b, last, index(b, 2)), index(b, 1));
    Value m = arith::RemSIOp::create(b, i, period);
    Value negative = arith::CmpIOp::create(b, arith::CmpIPredicate::slt, m, zero);
    m = arith::SelectOp::create(b, negative, add(b, m, period), m);
    return arith::MinSIOp::create(b, m, sub(b, period, m));
  }
  case PadMode::Wrap: {
    Value m = arith::RemSIOp::create(b, i, size);
    Value negative = arith::CmpIOp::create(b, arith::CmpIPredicate::slt, m, zero);
    return arith::SelectOp::create(b, negative, add(b, m, size), m);
  }
  }
  llvm_unreachable("a pad mode");
}

static LogicalResult lowerPad(Context &context, PadOp op) {
  SmallVector<Dim> pads = context.indexElements(op.getPads());
  Shape input = context.shape(op.getInput()), target(input);
  size_t n = op.getAxes().size();
  auto type = cast<RankedTensorType>(op.getType());
  SmallVector<Value> begins, sizes;
  for (auto [i, axis] : llvm::enumerate(op.getAxes())) {
    target[axis] = type.isDynamicDim(axis) ? context.simplify(input[axis] + pads[i] + pads[i + n])
                                           : context.constant(type.getDimSize(axis));
    begins.push_back(context.materialize(pads[i]));
    sizes.push_back(context.materialize(input[axis]));
  }
  for (auto [i, axis] : llvm::enumerate(op.getAxes()))
    if (Context::constantOf(pads[i]) != 0 || Context::constantOf(pads[i + n]) != 0)
      context.requireEntries(input[axis], target);
  Value source = context.lookup(op.getInput()), fill = context.lookup(op.getValue());
  bool scalarFill = cast<RankedTensorType>(fill.getType()).getRank() == 0;
  auto body = [&](Builder &b, ValueRange indices) -> Value {
    SmallVector<Value> at(indices);
    Value inside;
    for (auto [i, axis] : llvm::enumerate(op.getAxes())) {
      if (Context::constantOf(pads[i]) == 0 && Context::constantOf(pads[i + n]) == 0)
        continue;
      Value place = sub(b, at[axis], begins[i]);
      at[axis] = paddedSource(b, op.getMode(), place, sizes[i]);
      Value here = arith::CmpIOp::create(b, arith::CmpIPredicate::eq, at[axis], place);
      inside = inside ? arith::AndIOp::create(b, inside, here).getResult() : here;
    }
    Value value = element(b, source, at);
    if (op.getMode() != PadMode::Constant || !inside)
      return value;
    SmallVector<Value> first;
    if (!scalarFill)
      first.push_back(index(b, 0));
    return arith::SelectOp::create(b, inside, value, element(b, fill, first));
  };
  context.map(op, context.generate(target, type.getElementType(), body), target);
  return success();
}

static LogicalResult lowerTile(Context &context, TileOp op) {
  SmallVector<Dim> repeats = context.indexElements(op.getRepeats());
  Shape input = context.shape(op.getInput()), target;
  SmallVector<Value> sizes;
  for (auto [size, times] : llvm::zip(input, repeats)) {
    target.push_back(context.simplify(size * times));
    sizes.push_back(context.materialize(size));
  }
  Value source = context.lookup(op.getInput());
  Value result = context.generate(target, elementType(op.getInput()), [&](Builder &b, ValueRange indices) {
    SmallVector<Value> at;
    for (auto [i, place] : llvm::enumerate(indices))
      at.push_back(Context::constantOf(repeats[i]) == 1 ? place : Value(arith::RemSIOp::create(b, place, sizes[i])));
    return element(b, source, at);
  });
  context.map(op, result, target);
  return success();
}

static LogicalResult lowerRange(Context &context, RangeOp op) {
  Builder &b = context.b;
  auto type = cast<RankedTensorType>(op.getType());
  Type elements = type.getElementType();
  Value start = context.lookup(op.getStart()), delta = context.lookup(op.getDelta());
  Dim count;
  if (!type.isDynamicDim(0)) {
    count = context.constant(type.getDimSize(0));
  } else if (isa<IntegerType>(elements)) {
    Dim from = context.indexElement(op.getStart()), to = context.indexElement(op.getLimit()),
        by = context.indexElement(op.getDelta());
    if (!Context::constantOf(by)) {
      Value step = context.materialize(by), zero = context.index(0);
      context.check(arith::CmpIOp::create(b, arith::CmpIPredicate::ne, step, zero), "a range with steps of %lld",
                    {step});
    }
    if (Context::constantOf(by) == 1 && Context::constantOf(from) == 0 && context.isNeverNegative(to)) {
      count = to;
    } else {
      Value steps =
          arith::CeilDivSIOp::create(b, context.materialize(context.simplify(to - from)), context.materialize(by));
      count = context.symbol(arith::MaxSIOp::create(b, steps, context.index(0)));
    }
  } else {
    Type wide = b.getF64Type(), i64 = b.getI64Type();
    Value counted = context.map({}, i64, {{start, {}}, {context.lookup(op.getLimit()), {}}, {delta, {}}},
                                [&](Builder &inner, ValueRange x) -> Value {
                                  Value from = cast(inner, elements, wide, x[0]),
                                        to = cast(inner, elements, wide, x[1]);
                                  Value span = arith::SubFOp::create(inner, to, from);
                                  Value steps = arith::DivFOp::create(inner, span, cast(inner, elements, wide, x[2]));
                                  Value whole = cast(inner, wide, i64, math::CeilOp::create(inner, steps));
                                  return arith::MaxSIOp::create(inner, whole, scalar(inner, i64, 0));
                                });
    Value n = arith::IndexCastOp::create(b, b.getIndexType(),
                                         tensor::ExtractOp::create(b, counted, ValueRange{}).getResult());
    // A step of 0 gives a number of elements without end.
    Value most = context.index(int64_t(1) << 40);
    context.check(arith::CmpIOp::create(b, arith::CmpIPredicate::sle, n, most), "a range of %lld elements", {n});
    count = context.symbol(n);
  }
  Value result = context.generate({count}, elements, [&](Builder &b, ValueRange indices) {
    Value i = arith::IndexCastOp::create(b, b.getI64Type(), indices[0]);
    Value at = cast(b, b.getI64Type(), elements, i);
    return binary(b, BinaryKind::Add, elements, element(b, start, {}),
                  binary(b, BinaryKind::Mul, elements, at, element(b, delta, {})));
  });
  context.map(op, result, {count});
  return success();
}

static LogicalResult lowerShapeOf(Context &context, ShapeOfOp op) {
  Builder &b = context.b;
  SmallVector<Value> elements;
  for (Dim dim : context.indexElements(op))
    elements.push_back(arith::IndexCastOp::create(b, b.getI64Type(), context.materialize(dim)));
  auto type = cast<RankedTensorType>(op.getType());
  Value result = tensor::FromElementsOp::create(b, type, elements);
  context.map(op, result, {context.constant(type.getDimSize(0))});
  return success();
}

static LogicalResult lowerNonZero(Context &context, NonZeroOp op) {
  Builder &b = context.b;
  Shape input = context.shape(op.getInput());
  SmallVector<Value> scalars;
  for (Dim dim : input)
    scalars.push_back(context.materialize(dim));
  Value source = context.lookup(op.getInput());
  // The routine knows one element type: a flag for each element.
  Value flags =
      context.map(input, b.getI1Type(), {context.broadcast(source, input)}, [&](Builder &inner, ValueRange x) {
        return cast(inner, elementType(op.getInput()), inner.getI1Type(), x[0]);
      });
  auto unbounded =
      kernel::UnboundedOp::create(b, op.getType(), b.getIndexType(), "non_zero", ValueRange(flags), scalars);
  context.map(op, unbounded.getOutput(), {context.constant(input.size()), context.symbol(unbounded.getExtent())});
  return success();
}

std::optional<LogicalResult> lowerShape(Context &context, Operation *operation) {
  if (auto op = dyn_cast<ReshapeOp>(operation))
    return lowerReshape(context, op);
  if (auto op = dyn_cast<SqueezeOp>(operation)) {
    Shape target;
    for (auto [i, dim] : llvm::enumerate(context.shape(op.getInput())))
      if (llvm::is_contained(op.getAxes(), static_cast<int64_t>(i)))
        context.requireEqual(dim, context.constant(1),
                             "a dimension of %lld elements cannot be dropped: it is not %lld");
      else
        target.push_back(dim);
    context.map(op, context.reshape(context.lookup(op.getInput()), target), target);
    return success();
  }
  if (auto op = dyn_cast<UnsqueezeOp>(operation)) {
    Shape target(context.shape(op.getInput()));
    for (int64_t axis : op.getAxes())
      target.insert(target.begin() + axis, context.constant(1));
    context.map(op, context.reshape(context.lookup(op.getInput()), target), target);
    return success();
  }
  if (auto op = dyn_cast<TransposeOp>(operation)) {
    Value result = context.transpose(context.lookup(op.getInput()), op.getPerm());
    context.map(op, result, Shape(context.shape(result)));
    return success();
  }
  if (auto op = dyn_cast<ShapeOfOp>(operation))
    return lowerShapeOf(context, op);
  if (auto op = dyn_cast<ExpandOp>(operation))
    return lowerExpand(context, op);
  if (auto op = dyn_cast<SliceOp>(operation))
    return lowerSlice(context, op);
  if (auto op = dyn_cast<ConcatOp>(operation))
    return lowerConcat(context, op);
  if (auto op = dyn_cast<GatherOp>(operation))
    return lowerGather(context, op);
  if (auto op = dyn_cast<GatherElementsOp>(operation))
    return lowerGatherElements(context, op);
  if (auto op = dyn_cast<GatherNDOp>(operation))
    return lowerGatherND(context, op);
  if (auto op = dyn_cast<ScatterOp>(operation))
    return lowerScatter(context, op);
  if (auto op = dyn_cast<PadOp>(operation))
    return lowerPad(context, op);
  if (auto op = dyn_cast<TileOp>(operation))
    return lowerTile(context, op);
  if (auto op = dyn_cast<RangeOp>(operation))
    return lowerRange(context, op);
  if (auto op = dyn_cast<NonZeroOp>(operation))
    return lowerNonZero(context, op);
  return std::nullopt;
}

} // namespace mlc::lowering
