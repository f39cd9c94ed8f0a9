// Operators that change the shape or order of elements.
#include "Import/OperatorTable.h"
#include "Import/RuntimeAxes.h"

#include <limits>

using namespace mlir;
using namespace mlc::graph;

namespace mlc::importer {

namespace {

Results shapeOf(Node &n) {
  Value x = n.require(0);
  int64_t rank = n.rank(x);
  auto clamp = [&](int64_t at) { return std::clamp<int64_t>(at < 0 ? at + rank : at, 0, rank); };
  int64_t start = clamp(n.integer("start", 0)), end = clamp(n.integer("end", rank));
  return {n.create<ShapeOfOp>(x, start, std::max(start, end))};
}

Results size(Node &n) {
  Value x = n.require(0);
  if (n.rank(x) == 0)
    return {n.scalar(n.builder().getI64Type(), 1)};
  return {n.reduce(ReduceKind::Prod, n.shapeOf(x), {0}, /*keepdims=*/false)};
}

Results reshape(Node &n) {
  Value x = n.require(0), shape = n.toShape(n.require(1));
  if (auto known = n.knownIntegers(shape)) {
    if (llvm::count(*known, -1) > 1)
      n.invalid("the shape has -1 twice");
    if (llvm::any_of(*known, [](int64_t size) { return size < -1; }))
      n.invalid("the shape has a negative size");
  }
  return {n.create<ReshapeOp>(x, shape, n.integer("allowzero", 0) != 0)};
}

// Axes from the attribute or, since opset 13, the second operand: known when compiling, or a value, or neither.
struct GivenAxes {
  std::optional<SmallVector<int64_t>> known;
  Value value;
};

GivenAxes givenAxes(Node &n) {
  GivenAxes axes{n.integers("axes"), n.input(1)};
  if (axes.value)
    axes.known = n.knownIntegers(axes.value);
  return axes;
}

// Without dimensions of size 1 that only a run knows.
Value squeezeAtRunTime(Node &n, Value x, const RuntimeAxes &axes, std::optional<int64_t> rank) {
  if (!rank || *rank < 0)
    n.unsupported("the result's rank is not known when compiling");
  return n.create<ReshapeOp>(x, axes.without(n.shapeOf(x), *rank), /*allowzero=*/true);
}

Results squeeze(Node &n) {
  Value x = n.require(0);
  GivenAxes axes = givenAxes(n);
  if (axes.known)
    return {n.squeeze(x, n.axes(*axes.known, n.rank(x)))};
  if (axes.value) {
    RuntimeAxes named(n, axes.value, n.rank(x));
    auto count = named.count();
    return {squeezeAtRunTime(n, x, named, count ? std::optional(n.rank(x) - *count) : n.declaredRank(0))};
  }
  SmallVector<int64_t> ones;
  int64_t unknown = 0;
  for (auto [i, size] : llvm::enumerate(n.type(x).getShape())) {
    unknown += ShapedType::isDynamic(size);
    if (size == 1)
      ones.push_back(static_cast<int64_t>(i));
  }
  // Where only a run tells, the rank that the file gives the result must be the one without these.
  int64_t others = n.rank(x) - static_cast<int64_t>(ones.size());
  if (unknown && n.declaredRank(0) != others)
    n.unsupported("without axes on an operand with dynamic dimensions: the result's rank is not known");
  return {n.squeeze(x, ones)};
}

Results unsqueeze(Node &n) {
  Value x = n.require(0);
  GivenAxes axes = givenAxes(n);
  if (axes.known)
    return {n.unsqueeze(x, n.axes(*axes.known, n.rank(x) + static_cast<int64_t>(axes.known->size())))};
  if (!axes.value)
    n.invalid("axes are missing");
  int64_t count = n.type(n.toIndices(axes.value)).getDimSize(0);
  std::optional<int64_t> rank = ShapedType::isDynamic(count) ? n.declaredRank(0) : std::optional(n.rank(x) + count);
  if (!rank || *rank < n.rank(x))
    n.unsupported("the result's rank is not known when compiling");
  RuntimeAxes named(n, axes.value, *rank);
  return {n.create<ReshapeOp>(x, named.ones(n.shapeOf(x)), /*allowzero=*/true)};
}

Results flatten(Node &n) {
  Value x = n.require(0);
  int64_t rank = n.rank(x), axis = n.integer("axis", 1);
  axis = axis == rank ? rank : n.axis(axis, rank);
  Dim outer = 1, inner = 1;
  for (int64_t i = 0; i < rank; ++i) {
    Dim &side = i < axis ? outer : inner;
    side = n.combine(BinaryKind::Mul, side, n.dim(x, i));
  }
  return {n.reshape(x, {outer, inner})};
}

Results transpose(Node &n) {
  Value x = n.require(0);
  SmallVector<int64_t> perm;
  if (auto given = n.integers("perm"))
    perm = *given;
  else
    for (int64_t i = n.rank(x); i-- > 0;)
      perm.push_back(i);
  SmallVector<int64_t> sorted(perm);
  llvm::sort(sorted);
  if (!llvm::equal(sorted, llvm::seq<int64_t>(0, n.rank(x))))
    n.invalid("perm is no permutation of the operand's dimensions");
  return {n.transpose(x, perm)};
}

Results expand(Node &n) {
  Value shape = n.toShape(n.require(1));
  if (auto known = n.knownIntegers(shape); known && llvm::any_of(*known, [](int64_t size) { return size < 0; }))
    n.invalid("the shape has a negative size");
  return {n.create<ExpandOp>(n.require(0), shape)};
}

Results tile(Node &n) {
  Value x = n.require(0), repeats = n.toIndices(n.require(1));
  if (!n.type(repeats).isDynamicDim(0) && n.type(repeats).getDimSize(0) != n.rank(x))
    n.invalid("repeats has not one number for each dimension of the operand");
  if (auto known = n.knownIntegers(repeats); known && llvm::any_of(*known, [](int64_t count) { return count < 0; }))
    n.invalid("repeats has a negative number");
  return {n.create<TileOp>(x, repeats)};
}

// Elements start, start + step, … of each dimension before end, one number a dimension (i64[rank]) of each: where ONNX
// clamps them, as positions of a gather.
Value gatherSteps(Node &n, Value x, Value starts, Value ends, Value steps) {
  for (int64_t axis = 0, rank = n.rank(x); axis < rank; ++axis) {
    auto at = [&](Value values) { return n.toScalar(n.slice(values, 0, axis, axis + 1)); };
    Value size = n.toScalar(n.dimValue(n.dim(x, axis))), step = at(steps), zero = n.scalarLike(size, 0);
    Value back = n.compare(CompareKind::Lt, step, zero);
    // Backwards, the first position is at most the last element and the end may stand before the first.
    Value low = n.select(back, n.scalarLike(size, -1), zero);
    Value high = n.select(back, n.sub(size, n.scalarLike(size, 1)), size);
    auto clamp = [&](Value position) {
      Value negative = n.compare(CompareKind::Lt, position, zero);
      position = n.select(negative, n.add(position, size), position);
      return n.binary(BinaryKind::Min, n.binary(BinaryKind::Max, position, low), high);
    };
    Value start = clamp(at(starts)), end = clamp(at(ends));
    start = n.binary(BinaryKind::Max, start, zero);
    Value whole = n.sub(n.add(n.sub(end, start), step), n.unary(UnaryKind::Sign, step));
    Value count = n.binary(BinaryKind::Min, n.binary(BinaryKind::Max, n.div(whole, step), zero), size);
    Value positions = n.range(Dim(n.unsqueeze(count, {0})));
    x = n.create<GatherOp>(x, n.add(start, n.mul(positions, step)), axis);
  }
  return x;
}

Results slice(Node &n) {
  Value x = n.require(0), starts, ends, steps, given;
  std::optional<SmallVector<int64_t>> axes;
  if (n.opset < 10) {
    auto from = n.integers("starts"), to = n.integers("ends");
    if (!from || !to || from->size() != to->size())
      n.invalid("starts and ends are missing or differ in length");
    starts = n.indices(*from);
    ends = n.indices(*to);
    axes = n.integers("axes");
    if (axes)
      given = n.indices(*axes);
  } else {
    starts = n.toIndices(n.require(1));
    ends = n.toIndices(n.require(2));
    given = n.input(3) ? n.toIndices(n.input(3)) : Value();
    if (given)
      axes = n.knownIntegers(given);
    steps = n.input(4) ? n.toIndices(n.input(4)) : Value();
  }
  int64_t count = n.type(starts).getDimSize(0);
  if (ShapedType::isDynamic(count) && !given)
    n.unsupported("the number of starts is not known when compiling");
  if (!given)
    axes = llvm::to_vector(llvm::seq<int64_t>(0, count));
  SmallVector<int64_t> normal;
  for (int64_t axis : axes.value_or(SmallVector<int64_t>())) {
    normal.push_back(n.axis(axis, n.rank(x)));
    if (llvm::count(normal, normal.back()) > 1)
      n.invalid("an axis is given twice");
  }
  int64_t length = axes ? static_cast<int64_t>(axes->size()) : n.type(given).getDimSize(0);
  for (Value part : {starts, ends, steps})
    if (part && n.type(part).getDimSize(0) != length)
      n.invalid("starts, ends, axes and steps differ in length");
  if (axes && (!steps || n.knownIntegers(steps))) {
    if (!steps)
      steps = n.indices(SmallVector<int64_t>(length, 1));
    return {n.create<SliceOp>(x, starts, ends, steps, normal)};
  }
  if (!given)
    given = n.indices(normal);
  RuntimeAxes named(n, given, n.rank(x));
  Value all = n.indices(std::numeric_limits<int64_t>::max()), one = n.indices(1);
  return {gatherSteps(n, x, named.spread(starts, n.indices(0)), named.spread(ends, all),
                      steps ? named.spread(steps, one) : n.create<ExpandOp>(one, n.indices(n.rank(x))))};
}

Results split(Node &n) {
  Value x = n.require(0), given = n.input(1);
  int64_t axis = n.axis(n.integer("axis", 0), n.rank(x)), count = n.proto.output_size();
  if (count == 0)
    n.invalid("no outputs");
  if (auto sizes = n.integers("split"))
    given = n.indices(*sizes);
  Results parts;
  Dim size = n.dim(x, axis), begin = 0;
  if (!given) {
    if (n.integer("num_outputs", count) != count)
      n.invalid("num_outputs differs from the number of outputs");
    if (n.opset < 18 && size.isNumber() && size.number % count)
      n.invalid("the dimension does not divide into equal parts");
    // Equal parts, the last one smaller where they do not divide.
    Dim part = n.combine(BinaryKind::Div, n.combine(BinaryKind::Add, size, count - 1), count);
    for (int64_t i = 0; i < count; ++i) {
      Dim end = i + 1 == count ? size : n.combine(BinaryKind::Add, begin, part);
      parts.push_back(n.slice(x, axis, begin, end));
      begin = end;
    }
    return parts;
  }
  given = n.toIndices(given);
  auto known = n.knownIntegers(given);
  if ((known && static_cast<int64_t>(known->size()) != count) ||
      (!n.type(given).isDynamicDim(0) && n.type(given).getDimSize(0) != count))
    n.invalid("split has not one size for each output");
  for (int64_t i = 0; i < count; ++i) {
    Dim part = known ? Dim((*known)[i]) : Dim(n.slice(given, 0, i, i + 1));
    Dim end = n.combine(BinaryKind::Add, begin, part);
    parts.push_back(n.slice(x, axis, begin, end));
    begin = end;
  }
  if (known && size.isNumber() && begin.number != size.number)
    n.invalid("the sizes of split do not add up to the dimension");
  return parts;
}

Results concat(Node &n) {
  SmallVector<Value> parts;
  for (size_t i = 0; i < n.inputs.size(); ++i)
    parts.push_back(n.require(i));
  if (parts.empty())
    n.invalid("no operands");
  if (!n.attribute("axis"))
    n.invalid("attribute 'axis' is missing");
  return {n.create<ConcatOp>(parts, n.axis(n.integer("axis", 0), n.rank(parts[0])))};
}

Results pad(Node &n) {
  Value x = n.require(0), pads, value;
  SmallVector<int64_t> axes = llvm::to_vector(llvm::seq<int64_t>(0, n.rank(x)));
  if (n.opset < 11) {
    auto given = n.integers("pads");
    if (!given)
      n.invalid("attribute 'pads' is missing");
    pads = n.indices(*given);
    value = n.scalarLike(x, n.number("value", 0));
  } else {
    pads = n.toIndices(n.require(1));
    value = n.input(2) ? n.toScalar(n.input(2)) : n.scalarLike(x, 0);
    if (n.input(3) && n.knownIntegers(n.input(3))) {
      axes.clear();
      for (int64_t axis : *n.knownIntegers(n.input(3)))
        axes.push_back(n.axis(axis, n.rank(x)));
    } else if (n.input(3)) {
      RuntimeAxes named(n, n.input(3), n.rank(x));
      auto count = named.count();
      if (!count || n.type(pads).getDimSize(0) != 2 * *count)
        n.unsupported("the number of axes is not known when compiling");
      Value zero = n.indices(0);
      pads = n.create<ConcatOp>(ValueRange{named.spread(n.slice(pads, 0, 0, *count), zero),
                                           named.spread(n.slice(pads, 0, *count, 2 * *count), zero)},
                                0);
    }
  }
  if (n.element(value) != n.element(x))
    n.invalid("the padding value's element type differs from the operand's");
  if (n.type(pads).getDimSize(0) != 2 * static_cast<int64_t>(axes.size()))
    n.invalid("pads has not two numbers for each axis");
  std::string name = n.text("mode", "constant");
  auto mode = symbolizePadMode(name);
  if (!mode)
    n.invalid("unknown mode '" + name + "'");
  return {n.create<PadOp>(x, pads, value, axes, *mode)};
}

// The middle of each axis, cut or padded to a size.
Results centerCropPad(Node &n) {
  Value x = n.require(0), shape = n.toIndices(n.require(1));
  SmallVector<int64_t> axes = llvm::to_vector(llvm::seq<int64_t>(0, n.rank(x)));
  if (auto given = n.integers("axes")) {
    axes.clear();
    for (int64_t axis : *given)
      axes.push_back(n.axis(axis, n.rank(x)));
  }
  if (n.type(shape).getDimSize(0) != static_cast<int64_t>(axes.size()))
    n.invalid("the shape has not one number for each axis");
  auto known = n.knownIntegers(shape);
  SmallVector<Value> starts, ends, before, after;
  for (auto [i, axis] : llvm::enumerate(axes)) {
    auto at = static_cast<int64_t>(i);
    Dim size = n.dim(x, axis), wanted = known ? Dim((*known)[i]) : Dim(n.slice(shape, 0, at, at + 1));
    Dim kept = n.combine(BinaryKind::Min, size, wanted);
    Dim cut = n.combine(BinaryKind::Div, n.combine(BinaryKind::Sub, size, kept), 2);
    Dim missing = n.combine(BinaryKind::Sub, wanted, kept), first = n.combine(BinaryKind::Div, missing, 2);
    starts.push_back(n.dimValue(cut));
    ends.push_back(n.dimValue(n.combine(BinaryKind::Add, cut, kept)));
    before.push_back(n.dimValue(first));
    after.push_back(n.dimValue(n.combine(BinaryKind::Sub, missing, first)));
  }
  if (axes.empty())
    return {x};
  auto list = [&](ArrayRef<Value> values) { return n.create<ConcatOp>(ValueRange(values), 0); };
  x = n.create<SliceOp>(x, list(starts), list(ends), n.indices(SmallVector<int64_t>(axes.size(), 1)), axes);
  llvm::append_range(before, after);
  return {n.create<PadOp>(x, list(before), n.scalarLike(x, 0), axes, PadMode::Constant)};
}

// Both move blocks between the channels and the two spatial dimensions of [N, C, H, W].
std::pair<Value, int64_t> imageAndBlock(Node &n) {
  Value x = n.require(0);
  int64_t block = n.integer("blocksize", 0);
  if (n.rank(x) != 4 || block < 1)
    n.invalid("operand must have four dimensions and blocksize be positive");
  return {x, block};
}

// Whether the channels of a block are (depth, column, row) or (column, row, depth).
std::string depthOrder(Node &n) {
  std::string mode = n.text("mode", "DCR");
  if (mode != "DCR" && mode != "CRD")
    n.invalid("mode must be DCR or CRD, not '" + mode + "'");
  return mode;
}

Results depthToSpace(Node &n) {
  auto [x, b] = imageAndBlock(n);
  Dim c = n.combine(BinaryKind::Div, n.dim(x, 1), b * b), h = n.dim(x, 2), w = n.dim(x, 3);
  Value blocks = depthOrder(n) == "DCR" ? n.transpose(n.reshape(x, {n.dim(x, 0), b, b, c, h, w}), {0, 3, 4, 1, 5, 2})
                                        : n.transpose(n.reshape(x, {n.dim(x, 0), c, b, b, h, w}), {0, 1, 4, 2, 5, 3});
  return {n.reshape(blocks, {n.dim(x, 0), c, n.combine(BinaryKind::Mul, h, b), n.combine(BinaryKind::Mul, w, b)})};
}

Results spaceToDepth(Node &n) {
  auto [x, b] = imageAndBlock(n);
  Dim c = n.dim(x, 1), h = n.combine(BinaryKind::Div, n.dim(x, 2), b), w = n.combine(BinaryKind::Div, n.dim(x, 3), b);
  Value blocks = n.reshape(x, {n.dim(x, 0), c, h, b, w, b});
  blocks = depthOrder(n) == "DCR" ? n.transpose(blocks, {0, 3, 5, 1, 2, 4}) : n.transpose(blocks, {0, 1, 3, 5, 2, 4});
  return {n.reshape(blocks, {n.dim(x, 0), n.combine(BinaryKind::Mul, c, b * b), h, w})};
}

} // namespace

void addShapeOperators(Rows &rows) {
  using T = Types;
  rows.insert(rows.end(), {
                              {"CenterCropPad", 18, 28, T::Stored, centerCropPad},
                              {"Concat", 6, 28, T::Stored, concat},
                              {"DepthToSpace", 6, 28, T::Stored, depthToSpace},
                              {"Expand", 8, 28, T::Stored, expand, "the result's rank must be known when compiling"},
                              {"Flatten", 6, 28, T::Stored, flatten},
                              {"Pad", 6, 28, T::Stored, pad},
                              {"Reshape", 6, 28, T::Stored, reshape, "the result's rank must be known when compiling"},
                              {"Shape", 6, 28, T::Stored, shapeOf},
                              {"Size", 6, 28, T::Stored, size},
                              {"Slice", 6, 28, T::Stored, slice},
                              {"SpaceToDepth", 6, 28, T::Stored, spaceToDepth},
                              {"Split", 6, 28, T::Stored, split},
                              {"Squeeze", 6, 28, T::Stored, squeeze},
                              {"Tile", 6, 28, T::Stored, tile},
                              {"Transpose", 6, 28, T::Stored, transpose},
                              {"Unsqueeze", 6, 28, T::Stored, unsqueeze},
                          });
}

} // namespace mlc::importer
