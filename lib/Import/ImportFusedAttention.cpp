// Attention in the forms of com.microsoft: with the projection inside, with separate or packed operands, with a cache.
#include "Import/Attention.h"
#include "Import/OperatorTable.h"
#include "Import/Scatter.h"

#include <cmath>
#include <fmt/format.h>
#include <limits>

using namespace mlir;
using namespace mlc::graph;

namespace mlc::importer {

namespace {

Value both(Node &n, Value a, Value b) { return a && b ? n.binary(BinaryKind::And, a, b) : a ? a : b; }
Value sum(Node &n, Value a, Value b) { return a && b ? n.add(a, b) : a ? a : b; }

float scaleOf(Node &n, Value query) {
  if (float scale = n.number("scale", 0); scale != 0)
    return scale;
  int64_t size = n.type(query).getDimSize(3);
  if (ShapedType::isDynamic(size))
    n.unsupported("the head size is not known when compiling");
  return static_cast<float>(1 / std::sqrt(static_cast<double>(size)));
}

// Queries at the end of `keys` may not look ahead: i1 [queries, keys].
Value causal(Node &n, const Dim &queries, const Dim &keys) {
  Value offset = n.toScalar(n.dimValue(n.combine(BinaryKind::Sub, keys, queries)));
  Value place = n.add(n.unsqueeze(n.range(queries), {1}), offset);
  return n.compare(CompareKind::Le, n.range(keys), place);
}

// What a padding mask adds to the scores: `mask` is 1 for keys that count in [batch, keys] or [batch, queries, keys],
// or holds in [batch] how many keys do, or in [2 batch] that and then the first that does.
Value paddingBias(Node &n, Value mask, Value query, const Dim &keys) {
  Value kept;
  int64_t rank = n.rank(mask);
  Value key = n.range(keys);
  if (rank == 1) {
    Dim batch = n.dim(query, 0);
    Value limits = n.cast(mask, n.builder().getI64Type());
    int64_t size = n.type(mask).getDimSize(0);
    bool twice = batch.isNumber() && !ShapedType::isDynamic(size) && size == 2 * batch.number;
    if (!twice && !(batch.isNumber() && size == batch.number) && !(ShapedType::isDynamic(size) && !batch.isNumber()))
      n.unsupported("a mask of one dimension that is not one or two numbers an entry");
    Value end = n.alignAt(n.slice(limits, 0, 0, batch), 0, 4);
    kept = n.compare(CompareKind::Lt, key, end);
    if (twice) {
      Value begin = n.slice(limits, 0, batch, n.combine(BinaryKind::Mul, batch, 2));
      kept = both(n, kept, n.compare(CompareKind::Ge, key, n.alignAt(begin, 0, 4)));
    }
  } else if (rank == 2) {
    kept = n.compare(CompareKind::Ne, n.unsqueeze(mask, {1, 2}), n.scalarLike(mask, 0));
  } else if (rank == 3) {
    kept = n.compare(CompareKind::Ne, n.unsqueeze(mask, {1}), n.scalarLike(mask, 0));
  } else {
    n.unsupported(fmt::format("a mask of {} dimensions", rank));
  }
  Value zero = n.scalarLike(query, 0);
  return n.select(kept, zero, n.scalarLike(query, n.number("mask_filter_value", -10000.0f)));
}

// Of [2, batch, heads, length, size], the keys or the values.
Value pastPart(Node &n, Value past, int64_t i) { return n.squeeze(n.slice(past, 0, i, i + 1), {0}); }

Value after(Node &n, Value past, Value now) { return past ? n.create<ConcatOp>(ValueRange{past, now}, 2) : now; }

// Attention over projections [batch, length, hidden] of one operand, as Attention and QAttention have it.
Results selfAttention(Node &n, Value projected, ArrayRef<int64_t> widths, Value mask, Value past, Value bias) {
  int64_t heads = n.integer("num_heads", 0);
  if (n.integer("do_rotary", 0))
    n.unsupported("do_rotary");
  if (n.integer("past_present_share_buffer", 0))
    n.unsupported("past_present_share_buffer");
  int64_t begin = 0;
  SmallVector<Value> parts;
  for (int64_t width : widths) {
    parts.push_back(splitHeads(n, n.slice(projected, 2, begin, begin + width), heads));
    begin += width;
  }
  Value key = after(n, past ? pastPart(n, past, 0) : Value(), parts[1]);
  Value value = after(n, past ? pastPart(n, past, 1) : Value(), parts[2]);
  Dim queries = n.dim(parts[0], 2), keys = n.dim(key, 2);
  AttentionOperands o{parts[0], key, value, bias, {}, scaleOf(n, parts[0]), 0, {}};
  if (mask)
    o.bias = sum(n, o.bias, paddingBias(n, mask, o.query, keys));
  if (n.integer("unidirectional", 0))
    o.allowed = causal(n, queries, keys);
  Value present;
  if (n.wantsOutput(1))
    present = n.create<ConcatOp>(ValueRange{n.unsqueeze(key, {0}), n.unsqueeze(value, {0})}, 0);
  return {joinHeads(n, attend(n, o).output), present};
}

SmallVector<int64_t> thirds(Node &n, Value weights) {
  if (auto widths = n.integers("qkv_hidden_sizes"); widths && widths->size() == 3)
    return *widths;
  int64_t all = n.type(weights).getDimSize(n.rank(weights) - 1);
  if (ShapedType::isDynamic(all) || all % 3)
    n.unsupported("weights whose columns are not three equal parts known when compiling");
  return SmallVector<int64_t>(3, all / 3);
}

Results attention(Node &n) {
  Value weights = n.require(1), projected = n.create<MatmulOp>(n.require(0), weights);
  if (n.input(6))
    n.unsupported("past_sequence_length");
  if (n.input(2))
    projected = n.add(projected, n.input(2));
  return selfAttention(n, projected, thirds(n, weights), n.input(3), n.input(4), n.input(5));
}

// The operands are integers: their product is that of what they stand for.
Results quantizedAttention(Node &n) {
  Value x = n.require(0), weights = n.require(1);
  auto real = [&](Value value, size_t scale, size_t zero, int64_t axis) {
    Value s = n.perTensor(n.require(scale)), z = n.input(zero) ? n.input(zero) : n.scalarLike(value, 0);
    if (n.rank(s) == 0 && n.rank(z) == 1)
      z = n.toScalar(z);
    if (n.rank(s) == 1 && n.rank(z) == 0)
      z = n.create<ExpandOp>(z, n.shapeOf(s));
    return n.create<DequantizeOp>(value, s, z, n.rank(s) ? axis : 0, 0);
  };
  Value projected = n.create<MatmulOp>(real(x, 3, 6, 2), real(weights, 4, 7, 1));
  projected = n.add(projected, n.require(2));
  return selfAttention(n, projected, thirds(n, weights), n.input(5), n.input(8), {});
}

// [batch, length, heads, parts, size]: part i as [batch, heads, length, size].
Value packedPart(Node &n, Value packed, int64_t i) {
  return n.transpose(n.squeeze(n.slice(packed, 3, i, i + 1), {3}), {0, 2, 1, 3});
}

Results multiHeadAttention(Node &n) {
  Value query = n.require(0), key = n.input(1), bias = n.input(3);
  int64_t heads = n.integer("num_heads", 0);
  if (n.input(8) || n.input(9))
    n.unsupported("past_sequence_length or cache_indirection");
  Value q, k, v;
  // Each part of the bias belongs to one projection.
  int64_t begin = 0;
  auto biased = [&](Value x) {
    if (!bias)
      return x;
    int64_t width = n.type(x).getDimSize(2);
    if (ShapedType::isDynamic(width))
      n.unsupported("a bias for operands whose width is not known when compiling");
    begin += width;
    return n.add(x, n.slice(bias, 0, begin - width, begin));
  };
  if (n.rank(query) == 5) {
    if (bias)
      n.unsupported("a bias for packed operands");
    q = packedPart(n, query, 0), k = packedPart(n, query, 1), v = packedPart(n, query, 2);
  } else {
    q = splitHeads(n, biased(query), heads);
    if (!key)
      n.invalid("the keys are missing");
    if (n.rank(key) == 5) {
      k = packedPart(n, key, 0), v = packedPart(n, key, 1);
    } else if (n.rank(key) == 4) { // a cache of cross attention
      k = key, v = n.require(2);
    } else {
      k = splitHeads(n, biased(key), heads);
      v = splitHeads(n, biased(n.require(2)), heads);
    }
  }
  k = after(n, n.input(6), k);
  v = after(n, n.input(7), v);
  Dim keys = n.dim(k, 2);
  AttentionOperands o{q, k, v, n.input(5), {}, scaleOf(n, q), 0, {}};
  if (n.input(4))
    o.bias = sum(n, o.bias, paddingBias(n, n.input(4), q, keys));
  if (n.integer("unidirectional", 0))
    o.allowed = causal(n, n.dim(q, 2), keys);
  AttentionResults r = attend(n, o);
  return {joinHeads(n, r.output), k, v, r.scores};
}

// Rotates [batch, heads, length, size] by the angles of the positions [batch or 1, length].
Value rotated(Node &n, Value x, Value positions, Value cosines, Value sines, bool interleaved) {
  auto at = [&](Value cache) { return n.unsqueeze(n.create<GatherOp>(cache, positions, 0), {2}); };
  Dim width = n.combine(BinaryKind::Mul, n.dim(cosines, 1), 2);
  Value rows = n.transpose(x, {0, 2, 1, 3}); // [batch, length, heads, size]
  return n.transpose(rotate(n, rows, at(cosines), at(sines), width, interleaved), {0, 2, 1, 3});
}

// Ainslie et al., arXiv 2305.13245. Entry b has seqlens_k[b] + 1 keys, of which the last are those of this call; the
// cache may be longer.
Results groupQueryAttention(Node &n) {
  Value query = n.require(0), pastKey = n.input(3), pastValue = n.input(4);
  int64_t heads = n.integer("num_heads", 0), keyHeads = n.integer("kv_num_heads", 0);
  for (size_t i : {11, 12, 13, 16})
    if (n.input(i))
      n.unsupported(fmt::format("operand {}", i));
  for (const char *name : {"smooth_softmax", "sliding_window_cache", "qk_output"})
    if (n.integer(name, 0))
      n.unsupported(std::string("attribute '") + name + "'");
  Value q, k, v;
  if (n.input(1)) {
    q = splitHeads(n, query, heads);
    k = splitHeads(n, n.input(1), keyHeads);
    v = splitHeads(n, n.require(2), keyHeads);
  } else {
    int64_t all = n.type(query).getDimSize(2), parts = heads + 2 * keyHeads;
    if (parts < 1 || ShapedType::isDynamic(all) || all % parts)
      n.unsupported("packed operands whose width is not known when compiling");
    int64_t size = all / parts, first = heads * size, second = first + keyHeads * size;
    q = splitHeads(n, n.slice(query, 2, 0, first), heads);
    k = splitHeads(n, n.slice(query, 2, first, second), keyHeads);
    v = splitHeads(n, n.slice(query, 2, second, all), keyHeads);
  }
  if (n.input(14)) {
    auto normal = [&](Value x, Value weight, const char *own) {
      float epsilon = n.number(own, n.number("qk_norm_epsilon", 1e-6f));
      return n.create<LayerNormOp>(x, weight, Value(), 3, APFloat(epsilon), /*rms=*/true);
    };
    q = normal(q, n.input(14), "q_norm_epsilon");
    k = normal(k, n.require(15), "k_norm_epsilon");
  }
  Type i64 = n.builder().getI64Type();
  Dim batch = n.dim(q, 0), length = n.dim(q, 2);
  Value lengths = n.reshape(n.cast(n.require(5), i64), {batch, 1});
  // Keys before those of this call, [batch, 1]; a prompt that is padded at its end has none.
  Value before = n.sub(n.add(lengths, n.scalar(i64, 1)), n.toScalar(n.dimValue(length)));
  before = n.binary(BinaryKind::Max, before, n.scalar(i64, 0));
  if (n.integer("do_rotary", 0)) {
    Value positions = n.input(9) ? n.cast(n.input(9), i64) : n.add(before, n.range(length));
    bool interleaved = n.integer("rotary_interleaved", 0) != 0;
    q = rotated(n, q, positions, n.require(7), n.require(8), interleaved);
    k = rotated(n, k, positions, n.require(7), n.require(8), interleaved);
  }
  Dim keys = length;
  if (pastKey) {
    Dim held = n.dim(pastKey, 2), total(n.toIndices(n.require(6)));
    if (auto known = n.knownIntegers(n.require(6)); known && known->size() == 1)
      total = known->front();
    keys = n.combine(BinaryKind::Max, held, total);
    auto present = [&](Value past, Value now) {
      Dim missing = n.combine(BinaryKind::Sub, keys, held);
      Value more = n.create<ExpandOp>(n.scalarLike(past, 0), n.shape({batch, n.dim(now, 1), missing, n.dim(now, 3)}));
      Value grown = n.create<ConcatOp>(ValueRange{past, more}, 2); // the cache may be empty
      grown = n.reshape(grown, {batch, n.dim(now, 1), keys, n.dim(now, 3)});
      return writeAt(n, grown, now, n.reshape(before, {batch}), 2, /*circular=*/false);
    };
    k = present(pastKey, k);
    v = present(pastValue, v);
  }
  AttentionOperands o{q, k, v, n.input(10), {}, scaleOf(n, q), n.number("softcap", 0), {}};
  Value place = n.add(n.unsqueeze(before, {2, 3}), n.unsqueeze(n.range(length), {1})); // [batch, 1, length, 1]
  Value key = n.range(keys);
  if (n.integer("causal", 1))
    o.allowed = n.compare(CompareKind::Le, key, place);
  else
    o.allowed = n.compare(CompareKind::Le, key, n.unsqueeze(lengths, {2, 3}));
  if (int64_t window = n.integer("local_window_size", -1); window > 0) {
    Value first = n.sub(place, n.scalar(i64, static_cast<double>(window)));
    o.allowed = both(n, o.allowed, n.compare(CompareKind::Gt, key, first));
  }
  return {joinHeads(n, attend(n, o).output), k, v};
}

Results rotaryEmbedding(Node &n) {
  Value x = n.require(0), positions = n.require(1), cosines = n.require(2), sines = n.require(3);
  if (n.integer("is_packed_batching", 0))
    n.unsupported("is_packed_batching");
  if (n.number("scale", 1) != 1)
    n.unsupported("attribute 'scale'");
  int64_t rank = n.rank(x), heads = n.integer("num_heads", 0);
  if (rank != 3 && rank != 4)
    n.invalid("the operand must have three or four dimensions");
  Value rows = x;
  if (rank == 3) {
    if (heads == 0) { // whole heads are rotated
      int64_t width = n.type(x).getDimSize(2), half = n.type(cosines).getDimSize(1);
      if (ShapedType::isDynamic(width) || ShapedType::isDynamic(half) || half == 0 || width % (2 * half))
        n.unsupported("the number of heads is not known when compiling");
      heads = width / (2 * half);
    }
    rows = splitHeads(n, x, heads);
  }
  positions = n.cast(positions, n.builder().getI64Type());
  if (n.rank(positions) == 1) // where the first element stands
    positions = n.unsqueeze(n.add(n.toScalar(positions), n.range(n.dim(rows, 2))), {0});
  Value y = rotated(n, rows, positions, cosines, sines, n.integer("interleaved", 0) != 0);
  return {rank == 3 ? joinHeads(n, y) : y};
}

} // namespace

void addFusedAttentionOperators(Rows &rows) {
  using T = Types;
  const char *domain = "com.microsoft";
  rows.insert(rows.end(),
              {
                  {"Attention", 1, 1, T::Float, attention, "no do_rotary, no shared buffers", domain},
                  {"GroupQueryAttention", 1, 1, T::Float, groupQueryAttention,
                   "no head sinks, no smooth softmax, no quantized cache", domain},
                  {"MultiHeadAttention", 1, 1, T::Float, multiHeadAttention, "no beam search cache", domain},
                  {"QAttention", 1, 1, T::Integer, quantizedAttention, "no do_rotary, no shared buffers", domain},
                  {"RotaryEmbedding", 1, 1, T::Float, rotaryEmbedding, "no packed batches", domain},
              });
}

} // namespace mlc::importer
