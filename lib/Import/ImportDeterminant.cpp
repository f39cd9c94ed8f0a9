// Det by Gaussian elimination with row pivoting, one step a column.
#include "Import/CountedLoop.h"
#include "Import/OperatorTable.h"

using namespace mlir;
using namespace mlc::graph;

namespace mlc::importer {

namespace {

Results determinant(Node &n) {
  Value x = n.require(0);
  int64_t rank = n.rank(x);
  if (rank < 2)
    n.invalid("the operand has fewer than two dimensions");
  Dim size = n.dim(x, rank - 1), batch = 1;
  SmallVector<Dim> outer;
  for (int64_t i = 0; i + 2 < rank; ++i) {
    outer.push_back(n.dim(x, i));
    batch = n.combine(BinaryKind::Mul, batch, outer.back());
  }
  Type f64 = n.builder().getF64Type();
  SmallVector<Dim> shape{batch, size, size};
  Value matrices = n.reshape(n.cast(x, f64), shape);
  Value ones = n.create<ExpandOp>(n.scalar(f64, 1), n.shape({batch}));
  Value row = n.range(size);
  auto step = [&](Value at, ArrayRef<Value> carried) -> SmallVector<Value> {
    Value a = carried[0], column = n.create<GatherOp>(a, at, 2); // [batch, size]
    Value rest = n.compare(CompareKind::Ge, row, at), zero = n.scalar(f64, 0);
    Value magnitude = n.select(rest, n.unary(UnaryKind::Abs, column), n.scalar(f64, -1));
    Value best = n.create<ArgReduceOp>(ArgReduceKind::Max, magnitude, 1, /*keepdims=*/true, /*select_last=*/false);
    // [batch, size] marks of the pivot's row; sums pick it.
    Value isBest = n.compare(CompareKind::Eq, row, best), isHere = n.compare(CompareKind::Eq, row, at);
    auto pick = [&](Value mark) {
      Value rows = n.select(n.unsqueeze(mark, {n.rank(mark)}), a, zero);
      return n.reduce(ReduceKind::Sum, rows, {1}, /*keepdims=*/true); // [batch, 1, size]
    };
    Value pivotRow = pick(isBest), hereRow = pick(isHere);
    Value swapped = n.select(n.unsqueeze(isBest, {2}), hereRow, a);
    swapped = n.select(n.unsqueeze(isHere, {1}), pivotRow, swapped);
    Value pivot = n.create<GatherOp>(n.squeeze(pivotRow, {1}), at, 1); // [batch]
    Value same = n.squeeze(n.compare(CompareKind::Eq, best, at), {1});
    Value next = n.mul(carried[1], n.select(same, pivot, n.unary(UnaryKind::Neg, pivot)));
    Value safe = n.select(n.compare(CompareKind::Eq, pivot, zero), n.scalar(f64, 1), pivot);
    Value below = n.compare(CompareKind::Gt, row, at);
    Value factor = n.div(n.create<GatherOp>(swapped, at, 2), n.unsqueeze(safe, {1}));
    factor = n.unsqueeze(n.select(below, factor, zero), {2}); // [batch, size, 1]
    return {n.reshape(n.sub(swapped, n.mul(factor, pivotRow)), shape), n.reshape(next, {batch})};
  };
  Value matrix = matrices, product = ones;
  Results results = countedLoop(n, size, {matrix, product}, step);
  return {n.reshape(n.cast(results[1], n.element(x)), outer)};
}

} // namespace

void addDeterminantOperators(Rows &rows) { rows.push_back({"Det", 11, 28, Types::Float, determinant}); }

} // namespace mlc::importer
