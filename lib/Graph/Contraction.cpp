#include "Graph/Inference.h"

using namespace mlir;

namespace mlc::graph {

static LogicalResult inferMatmul(std::optional<Location> location, RankedTensorType lhs, RankedTensorType rhs,
                                 Type elementType, SmallVectorImpl<Type> &types) {
  SmallVector<int64_t> a(lhs.getShape()), b(rhs.getShape());
  if (a.empty() || b.empty())
    return emitOptionalError(location, "matmul of a scalar");
  bool vectorLhs = a.size() == 1, vectorRhs = b.size() == 1;
  if (vectorLhs)
    a.insert(a.begin(), 1);
  if (vectorRhs)
    b.push_back(1);
  int64_t k = a.back(), l = b[b.size() - 2];
  if (!ShapedType::isDynamic(k) && !ShapedType::isDynamic(l) && k != l)
    return emitOptionalError(location, "inner dimensions of matmul differ: ", lhs, " and ", rhs);
  auto shape = broadcastShapes(ArrayRef<int64_t>(a).drop_back(2), ArrayRef<int64_t>(b).drop_back(2));
  if (!shape)
    return emitOptionalError(location, "batch dimensions of matmul cannot be broadcast: ", lhs, " and ", rhs);
  if (!vectorLhs)
    shape->push_back(a[a.size() - 2]);
  if (!vectorRhs)
    shape->push_back(b.back());
  types.push_back(RankedTensorType::get(*shape, elementType));
  return success();
}

MLC_INFER(MatmulOp) {
  Adaptor op(operands, attributes, properties, regions);
  RankedTensorType lhs = tensorType(op.getLhs()), rhs = tensorType(op.getRhs());
  if (lhs.getElementType() != rhs.getElementType())
    return emitOptionalError(location, "operands have different element types: ", lhs, " and ", rhs);
  return inferMatmul(location, lhs, rhs, lhs.getElementType(), types);
}

MLC_INFER(MatmulIntegerOp) {
  Adaptor op(operands, attributes, properties, regions);
  return inferMatmul(location, tensorType(op.getLhs()), tensorType(op.getRhs()), IntegerType::get(context, 32), types);
}

int64_t windowOutputSize(int64_t input, int64_t kernel, int64_t stride, int64_t padBegin, int64_t padEnd,
                         int64_t dilation, bool ceilMode) {
  if (ShapedType::isDynamic(input) || ShapedType::isDynamic(kernel))
    return ShapedType::kDynamic;
  int64_t span = input + padBegin + padEnd - (kernel - 1) * dilation - 1;
  if (span < 0)
    return 0;
  int64_t size = (span + (ceilMode ? stride - 1 : 0)) / stride + 1;
  if (ceilMode && (size - 1) * stride >= input + padBegin)
    --size;
  return size;
}

namespace {
// Batch, channels and spatial sizes of an operand, whatever its layout.
struct Image {
  int64_t batch, channels;
  SmallVector<int64_t> spatial;

  Image(RankedTensorType type, bool channelsLast) {
    auto shape = type.getShape();
    batch = shape.front();
    channels = channelsLast ? shape.back() : shape[1];
    auto rest = channelsLast ? shape.drop_front(1).drop_back(1) : shape.drop_front(2);
    spatial.assign(rest.begin(), rest.end());
  }
  SmallVector<int64_t> shape(bool channelsLast) const {
    SmallVector<int64_t> result{batch};
    if (!channelsLast)
      result.push_back(channels);
    llvm::append_range(result, spatial);
    if (channelsLast)
      result.push_back(channels);
    return result;
  }
};
} // namespace

template <typename Adaptor>
static LogicalResult inferConv(std::optional<Location> location, Adaptor op, Type elementType,
                               SmallVectorImpl<Type> &types) {
  RankedTensorType input = tensorType(op.getInput()), weights = tensorType(op.getWeights());
  size_t spatial = op.getStrides().size();
  if (input.getRank() != static_cast<int64_t>(spatial) + 2 || weights.getRank() != input.getRank())
    return emitOptionalError(location, "convolution of ", input, " with weights ", weights);
  Image image(input, op.getChannelsLast());
  int64_t group = op.getGroup();
  if (!ShapedType::isDynamic(image.channels) && !weights.isDynamicDim(1) &&
      image.channels != weights.getDimSize(1) * group)
    return emitOptionalError(location, "the input has ", image.channels, " channels, the weights are for ",
                             weights.getDimSize(1) * group);
  if (!weights.isDynamicDim(0) && group > 0 && weights.getDimSize(0) % group)
    return emitOptionalError(location, weights.getDimSize(0), " output channels do not divide into ", group, " groups");
  image.channels = weights.getDimSize(0);
  for (size_t i = 0; i < spatial; ++i)
    image.spatial[i] = windowOutputSize(image.spatial[i], weights.getDimSize(i + 2), op.getStrides()[i],
                                        op.getPads()[i], op.getPads()[i + spatial], op.getDilations()[i], false);
  types.push_back(RankedTensorType::get(image.shape(op.getChannelsLast()), elementType));
  return success();
}

MLC_INFER(ConvOp) {
  Adaptor op(operands, attributes, properties, regions);
  return inferConv(location, op, tensorType(op.getInput()).getElementType(), types);
}

MLC_INFER(ConvIntegerOp) {
  Adaptor op(operands, attributes, properties, regions);
  return inferConv(location, op, IntegerType::get(context, 32), types);
}

MLC_INFER(ConvTransposeOp) {
  Adaptor op(operands, attributes, properties, regions);
  RankedTensorType input = tensorType(op.getInput()), weights = tensorType(op.getWeights());
  size_t spatial = op.getStrides().size();
  if (input.getRank() != static_cast<int64_t>(spatial) + 2 || weights.getRank() != input.getRank())
    return emitOptionalError(location, "transposed convolution of ", input, " with weights ", weights);
  Image image(input, op.getChannelsLast());
  image.channels =
      weights.isDynamicDim(1) ? ShapedType::kDynamic : weights.getDimSize(1) * static_cast<int64_t>(op.getGroup());
  for (size_t i = 0; i < spatial; ++i) {
    int64_t size = image.spatial[i], kernel = weights.getDimSize(i + 2);
    image.spatial[i] = ShapedType::isDynamic(size) || ShapedType::isDynamic(kernel)
                           ? ShapedType::kDynamic
                           : (size - 1) * op.getStrides()[i] + (kernel - 1) * op.getDilations()[i] + 1 +
                                 op.getOutputPadding()[i] - op.getPads()[i] - op.getPads()[i + spatial];
  }
  types.push_back(RankedTensorType::get(image.shape(op.getChannelsLast()), input.getElementType()));
  return success();
}

} // namespace mlc::graph
