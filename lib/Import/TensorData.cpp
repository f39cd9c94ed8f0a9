#include "Import/TensorData.h"
#include "Graph/Constants.h"
#include "Graph/WeightStore.h"
#include "Support/CheckedShape.h"
#include "Support/NarrowTypes.h"

#include <fmt/format.h>

#include <cstring>

using namespace mlir;

namespace mlc::importer {

std::string dataTypeName(int32_t type) {
  static const char *const names[] = {
      "undefined", "float32",    "uint8",      "int8",         "uint16",         "int16",      "int32",
      "int64",     "string",     "bool",       "float16",      "float64",        "uint32",     "uint64",
      "complex64", "complex128", "bfloat16",   "float8e4m3fn", "float8e4m3fnuz", "float8e5m2", "float8e5m2fnuz",
      "uint4",     "int4",       "float4e2m1", "float8e8m0",   "uint2",          "int2"};
  if (type >= 0 && type < static_cast<int32_t>(std::size(names)))
    return names[type];
  return fmt::format("element type {}", type);
}

Type elementType(MLIRContext *context, int32_t dataType) {
  auto dtype = static_cast<DType>(dataType);
  return byteSize(dtype) ? graph::elementTypeOf(context, dtype) : Type();
}

// Copies a typed field of the proto, which may be wider than the element, into elements.
template <typename Element, typename Field> static bool copyField(const Field &field, std::vector<std::byte> &bytes) {
  if (static_cast<size_t>(field.size()) * sizeof(Element) != bytes.size())
    return false;
  for (int i = 0; i < field.size(); ++i) {
    auto element = static_cast<Element>(field[i]);
    std::memcpy(bytes.data() + i * sizeof(Element), &element, sizeof(Element));
  }
  return true;
}

static bool copyTypedData(const onnx::TensorProto &tensor, DType dtype, std::vector<std::byte> &bytes) {
  switch (dtype) {
  case DType::Float32:
    return copyField<float>(tensor.float_data(), bytes);
  case DType::Float64:
    return copyField<double>(tensor.double_data(), bytes);
  case DType::Int64:
    return copyField<int64_t>(tensor.int64_data(), bytes);
  case DType::UInt64:
    return copyField<uint64_t>(tensor.uint64_data(), bytes);
  case DType::UInt32:
    return copyField<uint32_t>(tensor.uint64_data(), bytes);
  case DType::Int32:
    return copyField<int32_t>(tensor.int32_data(), bytes);
  case DType::Int16:
  case DType::UInt16:
  case DType::Float16:
  case DType::BFloat16: // 16-bit floats stand in int32_data as their bits
    return copyField<uint16_t>(tensor.int32_data(), bytes);
  case DType::Int8:
  case DType::UInt8:
    return copyField<uint8_t>(tensor.int32_data(), bytes);
  case DType::Bool:
    for (int32_t value : tensor.int32_data())
      if (value != 0 && value != 1)
        return false;
    return copyField<uint8_t>(tensor.int32_data(), bytes);
  default: // narrow types, which are read packed
    return false;
  }
}

// The stored bytes of a tensor of a narrow type, each with one element or several: what lies in one of three places.
static Result<std::vector<uint8_t>> packedData(const onnx::TensorProto &tensor, int64_t size, ExternalData &external) {
  if (tensor.data_location() == onnx::TensorProto::EXTERNAL) {
    auto bytes = external.find(tensor, size);
    if (!bytes)
      return bytes.error();
    return std::vector<uint8_t>(bytes->data.begin(), bytes->data.end());
  }
  if (tensor.has_raw_data())
    return std::vector<uint8_t>(tensor.raw_data().begin(), tensor.raw_data().end());
  return std::vector<uint8_t>(tensor.int32_data().begin(), tensor.int32_data().end());
}

Result<ElementsAttr> tensorAttribute(MLIRContext *context, onnx::TensorProto &tensor, bool steal,
                                     ExternalData &external) {
  auto describe = [&] {
    return tensor.name().empty() ? std::string("tensor") : fmt::format("tensor '{}'", tensor.name());
  };
  Type type = elementType(context, tensor.data_type());
  if (!type)
    return unsupported(fmt::format("{} has element type {}", describe(), dataTypeName(tensor.data_type())));
  if (tensor.has_segment())
    return unsupported(fmt::format("{} is stored in segments", describe()));
  auto dtype = static_cast<DType>(tensor.data_type());
  std::vector<int64_t> shape(tensor.dims().begin(), tensor.dims().end());
  auto size = checkedByteCount(dtype, shape);
  if (!size)
    return badInput(fmt::format("{} has the shape {}, which is not possible", describe(), describeType(dtype, shape)));
  auto tensorType = RankedTensorType::get(shape, type);

  if (isNarrow(dtype)) {
    int64_t stored = packedByteCount(dtype, *size);
    auto packed = packedData(tensor, stored, external);
    if (!packed)
      return packed.error();
    if (static_cast<int64_t>(packed->size()) != stored)
      return badInput(fmt::format("{} of type {} needs {} bytes, but holds {}", describe(), describeType(dtype, shape),
                                  stored, packed->size()));
    std::vector<std::byte> bytes(*size);
    unpackNarrow(dtype, packed->data(), *size, bytes.data());
    return graph::constantAttribute(tensorType, bytes);
  }
  if (tensor.data_location() == onnx::TensorProto::EXTERNAL) {
    auto bytes = external.find(tensor, *size);
    if (!bytes)
      return bytes.error();
    bool aligned = reinterpret_cast<uintptr_t>(bytes->data.data()) % byteSize(dtype) == 0;
    if (aligned && *size > 1024 && dtype != DType::Bool)
      return ElementsAttr(graph::WeightStore::of(context).get(tensorType, {bytes->data, bytes->owner}));
    return graph::constantAttribute(
        tensorType, llvm::ArrayRef(reinterpret_cast<const std::byte *>(bytes->data.data()), bytes->data.size()));
  }
  if (tensor.has_raw_data()) {
    if (static_cast<int64_t>(tensor.raw_data().size()) != *size)
      return badInput(fmt::format("{} of type {} needs {} bytes, but holds {}", describe(), describeType(dtype, shape),
                                  *size, tensor.raw_data().size()));
    if (steal && *size > 1024) {
      std::shared_ptr<std::string> owner(tensor.release_raw_data());
      return ElementsAttr(
          graph::WeightStore::of(context).get(tensorType, {llvm::ArrayRef<char>(owner->data(), owner->size()), owner}));
    }
    const std::string &raw = tensor.raw_data();
    return graph::constantAttribute(tensorType,
                                    llvm::ArrayRef(reinterpret_cast<const std::byte *>(raw.data()), raw.size()));
  }
  // The shape is checked against the data before memory is taken for it: a damaged file may name any shape.
  int64_t fields = tensor.float_data_size() + tensor.int32_data_size() + tensor.int64_data_size() +
                   tensor.double_data_size() + tensor.uint64_data_size();
  std::vector<std::byte> bytes;
  if (*size == fields * static_cast<int64_t>(byteSize(dtype)))
    bytes.resize(*size);
  if (static_cast<int64_t>(bytes.size()) != *size || !copyTypedData(tensor, dtype, bytes))
    return badInput(fmt::format("{} of type {} does not hold the {} elements of its shape", describe(),
                                describeType(dtype, shape), *size / static_cast<int64_t>(byteSize(dtype))));
  return graph::constantAttribute(tensorType, bytes);
}

} // namespace mlc::importer
