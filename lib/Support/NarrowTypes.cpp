#include "Support/NarrowTypes.h"
#include "Support/Half.h"

#include <bit>
#include <cmath>
#include <limits>

namespace mlc {

static constexpr NarrowFloat kFloats[] = {
    // type, exponent, fraction, bias, largest, nan, infinity, has -0
    {DType::Float8E4M3FN, 4, 3, 7, 0x7e, 0x7f, 0x7f, true}, {DType::Float8E4M3FNUZ, 4, 3, 8, 0x7f, 0x80, 0x80, false},
    {DType::Float8E5M2, 5, 2, 15, 0x7b, 0x7e, 0x7c, true},  {DType::Float8E5M2FNUZ, 5, 2, 16, 0x7f, 0x80, 0x80, false},
    {DType::Float4E2M1, 2, 1, 1, 0x7, 0x0, 0x7, true}, // no NaN: -0 or 0
};

const NarrowFloat *narrowFloat(DType type) {
  for (const NarrowFloat &format : kFloats)
    if (format.type == type)
      return &format;
  return nullptr;
}

int narrowIntegerBits(DType type) {
  switch (type) {
  case DType::Int4:
  case DType::UInt4:
    return 4;
  case DType::Int2:
  case DType::UInt2:
    return 2;
  default:
    return 0;
  }
}

bool isNarrowUnsigned(DType type) { return type == DType::UInt4 || type == DType::UInt2; }

bool isNarrow(DType type) { return narrowFloat(type) || narrowIntegerBits(type) || type == DType::Float8E8M0; }

static int storedBits(DType type) {
  if (int bits = narrowIntegerBits(type))
    return bits;
  return type == DType::Float4E2M1 ? 4 : static_cast<int>(8 * byteSize(type));
}

int64_t packedByteCount(DType type, int64_t count) { return (count * storedBits(type) + 7) / 8; }

void unpackNarrow(DType type, const uint8_t *packed, int64_t count, std::byte *out) {
  int bits = storedBits(type), each = 8 / bits;
  for (int64_t i = 0; i < count; ++i) {
    int code = (packed[i / each] >> (i % each * bits)) & ((1 << bits) - 1);
    bool isSigned = narrowIntegerBits(type) && !isNarrowUnsigned(type);
    out[i] = static_cast<std::byte>(isSigned && code >> (bits - 1) ? code - (1 << bits) : code);
  }
}

std::vector<std::byte> packNarrow(const Tensor &tensor) {
  int bits = storedBits(tensor.dtype), each = 8 / bits;
  std::vector<std::byte> packed(packedByteCount(tensor.dtype, tensor.numElements()));
  for (size_t i = 0; i < tensor.bytes.size(); ++i)
    packed[i / each] |= (tensor.bytes[i] & static_cast<std::byte>((1 << bits) - 1)) << (i % each * bits);
  return packed;
}

DType numpyType(DType type) {
  if (narrowIntegerBits(type))
    return isNarrowUnsigned(type) ? DType::UInt8 : DType::Int8;
  return isNarrow(type) || type == DType::BFloat16 ? DType::Float32 : type;
}

double narrowToDouble(DType type, uint8_t code) {
  if (int bits = narrowIntegerBits(type)) {
    int value = code & ((1 << bits) - 1);
    return isNarrowUnsigned(type) || value < 1 << (bits - 1) ? value : value - (1 << bits);
  }
  if (type == DType::Float8E8M0)
    return code == 0xff ? std::numeric_limits<double>::quiet_NaN() : std::ldexp(1.0, code - 127);
  const NarrowFloat &format = *narrowFloat(type);
  int sign = format.signBit(), magnitude = code & (sign - 1);
  bool negative = (code & sign) != 0;
  if (!format.negativeZero && code == format.nan)
    return std::numeric_limits<double>::quiet_NaN();
  if (magnitude > format.largest) {
    bool isInfinity = format.infinity != format.nan && magnitude == format.infinity;
    double special = isInfinity ? std::numeric_limits<double>::infinity() : std::numeric_limits<double>::quiet_NaN();
    return negative ? -special : special;
  }
  int exponent = magnitude >> format.fractionBits, fraction = magnitude & ((1 << format.fractionBits) - 1);
  double value = exponent
                     ? std::ldexp((1 << format.fractionBits) + fraction, exponent - format.bias - format.fractionBits)
                     : std::ldexp(fraction, 1 - format.bias - format.fractionBits);
  return negative ? -value : value;
}

static uint8_t powerOfTwo(double value, bool saturate, NarrowRounding rounding) {
  // The exponent field of a float, and one more where the rest rounds up.
  uint32_t bits = std::bit_cast<uint32_t>(doubleToFloatOdd(value));
  uint32_t exponent = (bits >> 23) & 0xff, rest = bits & 0x7fffff;
  if (exponent == 0xff)
    return 0xff;
  bool up = rounding == NarrowRounding::Up
                ? rest != 0
                : rounding == NarrowRounding::Nearest && rest >= 0x400000 && (rest > 0x400000 || exponent > 0);
  if (up && !(saturate && exponent == 0xfe))
    ++exponent;
  return static_cast<uint8_t>(exponent);
}

uint8_t narrowFromDouble(DType type, double value, bool saturate, NarrowRounding rounding) {
  if (int bits = narrowIntegerBits(type)) {
    // As of int32, which what is too large saturates to.
    auto whole = static_cast<int64_t>(std::isnan(value) ? 0 : std::min(std::max(value, -0x1p31), 0x1p31 - 1));
    int low = static_cast<int>(whole & ((1 << bits) - 1));
    return static_cast<uint8_t>(isNarrowUnsigned(type) || low < 1 << (bits - 1) ? low : low - (1 << bits));
  }
  if (type == DType::Float8E8M0)
    return powerOfTwo(value, saturate, rounding);
  const NarrowFloat &format = *narrowFloat(type);
  int sign = std::signbit(value) ? format.signBit() : 0;
  if (std::isnan(value))
    return static_cast<uint8_t>(format.negativeZero ? format.nan | sign : format.nan);
  double magnitude = std::abs(value);
  int exponent = 0;
  (void)std::frexp(std::min(magnitude, 1e30), &exponent); // magnitude = fraction * 2^exponent, fraction in [0.5, 1)
  int step = std::max(exponent - 1, 1 - format.bias) - format.fractionBits;
  double units = std::nearbyint(std::ldexp(magnitude, -step)); // to even
  double rounded = std::ldexp(units, step);
  int code = 0;
  if (rounded > narrowToDouble(type, static_cast<uint8_t>(format.largest))) {
    bool limit = saturate || type == DType::Float4E2M1;
    code = limit ? format.largest : format.infinity;
    if (!limit && !format.negativeZero)
      return static_cast<uint8_t>(code);
  } else if (rounded > 0) {
    (void)std::frexp(rounded, &exponent);
    int field = std::max(exponent - 1 + format.bias, 0);
    int fraction = static_cast<int>(std::ldexp(rounded, format.fractionBits + format.bias - std::max(field, 1)));
    code = field > 0 ? (field << format.fractionBits) + fraction - (1 << format.fractionBits) : fraction;
  }
  if (code == 0 && !format.negativeZero)
    return 0;
  return static_cast<uint8_t>(code | sign);
}

} // namespace mlc
