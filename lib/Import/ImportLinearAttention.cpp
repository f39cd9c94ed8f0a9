// Attention whose memory is a matrix that each step updates, and the short causal convolution that goes with it.
#include "Import/Attention.h"
#include "Import/CountedLoop.h"
#include "Import/OperatorTable.h"

#include <fmt/format.h>

using namespace mlir;
using namespace mlc::graph;

namespace mlc::importer {

namespace {

// [batch, length, heads * size] as [length, batch, heads, 1, size] in f32: one step is one slice.
Value stepsOf(Node &n, Value value, const Dim &heads) {
  if (n.rank(value) != 3 || (heads.isNumber() && heads.number < 1))
    n.invalid("operands must be [batch, length, channels]");
  Dim width = n.dim(value, 2);
  if (width.isNumber() && heads.isNumber() && width.number % heads.number)
    n.invalid(fmt::format("{} channels do not divide into {} heads", width.number, heads.number));
  Value split = n.reshape(n.cast(value, n.builder().getF32Type()),
                          {n.dim(value, 0), n.dim(value, 1), heads, 1, n.combine(BinaryKind::Div, width, heads)});
  return n.transpose(split, {1, 0, 2, 3, 4});
}

// S <- exp(decay) S;  v <- beta (v - Sᵀ k);  S <- S + k vᵀ;  o = scale Sᵀ q. Yang et al., arXiv 2412.06464; ONNX
// LinearAttention. S is [batch, key heads, key size, value size].
Results linearAttention(Node &n) {
  Value query = n.require(0), key = n.require(1), value = n.require(2), past = n.input(3);
  int64_t heads = n.integer("q_num_heads", 0), keyHeads = n.integer("kv_num_heads", 0);
  if (heads < 1 || keyHeads < 1 || heads % keyHeads)
    n.invalid(fmt::format("{} heads of queries do not share {} heads of keys", heads, keyHeads));
  std::string rule = n.text("update_rule", "gated_delta");
  bool gated = rule == "gated" || rule == "gated_delta", delta = rule == "delta" || rule == "gated_delta";
  if (!gated && !delta && rule != "linear")
    n.invalid("update_rule must be linear, gated, delta or gated_delta, not '" + rule + "'");
  if (gated != (n.input(4) != nullptr) || delta != (n.input(5) != nullptr))
    n.invalid("decay and beta must be given exactly where update_rule '" + rule + "' uses them");
  int64_t group = heads / keyHeads;
  Value q = stepsOf(n, query, heads), k = stepsOf(n, key, keyHeads), v = stepsOf(n, value, keyHeads);
  Dim keySize = n.dim(q, 4), valueSize = n.dim(v, 4);
  Dim length = n.dim(q, 0), batch = n.dim(q, 1);
  // [length, batch, key heads, key size or 1, 1], and [length, batch, key heads or 1, 1, 1].
  Value decay, beta;
  if (gated)
    decay = n.unary(UnaryKind::Exp, n.transpose(stepsOf(n, n.input(4), keyHeads), {0, 1, 2, 4, 3}));
  if (delta)
    beta = stepsOf(n, n.input(5), n.dim(n.input(5), 2));
  // Queries that share a key are rows of one matrix.
  q = n.reshape(q, {length, batch, keyHeads, group, keySize});
  if (float scale = n.number("scale", 0); scale != 0)
    q = n.mul(q, n.scalarLike(q, scale));
  else
    q = n.div(q, n.unary(UnaryKind::Sqrt, n.cast(n.toScalar(n.dimValue(keySize)), n.element(q))));

  Type wide = n.builder().getF32Type();
  SmallVector<Dim> stateShape{batch, keyHeads, keySize, valueSize};
  Value state =
      past ? n.reshape(n.cast(past, wide), stateShape) : n.create<ExpandOp>(n.scalar(wide, 0), n.shape(stateShape));
  auto step = [&](Value at, ArrayRef<Value> carried) -> SmallVector<Value> {
    auto now = [&](Value all) { return n.create<GatherOp>(all, at, 0); };
    Value s = carried[0], kt = now(k), vt = now(v);
    if (gated)
      s = n.mul(s, now(decay));
    if (delta)
      vt = n.mul(now(beta), n.sub(vt, n.create<MatmulOp>(kt, s)));
    s = n.add(s, n.mul(n.transpose(kt, {0, 1, 3, 2}), vt));
    return {n.reshape(s, stateShape), n.create<MatmulOp>(now(q), s)};
  };
  Results results = countedLoop(n, length, state, step);
  Value output = n.transpose(results[1], {1, 0, 2, 3, 4}); // [batch, length, key heads, group, value size]
  output = n.cast(n.reshape(output, {batch, length, n.combine(BinaryKind::Mul, heads, valueSize)}), n.element(query));
  return {output, n.cast(results[0], n.element(past ? past : query))};
}

// A depthwise convolution of what came before and the operand, [batch, channels, length].
Results causalConvWithState(Node &n) {
  Value x = n.require(0), weights = n.require(1), bias = n.input(2), past = n.input(3);
  if (n.rank(x) != 3 || n.rank(weights) != 3)
    n.invalid("the operand and the weights must have three dimensions");
  int64_t channels = n.type(weights).getDimSize(0), taps = n.type(weights).getDimSize(2);
  if (ShapedType::isDynamic(channels) || ShapedType::isDynamic(taps) || taps < 1)
    n.unsupported("the shape of the weights is not known when compiling");
  Value before = past ? past : n.create<ExpandOp>(n.scalarLike(x, 0), n.shape({n.dim(x, 0), channels, taps - 1}));
  Value padded = n.create<ConcatOp>(ValueRange{before, x}, 2);
  padded = n.reshape(padded, {n.dim(x, 0), channels, n.dim(padded, 2)});
  Value y = n.create<ConvOp>(padded, weights, bias, ArrayRef<int64_t>{1}, ArrayRef<int64_t>{0, 0}, ArrayRef<int64_t>{1},
                             channels, /*channels_last=*/false);
  std::string activation = n.text("activation", "none");
  if (activation == "silu" || activation == "swish")
    y = n.unary(UnaryKind::Swish, y, 1);
  else if (activation != "none")
    n.invalid("activation must be none, silu or swish, not '" + activation + "'");
  Dim length = n.dim(padded, 2);
  return {y, n.slice(padded, 2, n.combine(BinaryKind::Sub, length, taps - 1), length)};
}

} // namespace

void addLinearAttentionOperators(Rows &rows) {
  using T = Types;
  rows.insert(rows.end(), {
                              {"CausalConvWithState", 27, 28, T::Float, causalConvWithState},
                              {"LinearAttention", 27, 28, T::Float, linearAttention},
                          });
}

} // namespace mlc::importer
