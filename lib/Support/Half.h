// float16 and bfloat16 as their bits, and to and from float with rounding to nearest, ties to even.
#pragma once

#include <bit>
#include <cstdint>

namespace mlc {

/// IEEE 754 binary16 to float: exact.
inline float halfToFloat(uint16_t bits) {
  uint32_t sign = uint32_t(bits & 0x8000) << 16;
  uint32_t exponent = (bits >> 10) & 0x1f;
  uint32_t fraction = bits & 0x3ff;
  if (exponent == 0x1f)
    return std::bit_cast<float>(sign | 0x7f800000u | (fraction << 13));
  if (exponent == 0) // zero and subnormals: fraction * 2^-24, exact in float
    return std::bit_cast<float>(sign | std::bit_cast<uint32_t>(float(fraction) * 0x1p-24f));
  return std::bit_cast<float>(sign | ((exponent + 112) << 23) | (fraction << 13));
}

/// float to IEEE 754 binary16, to nearest even; too large becomes infinity, a NaN stays a quiet NaN.
inline uint16_t floatToHalf(float value) {
  uint32_t bits = std::bit_cast<uint32_t>(value);
  uint16_t sign = uint16_t((bits >> 16) & 0x8000);
  bits &= 0x7fffffffu;
  if (bits > 0x7f800000u)
    return uint16_t(sign | 0x7e00 | ((bits >> 13) & 0x1ff));
  if (bits >= 0x477ff000u) // 65520, halfway between the largest half and the next power of two
    return uint16_t(sign | 0x7c00);
  if (bits < 0x38800000u) { // below 2^-14: a multiple of 2^-24; adding 0.5 rounds to one
    float shifted = std::bit_cast<float>(bits) + 0.5f;
    return uint16_t(sign | (std::bit_cast<uint32_t>(shifted) - 0x3f000000u));
  }
  uint32_t odd = (bits >> 13) & 1;
  bits += 0xfffu + odd - (112u << 23);
  return uint16_t(sign | (bits >> 13));
}

/// double to float, rounded to odd: where inexact, the neighbour whose last bit is 1. A second rounding to a
/// narrower type is then as good as one from the double (Boldo, Melquiond 2008).
inline float doubleToFloatOdd(double value) {
  float nearest = float(value);
  if (double(nearest) == value || value != value)
    return nearest;
  uint32_t bits = std::bit_cast<uint32_t>(nearest);
  bool overshot = (nearest < 0 ? -double(nearest) : double(nearest)) > (value < 0 ? -value : value);
  // The value lies between two neighbours of different parity: where the nearest is even, the odd one is on
  // the value's other side.
  if ((bits & 1) == 0)
    bits = overshot ? bits - 1 : bits + 1;
  return std::bit_cast<float>(bits);
}

/// double to binary16 with a single rounding.
inline uint16_t doubleToHalf(double value) { return floatToHalf(doubleToFloatOdd(value)); }

/// bfloat16 to float: exact.
inline float bfloat16ToFloat(uint16_t bits) { return std::bit_cast<float>(uint32_t(bits) << 16); }

/// float to bfloat16, to nearest even; a NaN stays a quiet NaN.
inline uint16_t floatToBfloat16(float value) {
  uint32_t bits = std::bit_cast<uint32_t>(value);
  if ((bits & 0x7fffffffu) > 0x7f800000u)
    return uint16_t((bits >> 16) | 0x40);
  return uint16_t((bits + 0x7fffu + ((bits >> 16) & 1)) >> 16);
}

/// double to bfloat16 with a single rounding.
inline uint16_t doubleToBfloat16(double value) { return floatToBfloat16(doubleToFloatOdd(value)); }

} // namespace mlc
