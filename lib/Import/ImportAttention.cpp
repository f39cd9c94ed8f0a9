// ONNX Attention and RotaryEmbedding.
#include "Import/Attention.h"
#include "Import/OperatorTable.h"

#include <cmath>
#include <fmt/format.h>
#include <limits>

using namespace mlir;
using namespace mlc::graph;

namespace mlc::importer {

namespace {

// Both conditions, where either may be missing.
Value both(Node &n, Value a, Value b) { return a && b ? n.binary(BinaryKind::And, a, b) : a ? a : b; }

// The mask's last dimension as long as there are keys: those beyond it are not looked at.
Value padMask(Node &n, Value mask, const Dim &keys) {
  int64_t last = n.rank(mask) - 1;
  if (last < 0)
    n.invalid("the mask is a scalar");
  Dim length = n.dim(mask, last);
  if (length.isNumber() && keys.isNumber() && length.number == keys.number)
    return mask;
  bool isBool = n.element(mask).isInteger(1);
  Value fill = n.scalarLike(mask, isBool ? 0 : -std::numeric_limits<double>::infinity());
  Value missing = n.dimValue(n.combine(BinaryKind::Sub, keys, length));
  missing = n.binary(BinaryKind::Max, missing, n.indices(0));
  Value pads = n.create<ConcatOp>(ValueRange{n.indices(0), missing}, 0);
  if (isBool) // padded as bytes
    mask = n.cast(mask, n.builder().getIntegerType(8, /*isSigned=*/false)), fill = n.scalarLike(mask, 0);
  mask = n.create<PadOp>(mask, pads, fill, ArrayRef<int64_t>(last), PadMode::Constant);
  return isBool ? n.cast(mask, n.builder().getI1Type()) : mask;
}

// Which keys each query may look at because of where both stand: i1, broadcast to [batch, 1, queries, keys]; null where
// it may look at all. A query's position is its index + `offset` ([batch, 1, 1, 1] or [1]).
Value allowedPlaces(Node &n, const Dim &queries, const Dim &keys, Value offset) {
  bool causal = n.integer("is_causal", 0) != 0;
  int64_t left = n.integer("left_window_size", -1), right = n.integer("right_window_size", -1);
  if (left < -1 || right < -1)
    n.invalid("a window size is below -1");
  if (!causal && left < 0 && right < 0)
    return {};
  Value position = n.unsqueeze(n.range(queries), {1}), key = n.range(keys);
  if (offset)
    position = n.add(position, offset);
  Value allowed = causal ? n.compare(CompareKind::Le, key, position) : Value();
  auto number = [&](int64_t value) { return n.scalarLike(key, static_cast<double>(value)); };
  if (left >= 0)
    allowed = both(n, allowed, n.compare(CompareKind::Le, position, n.add(key, number(left))));
  if (right >= 0)
    allowed = both(n, allowed, n.compare(CompareKind::Le, key, n.add(position, number(right))));
  return allowed;
}

Results attention(Node &n) {
  AttentionOperands o{n.require(0), n.require(1), n.require(2), {}, {}, 1, 0, {}};
  int64_t rank = n.rank(o.query);
  if ((rank != 3 && rank != 4) || n.rank(o.key) != rank || n.rank(o.value) != rank)
    n.invalid("query, key and value must have three or four dimensions");
  if (rank == 3) {
    int64_t heads = n.integer("q_num_heads", 0), keyHeads = n.integer("kv_num_heads", 0);
    o.query = splitHeads(n, o.query, heads);
    o.key = splitHeads(n, o.key, keyHeads);
    o.value = splitHeads(n, o.value, keyHeads);
  }
  Value mask = n.input(3), pastKey = n.input(4), pastValue = n.input(5), lengths = n.input(6), offset;
  if (!pastKey != !pastValue)
    n.invalid("past_key and past_value must be given together");
  if (pastKey && lengths)
    n.invalid("nonpad_kv_seqlen cannot be combined with past_key");
  Dim queries = n.dim(o.query, 2);
  if (pastKey) {
    offset = n.dimValue(n.dim(pastKey, 2));
    o.key = n.create<ConcatOp>(ValueRange{pastKey, o.key}, 2);
    o.value = n.create<ConcatOp>(ValueRange{pastValue, o.value}, 2);
  }
  Dim keys = n.dim(o.key, 2);
  if (lengths) {
    lengths = n.alignAt(n.cast(lengths, n.builder().getI64Type()), 0, 4); // [batch, 1, 1, 1]
    offset = n.sub(lengths, n.dimValue(queries));
  }
  o.allowed = allowedPlaces(n, queries, keys, offset);
  if (lengths)
    o.allowed = both(n, o.allowed, n.compare(CompareKind::Lt, n.range(keys), lengths));
  if (mask) {
    mask = padMask(n, mask, keys);
    if (n.element(mask).isInteger(1)) {
      o.allowed = both(n, o.allowed, mask);
    } else {
      Value infinity = n.scalarLike(mask, -std::numeric_limits<double>::infinity());
      o.allowed = both(n, o.allowed, n.compare(CompareKind::Ne, mask, infinity));
      o.bias = n.select(n.compare(CompareKind::Ne, mask, infinity), mask, n.scalarLike(mask, 0));
    }
  }
  int64_t size = n.type(o.query).getDimSize(3);
  if (n.attribute("scale"))
    o.scale = n.number("scale", 1);
  else if (ShapedType::isDynamic(size))
    o.query =
        n.div(o.query, n.unary(UnaryKind::Sqrt, n.cast(n.toScalar(n.dimValue(n.dim(o.query, 3))), n.element(o.query))));
  else
    o.scale = static_cast<float>(1 / std::sqrt(static_cast<double>(size)));
  o.softcap = n.number("softcap", 0);
  if (int64_t type = n.integer("softmax_precision", 0))
    o.softmaxType = n.elementType(type);
  AttentionResults r = attend(n, o);
  Value stages[] = {r.scores, r.capped, r.biased, r.softmaxed};
  int64_t mode = n.integer("qk_matmul_output_mode", 0);
  if (mode < 0 || mode > 3)
    n.invalid(fmt::format("qk_matmul_output_mode is {}, not 0 to 3", mode));
  return {rank == 3 ? joinHeads(n, r.output) : r.output, o.key, o.value, stages[mode]};
}

Results rotaryEmbedding(Node &n) {
  Value x = n.require(0), cosine = n.require(1), sine = n.require(2), positions = n.input(3);
  int64_t rank = n.rank(x);
  if (rank != 3 && rank != 4)
    n.invalid("the operand must have three or four dimensions");
  if (rank == 4) {
    x = n.transpose(x, {0, 2, 1, 3});
  } else {
    int64_t heads = n.integer("num_heads", 0);
    Dim width = n.dim(x, 2);
    if (heads < 1 || (width.isNumber() && width.number % heads))
      n.invalid("num_heads must divide the last dimension of an operand of three dimensions");
    x = n.reshape(x, {n.dim(x, 0), n.dim(x, 1), heads, n.combine(BinaryKind::Div, width, heads)});
  }
  Dim size = n.dim(x, 3), rotated = n.integer("rotary_embedding_dim", 0);
  if (rotated.number == 0)
    rotated = size;
  if (rotated.isNumber() &&
      (rotated.number < 0 || rotated.number % 2 || (size.isNumber() && rotated.number > size.number)))
    n.invalid(fmt::format("{} elements of a head cannot be rotated", rotated.number));
  if (positions) {
    cosine = n.create<GatherOp>(cosine, positions, 0);
    sine = n.create<GatherOp>(sine, positions, 0);
  }
  if (n.rank(cosine) != 3 || n.rank(sine) != 3)
    n.invalid("the caches must have three dimensions, or two where positions are given");
  Value y = rotate(n, x, n.unsqueeze(cosine, {2}), n.unsqueeze(sine, {2}), rotated, n.integer("interleaved", 0) != 0);
  if (rank == 4)
    return {n.transpose(y, {0, 2, 1, 3})};
  return {n.reshape(y, {n.dim(y, 0), n.dim(y, 1), n.combine(BinaryKind::Mul, n.dim(y, 2), n.dim(y, 3))})};
}

} // namespace

void addAttentionOperators(Rows &rows) {
  using T = Types;
  rows.insert(rows.end(), {
                              {"Attention", 23, 28, T::Float, attention},
                              {"RotaryEmbedding", 23, 28, T::Float, rotaryEmbedding},
                          });
}

} // namespace mlc::importer
