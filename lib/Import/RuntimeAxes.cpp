#include "Import/RuntimeAxes.h"

using namespace mlir;
using namespace mlc::graph;

namespace mlc::importer {

// Positions counted from the front, whichever end they count from.
static Value fromFront(Node &n, Value axes, int64_t rank) {
  Value negative = n.compare(CompareKind::Lt, axes, n.scalarLike(axes, 0));
  return n.select(negative, n.add(axes, n.scalarLike(axes, static_cast<double>(rank))), axes);
}

RuntimeAxes::RuntimeAxes(Node &n, Value axes, int64_t rank) : n_(n), axes_(n.toIndices(axes)), rank_(rank) {
  Value positions = fromFront(n, axes_, rank);
  hits_ = n.compare(CompareKind::Eq, n.unsqueeze(positions, {1}), n.range(rank));
  Value counts = n.reduce(ReduceKind::Sum, n.cast(hits_, n.builder().getI64Type()), {0}, /*keepdims=*/false);
  named_ = n.compare(CompareKind::Gt, counts, number(0));
}

std::optional<int64_t> RuntimeAxes::count() const {
  int64_t size = Node::type(axes_).getDimSize(0);
  return ShapedType::isDynamic(size) ? std::nullopt : std::optional(size);
}

Value RuntimeAxes::number(int64_t value) const {
  return n_.scalar(n_.builder().getI64Type(), static_cast<double>(value));
}

void RuntimeAxes::allWhereEmpty() {
  Value none = n_.compare(CompareKind::Eq, n_.shapeOf(axes_), number(0));
  named_ = n_.binary(BinaryKind::Or, named_, none);
}

Value RuntimeAxes::spread(Value values, Value otherwise) const {
  Value chosen = n_.select(hits_, n_.unsqueeze(values, {1}), number(0));
  Value sum = n_.reduce(ReduceKind::Sum, chosen, {0}, /*keepdims=*/false);
  return n_.select(named_, sum, otherwise);
}

Value RuntimeAxes::places() const {
  Value unnamed = n_.select(named_, number(0), number(1));
  return n_.create<CumSumOp>(unnamed, 0, /*exclusive=*/true, /*reverse=*/false);
}

Value RuntimeAxes::without(Value sizes, int64_t count) const {
  if (count == 0)
    return n_.indices({});
  // Element j of the result is the only one at place j that is not named.
  Value here = n_.compare(CompareKind::Eq, n_.unsqueeze(n_.range(count), {1}), places());
  here = n_.binary(BinaryKind::And, here, n_.unary(UnaryKind::Not, named_));
  return n_.reduce(ReduceKind::Sum, n_.select(here, sizes, number(0)), {1}, /*keepdims=*/false);
}

Value RuntimeAxes::ones(Value sizes) const {
  if (Node::type(sizes).getDimSize(0) == 0)
    return n_.indices(SmallVector<int64_t>(rank_, 1));
  // A named dimension behind all others has no place among them.
  Value last = number(Node::type(sizes).getDimSize(0) - 1);
  return n_.select(named_, number(1), n_.create<GatherOp>(sizes, n_.binary(BinaryKind::Min, places(), last), 0));
}

Value splitAt(Node &n, Value value, const RuntimeAxes &axes) {
  Value sizes = n.shapeOf(value), one = n.scalarLike(sizes, 1);
  Value kept = n.select(axes.named(), one, sizes), taken = n.select(axes.named(), sizes, one);
  Value pairs = n.create<ConcatOp>(ValueRange{n.unsqueeze(kept, {1}), n.unsqueeze(taken, {1})}, 1);
  return n.create<ReshapeOp>(value, n.reshape(pairs, {2 * n.rank(value)}), /*allowzero=*/true);
}

Value threePartsAt(Node &n, Value value, Value axis) {
  Value at = fromFront(n, n.toIndices(axis), n.rank(value));
  Value sizes = n.shapeOf(value), one = n.scalarLike(sizes, 1), positions = n.range(n.rank(value));
  auto product = [&](CompareKind kind) {
    Value chosen = n.select(n.compare(kind, positions, at), sizes, one);
    return n.reduce(ReduceKind::Prod, chosen, {0}, /*keepdims=*/true);
  };
  return n.reshape(value, {product(CompareKind::Lt), product(CompareKind::Eq), product(CompareKind::Gt)});
}

} // namespace mlc::importer
