// Activation functions, and softmax with its relatives.
#include "Import/OperatorTable.h"

using namespace mlir;
using namespace mlc::graph;

namespace mlc::importer {

namespace {

template <UnaryKind kind> Results plain(Node &n) { return {n.unary(kind, n.require(0))}; }

Results leakyRelu(Node &n) { return {n.unary(UnaryKind::LeakyRelu, n.require(0), n.number("alpha", 0.01f))}; }
Results elu(Node &n) { return {n.unary(UnaryKind::Elu, n.require(0), n.number("alpha", 1))}; }
Results celu(Node &n) { return {n.unary(UnaryKind::Celu, n.require(0), n.number("alpha", 1))}; }
Results swish(Node &n) { return {n.unary(UnaryKind::Swish, n.require(0), n.number("alpha", 1))}; }
Results swiGlu(Node &n) { return {n.mul(swish(n).front(), n.require(1))}; }
Results thresholdedRelu(Node &n) { return {n.unary(UnaryKind::ThresholdedRelu, n.require(0), n.number("alpha", 1))}; }
Results selu(Node &n) {
  return {n.unary(UnaryKind::Selu, n.require(0), n.number("alpha", 1.67326319217681884765625f),
                  n.number("gamma", 1.05070102214813232421875f))};
}
Results hardSigmoid(Node &n) {
  return {n.unary(UnaryKind::HardSigmoid, n.require(0), n.number("alpha", 0.2f), n.number("beta", 0.5f))};
}
Results shrink(Node &n) {
  return {n.unary(UnaryKind::Shrink, n.require(0), n.number("lambd", 0.5f), n.number("bias", 0))};
}

Results gelu(Node &n) {
  std::string approximate = n.text("approximate", "none");
  if (approximate != "none" && approximate != "tanh")
    n.invalid("approximate must be 'none' or 'tanh', not '" + approximate + "'");
  return {n.unary(approximate == "tanh" ? UnaryKind::GeluTanh : UnaryKind::Gelu, n.require(0))};
}

Results prelu(Node &n) {
  Value x = n.require(0), slope = n.require(1);
  // Before opset 7 a slope of one dimension is one value a channel.
  if (n.opset < 7 && n.rank(slope) == 1 && n.rank(x) > 1 && n.type(slope).getDimSize(0) != 1)
    slope = n.alignAt(slope, 1, n.rank(x));
  Value negative = n.compare(CompareKind::Lt, x, n.scalarLike(x, 0));
  return {n.select(negative, n.mul(x, slope), x)};
}

// The operand as a matrix: dimensions before `axis`, and those from it on.
Value flattenAt(Node &n, Value x, int64_t axis) {
  Dim outer = 1, inner = 1;
  for (int64_t i = 0; i < n.rank(x); ++i) {
    Dim &side = i < axis ? outer : inner;
    side = n.combine(BinaryKind::Mul, side, n.dim(x, i));
  }
  return n.reshape(x, {outer, inner});
}

Value reshapeLike(Node &n, Value value, Value like) {
  SmallVector<Dim> dims;
  for (int64_t i = 0; i < n.rank(like); ++i)
    dims.push_back(n.dim(like, i));
  return n.reshape(value, dims);
}

// Applies `along` to one axis. Before opset 13 the operand is seen as a matrix whose rows begin at `axis`.
template <typename Along> Results alongAxis(Node &n, Along along) {
  Value x = n.require(0);
  int64_t rank = n.rank(x);
  if (rank == 0)
    n.unsupported("operand is a scalar");
  if (n.opset >= 13)
    return {along(x, n.axis(n.integer("axis", -1), rank))};
  int64_t axis = n.axis(n.integer("axis", 1), rank);
  bool isRow = true;
  for (int64_t i = axis + 1; i < rank; ++i)
    isRow &= n.type(x).getDimSize(i) == 1;
  return {isRow ? along(x, axis) : reshapeLike(n, along(flattenAt(n, x, axis), 1), x)};
}

template <bool log> Results softmax(Node &n) {
  return alongAxis(n, [&](Value x, int64_t axis) { return n.create<SoftmaxOp>(x, axis, log); });
}

// 1 at the first largest element along the axis, else 0.
Results hardmax(Node &n) {
  return alongAxis(n, [&](Value x, int64_t axis) {
    Value best = n.create<ArgReduceOp>(ArgReduceKind::Max, x, axis, /*keepdims=*/true, /*select_last=*/false);
    Value positions = n.alignAt(n.range(n.dim(x, axis)), axis, n.rank(x));
    return n.cast(n.compare(CompareKind::Eq, positions, best), n.element(x));
  });
}

} // namespace

void addActivationOperators(Rows &rows) {
  using T = Types;
  rows.insert(rows.end(), {
                              {"Celu", 12, 28, T::Float, celu},
                              {"Elu", 6, 28, T::Float, elu},
                              {"Gelu", 20, 28, T::Float, gelu},
                              {"HardSigmoid", 6, 28, T::Float, hardSigmoid},
                              {"HardSwish", 14, 28, T::Float, plain<UnaryKind::HardSwish>},
                              {"Hardmax", 6, 28, T::Float, hardmax},
                              {"LeakyRelu", 6, 28, T::Float, leakyRelu},
                              {"LogSoftmax", 6, 28, T::Float, softmax<true>},
                              {"Mish", 18, 28, T::Float, plain<UnaryKind::Mish>},
                              {"PRelu", 6, 28, T::Signed, prelu},
                              {"Relu", 6, 28, T::Signed, plain<UnaryKind::Relu>},
                              {"Selu", 6, 28, T::Float, selu},
                              {"Shrink", 9, 28, T::Numeric, shrink},
                              {"Sigmoid", 6, 28, T::Float, plain<UnaryKind::Sigmoid>},
                              {"Softmax", 6, 28, T::Float, softmax<false>},
                              {"Softplus", 6, 28, T::Float, plain<UnaryKind::Softplus>},
                              {"Softsign", 6, 28, T::Float, plain<UnaryKind::Softsign>},
                              {"SwiGLU", 28, 28, T::Float, swiGlu},
                              {"Swish", 24, 28, T::Float, swish},
                              {"Tanh", 6, 28, T::Float, plain<UnaryKind::Tanh>},
                              {"ThresholdedRelu", 10, 28, T::Float, thresholdedRelu},
                          });
}

} // namespace mlc::importer
