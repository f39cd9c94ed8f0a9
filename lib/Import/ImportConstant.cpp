// Operators that make tensors from attributes or numbers.
#include "Import/OperatorTable.h"

#include <cstring>

using namespace mlir;
using namespace mlc::graph;

namespace mlc::importer {

namespace {

template <typename T> Value makeTensor(Node &n, DType dtype, std::vector<int64_t> shape, ArrayRef<T> values) {
  Tensor tensor(dtype, std::move(shape));
  std::memcpy(tensor.bytes.data(), values.data(), values.size() * sizeof(T));
  return n.constant(tensor);
}

// The value stands in exactly one of several attributes.
Results constant(Node &n) {
  if (const auto *value = n.attribute("value")) {
    if (!value->has_t())
      n.invalid("attribute 'value' holds no tensor");
    ElementsAttr elements = n.tensor(value->t());
    return {n.create<ConstantOp>(elements)};
  }
  if (n.attribute("value_float"))
    return {makeTensor<float>(n, DType::Float32, {}, n.number("value_float", 0))};
  if (n.attribute("value_int"))
    return {makeTensor<int64_t>(n, DType::Int64, {}, n.integer("value_int", 0))};
  if (auto values = n.numbers("value_floats"))
    return {makeTensor<float>(n, DType::Float32, {static_cast<int64_t>(values->size())}, *values)};
  if (auto values = n.integers("value_ints"))
    return {makeTensor<int64_t>(n, DType::Int64, {static_cast<int64_t>(values->size())}, *values)};
  if (n.attribute("sparse_value"))
    n.unsupported("sparse tensors");
  if (n.attribute("value_string") || n.attribute("value_strings"))
    n.unsupported("strings");
  n.invalid("a constant without a value");
}

Results constantOfShape(Node &n) {
  Value shape = n.toShape(n.require(0)), value;
  if (const auto *attribute = n.attribute("value")) {
    if (!attribute->has_t())
      n.invalid("attribute 'value' holds no tensor");
    value = n.toScalar(n.create<ConstantOp>(n.tensor(attribute->t())));
  } else {
    value = n.scalar(n.builder().getF32Type(), 0);
  }
  return {n.create<ExpandOp>(value, shape)};
}

Results range(Node &n) {
  return {n.create<RangeOp>(n.toScalar(n.require(0)), n.toScalar(n.require(1)), n.toScalar(n.require(2)))};
}

// i64 positions along one of the last two dimensions of a matrix, broadcast against the other.
std::pair<Value, Value> matrixPositions(Node &n, Value x) {
  int64_t rank = n.rank(x);
  return {n.unsqueeze(n.range(n.dim(x, rank - 2)), {1}), n.range(n.dim(x, rank - 1))};
}

Results eyeLike(Node &n) {
  Value x = n.require(0);
  if (n.rank(x) != 2)
    n.invalid("operand is no matrix");
  Type type = n.attribute("dtype") ? n.elementType(n.integer("dtype", 0)) : n.element(x);
  auto [row, column] = matrixPositions(n, x);
  Value diagonal = n.add(row, n.scalar(n.builder().getI64Type(), static_cast<double>(n.integer("k", 0))));
  return {n.cast(n.compare(CompareKind::Eq, column, diagonal), type)};
}

Results trilu(Node &n) {
  Value x = n.require(0);
  if (n.rank(x) < 2)
    n.invalid("operand has fewer than two dimensions");
  auto [row, column] = matrixPositions(n, x);
  Value diagonal = n.input(1) ? n.add(row, n.toScalar(n.cast(n.input(1), n.builder().getI64Type()))) : row;
  Value kept = n.compare(n.integer("upper", 1) ? CompareKind::Ge : CompareKind::Le, column, diagonal);
  return {n.select(kept, x, n.scalarLike(x, 0))};
}

Results oneHot(Node &n) {
  Type i64 = n.builder().getI64Type();
  Value indices = n.cast(n.require(0), i64), values = n.require(2);
  Value depth = n.toScalar(n.cast(n.require(1), i64));
  int64_t rank = n.rank(indices) + 1, axis = n.axis(n.integer("axis", -1), rank);
  // A negative index counts from the end; one out of range gives no hot element.
  Value negative = n.compare(CompareKind::Lt, indices, n.scalar(i64, 0));
  indices = n.unsqueeze(n.select(negative, n.add(indices, depth), indices), {axis});
  Value positions = n.create<RangeOp>(n.scalar(i64, 0), depth, n.scalar(i64, 1));
  Value hot = n.compare(CompareKind::Eq, indices, n.alignAt(positions, axis, rank));
  auto value = [&](int64_t i) { return n.create<GatherOp>(values, n.scalar(i64, static_cast<double>(i)), 0); };
  return {n.select(hot, value(1), value(0))};
}

} // namespace

void addConstantOperators(Rows &rows) {
  using T = Types;
  rows.insert(rows.end(), {
                              {"Constant", 6, 28, T::Stored, constant, "no strings, no sparse tensors"},
                              {"ConstantOfShape", 9, 28, T::Stored, constantOfShape},
                              {"EyeLike", 9, 28, T::Stored, eyeLike},
                              {"OneHot", 9, 28, T::Numeric, oneHot},
                              {"Range", 11, 28, T::Numeric, range},
                              {"Trilu", 14, 28, T::Stored, trilu},
                          });
}

} // namespace mlc::importer
