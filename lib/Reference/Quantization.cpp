#include "Reference/Elements.h"
#include "Reference/Families.h"
#include "Reference/Indexing.h"

using namespace mlir;

namespace mlc::reference {
namespace {

// Where the scale and zero point of each element stand: per tensor, per channel along an axis, or per block
// of it.
class ScaleLayout {
public:
  static Result<ScaleLayout> of(const Tensor &input, const Tensor &scale, const Tensor &zeroPoint, int64_t axis,
                                int64_t block) {
    ScaleLayout layout;
    int64_t rank = static_cast<int64_t>(input.shape.size());
    if (axis < 0)
      axis += rank;
    if (zeroPoint.numElements() != scale.numElements() && zeroPoint.numElements() != 1)
      return badInput("scale " + describeShape(scale.shape) + " and zero point " + describeShape(zeroPoint.shape) +
                      " differ in shape");
    layout.zeroPointStep_ = zeroPoint.numElements() == 1 ? 0 : 1;
    layout.input_ = input.shape;
    if (scale.numElements() == 1)
      return layout;
    if (axis < 0 || axis >= rank)
      return badInput("axis is out of range for " + describeShape(input.shape));
    layout.axis_ = axis;
    if (scale.shape.size() == 1 && block == 0) {
      if (scale.shape[0] != input.shape[axis])
        return badInput("scale " + describeShape(scale.shape) + " along axis " + std::to_string(axis) + " of " +
                        describeShape(input.shape));
      layout.perTensor_ = false;
      return layout;
    }
    Shape expected = input.shape;
    if (block > 0)
      expected[axis] = (expected[axis] + block - 1) / block;
    if (block <= 0 || scale.shape != expected)
      return badInput("scale " + describeShape(scale.shape) + " for blocks of " + std::to_string(block) +
                      " along axis " + std::to_string(axis) + " of " + describeShape(input.shape));
    layout.perTensor_ = false;
    layout.block_ = block;
    return layout;
  }

