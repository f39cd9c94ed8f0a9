#include "Graph/Constants.h"
#include "Graph/WeightStore.h"
#include "Support/DTypeConversion.h"
#include "Support/Half.h"
#include "Support/NarrowTypes.h"

#include <cstring>

using namespace mlir;

namespace mlc::graph {

// Up to this size a constant is an ordinary attribute (shapes, axes, scales); those are never freed.
static constexpr size_t kDenseLimit = 1024;

ElementsAttr constantAttribute(RankedTensorType type, ArrayRef<std::byte> bytes) {
  if (bytes.size() > kDenseLimit) {
    auto owner = std::make_shared<std::vector<std::byte>>(bytes.begin(), bytes.end());
    ArrayRef<char> data(reinterpret_cast<const char *>(owner->data()), owner->size());
    return WeightStore::of(type.getContext()).get(type, {data, owner});
  }
  if (type.getElementType().isInteger(1)) {
    SmallVector<bool> values;
    for (std::byte byte : bytes)
      values.push_back(byte != std::byte{0});
    return DenseElementsAttr::get(type, values);
  }
  return DenseElementsAttr::getFromRawBuffer(
      type, ArrayRef<char>(reinterpret_cast<const char *>(bytes.data()), bytes.size()));
}

ElementsAttr constantAttribute(MLIRContext *context, const Tensor &tensor) {
  return constantAttribute(tensorTypeOf(context, tensor), tensor.bytes);
}

ConstantOp makeConstant(OpBuilder &builder, Location loc, const Tensor &tensor) {
  ElementsAttr value = constantAttribute(builder.getContext(), tensor);
  return ConstantOp::create(builder, loc, value.getShapedType(), value);
}

ConstantOp makeIndexConstant(OpBuilder &builder, Location loc, ArrayRef<int64_t> values) {
  Tensor tensor(DType::Int64, {static_cast<int64_t>(values.size())});
  std::memcpy(tensor.bytes.data(), values.data(), values.size() * sizeof(int64_t));
  return makeConstant(builder, loc, tensor);
}

ConstantOp makeScalarConstant(OpBuilder &builder, Location loc, Type elementType, double value) {
  if (DType dtype = dtypeOf(elementType); isNarrow(dtype)) {
    Tensor tensor(dtype, {});
    *tensor.data<uint8_t>() = narrowFromDouble(dtype, value, /*saturate=*/true, NarrowRounding::Nearest);
    return makeConstant(builder, loc, tensor);
  }
  auto type = RankedTensorType::get({}, elementType);
  Attribute element;
  if (auto floating = dyn_cast<FloatType>(elementType))
    element = FloatAttr::get(floating, value);
  else
    element = IntegerAttr::get(elementType, static_cast<int64_t>(value));
  ElementsAttr attribute = DenseElementsAttr::get(type, ArrayRef<Attribute>(element));
  return ConstantOp::create(builder, loc, type, attribute);
}

std::optional<ArrayRef<char>> constantBytesInPlace(ElementsAttr attribute) {
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(attribute)) {
    AsmResourceBlob *blob = resource.getRawHandle().getBlob();
    if (blob)
      return blob->getData();
  }
  return std::nullopt;
}

int64_t constantBytes(ElementsAttr attribute) {
  ShapedType type = attribute.getShapedType();
  return type.getNumElements() * static_cast<int64_t>(byteSize(dtypeOf(type.getElementType())));
}

Tensor constantTensor(ElementsAttr attribute) {
  ShapedType type = attribute.getShapedType();
  DType dtype = dtypeOf(type.getElementType());
  Tensor tensor(dtype, std::vector<int64_t>(type.getShape().begin(), type.getShape().end()));
  if (auto bytes = constantBytesInPlace(attribute)) {
    std::memcpy(tensor.bytes.data(), bytes->data(), std::min(bytes->size(), tensor.bytes.size()));
    return tensor;
  }
  auto dense = cast<DenseElementsAttr>(attribute);
  if (dtype == DType::Bool) {
    size_t i = 0;
    for (bool value : dense.getValues<bool>())
      tensor.bytes[i++] = std::byte(value);
    return tensor;
  }
  ArrayRef<char> raw = dense.getRawData();
  if (dense.isSplat())
    for (size_t i = 0; i < tensor.bytes.size(); i += raw.size())
      std::memcpy(tensor.bytes.data() + i, raw.data(), raw.size());
  else
    std::copy_n(reinterpret_cast<const std::byte *>(raw.data()), tensor.bytes.size(), tensor.bytes.begin());
  if (narrowIntegerBits(dtype)) // an attribute that was parsed holds no more than their bits
    for (std::byte &byte : tensor.bytes)
      byte = std::byte(narrowFromDouble(dtype, narrowToDouble(dtype, static_cast<uint8_t>(byte)), true, {}));
  return tensor;
}

