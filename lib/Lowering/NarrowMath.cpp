#include "Lowering/NarrowMath.h"
#include "Lowering/ScalarMath.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

#include <cmath>
#include <limits>

using namespace mlir;

namespace mlc::lowering {

using Builder = ImplicitLocOpBuilder;

namespace {

// i32 arithmetic with numbers as right operands.
class Bits {
public:
  explicit Bits(Builder &b) : b(b) {}
  Value number(int64_t value) { return arith::ConstantOp::create(b, b.getI32IntegerAttr(static_cast<int32_t>(value))); }
  Value left(Value x, int by) { return arith::ShLIOp::create(b, x, number(by)); }
  Value right(Value x, int by) { return arith::ShRUIOp::create(b, x, number(by)); }
  Value mask(Value x, int64_t bits) { return arith::AndIOp::create(b, x, number(bits)); }
  Value join(Value x, Value y) { return arith::OrIOp::create(b, x, y); }
  Value add(Value x, Value y) { return arith::AddIOp::create(b, x, y); }
  Value select(Value condition, Value x, Value y) { return arith::SelectOp::create(b, condition, x, y); }
  Value is(arith::CmpIPredicate predicate, Value x, int64_t y) {
    return arith::CmpIOp::create(b, predicate, x, number(y));
  }
  Value asFloat(Value x) { return arith::BitcastOp::create(b, b.getF32Type(), x); }
  Value ofFloat(Value x) { return arith::BitcastOp::create(b, b.getI32Type(), x); }
  Value byte(Value x) { return arith::TruncIOp::create(b, b.getI8Type(), x); }

private:
  Builder &b;
};

using P = arith::CmpIPredicate;
constexpr int kFraction = 23, kBias = 127;
constexpr int64_t kNan = 0x7fc00000, kInfinity = 0x7f800000, kMagnitude = 0x7fffffff;

Value decodeFloat(Builder &b, const NarrowFloat &format, Value code) {
  Bits i(b);
  int width = format.exponentBits + format.fractionBits;
  Value magnitude = i.mask(code, format.signBit() - 1);
  Value normal = i.add(i.left(magnitude, kFraction - format.fractionBits),
                       i.number(static_cast<int64_t>(kBias - format.bias) << kFraction));
  // Below the smallest normal number codes count multiples of the smallest number; not as f32 subnormals, which a
  // caller may have the processor flush to 0.
  Value units = arith::UIToFPOp::create(b, b.getF32Type(), magnitude);
  Value small = arith::MulFOp::create(
      b, units, scalar(b, b.getF32Type(), std::ldexp(1.0, 1 - format.bias - format.fractionBits)));
  Value bits = i.select(i.is(P::ult, magnitude, int64_t(1) << format.fractionBits), i.ofFloat(small), normal);
  Value sign = i.left(i.mask(code, format.signBit()), 31 - width);
  if (!format.negativeZero)
    return i.asFloat(i.select(i.is(P::eq, code, format.nan), i.number(kNan), i.join(bits, sign)));
  if (format.largest < format.signBit() - 1) {
    bool hasInfinity = format.infinity != format.nan;
    Value special = i.number(kNan);
    if (hasInfinity)
      special = i.select(i.is(P::eq, magnitude, format.infinity), i.number(kInfinity), special);
    bits = i.select(i.is(P::ugt, magnitude, format.largest), special, bits);
  }
  return i.asFloat(i.join(bits, sign));
}

Value encodeFloat(Builder &b, const NarrowFloat &format, Value x, bool saturate) {
  Bits i(b);
  int dropped = kFraction - format.fractionBits, width = format.exponentBits + format.fractionBits;
  Value bits = i.ofFloat(x), magnitude = i.mask(bits, kMagnitude);
  Value sign = i.mask(i.right(bits, 31 - width), format.signBit());
  // To nearest even: half a unit less one, and one more where the kept part is odd.
  Value odd = i.mask(i.right(magnitude, dropped), 1);
  Value rounded = i.add(i.add(magnitude, i.number((int64_t(1) << (dropped - 1)) - 1)), odd);
  Value normal =
      i.add(i.right(rounded, dropped), i.number(-(static_cast<int64_t>(kBias - format.bias) << format.fractionBits)));
  double least = std::ldexp(1.0, 1 - format.bias), unit = std::ldexp(least, -format.fractionBits);
  Type f32 = b.getF32Type();
  Value absolute = i.asFloat(magnitude);
  Value isSmall = arith::CmpFOp::create(b, arith::CmpFPredicate::OLT, absolute, scalar(b, f32, least));
  Value safe = arith::SelectOp::create(b, isSmall, absolute, scalar(b, f32, 0));
  Value units = math::RoundEvenOp::create(b, arith::MulFOp::create(b, safe, scalar(b, f32, 1 / unit)));
  Value code = i.select(isSmall, arith::FPToSIOp::create(b, b.getI32Type(), units), normal);
  bool limit = saturate || format.type == DType::Float4E2M1;
  Value tooLarge = i.is(P::sgt, code, format.largest);
  code = i.select(tooLarge, i.number(limit ? format.largest : format.infinity), code);
  Value isNan = i.is(P::ugt, magnitude, kInfinity);
  code = i.select(isNan, i.number(format.nan), code);
  if (format.negativeZero)
    return i.byte(i.join(code, sign));
  Value unsignedCode = arith::OrIOp::create(b, i.is(P::eq, code, 0), i.is(P::eq, code, format.nan));
  return i.byte(i.select(unsignedCode, code, i.join(code, sign)));
}

Value decodePower(Builder &b, Value code) {
  Bits i(b);
  Value bits = i.left(code, kFraction);
  bits = i.select(i.is(P::eq, code, 0), i.number(0x00400000), bits); // 2^-127
  return i.asFloat(i.select(i.is(P::eq, code, 0xff), i.number(kNan), bits));
}

Value encodePower(Builder &b, Value x, bool saturate, NarrowRounding rounding) {
  Bits i(b);
  Value bits = i.ofFloat(x), exponent = i.mask(i.right(bits, kFraction), 0xff), rest = i.mask(bits, 0x7fffff);
  Value up = i.number(0);
  Type i32 = b.getI32Type();
  if (rounding == NarrowRounding::Up)
    up = arith::ExtUIOp::create(b, i32, i.is(P::ne, rest, 0));
  if (rounding == NarrowRounding::Nearest) {
    Value tie = arith::AndIOp::create(b, i.is(P::eq, rest, 0x400000), i.is(P::ne, exponent, 0));
    up = arith::ExtUIOp::create(b, i32, arith::OrIOp::create(b, tie, i.is(P::ugt, rest, 0x400000)));
  }
  Value next = i.add(exponent, up);
  if (saturate)
    next = i.select(i.is(P::eq, exponent, 0xfe), exponent, next);
  return i.byte(i.select(i.is(P::eq, exponent, 0xff), exponent, next));
}

// The low bits of a byte, extended to all of it.
Value extendLow(Builder &b, DType type, Value byte) {
  Value unused = arith::ConstantOp::create(b, b.getI8IntegerAttr(static_cast<int8_t>(8 - narrowIntegerBits(type))));
  Value high = arith::ShLIOp::create(b, byte, unused);
  return isNarrowUnsigned(type) ? arith::ShRUIOp::create(b, high, unused).getResult()
                                : arith::ShRSIOp::create(b, high, unused).getResult();
}

} // namespace

Value decodeNarrow(Builder &b, DType type, Value byte) {
  if (narrowIntegerBits(type))
    return extendLow(b, type, byte);
  Value code = arith::ExtUIOp::create(b, b.getI32Type(), byte);
  return type == DType::Float8E8M0 ? decodePower(b, code) : decodeFloat(b, *narrowFloat(type), code);
}

Value encodeNarrow(Builder &b, DType type, Value x, bool saturate, NarrowRounding rounding) {
  if (narrowIntegerBits(type)) {
    if (x.getType() != b.getI8Type())
      x = arith::TruncIOp::create(b, b.getI8Type(), x);
    return extendLow(b, type, x);
  }
  return type == DType::Float8E8M0 ? encodePower(b, x, saturate, rounding)
                                   : encodeFloat(b, *narrowFloat(type), x, saturate);
}

} // namespace mlc::lowering
