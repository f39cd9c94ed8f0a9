// Reductions along axes.
#include "Import/OperatorTable.h"

using namespace mlir;
using namespace mlc::graph;

namespace mlc::importer {

namespace {

struct Reduction {
  Value input;
  SmallVector<int64_t> axes;
  bool keepdims;
};

// Axes are an attribute or the second operand; none mean all, or with noop_with_empty_axes none.
Reduction readReduction(Node &n) {
  Reduction r{n.require(0), {}, n.integer("keepdims", 1) != 0};
  std::optional<SmallVector<int64_t>> given = n.integers("axes");
  if (Value axes = n.input(1))
    given = n.requireIntegers(axes, "axes");
  int64_t rank = n.rank(r.input);
  if (given && !given->empty())
    r.axes = n.axes(*given, rank);
  else if (!n.integer("noop_with_empty_axes", 0))
    r.axes = llvm::to_vector(llvm::seq<int64_t>(0, rank));
  return r;
}

Value reduce(Node &n, ReduceKind kind, const Reduction &r, Value value) {
  return n.reduce(kind, value, r.axes, r.keepdims);
}

template <ReduceKind kind> Results plain(Node &n) {
  Reduction r = readReduction(n);
  return {reduce(n, kind, r, r.input)};
}

// The extreme of bools is that of 0 and 1.
template <ReduceKind kind> Results extreme(Node &n) {
  Reduction r = readReduction(n);
  if (!n.element(r.input).isInteger(1))
    return {reduce(n, kind, r, r.input)};
  Value bytes = n.cast(r.input, n.builder().getIntegerType(8, /*isSigned=*/false));
  return {n.cast(reduce(n, kind, r, bytes), n.builder().getI1Type())};
}

Results l1(Node &n) {
  Reduction r = readReduction(n);
  return {reduce(n, ReduceKind::Sum, r, n.unary(UnaryKind::Abs, r.input))};
}

Results sumSquare(Node &n) {
  Reduction r = readReduction(n);
  return {reduce(n, ReduceKind::Sum, r, n.mul(r.input, r.input))};
}

// Integers take their square root or logarithm in float64.
Value asFloat(Node &n, Value value) {
  return isa<FloatType>(n.element(value)) ? value : n.cast(value, n.builder().getF64Type());
}

Results l2(Node &n) {
  Reduction r = readReduction(n);
  Value x = asFloat(n, r.input);
  Value root = n.unary(UnaryKind::Sqrt, reduce(n, ReduceKind::Sum, r, n.mul(x, x)));
  return {n.cast(root, n.element(r.input))};
}

Results logSum(Node &n) {
  Reduction r = readReduction(n);
  Value sum = reduce(n, ReduceKind::Sum, r, asFloat(n, r.input));
  return {n.cast(n.unary(UnaryKind::Log, sum), n.element(r.input))};
}

// log(sum(exp(x - m))) + m with the largest x as m, so that nothing overflows; 0 for an infinite m.
Results logSumExp(Node &n) {
  Reduction r = readReduction(n);
  Value x = asFloat(n, r.input);
  Value m = n.reduce(ReduceKind::Max, x, r.axes, /*keepdims=*/true);
  m = n.select(n.unary(UnaryKind::IsInf, m, 1, 1), n.scalarLike(m, 0), m);
  Value sum = n.reduce(ReduceKind::Sum, n.unary(UnaryKind::Exp, n.sub(x, m)), r.axes, /*keepdims=*/true);
  Value result = n.add(n.unary(UnaryKind::Log, sum), m);
  if (!r.keepdims)
    result = n.squeeze(result, r.axes);
  return {n.cast(result, n.element(r.input))};
}

template <ArgReduceKind kind> Results argReduce(Node &n) {
  Value x = n.require(0);
  if (n.rank(x) == 0)
    n.unsupported("operand is a scalar");
  return {n.create<ArgReduceOp>(kind, x, n.axis(n.integer("axis", 0), n.rank(x)), n.integer("keepdims", 1) != 0,
                                n.integer("select_last_index", 0) != 0)};
}

Results cumSum(Node &n) {
  Value x = n.require(0);
  SmallVector<int64_t> axis = n.requireIntegers(n.require(1), "axis");
  if (axis.size() != 1)
    n.invalid("axis is not one number");
  return {n.create<CumSumOp>(x, n.axis(axis.front(), n.rank(x)), n.integer("exclusive", 0) != 0,
                             n.integer("reverse", 0) != 0)};
}

} // namespace

void addReductionOperators(Rows &rows) {
  using T = Types;
  const char *axes = "axes must be known when compiling";
  rows.insert(rows.end(), {
                              {"ArgMax", 6, 28, T::Numeric, argReduce<ArgReduceKind::Max>},
                              {"ArgMin", 6, 28, T::Numeric, argReduce<ArgReduceKind::Min>},
                              {"CumSum", 11, 28, T::Numeric, cumSum, "the axis must be known when compiling"},
                              {"ReduceL1", 6, 28, T::Numeric, l1, axes},
                              {"ReduceL2", 6, 28, T::Numeric, l2, axes},
                              {"ReduceLogSum", 6, 28, T::Numeric, logSum, axes},
                              {"ReduceLogSumExp", 6, 28, T::Numeric, logSumExp, axes},
                              {"ReduceMax", 6, 28, T::Any, extreme<ReduceKind::Max>, axes},
                              {"ReduceMean", 6, 28, T::Numeric, plain<ReduceKind::Mean>, axes},
                              {"ReduceMin", 6, 28, T::Any, extreme<ReduceKind::Min>, axes},
                              {"ReduceProd", 6, 28, T::Numeric, plain<ReduceKind::Prod>, axes},
                              {"ReduceSum", 6, 28, T::Numeric, plain<ReduceKind::Sum>, axes},
                              {"ReduceSumSquare", 6, 28, T::Numeric, sumSquare, axes},
                          });
}

} // namespace mlc::importer
