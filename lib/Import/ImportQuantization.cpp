// QuantizeLinear, DequantizeLinear and dynamic quantization.
#include "Import/OperatorTable.h"
#include "Support/NarrowTypes.h"

#include <fmt/format.h>

using namespace mlir;
using namespace mlc::graph;

namespace mlc::importer {

namespace {

struct Parameters {
  Value scale, zeroPoint;
  int64_t axis = 0, block = 0;
};

// Scale and zero point as the dialect has them: two scalars, two vectors along an axis, or blocks.
Parameters readParameters(Node &n, Value x, Type quantized) {
  Parameters p;
  p.scale = n.require(1);
  p.zeroPoint = n.input(2);
  p.block = n.integer("block_size", 0);
  if (n.integer("precision", 0))
    n.unsupported("attribute 'precision'");
  if (!isa<FloatType>(n.element(p.scale)))
    n.unsupported("a scale that is no float");
  if (!p.zeroPoint) {
    p.zeroPoint = n.scalar(quantized, 0);
    if (n.rank(p.scale) > 0)
      p.zeroPoint = n.create<ExpandOp>(p.zeroPoint, n.shapeOf(p.scale));
  }
  if (n.element(p.zeroPoint) != quantized)
    n.invalid("the zero point's element type is not that of the quantized tensor");
  auto isOne = [&](Value v) { return n.rank(v) == 1 && n.type(v).getDimSize(0) == 1; };
  if (p.block == 0 && isOne(p.scale) && (n.rank(x) != 1 || isOne(x) || n.rank(p.zeroPoint) == 0)) {
    p.scale = n.toScalar(p.scale);
    p.zeroPoint = n.toScalar(p.zeroPoint);
  }
  if (n.rank(p.scale) == 0 && n.rank(p.zeroPoint) == 1)
    p.zeroPoint = n.toScalar(p.zeroPoint);
  if (n.rank(p.zeroPoint) == 0 && n.rank(p.scale) > 0)
    p.zeroPoint = n.create<ExpandOp>(p.zeroPoint, n.shapeOf(p.scale));
  int64_t rank = n.rank(p.scale);
  if (rank != n.rank(p.zeroPoint))
    n.invalid("scale and zero point differ in shape");
  if (rank == 0)
    return p;
  if (n.opset < 13)
    n.invalid("scale and zero point are not scalars, which needs opset 13");
  p.axis = n.axis(n.integer("axis", 1), n.rank(x));
  if (p.block < 0 || (p.block == 0 && rank != 1) || (p.block > 0 && rank != n.rank(x)))
    n.invalid(fmt::format("scale of rank {} does not fit block_size {}", rank, p.block));
  int64_t size = n.type(x).getDimSize(p.axis), scales = n.type(p.scale).getDimSize(p.block ? p.axis : 0);
  if (p.block == 0 && !ShapedType::isDynamic(size) && !ShapedType::isDynamic(scales) && size != scales)
    n.invalid(fmt::format("{} scales for a dimension of {}", scales, size));
  return p;
}

Results quantizeLinear(Node &n) {
  Value x = n.require(0);
  Type type = n.input(2) ? n.element(n.input(2)) : Type(n.builder().getIntegerType(8, /*isSigned=*/false));
  if (int64_t dtype = n.integer("output_dtype", 0)) {
    Type asked = n.elementType(dtype);
    if (n.input(2) && asked != type)
      n.invalid("output_dtype differs from the zero point's element type");
    type = asked;
  }
  DType dtype = dtypeOf(type);
  if (!isa<IntegerType>(type) && !isNarrow(dtype))
    n.invalid("quantization to " + std::string(dtypeName(dtype)));
  Parameters p = readParameters(n, x, type);
  // Arithmetic is in the scale's element type.
  x = n.cast(x, n.element(p.scale));
  return {n.create<QuantizeOp>(x, p.scale, p.zeroPoint, p.axis, p.block, n.integer("saturate", 1) == 0)};
}

Results dequantizeLinear(Node &n) {
  Value x = n.require(0);
  Parameters p = readParameters(n, x, n.element(x));
  Value y = n.create<DequantizeOp>(x, p.scale, p.zeroPoint, p.axis, p.block);
  if (int64_t dtype = n.integer("output_dtype", 0))
    y = n.cast(y, n.elementType(dtype));
  return {y};
}

Results dynamicQuantizeLinear(Node &n) {
  Value x = n.require(0);
  auto range = n.createOp<DynamicRangeOp>(x);
  Value y = n.create<QuantizeOp>(x, range.getScale(), range.getZeroPoint(), 0, 0);
  return {y, range.getScale(), range.getZeroPoint()};
}

} // namespace

void addQuantizationOperators(Rows &rows) {
  using T = Types;
  rows.insert(rows.end(), {
                              {"DequantizeLinear", 10, 28, T::Stored, dequantizeLinear},
                              {"DynamicQuantizeLinear", 11, 28, T::Float, dynamicQuantizeLinear},
                              {"QuantizeLinear", 10, 28, T::Numeric, quantizeLinear},
                          });
}

} // namespace mlc::importer
