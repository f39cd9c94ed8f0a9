// Operators that change the shape or order of elements.
#include "Import/OperatorTable.h"

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
  Value x = n.require(0), shape = n.toIndices(n.require(1));
  if (n.type(shape).isDynamicDim(0))
    n.unsupported("the rank of the result is not known when compiling");
  if (auto known = n.knownIntegers(shape)) {
    if (llvm::count(*known, -1) > 1)
      n.invalid("the shape has -1 twice");
    if (llvm::any_of(*known, [](int64_t size) { return size < -1; }))
      n.invalid("the shape has a negative size");
  }
  return {n.create<ReshapeOp>(x, shape, n.integer("allowzero", 0) != 0)};
}

// Axes from the attribute or, since opset 13, the second operand; nullopt where neither is given.
std::optional<SmallVector<int64_t>> givenAxes(Node &n) {
  if (auto axes = n.integers("axes"))
    return axes;
  if (Value axes = n.input(1))
    return n.requireIntegers(axes, "axes");
  return std::nullopt;
}

Results squeeze(Node &n) {
  Value x = n.require(0);
  if (auto axes = givenAxes(n))
    return {n.squeeze(x, n.axes(*axes, n.rank(x)))};
  SmallVector<int64_t> ones;
  for (auto [i, size] : llvm::enumerate(n.type(x).getShape())) {
    if (ShapedType::isDynamic(size))
      n.unsupported("without axes on an operand with dynamic dimensions: the result's rank is not known");
    if (size == 1)
      ones.push_back(static_cast<int64_t>(i));
  }
  return {n.squeeze(x, ones)};
}

Results unsqueeze(Node &n) {
  Value x = n.require(0);
  auto axes = givenAxes(n);
  if (!axes)
    n.invalid("axes are missing");
  return {n.unsqueeze(x, n.axes(*axes, n.rank(x) + static_cast<int64_t>(axes->size())))};
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
  Value shape = n.toIndices(n.require(1));
  if (n.type(shape).isDynamicDim(0))
    n.unsupported("the rank of the result is not known when compiling");
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

Results slice(Node &n) {
  Value x = n.require(0), starts, ends, steps;
  SmallVector<int64_t> axes;
  if (n.opset < 10) {
    auto from = n.integers("starts"), to = n.integers("ends");
    if (!from || !to || from->size() != to->size())
      n.invalid("starts and ends are missing or differ in length");
    starts = n.indices(*from);
    ends = n.indices(*to);
    axes = n.integers("axes").value_or(SmallVector<int64_t>());
  } else {
    starts = n.toIndices(n.require(1));
    ends = n.toIndices(n.require(2));
    if (n.input(3))
      axes = n.requireIntegers(n.input(3), "axes");
    steps = n.input(4) ? n.toIndices(n.input(4)) : Value();
  }
  bool givenAxes = n.opset < 10 ? n.attribute("axes") != nullptr : n.input(3) != nullptr;
  int64_t count = n.type(starts).getDimSize(0);
  if (ShapedType::isDynamic(count))
    n.unsupported("the number of starts is not known when compiling");
  if (!givenAxes)
    axes = llvm::to_vector(llvm::seq<int64_t>(0, count));
  if (!steps)
    steps = n.indices(SmallVector<int64_t>(count, 1));
  SmallVector<int64_t> normal;
  for (int64_t axis : axes) {
    normal.push_back(n.axis(axis, n.rank(x)));
    if (llvm::count(normal, normal.back()) > 1)
      n.invalid("an axis is given twice");
  }
  for (Value part : {starts, ends, steps})
    if (n.type(part).getDimSize(0) != static_cast<int64_t>(axes.size()))
      n.invalid("starts, ends, axes and steps differ in length");
  if (!n.knownIntegers(steps))
    n.unsupported("steps must be known when compiling");
  return {n.create<SliceOp>(x, starts, ends, steps, normal)};
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
    if (n.input(3)) {
      axes.clear();
      for (int64_t axis : n.requireIntegers(n.input(3), "axes"))
        axes.push_back(n.axis(axis, n.rank(x)));
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
                              {"Concat", 6, 28, T::Any, concat},
                              {"DepthToSpace", 6, 28, T::Any, depthToSpace},
                              {"Expand", 8, 28, T::Any, expand, "the result's rank must be known when compiling"},
                              {"Flatten", 6, 28, T::Any, flatten},
                              {"Pad", 6, 28, T::Any, pad, "axes must be known when compiling"},
                              {"Reshape", 6, 28, T::Any, reshape, "the result's rank must be known when compiling"},
                              {"Shape", 6, 28, T::Any, shapeOf},
                              {"Size", 6, 28, T::Any, size},
                              {"Slice", 6, 28, T::Any, slice, "axes and steps must be known when compiling"},
                              {"SpaceToDepth", 6, 28, T::Any, spaceToDepth},
                              {"Split", 6, 28, T::Any, split},
                              {"Squeeze", 6, 28, T::Any, squeeze, "axes must be known when compiling"},
                              {"Tile", 6, 28, T::Any, tile},
                              {"Transpose", 6, 28, T::Any, transpose},
                              {"Unsqueeze", 6, 28, T::Any, unsqueeze, "axes must be known when compiling"},
                          });
}

} // namespace mlc::importer
