// Element types below 16 bits other than int8, uint8 and bool. They are storage types: one element a byte, converted to
// wider types before anything is computed. OCP 8-bit Floating Point Specification 1.0; OCP Microscaling Formats 1.0;
// Noune et al., arXiv 2206.02915 (the FNUZ kinds); ONNX Cast.
#pragma once

#include "mlcompress/Tensor.h"

namespace mlc {

/// A sign, an exponent and a fraction. Codes count up with the magnitude, so that rounding works on them as integers.
struct NarrowFloat {
  DType type;
  int exponentBits, fractionBits, bias;
  int largest;  ///< code of the largest finite magnitude
  int nan;      ///< code of a NaN; it keeps the sign bit of the value where `negativeZero`
  int infinity; ///< code, or that of the NaN where there is no infinity
  bool negativeZero;

  int signBit() const { return 1 << (exponentBits + fractionBits); }
};

/// The format of a float8 (with a fraction) or float4 type; null for all others.
const NarrowFloat *narrowFloat(DType type);

/// Bits of an int4, uint4, int2 or uint2; 0 for all others.
int narrowIntegerBits(DType type);
bool isNarrowUnsigned(DType type); ///< uint4, uint2

/// Whether the type is one of this file.
bool isNarrow(DType type);

/// How a value that the narrow type does not hold is rounded. Float8e8m0, which holds powers of two, has all three
/// directions; the others round to nearest, ties to even.
enum class NarrowRounding { Up, Down, Nearest };

/// Files hold elements of 4 and 2 bits packed, the first in the lowest bits (onnx.proto); these are the bytes of
/// `count`.
int64_t packedByteCount(DType type, int64_t count);
/// One element a byte, integers extended; `packed` holds packedByteCount bytes.
void unpackNarrow(DType type, const uint8_t *packed, int64_t count, std::byte *out);
std::vector<std::byte> packNarrow(const Tensor &tensor);

/// The type under which numpy's files hold elements of a type that numpy lacks: float32, int8 or uint8. Others: itself.
DType numpyType(DType type);

double narrowToDouble(DType type, uint8_t code);
/// Too large becomes the largest with `saturate`, else infinity or NaN. Integers keep their low bits.
uint8_t narrowFromDouble(DType type, double value, bool saturate, NarrowRounding rounding);

} // namespace mlc
