#include "Support/DTypeConversion.h"

#include "Support/Half.h"

#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>

namespace mlc {

namespace {
// Distinct types for the two half formats, so that a visitor can tell them from uint16.
struct Half {
  uint16_t bits;
};
struct Brain {
  uint16_t bits;
};
struct Truth {
  uint8_t bits;
};

/// Calls `visitor` with a value of the C++ type of `type`'s elements.
template <typename Visitor> void visitType(DType type, Visitor visitor) {
  switch (type) {
  case DType::Float32:
    return visitor(float());
  case DType::UInt8:
    return visitor(uint8_t());
  case DType::Int8:
    return visitor(int8_t());
  case DType::UInt16:
    return visitor(uint16_t());
  case DType::Int16:
    return visitor(int16_t());
  case DType::Int32:
    return visitor(int32_t());
  case DType::Int64:
    return visitor(int64_t());
  case DType::Bool:
    return visitor(Truth());
  case DType::Float16:
    return visitor(Half());
  case DType::Float64:
    return visitor(double());
  case DType::UInt32:
    return visitor(uint32_t());
  case DType::UInt64:
    return visitor(uint64_t());
  case DType::BFloat16:
    return visitor(Brain());
  default: // narrow types have functions of their own
    return;
  }
}

// Every element becomes one of double, int64 or uint64: the three that hold all others exactly.
double widen(float value) { return value; }
double widen(double value) { return value; }
double widen(Half value) { return halfToFloat(value.bits); }
double widen(Brain value) { return bfloat16ToFloat(value.bits); }
uint64_t widen(Truth value) { return value.bits != 0; }
uint64_t widen(uint64_t value) { return value; }
template <typename T> int64_t widen(T value) { return value; }

template <typename To> To saturate(double value) {
  if (std::isnan(value))
    return 0;
  if (value <= double(std::numeric_limits<To>::min()))
    return std::numeric_limits<To>::min();
  if (value >= double(std::numeric_limits<To>::max()))
    return std::numeric_limits<To>::max();
  return To(value);
}

template <typename To, typename From> To narrow(From value) {
  if constexpr (std::is_same_v<To, Truth>)
    return {uint8_t(value != 0)};
  else if constexpr (std::is_same_v<To, Half>) {
    if constexpr (std::is_same_v<From, double>)
      return {doubleToHalf(value)};
    else // beyond 2^53 the first rounding is far above the largest half
      return {doubleToHalf(double(value))};
  } else if constexpr (std::is_same_v<To, Brain>) {
    if constexpr (std::is_same_v<From, double>)
      return {doubleToBfloat16(value)};
    else {
      // A 64-bit integer may need two roundings: set the lowest of the kept bits where bits are dropped.
      uint64_t magnitude = value < 0 ? 0 - uint64_t(value) : uint64_t(value);
      if (magnitude >> 53)
        magnitude = (magnitude & ~uint64_t(0xfff)) | (uint64_t((magnitude & 0xfff) != 0) << 12);
      double exact = double(magnitude);
      return {doubleToBfloat16(value < 0 ? -exact : exact)};
    }
  } else if constexpr (std::is_integral_v<To> && std::is_same_v<From, double>)
    return saturate<To>(value);
  else
    return To(value);
}

template <typename T> T load(const std::byte *address) {
  T value;
  std::memcpy(&value, address, sizeof value);
  return value;
}
} // namespace

bool isFloating(DType type) {
  return type == DType::Float16 || type == DType::BFloat16 || type == DType::Float32 || type == DType::Float64 ||
         narrowFloat(type) || type == DType::Float8E8M0;
}

bool isInteger(DType type) { return !isFloating(type) && type != DType::Bool && type != DType::Undefined; }

void toDouble(const Tensor &tensor, int64_t begin, int64_t count, double *out) {
  if (isNarrow(tensor.dtype)) {
    for (int64_t i = 0; i < count; ++i)
      out[i] = narrowToDouble(tensor.dtype, tensor.data<uint8_t>()[begin + i]);
    return;
  }
  visitType(tensor.dtype, [&](auto element) {
    using T = decltype(element);
    const std::byte *source = tensor.bytes.data() + size_t(begin) * sizeof(T);
    for (int64_t i = 0; i < count; ++i)
      out[i] = double(widen(load<T>(source + size_t(i) * sizeof(T))));
  });
}

static Tensor convertNarrow(const Tensor &tensor, DType type, bool saturate, NarrowRounding rounding) {
  if (isNarrow(tensor.dtype)) {
    Tensor wide(DType::Float64, tensor.shape);
    toDouble(tensor, 0, tensor.numElements(), wide.data<double>());
    return convert(wide, type, saturate, rounding);
  }
  // The low bits of a large integer are lost in a double.
  if (narrowIntegerBits(type) && byteSize(tensor.dtype) > 1 && !isFloating(tensor.dtype))
    return convertNarrow(convert(tensor, DType::Int8), type, saturate, rounding);
  Tensor result(type, tensor.shape);
  std::vector<double> values(tensor.numElements());
  toDouble(tensor, 0, tensor.numElements(), values.data());
  for (size_t i = 0; i < values.size(); ++i)
    result.data<uint8_t>()[i] = narrowFromDouble(type, values[i], saturate, rounding);
  return result;
}

Tensor convert(const Tensor &tensor, DType type, bool saturate, NarrowRounding rounding) {
  if (tensor.dtype == type)
    return tensor;
  if (isNarrow(tensor.dtype) || isNarrow(type))
    return convertNarrow(tensor, type, saturate, rounding);
  Tensor result(type, tensor.shape);
  int64_t count = tensor.numElements();
  visitType(tensor.dtype, [&](auto from) {
    using From = decltype(from);
    visitType(type, [&](auto to) {
      using To = decltype(to);
      for (int64_t i = 0; i < count; ++i) {
        To value = narrow<To>(widen(load<From>(tensor.bytes.data() + size_t(i) * sizeof(From))));
        std::memcpy(result.bytes.data() + size_t(i) * sizeof(To), &value, sizeof(To));
      }
    });
  });
  return result;
}

} // namespace mlc
