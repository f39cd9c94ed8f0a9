// Convolution in its floating and integer forms, and transposed.
#include "Import/Contractions.h"
#include "Import/OperatorTable.h"
#include "Import/Windows.h"

#include <fmt/format.h>

using namespace mlir;
using namespace mlc::graph;

namespace mlc::importer {

static int64_t readGroup(Node &n) {
  int64_t group = n.integer("group", 1);
  if (group < 1 || group > (int64_t(1) << 31))
    n.invalid(fmt::format("group is {}", group));
  return group;
}

Value convolution(Node &n, Value x, Value weights, Value bias) {
  int64_t group = readGroup(n);
  Window window = readWindow(n, x, weights, n.scalarLike(x, 0));
  if (n.element(x) != n.element(weights))
    n.invalid("operand and weights differ in element type");
  return n.create<ConvOp>(window.input, weights, bias, window.strides, window.pads, window.dilations, group,
                          /*channels_last=*/false);
}

namespace {

Results conv(Node &n) { return {convolution(n, n.require(0), n.require(1), n.input(2))}; }

Results convInteger(Node &n) {
  Value x = n.require(0), weights = n.require(1);
  for (Value operand : {x, weights})
    if (!n.element(operand).isInteger(8))
      n.invalid("the operands are not of 8 bits");
  Value zero = n.input(2) ? n.toScalar(n.input(2)) : n.scalarLike(x, 0);
  Value weightsZero = n.input(3) ? n.input(3) : n.scalarLike(weights, 0);
  if (n.element(zero) != n.element(x) || n.element(weightsZero) != n.element(weights))
    n.invalid("a zero point's element type differs from its operand's");
  if (n.rank(weightsZero) > 1)
    n.invalid("the weights' zero point has more than one dimension");
  if (n.rank(weightsZero) == 1 && n.type(weightsZero).getDimSize(0) == 1)
    weightsZero = n.toScalar(weightsZero);
  int64_t group = readGroup(n);
  Window window = readWindow(n, x, weights, zero);
  return {n.create<ConvIntegerOp>(window.input, weights, zero, weightsZero, window.strides, window.pads,
                                  window.dilations, group, /*channels_last=*/false)};
}

Value dequantize(Node &n, Value x, size_t scale, size_t zero, int64_t axis) {
  Value s = n.perTensor(n.require(scale)), z = n.perTensor(n.require(zero));
  return n.create<DequantizeOp>(x, s, z, n.rank(s) == 0 ? 0 : axis, 0);
}

// The quantized operators are the floating ones between dequantize and quantize.
Results qlinearConv(Node &n) {
  Value x = dequantize(n, n.require(0), 1, 2, 1);
  Value weights = dequantize(n, n.require(3), 4, 5, 0), bias = n.input(8);
  if (bias) {
    Value scale = n.mul(n.perTensor(n.require(1)), n.perTensor(n.require(4)));
    Value zero = n.scalarLike(bias, 0);
    if (n.rank(scale) == 1)
      zero = n.create<ExpandOp>(zero, n.shapeOf(scale));
    bias = n.create<DequantizeOp>(bias, scale, zero, 0, 0);
  }
  Value y = convolution(n, x, weights, bias);
  return {n.create<QuantizeOp>(y, n.toScalar(n.require(6)), n.toScalar(n.require(7)), 0, 0)};
}

Results qlinearMatMul(Node &n) {
  Value a = n.require(0), b = n.require(3);
  for (size_t i : {1, 2, 4, 5, 6, 7})
    if (n.rank(n.require(i)) > 1)
      n.unsupported("scales or zero points with more than one dimension");
  Value left = dequantize(n, a, 1, 2, n.rank(a) - 2), right = dequantize(n, b, 4, 5, n.rank(b) - 1);
  Value y = n.create<MatmulOp>(left, right);
  Value scale = n.perTensor(n.require(6)), zero = n.perTensor(n.require(7));
  return {n.create<QuantizeOp>(y, scale, zero, n.rank(scale) == 0 ? 0 : n.rank(y) - 2, 0)};
}

Results convTranspose(Node &n) {
  Value x = n.require(0), weights = n.require(1), bias = n.input(2);
  int64_t rank = n.rank(x), group = readGroup(n);
  if (rank < 3 || rank > 5)
    n.unsupported(fmt::format("operand of rank {}; supported are 1, 2 or 3 spatial dimensions", rank));
  if (n.element(x) != n.element(weights))
    n.invalid("operand and weights differ in element type");
  if (n.rank(weights) != rank)
    n.invalid(fmt::format("operand of rank {} with weights of rank {}", rank, n.rank(weights)));
  size_t spatial = rank - 2;
  auto channels = n.type(x).getDimSize(1), rows = n.type(weights).getDimSize(0);
  if (!ShapedType::isDynamic(channels) && !ShapedType::isDynamic(rows) && channels != rows)
    n.invalid(fmt::format("the input has {} channels, the weights are for {}", channels, rows));
  SmallVector<int64_t> strides = positiveSizes(n, "strides", spatial);
  SmallVector<int64_t> dilations = positiveSizes(n, "dilations", spatial);
  SmallVector<int64_t> extra = n.integers("output_padding").value_or(SmallVector<int64_t>(spatial, 0));
  SmallVector<int64_t> pads = n.integers("pads").value_or(SmallVector<int64_t>(2 * spatial, 0));
  auto wrong = [](int64_t pad) { return pad < 0 || pad > (int64_t(1) << 31); };
  if (extra.size() != spatial || pads.size() != 2 * spatial || llvm::any_of(extra, wrong) || llvm::any_of(pads, wrong))
    n.invalid("pads or output_padding do not fit the spatial dimensions");
  std::string mode = n.text("auto_pad", "NOTSET");
  auto outputShape = n.integers("output_shape");
  if (outputShape && outputShape->size() == spatial + 2)
    outputShape->erase(outputShape->begin(), outputShape->begin() + 2);
  if (outputShape && outputShape->size() != spatial)
    n.invalid("output_shape does not fit the spatial dimensions");
  if (mode != "NOTSET" && mode != "VALID" && mode != "SAME_UPPER" && mode != "SAME_LOWER" && !mode.empty())
    n.invalid("unknown auto_pad '" + mode + "'");
  bool same = mode == "SAME_UPPER" || mode == "SAME_LOWER";
  if (mode == "VALID")
    pads.assign(2 * spatial, 0);
  for (size_t i = 0; i < spatial && (outputShape || same); ++i) {
    int64_t kernel = n.type(weights).getDimSize(i + 2), size = n.type(x).getDimSize(i + 2);
    if (ShapedType::isDynamic(kernel) || (outputShape && ShapedType::isDynamic(size)))
      n.unsupported(outputShape ? "output_shape on a dynamic dimension" : "auto_pad with a kernel of dynamic size");
    // What is cut off so that the output has the asked size; SAME asks for size * stride, whatever the size is.
    int64_t full = (kernel - 1) * dilations[i] + 1 + extra[i];
    int64_t total = outputShape ? strides[i] * (size - 1) + full - (*outputShape)[i] : full - strides[i];
    if (total < 0) {
      extra[i] -= total;
      total = 0;
    }
    int64_t half = total / 2;
    pads[i] = mode == "SAME_UPPER" ? half : total - half;
    pads[i + spatial] = total - pads[i];
  }
  return {n.create<ConvTransposeOp>(x, weights, bias, strides, pads, dilations, extra, group,
                                    /*channels_last=*/false)};
}

} // namespace

void addConvolutionOperators(Rows &rows) {
  using T = Types;
  const char *dims = "1 to 3 spatial dimensions";
  rows.insert(rows.end(),
              {
                  {"Conv", 6, 28, T::Float, conv, dims},
                  {"ConvInteger", 10, 28, T::Integer, convInteger, dims},
                  {"ConvTranspose", 6, 28, T::Float, convTranspose, dims},
                  {"QLinearConv", 10, 28, T::Integer, qlinearConv, dims},
                  {"QLinearMatMul", 10, 28, T::Integer, qlinearMatMul, "scales and zero points of rank 0 or 1"},
              });
}

} // namespace mlc::importer
