// Operators on quantized operands: the floating ones between dequantize and quantize, which lowering makes integer
// again.
#include "Import/Layout.h"
#include "Import/OperatorTable.h"
#include "Import/Windows.h"

#include <fmt/format.h>

using namespace mlir;
using namespace mlc::graph;

namespace mlc::importer {

namespace {

// Scale and zero point (0 where it is left out) in one shape.
std::pair<Value, Value> parameters(Node &n, Type quantized, size_t scale, size_t zero) {
  Value s = n.perTensor(n.require(scale));
  Value z = n.input(zero) ? n.perTensor(n.input(zero)) : n.scalar(quantized, 0);
  if (n.rank(s) == 1 && n.rank(z) == 0)
    z = n.create<ExpandOp>(z, n.shapeOf(s));
  if (n.rank(s) != n.rank(z))
    n.invalid("scale and zero point differ in shape");
  return {s, z};
}

Value real(Node &n, size_t operand, size_t scale, size_t zero, int64_t axis = 0) {
  Value x = n.require(operand);
  auto [s, z] = parameters(n, n.element(x), scale, zero);
  return n.create<DequantizeOp>(x, s, z, n.rank(s) ? axis : 0, 0);
}

Value quantized(Node &n, Value y, Type type, size_t scale, size_t zero) {
  auto [s, z] = parameters(n, type, scale, zero);
  if (n.rank(s) != 0)
    n.unsupported("an output with a scale for each channel");
  return n.create<QuantizeOp>(y, s, z, 0, 0);
}

template <BinaryKind kind> Results qlinearBinary(Node &n) {
  Value y = n.binary(kind, real(n, 0, 1, 2), real(n, 3, 4, 5));
  return {quantized(n, y, n.element(n.require(0)), 6, 7)};
}

Results qlinearLeakyRelu(Node &n) {
  Value y = n.unary(UnaryKind::LeakyRelu, real(n, 0, 1, 2), n.number("alpha", 0.01f));
  return {quantized(n, y, n.element(n.require(0)), 3, 4)};
}

Results qlinearSigmoid(Node &n) {
  return {quantized(n, n.unary(UnaryKind::Sigmoid, real(n, 0, 1, 2)), n.element(n.require(0)), 3, 4)};
}

Results qlinearSoftmax(Node &n) {
  Value x = real(n, 0, 1, 2), y;
  int64_t rank = n.rank(x);
  if (n.integer("opset", 13) >= 13) {
    y = n.create<SoftmaxOp>(x, n.axis(n.integer("axis", -1), rank), /*log=*/false);
  } else {
    // Rows begin at the axis and go to the end.
    int64_t axis = n.axis(n.integer("axis", 1), rank);
    SmallVector<Dim> shape;
    Dim outer = 1;
    for (int64_t i = 0; i < rank; ++i) {
      shape.push_back(n.dim(x, i));
      if (i < axis)
        outer = n.combine(BinaryKind::Mul, outer, shape.back());
    }
    y = n.reshape(n.create<SoftmaxOp>(n.reshape(x, {outer, -1}), 1, /*log=*/false), shape);
  }
  return {quantized(n, y, n.element(n.require(0)), 3, 4)};
}

Results qlinearAveragePool(Node &n) {
  Value x = real(n, 0, 1, 2);
  bool last = n.integer("channels_last", 0) != 0, padded = n.integer("count_include_pad", 0) != 0;
  if (last)
    x = channelsFirst(n, x);
  Window w = readWindow(n, x, {}, padded ? n.scalarLike(x, 0) : Value());
  Value y = n.create<PoolOp>(PoolKind::Average, w.input, w.kernel, w.strides, w.pads, w.dilations,
                             n.integer("ceil_mode", 0) != 0, padded, /*channels_last=*/false);
  if (last)
    y = channelsLast(n, y);
  return {quantized(n, y, n.element(n.require(0)), 3, 4)};
}

Results qlinearGlobalAveragePool(Node &n) {
  Value x = real(n, 0, 1, 2);
  int64_t first = n.integer("channels_last", 0) ? 1 : 2;
  Value y = n.reduce(ReduceKind::Mean, x, llvm::to_vector(llvm::seq(first, first + n.rank(x) - 2)), /*keepdims=*/true);
  return {quantized(n, y, n.element(n.require(0)), 3, 4)};
}

Results qlinearReduceMean(Node &n) {
  Value x = real(n, 0, 1, 2);
  SmallVector<int64_t> axes = llvm::to_vector(llvm::seq<int64_t>(0, n.rank(x)));
  if (auto given = n.integers("axes"); given && !given->empty())
    axes = n.axes(*given, n.rank(x));
  Value y = n.reduce(ReduceKind::Mean, x, axes, n.integer("keepdims", 1) != 0);
  return {quantized(n, y, n.element(n.require(0)), 3, 4)};
}

Results qlinearConcat(Node &n) {
  if (n.inputs.size() < 5 || (n.inputs.size() - 2) % 3)
    n.invalid("operands must be the result's scale and zero point, then tensor, scale and zero point of each part");
  SmallVector<Value> parts;
  for (size_t i = 2; i < n.inputs.size(); i += 3)
    parts.push_back(real(n, i, i + 1, i + 2));
  Value y = n.create<ConcatOp>(ValueRange(parts), n.axis(n.integer("axis", 0), n.rank(parts[0])));
  return {quantized(n, y, n.element(n.require(2)), 0, 1)};
}

Results qlinearWhere(Node &n) {
  Value y = n.select(n.require(0), real(n, 1, 2, 3), real(n, 4, 5, 6));
  return {quantized(n, y, n.element(n.require(1)), 7, 8)};
}

// ---- products --------------------------------------------------------------------------------------

Value plusBias(Node &n, Value y, size_t bias) { return n.input(bias) ? n.add(y, n.input(bias)) : y; }

// A quantized as a whole when it is known, for each run anew.
Results dynamicQuantizeMatMul(Node &n) {
  Value a = n.require(0), b = real(n, 1, 2, 3, n.rank(n.require(1)) - 1);
  auto range = n.createOp<DynamicRangeOp>(a);
  Value q = n.create<QuantizeOp>(a, range.getScale(), range.getZeroPoint(), 0, 0);
  Value x = n.create<DequantizeOp>(q, range.getScale(), range.getZeroPoint(), 0, 0);
  return {plusBias(n, n.create<MatmulOp>(x, b), 4)};
}

Results matMulIntegerToFloat(Node &n) {
  Value a = real(n, 0, 2, 4, n.rank(n.require(0)) - 1), b = real(n, 1, 3, 5, n.rank(n.require(1)) - 1);
  return {plusBias(n, n.create<MatmulOp>(a, b), 6)};
}

Results qgemm(Node &n) {
  bool transA = n.integer("transA", 0) != 0, transB = n.integer("transB", 0) != 0;
  Value a = real(n, 0, 1, 2), b = real(n, 3, 4, 5, transB ? 0 : 1);
  if (transA)
    a = n.transpose(a, {1, 0});
  if (transB)
    b = n.transpose(b, {1, 0});
  Value y = n.create<MatmulOp>(a, b);
  float alpha = n.number("alpha", 1);
  Value scale = n.mul(n.perTensor(n.require(1)), n.perTensor(n.require(4)));
  if (Value c = n.input(6)) // integers in units of the product
    y = n.add(y, n.mul(n.cast(c, n.element(y)), scale));
  if (alpha != 1)
    y = n.mul(y, n.scalarLike(y, alpha));
  return {n.input(7) ? quantized(n, y, n.input(8) ? n.element(n.input(8)) : n.element(n.require(0)), 7, 8) : y};
}

// ---- conversions -----------------------------------------------------------------------------------

Results quantizeLinear(Node &n) {
  Value x = n.require(0);
  Type type = n.input(2) ? n.element(n.input(2)) : Type(n.builder().getIntegerType(8, /*isSigned=*/false));
  auto [s, z] = parameters(n, type, 1, 2);
  int64_t axis = n.rank(s) ? n.axis(n.integer("axis", 1), n.rank(x)) : 0;
  return {n.create<QuantizeOp>(n.cast(x, n.element(s)), s, z, axis, 0)};
}

Results dequantizeLinear(Node &n) {
  Value x = n.require(0);
  auto [s, z] = parameters(n, n.element(x), 1, 2);
  return {n.create<DequantizeOp>(x, s, z, n.rank(s) ? n.axis(n.integer("axis", 1), n.rank(x)) : 0, 0)};
}

} // namespace

void addQLinearOperators(Rows &rows) {
  using T = Types;
  const char *domain = "com.microsoft", *dims = "1 to 3 spatial dimensions";
  rows.insert(rows.end(), {
                              {"DequantizeLinear", 1, 1, T::Stored, dequantizeLinear, "", domain},
                              {"DynamicQuantizeMatMul", 1, 1, T::Float, dynamicQuantizeMatMul, "float32", domain},
                              {"MatMulIntegerToFloat", 1, 1, T::Integer, matMulIntegerToFloat, "", domain},
                              {"QGemm", 1, 1, T::Integer, qgemm, "", domain},
                              {"QLinearAdd", 1, 1, T::Integer, qlinearBinary<BinaryKind::Add>, "", domain},
                              {"QLinearAveragePool", 1, 1, T::Integer, qlinearAveragePool, dims, domain},
                              {"QLinearConcat", 1, 1, T::Any, qlinearConcat, "", domain},
                              {"QLinearGlobalAveragePool", 1, 1, T::Integer, qlinearGlobalAveragePool, "", domain},
                              {"QLinearLeakyRelu", 1, 1, T::Integer, qlinearLeakyRelu, "", domain},
                              {"QLinearMul", 1, 1, T::Integer, qlinearBinary<BinaryKind::Mul>, "", domain},
                              {"QLinearReduceMean", 1, 1, T::Integer, qlinearReduceMean, "", domain},
                              {"QLinearSigmoid", 1, 1, T::Integer, qlinearSigmoid, "", domain},
                              {"QLinearSoftmax", 1, 1, T::Integer, qlinearSoftmax, "", domain},
                              {"QLinearWhere", 1, 1, T::Bool, qlinearWhere, "", domain},
                              {"QuantizeLinear", 1, 1, T::Float, quantizeLinear, "", domain},
                          });
}

} // namespace mlc::importer
