// Normalisations: each as arithmetic around its mean and variance, or the dialect's layer_norm.
#include "Import/OperatorTable.h"

#include "Support/DTypeConversion.h"

#include <cmath>
#include <fmt/format.h>

using namespace mlir;
using namespace mlc::graph;

namespace mlc::importer {

namespace {

Value power(Node &n, Value x, double exponent) { return n.binary(BinaryKind::Pow, x, n.scalarLike(x, exponent)); }

// scale / sqrt(variance + epsilon) and bias - mean * that, computed in double and rounded once where all four are
// constants.
std::pair<Value, Value> foldedAffine(Node &n, Value scale, Value bias, Value mean, Value variance, float epsilon) {
  auto s = constantTensor(scale), b = constantTensor(bias), m = constantTensor(mean), v = constantTensor(variance);
  bool folds = s && b && m && v;
  if (folds) {
    int64_t count = s->numElements();
    for (const Tensor *other : {&*b, &*m, &*v})
      folds &= other->shape == s->shape && isFloating(other->dtype);
    if (folds) {
      auto values = [&](const Tensor &tensor) {
        std::vector<double> out(count);
        toDouble(tensor, 0, count, out.data());
        return out;
      };
      std::vector<double> sv = values(*s), bv = values(*b), mv = values(*m), vv = values(*v);
      Tensor factor(DType::Float64, s->shape), offset(DType::Float64, s->shape);
      for (int64_t i = 0; i < count; ++i) {
        factor.data<double>()[i] = sv[i] / std::sqrt(vv[i] + epsilon);
        offset.data<double>()[i] = bv[i] - mv[i] * factor.data<double>()[i];
      }
      return {n.constant(convert(factor, s->dtype)), n.constant(convert(offset, s->dtype))};
    }
  }
  Value deviation = n.unary(UnaryKind::Sqrt, n.add(variance, n.scalarLike(variance, epsilon)));
  Value factor = n.div(scale, n.cast(deviation, n.element(scale)));
  return {factor, n.sub(bias, n.mul(n.cast(mean, n.element(scale)), factor))};
}

// Statistics of this batch, and the running ones that they move. ONNX takes the variance of the whole population.
Results batchNormalizationOfBatch(Node &n, Value x) {
  int64_t rank = n.rank(x);
  SmallVector<int64_t> axes;
  for (int64_t i = 0; i < rank; ++i)
    if (i != 1)
      axes.push_back(i);
  Value mean = n.reduce(ReduceKind::Mean, x, axes, /*keepdims=*/true), centred = n.sub(x, mean);
  Value variance = n.reduce(ReduceKind::Mean, n.mul(centred, centred), axes, /*keepdims=*/true);
  Value deviation = n.unary(UnaryKind::Sqrt, n.add(variance, n.scalarLike(variance, n.number("epsilon", 1e-5f))));
  Value scale = n.cast(n.alignAt(n.require(1), 1, rank), n.element(x));
  Value bias = n.cast(n.alignAt(n.require(2), 1, rank), n.element(x));
  double momentum = n.number("momentum", 0.9f);
  auto moved = [&](Value before, Value now) {
    now = n.cast(n.reshape(now, {-1}), n.element(before));
    return n.add(n.mul(before, n.scalarLike(before, momentum)), n.mul(now, n.scalarLike(now, 1 - momentum)));
  };
  return {n.add(n.mul(n.div(centred, deviation), scale), bias), moved(n.require(3), mean),
          moved(n.require(4), variance)};
}

Results batchNormalization(Node &n) {
  Value x = n.require(0);
  if (n.rank(x) < 2)
    n.unsupported(fmt::format("operand of rank {}", n.rank(x)));
  if (n.integer("training_mode", 0))
    return batchNormalizationOfBatch(n, x);
  if (n.integer("spatial", 1) == 0)
    n.unsupported("spatial = 0");
  for (int i = 1; i < n.proto.output_size(); ++i)
    if (n.wantsOutput(i))
      n.unsupported("outputs that exist in training only");
  for (size_t i = 1; i < 5; ++i)
    if (n.rank(n.require(i)) != 1)
      n.invalid("scale, bias, mean and variance must have one value a channel");
  auto [factor, offset] =
      foldedAffine(n, n.require(1), n.require(2), n.require(3), n.require(4), n.number("epsilon", 1e-5f));
  factor = n.cast(n.alignAt(factor, 1, n.rank(x)), n.element(x));
  offset = n.cast(n.alignAt(offset, 1, n.rank(x)), n.element(x));
  return {n.add(n.mul(x, factor), offset)};
}

// (x - mean) / sqrt(variance + epsilon) over these axes.
Value standardize(Node &n, Value x, ArrayRef<int64_t> axes, float epsilon) {
  Value centred = n.sub(x, n.reduce(ReduceKind::Mean, x, axes, /*keepdims=*/true));
  Value variance = n.reduce(ReduceKind::Mean, n.mul(centred, centred), axes, /*keepdims=*/true);
  return n.div(centred, n.unary(UnaryKind::Sqrt, n.add(variance, n.scalarLike(variance, epsilon))));
}

Results instanceNormalization(Node &n) {
  Value x = n.require(0);
  int64_t rank = n.rank(x);
  if (rank < 3)
    n.invalid("operand has no spatial dimensions");
  Value normal = standardize(n, x, llvm::to_vector(llvm::seq<int64_t>(2, rank)), n.number("epsilon", 1e-5f));
  return {n.add(n.mul(normal, n.alignAt(n.require(1), 1, rank)), n.alignAt(n.require(2), 1, rank))};
}

Results groupNormalization(Node &n) {
  Value x = n.require(0), scale = n.require(1), bias = n.require(2);
  int64_t rank = n.rank(x), groups = n.integer("num_groups", 0);
  if (groups < 1 || rank < 2)
    n.invalid("num_groups must be positive and the operand have channels");
  int64_t channels = n.type(x).getDimSize(1);
  if (!ShapedType::isDynamic(channels) && channels % groups)
    n.invalid(fmt::format("{} channels do not divide into {} groups", channels, groups));
  Value grouped = n.reshape(x, {n.dim(x, 0), groups, -1});
  Value normal = standardize(n, grouped, {2}, n.number("epsilon", 1e-5f));
  SmallVector<Dim> dims;
  for (int64_t i = 0; i < rank; ++i)
    dims.push_back(n.dim(x, i));
  if (n.opset < 21) // scale and bias are one value a group
    return {n.reshape(n.add(n.mul(normal, n.alignAt(scale, 1, 3)), n.alignAt(bias, 1, 3)), dims)};
  normal = n.reshape(normal, dims);
  return {n.add(n.mul(normal, n.alignAt(scale, 1, rank)), n.alignAt(bias, 1, rank))};
}

Results layerNormalization(Node &n) {
  Value x = n.require(0);
  int64_t rank = n.rank(x), axis = n.axis(n.integer("axis", -1), rank);
  float epsilon = n.number("epsilon", 1e-5f);
  Results results{n.create<LayerNormOp>(x, n.require(1), n.input(2), axis, APFloat(epsilon), /*rms=*/false)};
  if (!n.wantsOutput(1) && !n.wantsOutput(2))
    return results;
  SmallVector<int64_t> axes = llvm::to_vector(llvm::seq<int64_t>(axis, rank));
  Value wide = n.integer("stash_type", 1) == 1 ? n.cast(x, n.builder().getF32Type()) : x;
  Value mean = n.reduce(ReduceKind::Mean, wide, axes, /*keepdims=*/true), centred = n.sub(wide, mean);
  Value variance = n.reduce(ReduceKind::Mean, n.mul(centred, centred), axes, /*keepdims=*/true);
  Value deviation = n.unary(UnaryKind::Sqrt, n.add(variance, n.scalarLike(variance, epsilon)));
  results.push_back(mean);
  results.push_back(n.unary(UnaryKind::Reciprocal, deviation));
  return results;
}

Results rmsNormalization(Node &n) {
  Value x = n.require(0);
  int64_t axis = n.axis(n.integer("axis", -1), n.rank(x));
  return {n.create<LayerNormOp>(x, n.require(1), Value(), axis, APFloat(n.number("epsilon", 1e-5f)), /*rms=*/true)};
}

Results lpNormalization(Node &n) {
  Value x = n.require(0);
  int64_t axis = n.axis(n.integer("axis", -1), n.rank(x)), p = n.integer("p", 2);
  if (p != 1 && p != 2)
    n.invalid(fmt::format("p is {}, not 1 or 2", p));
  Value powers = p == 1 ? n.unary(UnaryKind::Abs, x) : n.mul(x, x);
  Value norm = n.reduce(ReduceKind::Sum, powers, axis, /*keepdims=*/true);
  if (p == 2)
    norm = n.unary(UnaryKind::Sqrt, norm);
  // A slice of zeros stays zero.
  Value zero = n.compare(CompareKind::Eq, norm, n.scalarLike(norm, 0));
  return {n.div(x, n.select(zero, n.scalarLike(norm, 1), norm))};
}

Results meanVarianceNormalization(Node &n) {
  Value x = n.require(0);
  SmallVector<int64_t> axes = n.axes(n.integers("axes").value_or(SmallVector<int64_t>{0, 2, 3}), n.rank(x));
  Value mean = n.reduce(ReduceKind::Mean, x, axes, /*keepdims=*/true), centred = n.sub(x, mean);
  Value variance = n.reduce(ReduceKind::Mean, n.mul(centred, centred), axes, /*keepdims=*/true);
  return {n.div(centred, n.add(n.unary(UnaryKind::Sqrt, variance), n.scalarLike(x, 1e-9)))};
}

// x / (bias + alpha / size * sum of squares over `size` neighbouring channels) ^ beta.
Results localResponseNormalization(Node &n) {
  Value x = n.require(0);
  int64_t rank = n.rank(x), size = n.integer("size", 0);
  if (rank < 2 || size < 1 || size > (int64_t(1) << 31))
    n.invalid("size must be positive and the operand have channels");
  // An average over a window of channels, with what lies outside counted as zero, is the sum / size.
  Value squares = n.reshape(n.mul(x, x), {n.dim(x, 0), 1, n.dim(x, 1), -1});
  Value average = n.create<PoolOp>(PoolKind::Average, squares, ArrayRef<int64_t>{size, 1}, ArrayRef<int64_t>{1, 1},
                                   ArrayRef<int64_t>{(size - 1) / 2, 0, size / 2, 0}, ArrayRef<int64_t>{1, 1},
                                   /*ceil_mode=*/false, /*count_include_pad=*/true, /*channels_last=*/false);
  SmallVector<Dim> dims;
  for (int64_t i = 0; i < rank; ++i)
    dims.push_back(n.dim(x, i));
  average = n.reshape(average, dims);
  Value base = n.add(n.mul(average, n.scalarLike(x, n.number("alpha", 1e-4f))), n.scalarLike(x, n.number("bias", 1)));
  return {n.div(x, power(n, base, n.number("beta", 0.75f)))};
}

} // namespace

void addNormalizationOperators(Rows &rows) {
  using T = Types;
  rows.insert(rows.end(), {
                              {"BatchNormalization", 6, 28, T::Float, batchNormalization},
                              {"GroupNormalization", 18, 28, T::Float, groupNormalization},
                              {"InstanceNormalization", 6, 28, T::Float, instanceNormalization},
                              {"LRN", 6, 28, T::Float, localResponseNormalization},
                              {"LayerNormalization", 17, 28, T::Float, layerNormalization},
                              {"LpNormalization", 6, 28, T::Float, lpNormalization},
                              {"MeanVarianceNormalization", 9, 28, T::Float, meanVarianceNormalization},
                              {"RMSNormalization", 23, 28, T::Float, rmsNormalization},
                          });
}

} // namespace mlc::importer
