#include "passes/Quantization/Contractions.h"
#include "Graph/Constants.h"
#include "passes/LowerQuantization/Steps.h"

#include "mlir/IR/ImplicitLocOpBuilder.h"

#include <algorithm>
#include <cstring>
#include <numeric>

using namespace mlir;

namespace mlc::quantization {
namespace {

RankedTensorType typeOf(Value value) { return cast<RankedTensorType>(value.getType()); }
bool isOne(Value value) { return typeOf(value).hasStaticShape() && typeOf(value).getNumElements() == 1; }

// A tensor with one element as a scalar.
Value asScalar(ImplicitLocOpBuilder &b, Value value) {
  if (typeOf(value).getRank() == 0)
    return value;
  SmallVector<int64_t> axes = llvm::to_vector(llvm::seq<int64_t>(0, typeOf(value).getRank()));
  if (auto tensor = graph::constantTensor(value)) {
    tensor->shape.clear();
    return graph::makeConstant(b, b.getLoc(), *tensor);
  }
  return graph::SqueezeOp::create(b, value, axes);
}

// The activation of an integer contraction: ui8, one scale, one zero point.
struct Activation {
  Value quantized, scale, zeroPoint;
};

std::optional<Activation> matchActivation(ImplicitLocOpBuilder &b, Value value) {
  auto op = value.getDefiningOp<graph::DequantizeOp>();
  if (!op || op.getBlock() != 0 || !isOne(op.getScale()) || !isOne(op.getZeroPoint()) ||
      !typeOf(value).getElementType().isF32())
    return std::nullopt;
  Type element = typeOf(op.getInput()).getElementType();
  if (element.isUnsignedInteger(8))
    return Activation{op.getInput(), asScalar(b, op.getScale()), asScalar(b, op.getZeroPoint())};
  // The kernels take unsigned activations: quantize to x + 128 instead.
  auto quantize = op.getInput().getDefiningOp<graph::QuantizeOp>();
  auto zeroPoint = graph::constantScalar(op.getZeroPoint());
  if (!element.isSignlessInteger(8) || !quantize || !zeroPoint || quantize.getBlock() != 0 ||
      graph::constantScalar(quantize.getZeroPoint()) != zeroPoint)
    return std::nullopt;
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointAfter(quantize);
  Value shifted = graph::makeScalarConstant(b, b.getLoc(), b.getIntegerType(8, false), *zeroPoint + 128);
  Value quantized = graph::QuantizeOp::create(b, quantize.getInput(), quantize.getScale(), shifted, 0, 0);
  return Activation{quantized, asScalar(b, op.getScale()), shifted};
}

// Constant i8 weights with one scale and zero point, or one for each output channel.
struct Weights {
  Tensor values, scales, zeroPoints;
};

std::optional<Weights> matchWeights(Value value, int64_t axis) {
  auto op = value.getDefiningOp<graph::DequantizeOp>();
  if (!op || op.getBlock() != 0)
    return std::nullopt;
  auto values = graph::constantTensor(op.getInput()), scales = graph::constantTensor(op.getScale()),
       zeroPoints = graph::constantTensor(op.getZeroPoint());
  if (!values || !scales || !zeroPoints || scales->dtype != DType::Float32)
    return std::nullopt;
  int64_t channels = values->shape[axis], given = op.getAxis();
  if (given < 0)
    given += values->shape.size();
  if (scales->numElements() != 1 && (given != axis || scales->numElements() != channels))
    return std::nullopt;
  if (zeroPoints->numElements() != 1 && zeroPoints->numElements() != channels)
    return std::nullopt;
  if (values->dtype == DType::UInt8) { // the kernels take signed weights
    for (Tensor *tensor : {&*values, &*zeroPoints}) {
      tensor->dtype = DType::Int8;
      for (std::byte &byte : tensor->bytes)
        byte ^= std::byte{0x80};
    }
  }
  if (values->dtype != DType::Int8)
    return std::nullopt;
  auto isZero = [](std::byte byte) { return byte == std::byte{0}; };
  if (zeroPoints->numElements() == 1 || llvm::all_of(zeroPoints->bytes, isZero)) {
    zeroPoints->shape.clear();
    zeroPoints->bytes.resize(1);
  }
  if (scales->numElements() == 1)
    scales->shape.clear();
  return Weights{std::move(*values), std::move(*scales), std::move(*zeroPoints)};
}

// Repeats a vector `times` times.
Tensor tiled(const Tensor &tensor, int64_t times) {
  if (tensor.shape.empty())
    return tensor;
  Tensor result(tensor.dtype, {tensor.shape[0] * times});
  for (int64_t i = 0; i < times; ++i)
    std::memcpy(result.bytes.data() + i * tensor.bytes.size(), tensor.bytes.data(), tensor.bytes.size());
  return result;
}

// From the accumulator of a contraction to its f32 result.
struct Dequantization {
  ImplicitLocOpBuilder &b;
  // Per-channel vectors become [M, 1, …] with this many ones; they are repeated first, for a product of
  // tiles.
  int64_t trailing = 0;
  int64_t repeat = 1;

