// Tensors from literals.
#pragma once

#include "mlcompress/Tensor.h"

#include <cstring>

template <typename T> mlc::Tensor makeTensor(mlc::DType dtype, std::vector<int64_t> shape, std::vector<T> values) {
  mlc::Tensor tensor(dtype, std::move(shape));
  if (!values.empty())
    std::memcpy(tensor.bytes.data(), values.data(), values.size() * sizeof(T));
  return tensor;
}

inline bool sameTensor(const mlc::Tensor &a, const mlc::Tensor &b) {
  return a.dtype == b.dtype && a.shape == b.shape && a.bytes == b.bytes;
}

/// All types that a tensor can have.
inline const std::vector<mlc::DType> allTypes = {
    mlc::DType::Float32, mlc::DType::UInt8,  mlc::DType::Int8,    mlc::DType::UInt16,  mlc::DType::Int16,
    mlc::DType::Int32,   mlc::DType::Int64,  mlc::DType::Bool,    mlc::DType::Float16, mlc::DType::Float64,
    mlc::DType::UInt32,  mlc::DType::UInt64, mlc::DType::BFloat16};
