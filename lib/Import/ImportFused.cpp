// Operators of com.microsoft that stand for a few of ONNX, as ONNX Runtime's optimizer and exporters write them.
#include "Import/Contractions.h"
#include "Import/Layout.h"
#include "Import/OperatorTable.h"
#include "Import/Windows.h"

#include <fmt/format.h>
#include <limits>

using namespace mlir;
using namespace mlc::graph;

namespace mlc::importer {

namespace {

// ---- activations -----------------------------------------------------------------------------------

Value plusBias(Node &n, Value x, size_t bias) { return n.input(bias) ? n.add(x, n.input(bias)) : x; }

Results gelu(Node &n) { return {n.unary(UnaryKind::Gelu, n.require(0))}; }
Results biasGelu(Node &n) { return {n.unary(UnaryKind::Gelu, n.add(n.require(0), n.require(1)))}; }
Results fastGelu(Node &n) { return {n.unary(UnaryKind::GeluTanh, plusBias(n, n.require(0), 1))}; }
Results quickGelu(Node &n) { return {n.unary(UnaryKind::Swish, n.require(0), n.number("alpha", 1.702f))}; }
// What FusedConv and FusedGemm apply to their result.
Value activated(Node &n, Value x, ArrayRef<float> parameters) {
  std::string name = n.text("activation", "");
  auto parameter = [&](size_t i, float otherwise) { return i < parameters.size() ? parameters[i] : otherwise; };
  if (name.empty())
    return x;
  if (name == "Relu")
    return n.unary(UnaryKind::Relu, x);
  if (name == "Tanh")
    return n.unary(UnaryKind::Tanh, x);
  if (name == "Sigmoid")
    return n.unary(UnaryKind::Sigmoid, x);
  if (name == "LeakyRelu")
    return n.unary(UnaryKind::LeakyRelu, x, parameter(0, 0.01f));
  if (name == "HardSigmoid")
    return n.unary(UnaryKind::HardSigmoid, x, parameter(0, 0.2f), parameter(1, 0.5f));
  if (name == "HardSwish")
    return n.unary(UnaryKind::HardSwish, x);
  if (name == "Clip") {
    x = n.binary(BinaryKind::Max, x, n.scalarLike(x, parameter(0, std::numeric_limits<float>::lowest())));
    return n.binary(BinaryKind::Min, x, n.scalarLike(x, parameter(1, std::numeric_limits<float>::max())));
  }
  n.unsupported("activation '" + name + "'");
}

// ---- products --------------------------------------------------------------------------------------

Value transposed(Node &n, Value x, bool matrix, bool batch) {
  int64_t rank = n.rank(x);
  SmallVector<int64_t> perm = llvm::to_vector(llvm::seq<int64_t>(0, rank));
  if (batch && rank > 2)
    std::rotate(perm.begin(), perm.begin() + 1, perm.end() - 1);
  if (matrix && rank > 1)
    std::swap(perm[rank - 1], perm[rank - 2]);
  return n.transpose(x, perm);
}

Results fusedMatMul(Node &n) {
  Value a = transposed(n, n.require(0), n.integer("transA", 0) != 0, n.integer("transBatchA", 0) != 0);
  Value b = transposed(n, n.require(1), n.integer("transB", 0) != 0, n.integer("transBatchB", 0) != 0);
  Value y = n.create<MatmulOp>(a, b);
  float alpha = n.number("alpha", 1);
  return {alpha == 1 ? y : n.mul(y, n.scalarLike(y, alpha))};
}

Results fusedGemm(Node &n) {
  float parameters[] = {n.number("activation_alpha", 0.01f), n.number("activation_beta", 0)};
  return {activated(n, gemm(n), parameters)};
}

Results fusedConv(Node &n) {
  Value y = convolution(n, n.require(0), n.require(1), n.input(2));
  if (n.input(3))
    y = n.add(y, n.input(3));
  return {activated(n, y, n.numbers("activation_params").value_or(SmallVector<float>()))};
}

Results nhwcConv(Node &n) {
  return {channelsLast(n, convolution(n, channelsFirst(n, n.require(0)), n.require(1), n.input(2)))};
}

Results nhwcMaxPool(Node &n) {
  Value x = channelsFirst(n, n.require(0));
  Window w = readWindow(n, x, {}, lowest(n, n.element(x)));
  return {channelsLast(n, n.create<PoolOp>(PoolKind::Max, w.input, w.kernel, w.strides, w.pads, w.dilations,
                                           n.integer("ceil_mode", 0) != 0, /*count_include_pad=*/false,
                                           /*channels_last=*/false))};
}

// ---- normalisations --------------------------------------------------------------------------------

// What a layer normalisation gives besides its result: the mean and 1 / deviation over the last dimension.
Results statistics(Node &n, Value x, float epsilon) {
  SmallVector<int64_t> last{n.rank(x) - 1};
  Value wide = n.cast(x, n.builder().getF32Type()), mean = n.reduce(ReduceKind::Mean, wide, last, /*keepdims=*/true);
  Value centred = n.sub(wide, mean), variance = n.reduce(ReduceKind::Mean, n.mul(centred, centred), last, true);
  Value deviation = n.unary(UnaryKind::Sqrt, n.add(variance, n.scalarLike(variance, epsilon)));
  return {mean, n.unary(UnaryKind::Reciprocal, deviation)};
}

Value layerNorm(Node &n, Value x, Value scale, Value bias, float epsilon, bool rms) {
  return n.create<LayerNormOp>(x, scale, bias, n.rank(x) - 1, APFloat(epsilon), rms);
}

template <bool rms> Results skipLayerNormalization(Node &n) {
  Value sum = n.add(n.require(0), n.require(1)), beta = rms ? Value() : n.input(3);
  sum = plusBias(n, sum, rms ? 3 : 4);
  float epsilon = n.number("epsilon", 1e-12f);
  Results results{layerNorm(n, sum, n.require(2), beta, epsilon, rms), {}, {}, sum};
  if (n.wantsOutput(1) || n.wantsOutput(2)) {
    if (rms)
      n.unsupported("its statistics as outputs");
    Results both = statistics(n, sum, epsilon);
    results[1] = both[0];
    results[2] = both[1];
  }
  return results;
}

Results simplifiedLayerNormalization(Node &n) {
  if (n.wantsOutput(1))
    n.unsupported("its statistics as an output");
  Value x = n.require(0);
  int64_t axis = n.axis(n.integer("axis", -1), n.rank(x));
  return {n.create<LayerNormOp>(x, n.require(1), Value(), axis, APFloat(n.number("epsilon", 1e-5f)), /*rms=*/true)};
}

// Embeddings of words, positions and segments, summed and normalised.
Results embedLayerNormalization(Node &n) {
  Value ids = n.require(0), segments = n.input(1), positions = n.input(8);
  Value sum = n.create<GatherOp>(n.require(2), ids, 0);
  Value place = positions ? positions : n.range(n.dim(ids, 1));
  sum = n.add(sum, n.create<GatherOp>(n.require(3), place, 0));
  if (segments && n.input(4))
    sum = n.add(sum, n.create<GatherOp>(n.input(4), segments, 0));
  Value y = layerNorm(n, sum, n.require(5), n.require(6), n.number("epsilon", 1e-12f), /*rms=*/false);
  Type i32 = n.builder().getI32Type();
  Value lengths;
  if (n.wantsOutput(1))
    lengths = n.input(7) ? n.reduce(ReduceKind::Sum, n.cast(n.input(7), i32), {1}, /*keepdims=*/false)
                         : n.create<ExpandOp>(n.scalar(i32, 0), n.dimValue(n.dim(ids, 0)));
  return {y, lengths, sum};
}

Value groupNormalized(Node &n, Value x) { // [N, C, spatial…]
  int64_t groups = n.integer("groups", 0), rank = n.rank(x);
  if (groups < 1 || rank < 2)
    n.invalid("groups must be positive and the operand have channels");
  Type type = n.element(x);
  Value grouped = n.cast(n.reshape(x, {n.dim(x, 0), groups, -1}), n.builder().getF32Type());
  Value centred = n.sub(grouped, n.reduce(ReduceKind::Mean, grouped, {2}, /*keepdims=*/true));
  Value variance = n.reduce(ReduceKind::Mean, n.mul(centred, centred), {2}, /*keepdims=*/true);
  Value deviation = n.unary(UnaryKind::Sqrt, n.add(variance, n.scalarLike(variance, n.number("epsilon", 1e-5f))));
  SmallVector<Dim> shape;
  for (int64_t i = 0; i < rank; ++i)
    shape.push_back(n.dim(x, i));
  Value y = n.reshape(n.div(centred, deviation), shape);
  auto channel = [&](size_t i) { return n.alignAt(n.cast(n.require(i), n.element(y)), 1, rank); };
  y = n.cast(n.add(n.mul(y, channel(1)), channel(2)), type);
  return n.integer("activation", 0) ? n.unary(UnaryKind::Swish, y, 1) : y;
}

Results groupNorm(Node &n) {
  Value x = n.require(0);
  return {n.integer("channels_last", 1) ? channelsLast(n, groupNormalized(n, channelsFirst(n, x)))
                                        : groupNormalized(n, x)};
}

} // namespace

void addFusedOperators(Rows &rows) {
  using T = Types;
  const char *domain = "com.microsoft";
  rows.insert(rows.end(),
              {
                  {"BiasGelu", 1, 1, T::Float, biasGelu, "", domain},
                  {"EmbedLayerNormalization", 1, 1, T::Integer, embedLayerNormalization, "", domain},
                  {"FastGelu", 1, 1, T::Float, fastGelu, "", domain},
                  {"FusedConv", 1, 1, T::Float, fusedConv, "1 to 3 spatial dimensions", domain},
                  {"FusedGemm", 1, 1, T::Float, fusedGemm, "", domain},
                  {"FusedMatMul", 1, 1, T::Float, fusedMatMul, "", domain},
                  {"Gelu", 1, 1, T::Float, gelu, "", domain},
                  {"GroupNorm", 1, 1, T::Float, groupNorm, "", domain},
                  {"NhwcConv", 1, 1, T::Float, nhwcConv, "1 to 3 spatial dimensions", domain},
                  {"NhwcMaxPool", 1, 1, T::Numeric, nhwcMaxPool, "1 to 3 spatial dimensions", domain},
                  {"QuickGelu", 1, 1, T::Float, quickGelu, "", domain},
                  {"SimplifiedLayerNormalization", 1, 28, T::Float, simplifiedLayerNormalization},
                  {"SkipLayerNormalization", 1, 1, T::Float, skipLayerNormalization<false>, "", domain},
                  {"SkipSimplifiedLayerNormalization", 1, 1, T::Float, skipLayerNormalization<true>, "", domain},
              });
}

} // namespace mlc::importer