ElementsAttr constantOf(Value value) {
  if (auto op = value.getDefiningOp<ConstantOp>())
    return op.getValue();
  return {};
}

Value storedConstant(Value value) {
  if (auto cast = value.getDefiningOp<CastOp>()) {
    Type from = mlir::cast<RankedTensorType>(cast.getInput().getType()).getElementType();
    Type to = mlir::cast<RankedTensorType>(value.getType()).getElementType();
    if ((from.isF16() || from.isBF16()) && to.isF32())
      value = cast.getInput();
  }
  return constantOf(value) ? value : Value();
}

std::optional<Tensor> constantTensor(Value value) {
  if (ElementsAttr attribute = constantOf(value))
    return constantTensor(attribute);
  return std::nullopt;
}

static double elementAsDouble(const Tensor &tensor, int64_t i) {
  switch (tensor.dtype) {
  case DType::Float32:
    return tensor.data<float>()[i];
  case DType::Float64:
    return tensor.data<double>()[i];
  case DType::Float16:
    return halfToFloat(tensor.data<uint16_t>()[i]);
  case DType::BFloat16:
    return bfloat16ToFloat(tensor.data<uint16_t>()[i]);
  case DType::Bool:
  case DType::UInt8:
    return tensor.data<uint8_t>()[i];
  case DType::Int8:
    return tensor.data<int8_t>()[i];
  case DType::UInt16:
    return tensor.data<uint16_t>()[i];
  case DType::Int16:
    return tensor.data<int16_t>()[i];
  case DType::UInt32:
    return tensor.data<uint32_t>()[i];
  case DType::Int32:
    return tensor.data<int32_t>()[i];
  case DType::UInt64:
    return static_cast<double>(tensor.data<uint64_t>()[i]);
  case DType::Int64:
    return static_cast<double>(tensor.data<int64_t>()[i]);
  default:
    return isNarrow(tensor.dtype) ? narrowToDouble(tensor.dtype, tensor.data<uint8_t>()[i]) : 0;
  }
}

static int64_t elementAsInteger(const Tensor &tensor, int64_t i) {
  if (tensor.dtype == DType::Int64 || tensor.dtype == DType::UInt64)
    return tensor.data<int64_t>()[i];
  return static_cast<int64_t>(elementAsDouble(tensor, i));
}

std::optional<SmallVector<int64_t>> constantIntegers(Value value) {
  ElementsAttr attribute = constantOf(value);
  if (!attribute || !isa<IntegerType>(attribute.getShapedType().getElementType()))
    return std::nullopt;
  Tensor tensor = constantTensor(attribute);
  SmallVector<int64_t> result;
  for (int64_t i = 0, n = tensor.numElements(); i < n; ++i)
    result.push_back(elementAsInteger(tensor, i));
  return result;
}

std::optional<double> constantScalar(Value value) {
  ElementsAttr attribute = constantOf(value);
  if (!attribute || attribute.getShapedType().getNumElements() != 1)
    return std::nullopt;
  return elementAsDouble(constantTensor(attribute), 0);
}

std::optional<std::vector<double>> constantPerChannel(Value value, int64_t rank, int64_t channel, int64_t channels) {
  auto tensor = constantTensor(value);
  if (!tensor || static_cast<int64_t>(tensor->shape.size()) > rank)
    return std::nullopt;
  for (size_t i = 0; i < tensor->shape.size(); ++i) {
    bool isChannel = static_cast<int64_t>(i + rank - tensor->shape.size()) == channel;
    if (tensor->shape[i] != 1 && !(isChannel && tensor->shape[i] == channels))
      return std::nullopt;
  }
  std::vector<double> values(tensor->numElements());
  toDouble(*tensor, 0, tensor->numElements(), values.data());
  if (values.size() == 1)
    values.resize(channels, values[0]);
  return values;
}

} // namespace mlc::graph
