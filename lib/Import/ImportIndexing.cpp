// Operators that address elements by indices.
#include "Import/OperatorTable.h"
#include "Import/Scatter.h"

using namespace mlir;
using namespace mlc::graph;

namespace mlc::importer {

namespace {

Value indexOperand(Node &n, size_t i) {
  Value indices = n.require(i);
  if (!isa<IntegerType>(n.element(indices)))
    n.invalid("indices are not integers");
  return indices;
}

Results gather(Node &n) {
  Value x = n.require(0);
  return {n.create<GatherOp>(x, indexOperand(n, 1), n.axis(n.integer("axis", 0), n.rank(x)))};
}

Results gatherElements(Node &n) {
  Value x = n.require(0), indices = indexOperand(n, 1);
  if (n.rank(x) != n.rank(indices))
    n.invalid("operand and indices differ in rank");
  return {n.create<GatherElementsOp>(x, indices, n.axis(n.integer("axis", 0), n.rank(x)))};
}

// The indices with a last dimension of `depth`, where the type leaves that open: it follows from the ranks around it.
Value withDepth(Node &n, Value indices, int64_t depth) {
  int64_t last = n.rank(indices) - 1;
  if (!n.type(indices).isDynamicDim(last) || depth < 0)
    return indices;
  SmallVector<Dim> shape;
  for (int64_t i = 0; i < last; ++i)
    shape.push_back(n.dim(indices, i));
  shape.push_back(depth);
  return n.reshape(indices, shape);
}

Results gatherND(Node &n) {
  Value x = n.require(0), indices = indexOperand(n, 1);
  int64_t batch = n.integer("batch_dims", 0);
  if (n.rank(indices) < 1 || batch < 0 || batch >= n.rank(indices) || batch > n.rank(x))
    n.invalid("batch_dims or the rank of the indices does not fit");
  if (auto rank = n.declaredRank(0))
    indices = withDepth(n, indices, n.rank(indices) - 1 + n.rank(x) - batch - *rank);
  if (n.type(indices).isDynamicDim(n.rank(indices) - 1))
    n.unsupported("the last dimension of the indices is not known when compiling");
  return {n.create<GatherNDOp>(x, indices, batch)};
}

// Positions counted from the front.
Value fromFront(Node &n, Value positions, const Dim &size) {
  positions = n.cast(positions, n.builder().getI64Type());
  Value negative = n.compare(CompareKind::Lt, positions, n.scalarLike(positions, 0));
  return n.select(negative, n.add(positions, n.toScalar(n.dimValue(size))), positions);
}

// The row-major place of elements whose position along each dimension broadcasts to one shape.
Value placeOf(Node &n, ArrayRef<Value> positions, ArrayRef<Dim> sizes) {
  Value place;
  for (auto [position, size] : llvm::zip(positions, sizes))
    place = place ? n.add(n.mul(place, n.toScalar(n.dimValue(size))), position) : position;
  return place;
}

ScatterKind scatterKind(Node &n) {
  std::string reduction = n.text("reduction", "none");
  auto kind = reduction == "none" ? ScatterKind::Replace : symbolizeScatterKind(reduction);
  if (!kind || reduction == "replace")
    n.invalid("reduction must be none, add, mul, min or max, not '" + reduction + "'");
  return *kind;
}

// Rows of `x`, seen as a matrix, by `places` (i64 of any shape): the result has the shape of x. Half floats are
// combined in f32, bools as bytes.
Value scatterRows(Node &n, Value x, const Dim &width, Value places, Value updates, ScatterKind kind) {
  Type type = n.element(x), wide = type;
  if (kind != ScatterKind::Replace && (type.isF16() || type.isBF16()))
    wide = n.builder().getF32Type();
  if (kind != ScatterKind::Replace && type.isInteger(1))
    wide = n.builder().getIntegerType(8, /*isSigned=*/false);
  if (n.element(updates) != type)
    n.invalid("updates and operand differ in element type");
  SmallVector<Dim> shape;
  for (int64_t i = 0; i < n.rank(x); ++i)
    shape.push_back(n.dim(x, i));
  Dim rows = 1;
  for (int64_t i = 0; i < n.rank(places); ++i)
    rows = n.combine(BinaryKind::Mul, rows, n.dim(places, i));
  Dim all = 1;
  for (const Dim &size : shape)
    all = n.combine(BinaryKind::Mul, all, size);
  bool single = width.isNumber() && width.number == 1;
  Dim height = single ? all : n.combine(BinaryKind::Div, all, n.combine(BinaryKind::Max, width, 1));
  if (all.isNumber() && all.number == 0)
    return x;
  Value matrix = n.reshape(n.cast(x, wide), {height, width});
  Value result =
      n.create<ScatterOp>(kind, matrix, n.reshape(places, {rows}), n.reshape(n.cast(updates, wide), {rows, width}));
  return n.cast(n.reshape(result, shape), type);
}

Results scatterElements(Node &n) {
  Value x = n.require(0), indices = indexOperand(n, 1);
  int64_t rank = n.rank(x), axis = n.axis(n.integer("axis", 0), rank);
  if (n.rank(indices) != rank || n.rank(n.require(2)) != rank)
    n.invalid("operand, indices and updates differ in rank");
  SmallVector<Value> positions;
  SmallVector<Dim> sizes;
  for (int64_t i = 0; i < rank; ++i) {
    sizes.push_back(n.dim(x, i));
    positions.push_back(i == axis ? fromFront(n, indices, sizes.back())
                                  : n.alignAt(n.range(n.dim(indices, i)), i, rank));
  }
  return {scatterRows(n, x, 1, placeOf(n, positions, sizes), n.require(2), scatterKind(n))};
}

Results scatterND(Node &n) {
  Value x = n.require(0), indices = indexOperand(n, 1);
  int64_t last = n.rank(indices) - 1;
  if (last < 0)
    n.invalid("indices are a scalar");
  indices = withDepth(n, indices, last + n.rank(x) - n.rank(n.require(2)));
  int64_t depth = n.type(indices).getDimSize(last);
  if (ShapedType::isDynamic(depth))
    n.unsupported("the last dimension of the indices is not known when compiling");
  if (depth > n.rank(x))
    n.invalid("the indices address more dimensions than the operand has");
  SmallVector<Value> positions;
  SmallVector<Dim> sizes;
  Dim width = 1;
  for (int64_t i = 0; i < n.rank(x); ++i) {
    Dim size = n.dim(x, i);
    if (i >= depth) {
      width = n.combine(BinaryKind::Mul, width, size);
      continue;
    }
    sizes.push_back(size);
    positions.push_back(fromFront(n, n.squeeze(n.slice(indices, last, i, i + 1), {last}), size));
  }
  Value places = depth == 0
                     ? n.create<ExpandOp>(n.scalar(n.builder().getI64Type(), 0), n.create<ShapeOfOp>(indices, 0, last))
                     : placeOf(n, positions, sizes);
  return {scatterRows(n, x, width, places, n.require(2), scatterKind(n))};
}

Results tensorScatter(Node &n) {
  Value cache = n.require(0), update = n.require(1);
  int64_t axis = n.axis(n.integer("axis", -2), n.rank(cache));
  if (n.rank(update) != n.rank(cache) || axis == 0)
    n.invalid("operand and update differ in rank, or axis is that of the batch");
  std::string mode = n.text("mode", "linear");
  if (mode != "linear" && mode != "circular")
    n.invalid("mode must be linear or circular, not '" + mode + "'");
  return {writeAt(n, cache, update, n.input(2), axis, mode == "circular")};
}

Results nonZero(Node &n) {
  Value x = n.require(0);
  return {n.create<NonZeroOp>(x)};
}

// The slices for which the condition holds.
Results compress(Node &n) {
  Value x = n.require(0), condition = n.require(1);
  if (n.rank(condition) != 1)
    n.invalid("the condition has not one dimension");
  Value chosen = n.squeeze(n.create<NonZeroOp>(condition), {0});
  if (!n.attribute("axis"))
    return {n.create<GatherOp>(n.reshape(x, {Dim(-1)}), chosen, 0)};
  return {n.create<GatherOp>(x, chosen, n.axis(n.integer("axis", 0), n.rank(x)))};
}

// The first sequence_lens[b] entries of each sequence backwards.
Results reverseSequence(Node &n) {
  Value x = n.require(0), lengths = n.cast(n.require(1), n.builder().getI64Type());
  int64_t time = n.integer("time_axis", 0), batch = n.integer("batch_axis", 1);
  if (n.rank(x) < 2 || time < 0 || batch < 0 || time + batch != 1 || n.rank(lengths) != 1)
    n.invalid("time_axis and batch_axis must be 0 and 1 in either order, and there be one length for each sequence");
  SmallVector<int64_t> swapped = llvm::to_vector(llvm::seq<int64_t>(0, n.rank(x)));
  std::swap(swapped[0], swapped[1]);
  Value rows = time == 0 ? n.transpose(x, swapped) : x; // [batch, time, …]
  Value places = n.range(n.dim(rows, 1)), length = n.unsqueeze(lengths, {1});
  Value back = n.sub(n.sub(length, n.scalarLike(length, 1)), places);
  Value from = n.select(n.compare(CompareKind::Lt, places, length), back, places);
  Value result = n.create<GatherNDOp>(rows, n.unsqueeze(from, {2}), /*batch_dims=*/1);
  return {time == 0 ? n.transpose(result, swapped) : result};
}

Results topK(Node &n) {
  Value x = n.require(0), k;
  if (n.rank(x) == 0)
    n.invalid("operand is a scalar");
  int64_t axis = n.axis(n.integer("axis", -1), n.rank(x));
  if (n.opset < 10)
    k = n.indices(n.integer("k", -1));
  else
    k = n.toIndices(n.require(1));
  if (n.type(k).isDynamicDim(0))
    k = n.reshape(k, {1});
  if (auto known = n.knownIntegers(k)) {
    int64_t size = n.type(x).getDimSize(axis);
    if (known->size() != 1 || known->front() < 0 || (!ShapedType::isDynamic(size) && known->front() > size))
      n.invalid("k is not a number between 0 and the size of the dimension");
  }
  auto op = n.createOp<TopKOp>(x, k, axis, n.integer("largest", 1) == 0, n.integer("sorted", 1) == 0);
  return {op.getValues(), op.getIndices()};
}

} // namespace

Value writeAt(Node &n, Value cache, Value update, Value begins, int64_t axis, bool circular) {
  SmallVector<Value> positions;
  SmallVector<Dim> sizes;
  Dim width = 1;
  for (int64_t i = 0; i < n.rank(cache); ++i) {
    Dim size = n.dim(cache, i);
    if (i > axis) {
      width = n.combine(BinaryKind::Mul, width, size);
      continue;
    }
    sizes.push_back(size);
    Value position = n.alignAt(n.range(n.dim(update, i)), i, axis + 1);
    if (i == axis && begins)
      position = n.add(position, n.alignAt(n.cast(begins, n.builder().getI64Type()), 0, axis + 1));
    if (i == axis && circular)
      position = n.binary(BinaryKind::Mod, position, n.toScalar(n.dimValue(size)));
    positions.push_back(position);
  }
  return scatterRows(n, cache, width, placeOf(n, positions, sizes), update, ScatterKind::Replace);
}

void addIndexingOperators(Rows &rows) {
  using T = Types;
  rows.insert(rows.end(), {
                              {"Compress", 9, 28, T::Stored, compress},
                              {"Gather", 6, 28, T::Stored, gather},
                              {"GatherElements", 11, 28, T::Stored, gatherElements},
                              {"GatherND", 11, 28, T::Stored, gatherND},
                              {"NonZero", 9, 28, T::Any, nonZero},
                              {"ReverseSequence", 10, 28, T::Stored, reverseSequence},
                              {"Scatter", 9, 10, T::Stored, scatterElements},
                              {"ScatterElements", 11, 28, T::Stored, scatterElements},
                              {"ScatterND", 11, 28, T::Stored, scatterND},
                              {"TensorScatter", 24, 28, T::Stored, tensorScatter},
                              {"TopK", 6, 28, T::Numeric, topK},
                          });
}

} // namespace mlc::importer
