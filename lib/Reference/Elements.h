// Elements of tensors in the three types that all arithmetic is done in.
//
// Each element type computes in a carrier: floats in double, unsigned integers and bool in uint64_t, signed
// integers in int64_t. For + - * / and sqrt of float32 the double result rounded to float32 is the correctly
// rounded float32 result (53 >= 2 * 24 + 2 bits); integers wrap because the carrier wraps and its low bits
// are kept.
#pragma once

#include "Support/DTypeConversion.h"
#include "Support/Half.h"
#include "mlcompress/Tensor.h"

#include <Eigen/Core>

#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>
#include <vector>

namespace mlc::reference {

using Float16 = Eigen::half;
using BFloat16 = Eigen::bfloat16;

template <typename T> struct ElementType {
  using type = T;
};

/// Calls `f(ElementType<T>{})` with the C++ type of the element type.
template <typename F> decltype(auto) dispatch(DType dtype, F &&f) {
  switch (dtype) {
  case DType::Float32:
    return f(ElementType<float>{});
  case DType::Float64:
    return f(ElementType<double>{});
  case DType::Float16:
    return f(ElementType<Float16>{});
  case DType::BFloat16:
    return f(ElementType<BFloat16>{});
  case DType::Int8:
    return f(ElementType<int8_t>{});
  case DType::Int16:
    return f(ElementType<int16_t>{});
  case DType::Int32:
    return f(ElementType<int32_t>{});
  case DType::Int64:
    return f(ElementType<int64_t>{});
  case DType::UInt16:
    return f(ElementType<uint16_t>{});
  case DType::UInt32:
    return f(ElementType<uint32_t>{});
  case DType::UInt64:
    return f(ElementType<uint64_t>{});
  case DType::Bool:
    return f(ElementType<bool>{});
  default: // uint8, and narrow types as their bytes; undefined ones are refused before any kernel runs
    break;
  }
  return f(ElementType<uint8_t>{});
}

inline bool isUnsignedOrBool(DType dtype) {
  return dtype == DType::UInt8 || dtype == DType::UInt16 || dtype == DType::UInt32 || dtype == DType::UInt64 ||
         dtype == DType::Bool;
}

/// Calls `f(ElementType<C>{})` with the carrier of the element type.
template <typename F> decltype(auto) dispatchCarrier(DType dtype, F &&f) {
  if (isFloating(dtype))
    return f(ElementType<double>{});
  if (isUnsignedOrBool(dtype))
    return f(ElementType<uint64_t>{});
  return f(ElementType<int64_t>{});
}

/// Conversion of a carrier to an element type, as mlc::convert does whole tensors and ONNX Cast wants it.
/// Floats to integers truncate; what is out of range, which ONNX leaves open, saturates, and NaN gives 0 (as
/// on AArch64, and llvm.fptosi.sat).
template <typename To, typename From> To convert(From value) {
  if constexpr (std::is_same_v<To, bool>) {
    return value != From(0);
  } else if constexpr (std::is_same_v<To, Float16> || std::is_same_v<To, BFloat16>) {
    return To(doubleToFloatOdd(static_cast<double>(value)));
  } else if constexpr (std::is_integral_v<To> && std::is_floating_point_v<From>) {
    if (std::isnan(value))
      return 0;
    // Both bounds are powers of two, exact in double.
    constexpr double below = static_cast<double>(std::numeric_limits<To>::min());
    constexpr double above = 2.0 * static_cast<double>(To(1) << (std::numeric_limits<To>::digits - 1));
    if (value >= above)
      return std::numeric_limits<To>::max();
    if (value <= below)
      return std::numeric_limits<To>::min();
    return static_cast<To>(value);
  } else {
    return static_cast<To>(value);
  }
}

/// Elements offset, offset + stride, … as carriers. C is double, int64_t or uint64_t.
template <typename C> void load(const Tensor &tensor, int64_t offset, int64_t stride, int64_t count, C *out);
/// The reverse: converts and writes.
template <typename C> void store(Tensor &tensor, int64_t offset, int64_t stride, int64_t count, const C *in);

/// All elements as carriers.
template <typename C> std::vector<C> loadAll(const Tensor &tensor) {
  std::vector<C> values(static_cast<size_t>(tensor.numElements()));
  load<C>(tensor, 0, 1, static_cast<int64_t>(values.size()), values.data());
  return values;
}

} // namespace mlc::reference