  Value vector(Tensor tensor) {
    tensor = tiled(tensor, repeat);
    if (!tensor.shape.empty())
      tensor.shape.resize(1 + trailing, 1);
    return graph::makeConstant(b, b.getLoc(), tensor);
  }

  Value operator()(Value accumulator, Value inputScale, const Tensor &weightScales, Value bias) {
    auto known = graph::constantScalar(inputScale);
    Tensor products = weightScales;
    if (known)
      for (int64_t i = 0; i < products.numElements(); ++i)
        products.data<float>()[i] *= static_cast<float>(*known);
    if (bias && known)
      if (auto counts = biasInAccumulatorUnits(bias, products)) {
        accumulator = graph::BinaryOp::create(b, graph::BinaryKind::Add, accumulator, vector(*counts));
        bias = {};
      }
    Value real = graph::CastOp::create(b, accumulator, b.getF32Type());
    Value scale = vector(products);
    if (!known)
      scale = graph::BinaryOp::create(b, graph::BinaryKind::Mul, scale, inputScale);
    real = graph::BinaryOp::create(b, graph::BinaryKind::Mul, real, scale);
    if (!bias)
      return real;
    Value addend;
    if (auto tensor = graph::constantTensor(bias))
      addend = vector(*tensor);
    else if (trailing)
      addend = graph::UnsqueezeOp::create(b, bias, llvm::to_vector(llvm::seq<int64_t>(1, 1 + trailing)));
    else
      addend = bias;
    return graph::BinaryOp::create(b, graph::BinaryKind::Add, real, addend);
  }

