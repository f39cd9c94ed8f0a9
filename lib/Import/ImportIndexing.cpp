// Operators that address elements by indices.
#include "Import/OperatorTable.h"

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

Results gatherND(Node &n) {
  Value x = n.require(0), indices = indexOperand(n, 1);
  int64_t batch = n.integer("batch_dims", 0);
  if (n.rank(indices) < 1 || batch < 0 || batch >= n.rank(indices) || batch > n.rank(x))
    n.invalid("batch_dims or the rank of the indices does not fit");
  int64_t depth = n.type(indices).getDimSize(n.rank(indices) - 1);
  if (ShapedType::isDynamic(depth))
    n.unsupported("the last dimension of the indices is not known when compiling");
  return {n.create<GatherNDOp>(x, indices, batch)};
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

Results topK(Node &n) {
  Value x = n.require(0), k;
  if (n.rank(x) == 0)
    n.invalid("operand is a scalar");
  int64_t axis = n.axis(n.integer("axis", -1), n.rank(x));
  if (n.opset < 10)
    k = n.indices(n.integer("k", -1));
  else
    k = n.toIndices(n.require(1));
  if (auto known = n.knownIntegers(k)) {
    int64_t size = n.type(x).getDimSize(axis);
    if (known->size() != 1 || known->front() < 0 || (!ShapedType::isDynamic(size) && known->front() > size))
      n.invalid("k is not a number between 0 and the size of the dimension");
  }
  auto op = n.createOp<TopKOp>(x, k, axis, n.integer("largest", 1) == 0, n.integer("sorted", 1) == 0);
  return {op.getValues(), op.getIndices()};
}

} // namespace

void addIndexingOperators(Rows &rows) {
  using T = Types;
  rows.insert(rows.end(), {
                              {"Compress", 9, 28, T::Any, compress},
                              {"Gather", 6, 28, T::Any, gather},
                              {"GatherElements", 11, 28, T::Any, gatherElements},
                              {"GatherND", 11, 28, T::Any, gatherND},
                              {"NonZero", 9, 28, T::Any, nonZero},
                              {"TopK", 6, 28, T::Numeric, topK},
                          });
}

} // namespace mlc::importer
