#include "Support/TensorProtoFile.h"

#include "Support/CheckedShape.h"
#include "Support/FileBytes.h"
#include "Support/NarrowTypes.h"

#include <climits>
#include <cstring>
#include <fmt/format.h>
#include <onnx/onnx_pb.h>

namespace mlc {

namespace {
/// Copies a typed field's values, narrowed to the element type; false where their number is not `count`.
template <typename Element, typename Field> bool copyField(const Field &field, int64_t count, Tensor &tensor) {
  if (field.size() != count)
    return false;
  Element *out = tensor.data<Element>();
  for (int64_t i = 0; i < count; ++i)
    out[i] = static_cast<Element>(field.Get(int(i)));
  return true;
}

bool copyTyped(const onnx::TensorProto &proto, int64_t count, Tensor &tensor) {
  switch (tensor.dtype) {
  case DType::Float32:
    return copyField<float>(proto.float_data(), count, tensor);
  case DType::Float64:
    return copyField<double>(proto.double_data(), count, tensor);
  case DType::Int64:
    return copyField<int64_t>(proto.int64_data(), count, tensor);
  case DType::UInt32:
    return copyField<uint32_t>(proto.uint64_data(), count, tensor);
  case DType::UInt64:
    return copyField<uint64_t>(proto.uint64_data(), count, tensor);
  case DType::Int32:
    return copyField<int32_t>(proto.int32_data(), count, tensor);
  case DType::Int16:
    return copyField<int16_t>(proto.int32_data(), count, tensor);
  case DType::Int8:
    return copyField<int8_t>(proto.int32_data(), count, tensor);
  case DType::UInt16:
  case DType::Float16: // both half types as their bits
  case DType::BFloat16:
    return copyField<uint16_t>(proto.int32_data(), count, tensor);
  case DType::UInt8:
    return copyField<uint8_t>(proto.int32_data(), count, tensor);
  case DType::Bool:
    return copyField<bool>(proto.int32_data(), count, tensor);
  default: // the narrow types, packed in bytes
    std::vector<uint8_t> packed(proto.int32_data().begin(), proto.int32_data().end());
    if (!isNarrow(tensor.dtype) || static_cast<int64_t>(packed.size()) != packedByteCount(tensor.dtype, count))
      return false;
    unpackNarrow(tensor.dtype, packed.data(), count, tensor.bytes.data());
    return true;
  }
  return false;
}
} // namespace

Result<NamedTensor> readTensorProto(const std::string &path) {
  Result<std::vector<std::byte>> bytes = readFile(path);
  if (!bytes)
    return bytes.error();
  auto fail = [&](const std::string &why) {
    return badInput(fmt::format("'{}' is not a usable ONNX tensor: {}", path, why));
  };
  onnx::TensorProto proto;
  if (bytes->size() > INT_MAX || !proto.ParseFromArray(bytes->data(), int(bytes->size())))
    return fail("it is not a TensorProto, or truncated");
  if (proto.data_location() == onnx::TensorProto::EXTERNAL)
    return fail("its data lies in another file, which test data may not do; save it with the data inside");
  DType dtype = static_cast<DType>(proto.data_type());
  if (byteSize(dtype) == 0) {
    std::string name = onnx::TensorProto::DataType_IsValid(proto.data_type())
                           ? onnx::TensorProto::DataType_Name(onnx::TensorProto::DataType(proto.data_type()))
                           : std::to_string(proto.data_type());
    return fail(fmt::format("element type {} is not supported", name));
  }
  std::vector<int64_t> shape(proto.dims().begin(), proto.dims().end());
  std::optional<int64_t> size = checkedByteCount(dtype, shape);
  if (!size)
    return fail("its shape is not one of a tensor in memory");
  int64_t count = *size / int64_t(byteSize(dtype));

  // What is stored is compared with the shape before a tensor of that shape is allocated.
  int64_t stored = proto.has_raw_data()
                       ? int64_t(proto.raw_data().size()) / int64_t(byteSize(dtype))
                       : int64_t(proto.float_data_size()) + proto.double_data_size() + proto.int32_data_size() +
                             proto.int64_data_size() + proto.uint64_data_size();
  if (isNarrow(dtype) && stored == packedByteCount(dtype, count))
    stored = count;
  std::string mismatch = fmt::format("{} needs {} elements, it holds {}", describeType(dtype, shape), count, stored);
  if (stored != count || (proto.has_raw_data() && !isNarrow(dtype) && int64_t(proto.raw_data().size()) != *size))
    return fail(mismatch);
  Tensor tensor(dtype, shape);
  if (proto.has_raw_data() && isNarrow(dtype)) {
    if (int64_t(proto.raw_data().size()) != packedByteCount(dtype, count))
      return fail(mismatch);
    unpackNarrow(dtype, reinterpret_cast<const uint8_t *>(proto.raw_data().data()), count, tensor.bytes.data());
  } else if (proto.has_raw_data()) {
    if (*size)
      std::memcpy(tensor.bytes.data(), proto.raw_data().data(), size_t(*size));
    if (dtype == DType::Bool) // any byte but 0 is true; elsewhere a bool is 0 or 1
      for (std::byte &value : tensor.bytes)
        value = std::byte(value != std::byte(0));
  } else if (!copyTyped(proto, count, tensor)) {
    return fail(fmt::format("the values of {} are not in the field of its type", describeType(dtype, shape)));
  }
  return NamedTensor{proto.name(), std::move(tensor)};
}

Result<void> writeTensorProto(const std::string &path, const NamedTensor &tensor) {
  if (tensor.tensor.bytes.size() > INT_MAX - 65536)
    return badInput(fmt::format("cannot write '{}': a TensorProto holds at most 2 GiB", path));
  onnx::TensorProto proto;
  proto.set_name(tensor.name);
  proto.set_data_type(int(tensor.tensor.dtype));
  for (int64_t dim : tensor.tensor.shape)
    proto.add_dims(dim);
  std::vector<std::byte> packed;
  if (isNarrow(tensor.tensor.dtype))
    packed = packNarrow(tensor.tensor);
  const std::vector<std::byte> &bytes = isNarrow(tensor.tensor.dtype) ? packed : tensor.tensor.bytes;
  proto.set_raw_data(bytes.data(), bytes.size());
  return writeFile(path, proto.SerializeAsString());
}

} // namespace mlc
