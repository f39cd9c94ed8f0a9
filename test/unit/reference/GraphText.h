// Graphs written as text, evaluated; tensors written as numbers.
#pragma once

#include "mlcompress/Result.h"
#include "mlcompress/Tensor.h"

#include <random>
#include <string>
#include <type_traits>
#include <vector>

namespace mlc::test {

/// Parses a module and evaluates its first function. A parse error is an Error, too.
Result<std::vector<Tensor>> evaluateText(const std::string &text, const std::vector<Tensor> &inputs = {});

/// The one result of evaluating `body`, which defines %r of type `result`; the test fails on an error.
Tensor evaluateOne(const std::string &body, const std::string &result);

template <typename T> constexpr DType dtypeFor() {
  if constexpr (std::is_same_v<T, float>)
    return DType::Float32;
  else if constexpr (std::is_same_v<T, double>)
    return DType::Float64;
  else if constexpr (std::is_same_v<T, int8_t>)
    return DType::Int8;
  else if constexpr (std::is_same_v<T, uint8_t>)
    return DType::UInt8;
  else if constexpr (std::is_same_v<T, int32_t>)
    return DType::Int32;
  else
    return DType::Int64;
}

template <typename T> Tensor tensor(std::vector<int64_t> shape, const std::vector<T> &values) {
  Tensor result(dtypeFor<T>(), std::move(shape));
  std::copy(values.begin(), values.end(), result.data<T>());
  return result;
}

template <typename T> std::vector<T> values(const Tensor &tensor) {
  return std::vector<T>(tensor.data<T>(), tensor.data<T>() + tensor.numElements());
}

/// Normally distributed floats.
inline Tensor randomTensor(std::mt19937 &generator, std::vector<int64_t> shape) {
  Tensor result(DType::Float32, std::move(shape));
  std::normal_distribution<float> distribution;
  for (int64_t i = 0; i < result.numElements(); ++i)
    result.data<float>()[i] = distribution(generator);
  return result;
}

} // namespace mlc::test
