#include "Graph/BlockWeights.h"
#include "Graph/Constants.h"
#include "Support/DTypeConversion.h"

#include <algorithm>

using namespace mlir;

namespace mlc::graph {
namespace {

RankedTensorType typeOf(Value value) { return cast<RankedTensorType>(value.getType()); }

// A constant, or one element that is expanded to this shape: that many zero points are not folded.
Value constantSource(Value value, ArrayRef<int64_t> shape) {
  if (typeOf(value).getShape() != shape)
    return {};
  if (auto expand = value.getDefiningOp<ExpandOp>();
      expand && typeOf(expand.getInput()).hasStaticShape() && typeOf(expand.getInput()).getNumElements() == 1)
    value = expand.getInput();
  return constantOf(value) ? value : Value();
}

bool dropsEnd(SliceOp op, int64_t axis) {
  auto starts = constantIntegers(op.getStarts()), steps = constantIntegers(op.getSteps());
  return op.getAxes().size() == 1 && op.getAxes()[0] == axis && starts && steps && starts->front() == 0 &&
         steps->front() == 1;
}

int64_t axisOf(DequantizeOp op) {
  int64_t axis = op.getAxis();
  return axis < 0 ? axis + typeOf(op.getInput()).getRank() : axis;
}

// Codes of i4 count from -8, those of ui4 from 0.
uint8_t code(const Tensor &tensor, int64_t at) {
  int value = tensor.data<int8_t>()[at];
  return static_cast<uint8_t>(tensor.dtype == DType::Int4 ? value + BlockWeights::kMiddle : value);
}

} // namespace

bool BlockWeights::isSymmetric() const {
  return llvm::all_of(zeroPoints, [](uint8_t zero) { return zero == kMiddle; });
}

std::optional<BlockOperand> findBlockOperand(Value rhs) {
  int64_t along = 0; // dimension of K in what `rhs` stands for
  std::optional<int64_t> depth;
  DequantizeOp op;
  while (!(op = rhs.getDefiningOp<DequantizeOp>())) {
    auto type = typeOf(rhs);
    if (type.getRank() != 2 || !isa<FloatType>(type.getElementType()))
      return std::nullopt;
    if (auto cast = rhs.getDefiningOp<CastOp>()) {
      rhs = cast.getInput();
    } else if (auto transpose = rhs.getDefiningOp<TransposeOp>()) {
      if (transpose.getPerm() == ArrayRef<int64_t>{1, 0})
        along = 1 - along;
      rhs = transpose.getInput();
    } else if (auto slice = rhs.getDefiningOp<SliceOp>(); slice && !depth && dropsEnd(slice, along)) {
      depth = type.getDimSize(along);
      rhs = slice.getInput();
    } else {
      return std::nullopt;
    }
  }
  auto type = typeOf(op.getInput());
  int64_t block = op.getBlock();
  bool fits = block == 16 || block == 32 || block == 64 || block == 128 || block == 256;
  if (!fits || type.getRank() != 2 || !type.hasStaticShape() || type.getNumElements() == 0 ||
      type.getElementTypeBitWidth() != 4 || !isa<IntegerType>(type.getElementType()) || axisOf(op) != along ||
      !constantOf(op.getInput()))
    return std::nullopt;
  SmallVector<int64_t> perBlock(type.getShape());
  perBlock[along] = (perBlock[along] + block - 1) / block;
  if (!constantSource(op.getScale(), perBlock) || !constantSource(op.getZeroPoint(), perBlock))
    return std::nullopt;
  int64_t used = depth.value_or(type.getDimSize(along));
  if (used <= 0 || used > type.getDimSize(along))
    return std::nullopt;
  return BlockOperand{op, along, used};
}

BlockWeights readBlockWeights(const BlockOperand &operand) {
  DequantizeOp op = operand.op;
  auto type = typeOf(op.getInput());
  int64_t along = operand.along, held = type.getDimSize(along);
  BlockWeights weights;
  weights.depth = operand.depth;
  weights.columns = type.getDimSize(1 - along);
  weights.block = op.getBlock();
  int64_t blocks = weights.blocks(), padded = blocks * weights.block;
  auto shape = typeOf(op.getScale()).getShape();
  Tensor scales = convert(*constantTensor(constantSource(op.getScale(), shape)), DType::Float32);
  Tensor zeroPoints = *constantTensor(constantSource(op.getZeroPoint(), shape));
  Tensor codes = *constantTensor(op.getInput());
  auto at = [&](const Tensor &tensor, int64_t n, int64_t k, int64_t width) -> int64_t {
    if (tensor.numElements() == 1)
      return 0;
    return along == 1 ? n * width + k : k * weights.columns + n;
  };
  weights.codes.resize(weights.columns * padded);
  for (int64_t n = 0; n < weights.columns; ++n) {
    for (int64_t k = 0; k < std::min(held, padded); ++k)
      weights.codes[n * padded + k] = code(codes, at(codes, n, k, held));
    for (int64_t k = 0; k < blocks; ++k) {
      weights.scales.push_back(scales.data<float>()[at(scales, n, k, shape[along])]);
      weights.zeroPoints.push_back(code(zeroPoints, at(zeroPoints, n, k, shape[along])));
    }
  }
  return weights;
}

Value makeBlockOperand(OpBuilder &builder, Location loc, const BlockWeights &weights) {
  int64_t blocks = weights.blocks(), padded = blocks * weights.block;
  Tensor codes(DType::UInt4, {weights.columns, padded}), scales(DType::Float32, {weights.columns, blocks}),
      zeroPoints(DType::UInt4, {weights.columns, blocks});
  std::copy(weights.codes.begin(), weights.codes.end(), codes.data<uint8_t>());
  std::copy(weights.scales.begin(), weights.scales.end(), scales.data<float>());
  std::copy(weights.zeroPoints.begin(), weights.zeroPoints.end(), zeroPoints.data<uint8_t>());
  Value real = DequantizeOp::create(builder, loc, makeConstant(builder, loc, codes), makeConstant(builder, loc, scales),
                                    makeConstant(builder, loc, zeroPoints), /*axis=*/1, weights.block);
  if (padded != weights.depth)
    real = SliceOp::create(builder, loc, real, makeIndexConstant(builder, loc, {0}),
                           makeIndexConstant(builder, loc, {weights.depth}), makeIndexConstant(builder, loc, {1}),
                           ArrayRef<int64_t>{1});
  return TransposeOp::create(builder, loc, real, ArrayRef<int64_t>{1, 0});
}

} // namespace mlc::graph