  /// Calls f(position, index of its scale, index of its zero point) for every element, in order.
  template <typename F> void forEach(F f) const {
    if (perTensor_) {
      for (int64_t i = 0, n = numElements(input_); i < n; ++i)
        f(i, 0, 0);
      return;
    }
    int64_t outer = numElements(ArrayRef(input_).take_front(axis_)), size = input_[axis_],
            inner = numElements(ArrayRef(input_).drop_front(axis_ + 1)), position = 0;
    bool perChannel = block_ == 0;
    int64_t groups = perChannel ? size : (size + block_ - 1) / block_;
    for (int64_t i = 0; i < outer; ++i)
      for (int64_t c = 0; c < size; ++c)
        for (int64_t j = 0; j < inner; ++j, ++position) {
          int64_t at = perChannel ? c : (i * groups + c / block_) * inner + j;
          f(position, at, at * zeroPointStep_);
        }
  }

private:
  Shape input_;
  bool perTensor_ = true;
  int64_t axis_ = 0, block_ = 0, zeroPointStep_ = 0;
};

std::pair<double, double> integerRange(DType dtype) {
  if (int bits = narrowIntegerBits(dtype))
    return isNarrowUnsigned(dtype) ? std::pair(0.0, std::ldexp(1.0, bits) - 1)
                                   : std::pair(-std::ldexp(1.0, bits - 1), std::ldexp(1.0, bits - 1) - 1);
  return dispatch(dtype, [](auto type) -> std::pair<double, double> {
    using T = typename decltype(type)::type;
    if constexpr (std::is_integral_v<T>)
      return {static_cast<double>(std::numeric_limits<T>::min()), static_cast<double>(std::numeric_limits<T>::max())};
    return {0.0, 0.0};
  });
}

bool isQuantized(DType dtype) {
  return dtype == DType::Int8 || dtype == DType::UInt8 || dtype == DType::Int16 || dtype == DType::UInt16 ||
         dtype == DType::Int32 || isNarrow(dtype);
}

// Zero points, and quantized values: whole numbers but for the narrow floats.
std::vector<double> quantizedValues(const Tensor &tensor) {
  std::vector<double> values(tensor.numElements());
  toDouble(tensor, 0, tensor.numElements(), values.data());
  return values;
}

} // namespace

// The quotient in float32, rounded to nearest even; NaN gives the lowest value, as the vector instructions
// do.
Tensors evaluateNode(graph::QuantizeOp op, Operands operands) {
  const Tensor &in = *operands[0], &scale = *operands[1], &zeroPoint = *operands[2];
  if (!isQuantized(zeroPoint.dtype))
    return unsupported("quantization to " + std::string(dtypeName(zeroPoint.dtype)));
  auto layout = ScaleLayout::of(in, scale, zeroPoint, op.getAxis(), op.getBlock());
  if (!layout)
    return layout.error();
  std::vector<double> values = loadAll<double>(in), scales = loadAll<double>(scale);
  std::vector<double> zeroPoints = quantizedValues(zeroPoint);
  if (isFloating(zeroPoint.dtype)) {
    Tensor scaled(DType::Float32, in.shape);
    layout->forEach([&](int64_t i, int64_t s, int64_t z) {
      float quotient = static_cast<float>(values[i]) / static_cast<float>(scales[s]);
      scaled.data<float>()[i] = quotient + static_cast<float>(zeroPoints[z]);
    });
    return one(mlc::convert(scaled, zeroPoint.dtype, !op.getUnsaturated()));
  }
  auto [low, high] = integerRange(zeroPoint.dtype);
  layout->forEach([&](int64_t i, int64_t s, int64_t z) {
    double rounded = std::nearbyint(static_cast<float>(values[i]) / static_cast<float>(scales[s]));
    rounded += zeroPoints[z];
    values[i] = rounded >= low ? std::min(rounded, high) : low;
  });
  Tensor whole(DType::Float64, in.shape);
  store<double>(whole, 0, 1, in.numElements(), values.data());
  return one(mlc::convert(whole, zeroPoint.dtype));
}

Tensors evaluateNode(graph::DequantizeOp op, Operands operands) {
  const Tensor &in = *operands[0], &scale = *operands[1], &zeroPoint = *operands[2];
  if (!isQuantized(in.dtype))
    return unsupported("dequantization of " + std::string(dtypeName(in.dtype)));
  auto layout = ScaleLayout::of(in, scale, zeroPoint, op.getAxis(), op.getBlock());
  if (!layout)
    return layout.error();
  std::vector<double> values = quantizedValues(in), zeroPoints = quantizedValues(zeroPoint);
  std::vector<double> scales = loadAll<double>(scale), result(values.size());
  bool wide = scale.dtype == DType::Float64;
  Tensor out(scale.dtype, in.shape);
  layout->forEach([&](int64_t i, int64_t s, int64_t z) {
    double difference = values[i] - zeroPoints[z];
    result[i] = wide ? difference * scales[s]
                     : static_cast<double>(static_cast<float>(difference) * static_cast<float>(scales[s]));
  });
  store<double>(out, 0, 1, in.numElements(), result.data());
  return one(std::move(out));
}

// ONNX DynamicQuantizeLinear's scale and zero point, in float32; a range of 0 has scale 1.
Tensors evaluateNode(graph::DynamicRangeOp, Operands operands) {
  const Tensor &in = *operands[0];
  if (in.dtype != DType::Float32)
    return unsupported("the dynamic range of " + std::string(dtypeName(in.dtype)));
  float low = 0.0f, high = 0.0f;
  for (int64_t i = 0, n = in.numElements(); i < n; ++i) {
    low = std::min(low, in.data<float>()[i]);
    high = std::max(high, in.data<float>()[i]);
  }
  float step = high == low ? 1.0f : (high - low) / 255.0f;
  float zero = std::nearbyint(std::clamp(0.0f - low / step, 0.0f, 255.0f));
  std::vector<Tensor> results;
  results.emplace_back(DType::Float32, Shape{});
  results.emplace_back(DType::UInt8, Shape{});
  *results[0].data<float>() = step;
  *results[1].data<uint8_t>() = static_cast<uint8_t>(zero);
  return results;
}

} // namespace mlc::reference
