// A tensor in host memory: what data files hold and what generated libraries take and give.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mlc {

/// Element types; the values are those of onnx.TensorProto.DataType and of `mlc_dtype` in model.h.
enum class DType : int32_t {
  Undefined = 0,
  Float32 = 1,
  UInt8 = 2,
  Int8 = 3,
  UInt16 = 4,
  Int16 = 5,
  Int32 = 6,
  Int64 = 7,
  Bool = 9,
  Float16 = 10,
  Float64 = 11,
  UInt32 = 12,
  UInt64 = 13,
  BFloat16 = 16,
  Float8E4M3FN = 17,
  Float8E4M3FNUZ = 18,
  Float8E5M2 = 19,
  Float8E5M2FNUZ = 20,
  UInt4 = 21, ///< this and all that follow: one element a byte in memory, integers sign- or zero-extended
  Int4 = 22,
  Float4E2M1 = 23,
  Float8E8M0 = 24,
  UInt2 = 25,
  Int2 = 26,
};

/// Bytes of one element; 0 for Undefined.
size_t byteSize(DType type);
/// numpy's name of the type ("float32", "int64", "bool", …), or what numpy lacks: "bfloat16", "float8e4m3fn", "int4",
/// ….
std::string_view dtypeName(DType type);

/// A dense row-major tensor that owns its bytes. Rank 0 is a scalar with one element.
struct Tensor {
  DType dtype = DType::Undefined;
  std::vector<int64_t> shape;
  std::vector<std::byte> bytes; ///< numElements() * byteSize(dtype) bytes, little-endian

  Tensor() = default;
  /// A zero-filled tensor.
  Tensor(DType dtype, std::vector<int64_t> shape);

  int64_t numElements() const;
  template <typename T> T *data() { return reinterpret_cast<T *>(bytes.data()); }
  template <typename T> const T *data() const { return reinterpret_cast<const T *>(bytes.data()); }
};

/// A tensor with the name of the model input or output that it belongs to.
struct NamedTensor {
  std::string name;
  Tensor tensor;
};

/// "float32[2,3,?]": the notation of all messages; a dimension of -1 is printed as '?'.
std::string describeType(DType type, const std::vector<int64_t> &shape);

} // namespace mlc
