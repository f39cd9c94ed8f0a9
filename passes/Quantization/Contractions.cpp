#include "passes/Quantization/Contractions.h"

#include "Calibration/Calibrate.h"
#include "Calibration/WeightQuantization.h"
#include "Graph/Constants.h"
#include "Reference/Evaluate.h"

#include "llvm/ADT/TypeSwitch.h"

#include <cmath>

using namespace mlir;

namespace mlc::quantization {

// More products of 255 * 127 than this may leave the accumulator's 31 bits.
static constexpr int64_t kDeepestSum = 48 * 1024;
// A bias may take a quarter of the accumulator's range.
static constexpr double kLargestBias = 1 << 29;

// Weights are a constant, or a transposed one (what ONNX Gemm with transB is).
static Value weightsConstant(Value value) {
  if (auto transpose = value.getDefiningOp<graph::TransposeOp>())
    value = transpose.getInput();
  return graph::constantOf(value) ? value : Value();
}

Result<Tensor> weightsTensor(Value value) {
  auto transpose = value.getDefiningOp<graph::TransposeOp>();
  Tensor tensor = *graph::constantTensor(weightsConstant(value));
  if (!transpose)
    return tensor;
  auto transposed = evaluateOp(transpose, {&tensor});
  if (!transposed)
    return transposed.error();
  return std::move(transposed->front());
}

int64_t inputChannelDimension(Operation *op) {
  auto conv = dyn_cast<graph::ConvOp>(op);
  if (isa<graph::ConvTransposeOp>(op) || (conv && !conv.getChannelsLast()))
    return 1;
  return cast<RankedTensorType>(op->getOperand(0).getType()).getRank() - 1;
}

bool isContraction(Operation *op) { return isa<graph::ConvOp, graph::ConvTransposeOp, graph::MatmulOp>(op); }

Result<Contraction> matchContraction(Operation *op) {
  Contraction result;
  result.op = op;
  Value weights = op->getOperand(1);
  auto type = cast<RankedTensorType>(weights.getType());
  if (!type.getElementType().isF32())
    return unsupported("it is not float32");
  if (!weightsConstant(weights)) {
    if (isa<graph::MatmulOp>(op))
      return unsupported(weightsConstant(op->getOperand(0)) ? "its constant operand is the left one"
                                                            : "both operands are activations");
    return unsupported("its weights are not constant");
  }
  int64_t depth = 1;
  if (auto conv = dyn_cast<graph::ConvOp>(op)) {
    depth = type.getNumElements() / std::max<int64_t>(1, type.getDimSize(0));
    result.bias = conv.getBias();
  } else if (auto conv = dyn_cast<graph::ConvTransposeOp>(op)) {
    // These are one matrix product; overlapping windows have no integer kernel.
    auto kernel = type.getShape().drop_front(2);
    bool tiles = conv.getGroup() == 1 && llvm::equal(kernel, conv.getStrides()) &&
                 llvm::all_of(conv.getPads(), [](int64_t pad) { return pad == 0; }) &&
                 llvm::all_of(conv.getOutputPadding(), [](int64_t pad) { return pad == 0; }) &&
                 llvm::all_of(conv.getDilations(), [](int64_t dilation) { return dilation == 1; });
    if (!tiles)
      return unsupported("a transposed convolution whose windows overlap or are padded has no int8 kernel");
    depth = type.getDimSize(0);
    result.axis = 1;
    result.bias = conv.getBias();
  } else {
    if (type.getRank() < 2)
      return unsupported("its weights are a vector");
    depth = type.getDimSize(type.getRank() - 2);
    result.axis = type.getRank() - 1;
  }
  if (type.getNumElements() == 0)
    return unsupported("its weights are empty");
  if (depth > kDeepestSum)
    return unsupported("a sum of " + std::to_string(depth) + " products may overflow int32");
  return result;
}

static Value makeWeightsDequantize(OpBuilder &builder, Location loc, const Tensor &values, const Tensor &scales,
                                   int64_t axis) {
  Tensor zeroPoints(values.dtype, scales.shape);
  return graph::DequantizeOp::create(builder, loc, graph::makeConstant(builder, loc, values),
                                     graph::makeConstant(builder, loc, scales),
                                     graph::makeConstant(builder, loc, zeroPoints), axis, /*block=*/0);
}

// What rounding the weights adds to the mean of each output channel, by the means of the input's channels that
// calibration left on the op; empty where it left none. Borders of convolutions count as if they had no padding.
// M. Nagel et al., arXiv 1906.04721, with measured means.
static std::vector<double> meanError(const Contraction &contraction, const Tensor &weights,
                                     const QuantizedWeights &quantized) {
  auto means = contraction.op->getAttrOfType<DenseF64ArrayAttr>(kMeansAttr);
  if (!means || isa<graph::ConvTransposeOp>(contraction.op))
    return {};
  const float *real = weights.data<float>(), *scales = quantized.scales.data<float>();
  const int8_t *rounded = quantized.values.data<int8_t>();
  int64_t outputs = quantized.scales.numElements(), n = weights.numElements();
  std::vector<double> errors(outputs);
  auto add = [&](int64_t i, int64_t output, int64_t input) {
    errors[output] += (double(rounded[i]) * scales[output] - real[i]) * means[input];
  };
  if (auto conv = dyn_cast<graph::ConvOp>(contraction.op)) {
    int64_t columns = weights.shape[1], taps = n / (outputs * columns), group = conv.getGroup();
    if (means.size() != columns * group)
      return {};
    for (int64_t i = 0; i < n; ++i) {
      int64_t output = i / (columns * taps);
      add(i, output, output / (outputs / group) * columns + i / taps % columns);
    }
    return errors;
  }
  if (weights.shape.size() != 2 || means.size() != weights.shape[0])
    return {};
  for (int64_t i = 0; i < n; ++i)
    add(i, i % outputs, i / outputs);
  return errors;
}

// Takes the errors from the op's result, which has one channel for each of them.
static void subtractFromBias(const Contraction &contraction, const std::vector<double> &errors,
                             std::optional<Tensor> &bias) {
  Operation *op = contraction.op;
  Tensor corrected(DType::Float32, {static_cast<int64_t>(errors.size())});
  for (size_t i = 0; i < errors.size(); ++i)
    corrected.data<float>()[i] = static_cast<float>((bias ? bias->data<float>()[i] : 0) - errors[i]);
  OpBuilder builder(op);
  if (auto conv = dyn_cast<graph::ConvOp>(op)) {
    conv.getBiasMutable().assign(graph::makeConstant(builder, op->getLoc(), corrected).getOutput());
    bias = std::move(corrected);
    return;
  }
  builder.setInsertionPointAfter(op);
  Value term = graph::makeConstant(builder, op->getLoc(), corrected);
  Value product = op->getResult(0);
  auto sum = graph::BinaryOp::create(builder, op->getLoc(), product.getType(), graph::BinaryKind::Add, product, term);
  product.replaceAllUsesExcept(sum, sum);
}

Result<void> quantizeWeightsOf(const Contraction &contraction, std::optional<float> inputScale) {
  Operation *op = contraction.op;
  OpBuilder builder(op);
  auto weights = weightsTensor(op->getOperand(contraction.weights));
  if (!weights)
    return weights.error();

  std::optional<Tensor> bias;
  std::vector<float> minScales;
  if (inputScale && contraction.bias)
    bias = graph::constantTensor(contraction.bias);
  if (bias)
    for (int64_t i = 0; i < bias->numElements(); ++i)
      minScales.push_back(static_cast<float>(std::fabs(bias->data<float>()[i]) / (*inputScale * kLargestBias)));
  auto quantized = quantizeWeights(*weights, contraction.axis, minScales);
  if (!quantized)
    return quantized.error();
  bool isCorrectable = isa<graph::MatmulOp>(op) || !contraction.bias || graph::constantOf(contraction.bias);
  if (std::vector<double> errors = meanError(contraction, *weights, *quantized); isCorrectable && !errors.empty()) {
    if (!bias && contraction.bias)
      bias = graph::constantTensor(contraction.bias);
    subtractFromBias(contraction, errors, bias);
  }
  op->setOperand(contraction.weights,
                 makeWeightsDequantize(builder, op->getLoc(), quantized->values, quantized->scales, contraction.axis));
  if (!bias || !inputScale)
    return {};
  Tensor values(DType::Int32, bias->shape), scales(DType::Float32, bias->shape);
  for (int64_t i = 0; i < bias->numElements(); ++i) {
    float scale = *inputScale * quantized->scales.data<float>()[i];
    scales.data<float>()[i] = scale;
    values.data<int32_t>()[i] = static_cast<int32_t>(std::nearbyint(double(bias->data<float>()[i]) / scale));
  }
  op->setOperand(2, makeWeightsDequantize(builder, op->getLoc(), values, scales, 0));
  return {};
}

static std::pair<Value, Value> makeParams(OpBuilder &builder, Location loc, QuantParams params) {
  Type ui8 = builder.getIntegerType(8, /*isSigned=*/false);
  return {graph::makeScalarConstant(builder, loc, builder.getF32Type(), params.scale),
          graph::makeScalarConstant(builder, loc, ui8, params.zero_point)};
}

Value makeQuantize(OpBuilder &builder, Location loc, Value value, QuantParams params) {
  auto [scale, zeroPoint] = makeParams(builder, loc, params);
  return graph::QuantizeOp::create(builder, loc, value, scale, zeroPoint, 0, 0);
}

Value makeDequantize(OpBuilder &builder, Location loc, Value value, QuantParams params) {
  auto [scale, zeroPoint] = makeParams(builder, loc, params);
  return graph::DequantizeOp::create(builder, loc, value, scale, zeroPoint, 0, 0);
}

SmallVector<unsigned> movedOperands(Operation *op) {
  return llvm::TypeSwitch<Operation *, SmallVector<unsigned>>(op)
      .Case<graph::ReshapeOp, graph::SqueezeOp, graph::UnsqueezeOp, graph::TransposeOp, graph::ExpandOp, graph::SliceOp,
            graph::GatherOp, graph::GatherElementsOp, graph::GatherNDOp, graph::TileOp>(
          [](Operation *op) -> SmallVector<unsigned> {
            // A table is another matter: its rows are quantized one by one.
            if (graph::constantOf(op->getOperand(0)))
              return {};
            return {0};
          })
      .Case([](graph::ConcatOp op) { return llvm::to_vector(llvm::seq<unsigned>(0, op->getNumOperands())); })
      .Case([](graph::PadOp op) -> SmallVector<unsigned> {
        if (op.getMode() == graph::PadMode::Constant && !graph::constantScalar(op.getValue()))
          return {};
        return {0};
      })
      .Case([](graph::PoolOp op) -> SmallVector<unsigned> {
        if (op.getKind() != graph::PoolKind::Max)
          return {};
        return {0};
      })
      .Case([](graph::ResizeOp op) -> SmallVector<unsigned> {
        if (op.getMode() != graph::ResizeMode::Nearest)
          return {};
        return {0};
      })
      .Default([](Operation *) { return SmallVector<unsigned>(); });
}

static void eraseDeadOps(Region &region) {
  for (Block &block : region)
    for (Operation &op : llvm::make_early_inc_range(llvm::reverse(block))) {
      if (isOpTriviallyDead(&op)) {
        op.erase();
        continue;
      }
      for (Region &inner : op.getRegions())
        eraseDeadOps(inner);
    }
}

void eraseDeadOps(func::FuncOp function) { eraseDeadOps(function.getBody()); }

} // namespace mlc::quantization
