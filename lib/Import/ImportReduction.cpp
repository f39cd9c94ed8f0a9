// Reductions along axes.
#include "Import/OperatorTable.h"
#include "Import/RuntimeAxes.h"

using namespace mlir;
using namespace mlc::graph;

namespace mlc::importer {

namespace {

struct Reduction {
  Value input;
  SmallVector<int64_t> axes;
  bool keepdims;
  Value shape; ///< of the result, where axes are known only at run time; else null
};

// The axes are the odd dimensions of a view; the result, which then has the even ones, gets its shape afterwards.
Reduction reductionAtRunTime(Node &n, Value x, Value given) {
  int64_t rank = n.rank(x);
  RuntimeAxes axes(n, given, rank);
  if (!n.integer("noop_with_empty_axes", 0) && axes.count().value_or(0) == 0)
    axes.allWhereEmpty();
  Reduction r{splitAt(n, x, axes), {}, /*keepdims=*/false, {}};
  for (int64_t i = 0; i < rank; ++i)
    r.axes.push_back(2 * i + 1);
  Value sizes = n.shapeOf(x);
  if (n.integer("keepdims", 1)) {
    r.shape = n.select(axes.named(), n.scalarLike(sizes, 1), sizes);
    return r;
  }
  std::optional<int64_t> left = axes.count() ? std::optional(rank - *axes.count()) : n.declaredRank(0);
  if (!left || *left < 0)
    n.unsupported("the number of axes, and so the result's rank, is not known when compiling");
  r.shape = axes.without(sizes, *left);
  return r;
}

// Axes are an attribute or the second operand; none mean all, or with noop_with_empty_axes none.
Reduction readReduction(Node &n) {
  Reduction r{n.require(0), {}, n.integer("keepdims", 1) != 0, {}};
  int64_t rank = n.rank(r.input);
  std::optional<SmallVector<int64_t>> given = n.integers("axes");
  if (Value axes = n.input(1)) {
    given = n.knownIntegers(axes);
    if (!given && n.type(n.toIndices(axes)).getDimSize(0) == 0)
      given.emplace();
    if (!given)
      return reductionAtRunTime(n, r.input, axes);
  }
  if (given && !given->empty())
    r.axes = n.axes(*given, rank);
  else if (!n.integer("noop_with_empty_axes", 0))
    r.axes = llvm::to_vector(llvm::seq<int64_t>(0, rank));
  return r;
}

Value finished(Node &n, const Reduction &r, Value result) {
  return r.shape ? n.create<ReshapeOp>(result, r.shape, /*allowzero=*/true) : result;
}

Value reduce(Node &n, ReduceKind kind, const Reduction &r, Value value) {
  return finished(n, r, n.reduce(kind, value, r.axes, r.keepdims));
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
  return {n.cast(finished(n, r, result), n.element(r.input))};
}

template <ArgReduceKind kind> Results argReduce(Node &n) {
  Value x = n.require(0);
  if (n.rank(x) == 0)
    n.unsupported("operand is a scalar");
  return {n.create<ArgReduceOp>(kind, x, n.axis(n.integer("axis", 0), n.rank(x)), n.integer("keepdims", 1) != 0,
                                n.integer("select_last_index", 0) != 0)};
}

// Runs `along(value, axis)` for the dimension that the second operand names.
template <typename Along> Results alongOperand(Node &n, Along along) {
  Value x = n.require(0), axis = n.require(1);
  if (auto known = n.knownIntegers(axis)) {
    if (known->size() != 1)
      n.invalid("axis is not one number");
    return {along(x, n.axis(known->front(), n.rank(x)))};
  }
  return {n.create<ReshapeOp>(along(threePartsAt(n, x, axis), 1), n.shapeOf(x), /*allowzero=*/true)};
}

Results cumSum(Node &n) {
  bool exclusive = n.integer("exclusive", 0) != 0, reverse = n.integer("reverse", 0) != 0;
  return alongOperand(n, [&](Value x, int64_t axis) { return n.create<CumSumOp>(x, axis, exclusive, reverse); });
}

// A product of those before each element: where they stand in a matrix of positions, every other factor is 1.
Results cumProd(Node &n) {
  bool exclusive = n.integer("exclusive", 0) != 0, reverse = n.integer("reverse", 0) != 0;
  return alongOperand(n, [&](Value x, int64_t axis) {
    int64_t rank = n.rank(x);
    Value places = n.range(n.dim(x, axis));
    Value from = n.unsqueeze(places, {0}), to = n.unsqueeze(places, {1});
    CompareKind kind =
        reverse ? (exclusive ? CompareKind::Gt : CompareKind::Ge) : (exclusive ? CompareKind::Lt : CompareKind::Le);
    // [.., to, from, ..]
    Value counts = n.alignAt(n.compare(kind, from, to), axis, rank + 1);
    Value factors = n.select(counts, n.unsqueeze(x, {axis}), n.scalarLike(x, 1));
    return n.reduce(ReduceKind::Prod, factors, {axis + 1}, /*keepdims=*/false);
  });
}

} // namespace

void addReductionOperators(Rows &rows) {
  using T = Types;
  rows.insert(rows.end(), {
                              {"ArgMax", 6, 28, T::Numeric, argReduce<ArgReduceKind::Max>},
                              {"ArgMin", 6, 28, T::Numeric, argReduce<ArgReduceKind::Min>},
                              {"CumProd", 26, 28, T::Numeric, cumProd},
                              {"CumSum", 11, 28, T::Numeric, cumSum},
                              {"ReduceL1", 6, 28, T::Numeric, l1},
                              {"ReduceL2", 6, 28, T::Numeric, l2},
                              {"ReduceLogSum", 6, 28, T::Numeric, logSum},
                              {"ReduceLogSumExp", 6, 28, T::Numeric, logSumExp},
                              {"ReduceMax", 6, 28, T::Any, extreme<ReduceKind::Max>},
                              {"ReduceMean", 6, 28, T::Numeric, plain<ReduceKind::Mean>},
                              {"ReduceMin", 6, 28, T::Any, extreme<ReduceKind::Min>},
                              {"ReduceProd", 6, 28, T::Numeric, plain<ReduceKind::Prod>},
                              {"ReduceSum", 6, 28, T::Numeric, plain<ReduceKind::Sum>},
                              {"ReduceSumSquare", 6, 28, T::Numeric, sumSquare},
                          });
}

} // namespace mlc::importer
