// Weights of 2, 4 or 8 bits in blocks that share a scale: MatMulNBits and GatherBlockQuantized.
#include "Import/OperatorTable.h"
#include "Support/NarrowTypes.h"

#include <fmt/format.h>

using namespace mlir;
using namespace mlc::graph;

namespace mlc::importer {

namespace {

Type unsignedType(Node &n, int64_t bits) {
  return IntegerType::get(n.builder().getContext(), bits, IntegerType::Unsigned);
}

// The fields of `bits` that bytes [rows, m] hold, the first in the lowest bits: [rows, count] of that unsigned type.
Value unpacked(Node &n, Value bytes, int64_t bits, int64_t count) {
  if (!n.type(bytes).hasStaticShape() || !n.element(bytes).isUnsignedInteger(8))
    n.unsupported("packed numbers that are not uint8, or whose shape is not known when compiling");
  int64_t rows = n.type(bytes).getDimSize(0), width = n.type(bytes).getDimSize(1), each = 8 / bits;
  if (width * each < count)
    n.invalid(fmt::format("rows of {} bytes do not hold {} numbers of {} bits", width, count, bits));
  Type type = unsignedType(n, bits);
  if (auto known = constantTensor(bytes)) {
    Tensor tensor(dtypeOf(type), {rows, count});
    for (int64_t r = 0; r < rows; ++r)
      for (int64_t i = 0; i < count; ++i)
        tensor.data<uint8_t>()[r * count + i] =
            (known->data<uint8_t>()[r * width + i / each] >> (i % each * bits)) & ((1 << bits) - 1);
    return n.constant(tensor);
  }
  Tensor shifts(DType::UInt8, {each});
  for (int64_t i = 0; i < each; ++i)
    shifts.data<uint8_t>()[i] = static_cast<uint8_t>(i * bits);
  Value fields = n.binary(BinaryKind::ShiftRight, n.unsqueeze(bytes, {2}), n.constant(shifts));
  fields = n.binary(BinaryKind::BitAnd, fields, n.scalarLike(fields, static_cast<double>((1 << bits) - 1)));
  return n.cast(n.slice(n.reshape(fields, {rows, width * each}), 1, 0, count), type);
}

int64_t readBits(Node &n) {
  int64_t bits = n.integer("bits", 4);
  if (bits != 2 && bits != 4 && bits != 8)
    n.unsupported(fmt::format("{} bits", bits));
  return bits;
}

// A times the transpose of weights [N, K].
Results matMulNBits(Node &n) {
  Value a = n.require(0), packed = n.require(1), scales = n.require(2), zeros = n.input(3);
  int64_t bits = readBits(n), columns = n.integer("N", 0), depth = n.integer("K", 0),
          block = n.integer("block_size", 0);
  if (columns < 1 || depth < 1 || block < 1)
    n.invalid("N, K and block_size must be positive");
  if (n.integer("weight_prepacked", 0))
    n.unsupported("weight_prepacked");
  if (n.input(4))
    n.unsupported("g_idx: weights in the order of their groups");
  int64_t blocks = (depth + block - 1) / block;
  Value rows = n.reshape(packed, {columns, blocks * (block * bits / 8)});
  Value weights = unpacked(n, rows, bits, blocks * block);
  scales = n.reshape(scales, {columns, blocks});
  Value real;
  if (zeros && isa<FloatType>(n.element(zeros))) {
    Value wide = n.reshape(n.cast(weights, n.element(scales)), {columns, blocks, block});
    auto column = [&](Value value) { return n.unsqueeze(n.reshape(value, {columns, blocks}), {2}); };
    real = n.reshape(n.mul(n.sub(wide, column(zeros)), column(scales)), {columns, blocks * block});
  } else {
    Value zero;
    if (zeros) {
      int64_t width = (blocks * bits + 7) / 8;
      zero = unpacked(n, n.reshape(zeros, {columns, width}), bits, blocks);
    } else {
      zero = n.create<ExpandOp>(n.scalar(n.element(weights), static_cast<double>(1 << (bits - 1))),
                                n.indices({columns, blocks}));
    }
    real = n.create<DequantizeOp>(weights, scales, zero, 1, block);
  }
  if (blocks * block != depth)
    real = n.slice(real, 1, 0, depth);
  auto product = n.createOp<MatmulOp>(a, n.transpose(n.cast(real, n.element(a)), {1, 0}));
  constexpr int64_t kInt8 = 4;
  product.setInt8(n.integer("accuracy_level", 0) == kInt8);
  Value y = product;
  return {n.input(5) ? n.add(y, n.input(5)) : y};
}

// Slices of a quantized table, with what they stand for computed only for those.
Results gatherBlockQuantized(Node &n) {
  Value data = n.require(0), indices = n.require(1), scales = n.require(2), zeros = n.input(3);
  int64_t rank = n.rank(data), block = n.integer("block_size", 128);
  int64_t gathered = n.axis(n.integer("gather_axis", 0), rank), along = n.axis(n.integer("quantize_axis", 1), rank);
  DType dtype = dtypeOf(n.element(data));
  double middle = 0;
  if (dtype == DType::UInt8) {
    int64_t bits = readBits(n);
    if (along != rank - 1)
      n.unsupported("packed numbers along another dimension than the last");
    if (!n.type(data).hasStaticShape() || !n.type(scales).hasStaticShape())
      n.unsupported("a table whose shape is not known when compiling");
    middle = static_cast<double>(1 << (bits - 1));
    SmallVector<Dim> shape;
    int64_t rows = 1;
    for (int64_t i = 0; i + 1 < rank; ++i) {
      shape.push_back(n.type(data).getDimSize(i));
      rows *= shape.back().number;
    }
    int64_t width = n.type(data).getDimSize(rank - 1), each = 8 / bits;
    shape.push_back(width * each);
    data = n.reshape(unpacked(n, n.reshape(data, {rows, width}), bits, width * each), shape);
    if (zeros) {
      shape.back() = n.type(scales).getDimSize(rank - 1);
      int64_t held = n.type(zeros).getDimSize(rank - 1);
      zeros = n.reshape(unpacked(n, n.reshape(zeros, {rows, held}), bits, shape.back().number), shape);
    }
  } else if (!narrowIntegerBits(dtype)) {
    n.unsupported("a table of " + std::string(dtypeName(dtype)));
  }
  if (gathered == along)
    n.unsupported("blocks along the dimension that is gathered");
  int64_t more = n.rank(indices) - 1;
  if (along > gathered)
    along += more;
  auto pick = [&](Value table) { return n.create<GatherOp>(table, indices, gathered); };
  Value scale = pick(scales), slices = pick(data);
  Value zero = zeros ? pick(zeros) : n.create<ExpandOp>(n.scalar(n.element(data), middle), n.shapeOf(scale));
  return {n.create<DequantizeOp>(slices, scale, zero, along, block)};
}

} // namespace

void addBlockQuantizedOperators(Rows &rows) {
  using T = Types;
  const char *domain = "com.microsoft";
  rows.insert(rows.end(),
              {
                  {"GatherBlockQuantized", 1, 1, T::Stored, gatherBlockQuantized, "no float8 tables", domain},
                  {"MatMulNBits", 1, 1, T::Float, matMulNBits, "no g_idx, no prepacked weights", domain},
              });
}

} // namespace mlc::importer
