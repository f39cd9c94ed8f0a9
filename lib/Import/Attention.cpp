#include "Import/Attention.h"

#include <fmt/format.h>

#include <limits>

using namespace mlir;
using namespace mlc::graph;

namespace mlc::importer {

Value splitHeads(Node &n, Value value, int64_t heads) {
  int64_t width = n.type(value).getDimSize(2);
  if (heads < 1 || (!ShapedType::isDynamic(width) && width % heads))
    n.invalid(fmt::format("{} channels do not divide into {} heads", width, heads));
  Dim size = ShapedType::isDynamic(width) ? Dim(-1) : Dim(width / heads);
  return n.transpose(n.reshape(value, {n.dim(value, 0), n.dim(value, 1), heads, size}), {0, 2, 1, 3});
}

Value joinHeads(Node &n, Value value) {
  Dim width = n.combine(BinaryKind::Mul, n.dim(value, 1), n.dim(value, 3));
  return n.reshape(n.transpose(value, {0, 2, 1, 3}), {n.dim(value, 0), n.dim(value, 2), width});
}

// Keys and values that several heads share stay one: [batch, key heads, 1, …] broadcasts against the queries'
// [batch, key heads, group, …].
static Value productByGroups(Node &n, Value left, Value right, const Dim &group) {
  if (group.isNumber() && group.number == 1)
    return n.create<MatmulOp>(left, right);
  Dim batch = n.dim(left, 0), heads = n.dim(right, 1);
  Value grouped = n.reshape(left, {batch, heads, group, n.dim(left, 2), n.dim(left, 3)});
  Value product = n.create<MatmulOp>(grouped, n.unsqueeze(right, {2}));
  return n.reshape(product, {batch, n.dim(left, 1), n.dim(product, 3), n.dim(product, 4)});
}

AttentionResults attend(Node &n, const AttentionOperands &o) {
  Dim heads = n.dim(o.query, 1), keyHeads = n.dim(o.key, 1);
  if (heads.isNumber() && keyHeads.isNumber() && (keyHeads.number < 1 || heads.number % keyHeads.number))
    n.invalid(fmt::format("{} heads of queries do not share {} heads of keys", heads.number, keyHeads.number));
  Dim group = n.combine(BinaryKind::Div, heads, keyHeads);
  AttentionResults r;
  // Half floats are widened once: probabilities rounded to them would lose a digit of the result.
  Type type = n.element(o.query);
  auto wide = [&](Value x) { return x && (type.isF16() || type.isBF16()) ? n.cast(x, n.builder().getF32Type()) : x; };
  Value query = wide(o.query), keys = n.transpose(wide(o.key), {0, 1, 3, 2}), values = wide(o.value);
  r.scores = productByGroups(n, query, keys, group);
  r.scores = n.mul(r.scores, n.scalarLike(r.scores, o.scale));
  r.capped = r.scores;
  if (o.softcap != 0) {
    Value cap = n.scalarLike(r.scores, o.softcap);
    r.capped = n.mul(n.unary(UnaryKind::Tanh, n.div(r.scores, cap)), cap);
  }
  r.biased = o.bias ? n.add(r.capped, wide(o.bias)) : r.capped;
  Value scores = r.biased, none;
  if (o.allowed) {
    Value minusInfinity = n.scalarLike(scores, -std::numeric_limits<double>::infinity());
    r.biased = n.select(o.allowed, scores, minusInfinity);
    // The softmax sees the least finite number instead: a row without a key to look at must not become NaN.
    double least = type.isF64() ? std::numeric_limits<double>::lowest() : -3.38e38;
    scores = n.select(o.allowed, scores, n.scalarLike(scores, least));
    Value any = n.cast(o.allowed, n.builder().getIntegerType(8, /*isSigned=*/false));
    any = n.reduce(ReduceKind::Max, any, {n.rank(any) - 1}, /*keepdims=*/true);
    none = n.compare(CompareKind::Eq, any, n.scalarLike(any, 0));
  }
  // A softmax of less than f32 is not asked for by anyone who wants its result.
  if (o.softmaxType && o.softmaxType.isF64())
    scores = n.cast(scores, o.softmaxType);
  r.softmaxed = n.cast(n.create<SoftmaxOp>(scores, 3, /*log=*/false), n.element(query));
  r.output = productByGroups(n, r.softmaxed, values, group);
  if (none) {
    r.softmaxed = n.select(none, n.scalarLike(r.softmaxed, 0), r.softmaxed);
    r.output = n.select(none, n.scalarLike(r.output, 0), r.output);
  }
  for (Value *result : {&r.output, &r.scores, &r.capped, &r.biased, &r.softmaxed})
    *result = n.cast(*result, type);
  return r;
}

Value rotate(Node &n, Value value, Value cosine, Value sine, const Dim &rotated, bool interleaved) {
  Dim half = n.combine(BinaryKind::Div, rotated, 2);
  Value turned = n.slice(value, 3, 0, rotated), a, b;
  SmallVector<Dim> pairs{n.dim(value, 0), n.dim(value, 1), n.dim(value, 2)};
  SmallVector<Dim> flat(pairs);
  flat.push_back(rotated);
  if (interleaved) {
    pairs.append({half, Dim(2)});
    turned = n.reshape(turned, pairs);
    a = n.squeeze(n.slice(turned, 4, 0, 1), {4});
    b = n.squeeze(n.slice(turned, 4, 1, 2), {4});
  } else {
    a = n.slice(turned, 3, 0, half);
    b = n.slice(turned, 3, half, rotated);
  }
  Value real = n.sub(n.mul(cosine, a), n.mul(sine, b)), imaginary = n.add(n.mul(sine, a), n.mul(cosine, b));
  if (interleaved) {
    Value both = n.create<ConcatOp>(ValueRange{n.unsqueeze(real, {4}), n.unsqueeze(imaginary, {4})}, 4);
    turned = n.reshape(both, flat);
  } else {
    turned = n.create<ConcatOp>(ValueRange{real, imaginary}, 3);
  }
  Dim size = n.dim(value, 3);
  if (size.isNumber() && rotated.isNumber() && size.number == rotated.number)
    return turned;
  return n.create<ConcatOp>(ValueRange{turned, n.slice(value, 3, rotated, size)}, 3);
}

} // namespace mlc::importer