  // The i32 of a bias that is dequantized by the same scales.
  static std::optional<Tensor> biasInAccumulatorUnits(Value bias, const Tensor &scales) {
    auto op = bias.getDefiningOp<graph::DequantizeOp>();
    if (!op)
      return std::nullopt;
    auto values = graph::constantTensor(op.getInput()), given = graph::constantTensor(op.getScale()),
         zeroPoints = graph::constantTensor(op.getZeroPoint());
    if (!values || !given || !zeroPoints || values->dtype != DType::Int32 ||
        given->bytes.size() != scales.bytes.size() ||
        std::memcmp(given->bytes.data(), scales.bytes.data(), scales.bytes.size()) ||
        llvm::any_of(zeroPoints->bytes, [](std::byte byte) { return byte != std::byte{0}; }))
      return std::nullopt;
    return values;
  }
};

Value lowerMatmul(ImplicitLocOpBuilder &b, graph::MatmulOp op) {
  int64_t rank = typeOf(op.getRhs()).getRank();
  if (rank < 2)
    return {};
  auto weights = matchWeights(op.getRhs(), rank - 1);
  auto input = matchActivation(b, op.getLhs());
  if (!weights || !input)
    return {};
  Value accumulator =
      graph::MatmulIntegerOp::create(b, input->quantized, graph::makeConstant(b, b.getLoc(), weights->values),
                                     input->zeroPoint, graph::makeConstant(b, b.getLoc(), weights->zeroPoints));
  return Dequantization{b}(accumulator, input->scale, weights->scales, {});
}

// A convolution of one channel along one dimension, as a filter bank is: as many elements as its window and its stride
// both are multiples of become channels, of which kernels sum several at once. 1 where there is nothing to gain.
int64_t channelsOfWindow(graph::ConvOp op, const Weights &weights) {
  auto isAll = [](ArrayRef<int64_t> values, int64_t wanted) {
    return llvm::all_of(values, [&](int64_t value) { return value == wanted; });
  };
  if (typeOf(op.getInput()).getRank() != 3 || weights.values.shape[1] != 1 || op.getGroup() != 1 ||
      !isAll(op.getPads(), 0) || !isAll(op.getDilations(), 1))
    return 1;
  return std::gcd(weights.values.shape[2], op.getStrides().front());
}

Value lowerFilterBank(ImplicitLocOpBuilder &b, graph::ConvOp op, const Weights &weights, const Activation &input,
                      int64_t channels) {
  int64_t outputs = weights.values.shape[0], window = weights.values.shape[2], stride = op.getStrides().front();
  Tensor bank(DType::Int8, {outputs, channels, window / channels});
  for (int64_t m = 0; m < outputs; ++m)
    for (int64_t k = 0; k < window; ++k)
      bank.bytes[(m * channels + k % channels) * (window / channels) + k / channels] =
          weights.values.bytes[m * window + k];

  // [N, blocks, channels] of what the windows cover: (length - window) / stride strides, and a window.
  Value rows = graph::SqueezeOp::create(b, input.quantized, ArrayRef<int64_t>{op.getChannelsLast() ? 2 : 1});
  auto index = [&](int64_t value) -> Value { return graph::makeIndexConstant(b, b.getLoc(), {value}); };
  auto binary = [&](graph::BinaryKind kind, Value x, Value y) -> Value {
    return graph::BinaryOp::create(b, kind, x, y);
  };
  using Kind = graph::BinaryKind;
  Value length = graph::ShapeOfOp::create(b, rows, 1, 2);
  Value strides = binary(Kind::Div, binary(Kind::Sub, length, index(window)), index(stride));
  Value blocks = binary(Kind::Add, binary(Kind::Mul, strides, index(stride / channels)), index(window / channels));
  rows = graph::SliceOp::create(b, rows, index(0), binary(Kind::Mul, blocks, index(channels)), index(1),
                                ArrayRef<int64_t>{1});
  Value shape =
      graph::ConcatOp::create(b, ValueRange{graph::ShapeOfOp::create(b, rows, 0, 1), blocks, index(channels)}, 0);
  rows = graph::ReshapeOp::create(b, rows, shape, false);
  Value accumulator = graph::ConvIntegerOp::create(b, rows, graph::makeConstant(b, b.getLoc(), bank), input.zeroPoint,
                                                   graph::makeConstant(b, b.getLoc(), weights.zeroPoints),
                                                   ArrayRef<int64_t>{stride / channels}, ArrayRef<int64_t>{0, 0},
                                                   ArrayRef<int64_t>{1}, /*group=*/1, /*channels_last=*/true);
  Value result = Dequantization{b}(accumulator, input.scale, weights.scales, op.getBias());
  return op.getChannelsLast() ? result : graph::TransposeOp::create(b, result, ArrayRef<int64_t>{0, 2, 1}).getResult();
}

Value lowerConv(ImplicitLocOpBuilder &b, graph::ConvOp op) {
  auto weights = matchWeights(op.getWeights(), 0);
  auto input = matchActivation(b, op.getInput());
  if (!weights || !input)
    return {};
  if (int64_t channels = channelsOfWindow(op, *weights); channels > 1)
    return lowerFilterBank(b, op, *weights, *input, channels);
  Value accumulator = graph::ConvIntegerOp::create(
      b, input->quantized, graph::makeConstant(b, b.getLoc(), weights->values), input->zeroPoint,
      graph::makeConstant(b, b.getLoc(), weights->zeroPoints), op.getStrides(), op.getPads(), op.getDilations(),
      op.getGroup(), op.getChannelsLast());
  int64_t trailing = op.getChannelsLast() ? 0 : op.getStrides().size();
  return Dequantization{b, trailing}(accumulator, input->scale, weights->scales, op.getBias());
}

// Windows that tile the output: each input pixel times the weights gives one tile.
Value lowerConvTranspose(ImplicitLocOpBuilder &b, graph::ConvTransposeOp op) {
  auto weights = matchWeights(op.getWeights(), 1);
  if (!weights || !llvm::all_of(op.getPads(), [](int64_t pad) { return pad == 0; }) || op.getGroup() != 1 ||
      !llvm::all_of(op.getOutputPadding(), [](int64_t pad) { return pad == 0; }) ||
      !llvm::all_of(op.getDilations(), [](int64_t dilation) { return dilation == 1; }) ||
      weights->zeroPoints.bytes.size() != 1)
    return {};
  ArrayRef<int64_t> shape = weights->values.shape;
  ArrayRef<int64_t> kernel = shape.drop_front(2);
  if (!llvm::equal(kernel, op.getStrides()))
    return {};
  Value bias = op.getBias();
  auto isConstantBias = [](Value bias) {
    auto dequantize = bias.getDefiningOp<graph::DequantizeOp>();
    return graph::constantOf(dequantize ? dequantize.getInput() : bias) != nullptr;
  };
  if (bias && !isConstantBias(bias))
    return {};
  auto input = matchActivation(b, op.getInput());
  if (!input)
    return {};

  int64_t n = kernel.size(), depth = shape[0], channels = shape[1], tile = 1;
  for (int64_t size : kernel)
    tile *= size;
  // [C, M, kernel…] to [C, kernel… × M].
  Tensor columns(DType::Int8, {depth, tile * channels});
  for (int64_t c = 0; c < depth; ++c)
    for (int64_t m = 0; m < channels; ++m)
      for (int64_t k = 0; k < tile; ++k)
        columns.bytes[(c * tile + k) * channels + m] = weights->values.bytes[(c * channels + m) * tile + k];

  // The input's pixels as rows: [N, spatial…, C].
  Value rows = input->quantized;
  SmallVector<int64_t> toLast{0};
  for (int64_t i = 0; i < n; ++i)
    toLast.push_back(2 + i);
  toLast.push_back(1);
  if (!op.getChannelsLast())
    rows = graph::TransposeOp::create(b, rows, toLast);
  Value accumulator =
      graph::MatmulIntegerOp::create(b, rows, graph::makeConstant(b, b.getLoc(), columns), input->zeroPoint,
                                     graph::makeConstant(b, b.getLoc(), weights->zeroPoints));
  Value real = Dequantization{b, 0, tile}(accumulator, input->scale, weights->scales, bias);

  // [N, spatial…, kernel…, M], each window size behind its spatial size, and the two as one.
  SmallVector<int64_t> split(1 + n, 0);
  split.append(kernel.begin(), kernel.end());
  split.push_back(channels);
  Value tiles = graph::ReshapeOp::create(b, real, graph::makeIndexConstant(b, b.getLoc(), split), false);
  SmallVector<int64_t> interleave{0};
  for (int64_t i = 0; i < n; ++i)
    interleave.append({1 + i, 1 + n + i});
  interleave.push_back(1 + 2 * n);
  tiles = graph::TransposeOp::create(b, tiles, interleave);
  Value sizes = graph::ShapeOfOp::create(b, rows, 1, 1 + n);
  sizes = graph::BinaryOp::create(b, graph::BinaryKind::Mul, sizes, graph::makeIndexConstant(b, b.getLoc(), kernel));
  Value joined = graph::ConcatOp::create(b,
                                         ValueRange{graph::makeIndexConstant(b, b.getLoc(), {0}), sizes,
                                                    graph::makeIndexConstant(b, b.getLoc(), {channels})},
                                         0);
  Value result = graph::ReshapeOp::create(b, tiles, joined, false);
  if (op.getChannelsLast())
    return result;
  SmallVector<int64_t> toFirst{0, 1 + n};
  for (int64_t i = 0; i < n; ++i)
    toFirst.push_back(1 + i);
  return graph::TransposeOp::create(b, result, toFirst);
}

} // namespace

void lowerContractions(func::FuncOp function) {
  SmallVector<Operation *> contractions;
  function.walk([&](Operation *op) {
    if (isContraction(op))
      contractions.push_back(op);
  });
  for (Operation *op : contractions) {
    ImplicitLocOpBuilder b(op->getLoc(), op);
    Value result;
    if (auto matmul = dyn_cast<graph::MatmulOp>(op))
      result = lowerMatmul(b, matmul);
    else if (auto conv = dyn_cast<graph::ConvOp>(op))
      result = lowerConv(b, conv);
    else
      result = lowerConvTranspose(b, cast<graph::ConvTransposeOp>(op));
    if (!result)
      continue;
    result.setType(op->getResult(0).getType());
    op->getResult(0).replaceAllUsesWith(result);
    op->erase();
  }
}

} // namespace mlc::quantization
