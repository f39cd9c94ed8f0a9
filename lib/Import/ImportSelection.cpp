// Operators that choose elements by comparing them with each other: NonMaxSuppression and Unique.
#include "Import/CountedLoop.h"
#include "Import/OperatorTable.h"

using namespace mlir;
using namespace mlc::graph;

namespace mlc::importer {

namespace {

// A scalar operand, or a number where it is left out.
Value scalarOperand(Node &n, size_t i, Type type, double otherwise) {
  return n.input(i) ? n.cast(n.toScalar(n.input(i)), type) : n.scalar(type, otherwise);
}

Results nonMaxSuppression(Node &n) {
  Type f32 = n.builder().getF32Type();
  int64_t center = n.integer("center_point_box", 0);
  if (center != 0 && center != 1)
    n.invalid("center_point_box must be 0 or 1");
  Value most = scalarOperand(n, 2, n.builder().getI64Type(), 0), overlap = scalarOperand(n, 3, f32, 0);
  Value score = n.input(4) ? n.cast(n.toScalar(n.input(4)), f32) : Value();
  return {n.create<NonMaxSuppressionOp>(n.require(0), n.require(1), most, overlap, score, center == 1)};
}

// The order (i64 [n]) of the rows of [n, m]: by the last column first, each time keeping the order of equals.
Value sortedRows(Node &n, Value rows) {
  Dim count = n.dim(rows, 0), columns = n.dim(rows, 1);
  Value start = n.reshape(n.range(count), {count});
  auto step = [&](Value at, ArrayRef<Value> carried) -> SmallVector<Value> {
    Value column = n.create<GatherOp>(n.create<GatherOp>(rows, at, 1), carried[0], 0);
    auto sorted = n.createOp<TopKOp>(column, n.dimValue(count), 0, /*smallest=*/true, /*unsorted=*/false);
    return {n.reshape(n.create<GatherOp>(carried[0], sorted.getIndices(), 0), {count})};
  };
  if (columns.isNumber() && columns.number == 1)
    return step(n.scalar(n.builder().getI64Type(), 0), start).front();
  return countedLoop(n, columns, start, step, /*reversed=*/true).front();
}

// Rows that differ from all before them, in sorted order or in that of their first places.
Results unique(Node &n) {
  Value x = n.require(0);
  Type i64 = n.builder().getI64Type();
  bool flat = !n.attribute("axis");
  int64_t axis = flat ? 0 : n.axis(n.integer("axis", 0), n.rank(x));
  SmallVector<int64_t> perm;
  Value rows = flat ? n.reshape(x, {-1, 1}) : x;
  Dim count = n.dim(rows, axis);
  if (!flat) {
    perm.push_back(axis);
    for (int64_t i = 0; i < n.rank(x); ++i)
      if (i != axis)
        perm.push_back(i);
    rows = n.reshape(n.transpose(x, perm), {count, -1});
  }
  if (n.element(rows).isInteger(1))
    rows = n.cast(rows, n.builder().getIntegerType(8, /*isSigned=*/false));
  Value order = sortedRows(n, rows), sorted = n.create<GatherOp>(rows, order, 0);
  // The first of each group of equal rows.
  Value place = n.range(count), before = n.binary(BinaryKind::Max, n.sub(place, n.scalar(i64, 1)), n.scalar(i64, 0));
  Value differs = n.compare(CompareKind::Ne, sorted, n.create<GatherOp>(sorted, before, 0));
  differs = n.reduce(ReduceKind::Max, n.cast(differs, i64), {1}, /*keepdims=*/false);
  Value first = n.select(n.compare(CompareKind::Eq, place, n.scalar(i64, 0)), n.scalar(i64, 1), differs);
  Value group = n.sub(n.create<CumSumOp>(first, 0, false, false), n.scalar(i64, 1)); // of each sorted row
  Value starts = n.squeeze(n.create<NonZeroOp>(first), {0});                         // sorted place of each group
  Value indices = n.create<GatherOp>(order, starts, 0); // the order of equals is kept, so this is the first place
  Dim groups = n.dim(starts, 0);
  Value ends = n.create<ConcatOp>(ValueRange{n.slice(starts, 0, 1, groups), n.dimValue(count)}, 0);
  Value counts = n.sub(ends, starts);
  // Of each row in its own order.
  Value none = n.create<ExpandOp>(n.scalar(i64, 0), n.shape({count, 1}));
  Value inverse = n.create<ScatterOp>(ScatterKind::Replace, none, order, n.unsqueeze(group, {1}));
  inverse = n.squeeze(inverse, {1});
  if (n.integer("sorted", 1) == 0) {
    auto byPlace = n.createOp<TopKOp>(indices, n.dimValue(groups), 0, /*smallest=*/true, /*unsorted=*/false);
    Value chosen = byPlace.getIndices();
    Value blank = n.create<ExpandOp>(n.scalar(i64, 0), n.shape({groups, 1}));
    Value rank = n.create<ScatterOp>(ScatterKind::Replace, blank, n.reshape(chosen, {groups}),
                                     n.unsqueeze(n.range(groups), {1}));
    indices = byPlace.getValues();
    counts = n.create<GatherOp>(counts, chosen, 0);
    inverse = n.create<GatherOp>(n.squeeze(rank, {1}), inverse, 0);
  }
  Value y = n.create<GatherOp>(flat ? n.reshape(x, {-1}) : x, indices, axis);
  return {y, indices, inverse, counts};
}

} // namespace

void addSelectionOperators(Rows &rows) {
  using T = Types;
  rows.insert(rows.end(), {
                              {"NonMaxSuppression", 10, 28, T::Float, nonMaxSuppression, "float32"},
                              {"Unique", 11, 28, T::Any, unique, "no strings"},
                          });
}

} // namespace mlc::importer
