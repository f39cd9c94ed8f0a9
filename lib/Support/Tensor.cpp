#include "mlcompress/Tensor.h"

#include <cassert>

namespace mlc {

namespace {
struct TypeRow {
  DType type;
  size_t bytes;
  std::string_view name;
};
constexpr TypeRow types[] = {
    {DType::Float32, 4, "float32"},
    {DType::UInt8, 1, "uint8"},
    {DType::Int8, 1, "int8"},
    {DType::UInt16, 2, "uint16"},
    {DType::Int16, 2, "int16"},
    {DType::Int32, 4, "int32"},
    {DType::Int64, 8, "int64"},
    {DType::Bool, 1, "bool"},
    {DType::Float16, 2, "float16"},
    {DType::Float64, 8, "float64"},
    {DType::UInt32, 4, "uint32"},
    {DType::UInt64, 8, "uint64"},
    {DType::BFloat16, 2, "bfloat16"},
    {DType::Float8E4M3FN, 1, "float8e4m3fn"},
    {DType::Float8E4M3FNUZ, 1, "float8e4m3fnuz"},
    {DType::Float8E5M2, 1, "float8e5m2"},
    {DType::Float8E5M2FNUZ, 1, "float8e5m2fnuz"},
    {DType::UInt4, 1, "uint4"},
    {DType::Int4, 1, "int4"},
    {DType::Float4E2M1, 1, "float4e2m1"},
    {DType::Float8E8M0, 1, "float8e8m0"},
    {DType::UInt2, 1, "uint2"},
    {DType::Int2, 1, "int2"},
};
} // namespace

size_t byteSize(DType type) {
  for (const TypeRow &row : types)
    if (row.type == type)
      return row.bytes;
  return 0;
}

std::string_view dtypeName(DType type) {
  for (const TypeRow &row : types)
    if (row.type == type)
      return row.name;
  return "undefined";
}

Tensor::Tensor(DType type, std::vector<int64_t> dims) : dtype(type), shape(std::move(dims)) {
  bytes.resize(size_t(numElements()) * byteSize(dtype));
}

int64_t Tensor::numElements() const {
  int64_t count = 1;
  for (int64_t dim : shape) {
    assert(dim >= 0 && "a tensor in memory has no dynamic dimension");
    count *= dim;
  }
  return count;
}

std::string describeType(DType type, const std::vector<int64_t> &shape) {
  std::string text(dtypeName(type));
  text += '[';
  for (size_t i = 0; i < shape.size(); ++i) {
    if (i)
      text += ',';
    text += shape[i] < 0 ? "?" : std::to_string(shape[i]);
  }
  return text + ']';
}

} // namespace mlc
