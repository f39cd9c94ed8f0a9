#include "Lowering/ScalarMath.h"
#include "Lowering/NarrowMath.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

#include <limits>

using namespace mlir;
using namespace mlc::graph;

namespace mlc::lowering {

using Builder = ImplicitLocOpBuilder;

Value scalar(Builder &b, Type type, double value) {
  if (auto floating = dyn_cast<FloatType>(type))
    return arith::ConstantOp::create(b, b.getFloatAttr(floating, value));
  return arith::ConstantOp::create(b, b.getIntegerAttr(type, static_cast<int64_t>(value)));
}

static bool isUnsigned(Type type) { return type.isUnsignedInteger() || type.isInteger(1); }
static bool isNarrowFloat(Type type) { return type.isF16() || type.isBF16(); }

static Value widen(Builder &b, Value x) { return arith::ExtFOp::create(b, b.getF32Type(), x); }
static Value narrow(Builder &b, Value x, Type type) { return arith::TruncFOp::create(b, type, x); }

static Value sigmoid(Builder &b, Value x) {
  Type type = x.getType();
  Value e = math::ExpOp::create(b, arith::NegFOp::create(b, x));
  return arith::DivFOp::create(b, scalar(b, type, 1), arith::AddFOp::create(b, scalar(b, type, 1), e));
}

// log(1 + exp(x)), without overflow.
static Value softplus(Builder &b, Value x) {
  Type type = x.getType();
  Value magnitude = math::AbsFOp::create(b, x);
  Value e = math::ExpOp::create(b, arith::NegFOp::create(b, magnitude));
  Value tail = math::Log1pOp::create(b, e);
  return arith::AddFOp::create(b, arith::MaximumFOp::create(b, x, scalar(b, type, 0)), tail);
}

static Value hardSigmoid(Builder &b, Value x, double alpha, double beta) {
  Type type = x.getType();
  Value line = arith::AddFOp::create(b, arith::MulFOp::create(b, x, scalar(b, type, alpha)), scalar(b, type, beta));
  Value low = arith::MaximumFOp::create(b, line, scalar(b, type, 0));
  return arith::MinimumFOp::create(b, low, scalar(b, type, 1));
}

static Value geluTanh(Builder &b, Value x) {
  Type type = x.getType();
  Value cube = arith::MulFOp::create(b, x, arith::MulFOp::create(b, x, x));
  Value inner = arith::AddFOp::create(b, x, arith::MulFOp::create(b, scalar(b, type, 0.044715), cube));
  Value t = math::TanhOp::create(b, arith::MulFOp::create(b, scalar(b, type, 0.7978845608028654), inner));
  Value half = arith::MulFOp::create(b, scalar(b, type, 0.5), x);
  return arith::MulFOp::create(b, half, arith::AddFOp::create(b, scalar(b, type, 1), t));
}

// x less the nearest multiple of 2 pi, which stands in three f32 pieces (Cody and Waite 1980): the sine of a large
// number keeps its digits. f64 goes to libm, which does this by itself.
static Value withoutPeriods(Builder &b, Value x) {
  Type type = x.getType();
  if (!type.isF32())
    return x;
  Value turns = math::RoundEvenOp::create(b, arith::MulFOp::create(b, x, scalar(b, type, 0.15915494309189535)));
  Value back = arith::NegFOp::create(b, turns);
  for (double piece : {6.2831854820251465, -1.7484555314695172e-07, -6.8604980400235275e-15})
    x = math::FmaOp::create(b, back, scalar(b, type, piece), x);
  return x;
}

static Value expm1Scaled(Builder &b, Value x, double alpha) {
  return arith::MulFOp::create(b, scalar(b, x.getType(), alpha), math::ExpM1Op::create(b, x));
}

static Value positiveOr(Builder &b, Value x, Value otherwise) {
  Value positive = arith::CmpFOp::create(b, arith::CmpFPredicate::OGE, x, scalar(b, x.getType(), 0));
  return arith::SelectOp::create(b, positive, x, otherwise);
}

static Value unaryFloat(Builder &b, UnaryKind kind, Value x, float alpha, float beta) {
  Type type = x.getType();
  switch (kind) {
  case UnaryKind::Neg:
    return arith::NegFOp::create(b, x);
  case UnaryKind::Abs:
    return math::AbsFOp::create(b, x);
  case UnaryKind::Exp:
    return math::ExpOp::create(b, x);
  case UnaryKind::Log:
    return math::LogOp::create(b, x);
  case UnaryKind::Sqrt:
    return math::SqrtOp::create(b, x);
  case UnaryKind::Reciprocal:
    return arith::DivFOp::create(b, scalar(b, type, 1), x);
  case UnaryKind::Floor:
    return math::FloorOp::create(b, x);
  case UnaryKind::Ceil:
    return math::CeilOp::create(b, x);
  case UnaryKind::Round:
    return math::RoundEvenOp::create(b, x);
  case UnaryKind::Sign: {
    Value zero = scalar(b, type, 0);
    Value up = arith::CmpFOp::create(b, arith::CmpFPredicate::OGT, x, zero);
    Value down = arith::CmpFOp::create(b, arith::CmpFPredicate::OLT, x, zero);
    Value sign = arith::SelectOp::create(b, down, scalar(b, type, -1), zero);
    sign = arith::SelectOp::create(b, up, scalar(b, type, 1), sign);
    Value nan = arith::CmpFOp::create(b, arith::CmpFPredicate::UNO, x, x);
    return arith::SelectOp::create(b, nan, x, sign);
  }
  case UnaryKind::Sin:
    return math::SinOp::create(b, withoutPeriods(b, x));
  case UnaryKind::Cos:
    return math::CosOp::create(b, withoutPeriods(b, x));
  case UnaryKind::Tan:
    return math::TanOp::create(b, withoutPeriods(b, x));
  case UnaryKind::Asin:
    return math::AsinOp::create(b, x);
  case UnaryKind::Acos:
    return math::AcosOp::create(b, x);
  case UnaryKind::Atan:
    return math::AtanOp::create(b, x);
  case UnaryKind::Sinh:
    return math::SinhOp::create(b, x);
  case UnaryKind::Cosh:
    return math::CoshOp::create(b, x);
  case UnaryKind::Tanh:
    return math::TanhOp::create(b, x);
  case UnaryKind::Asinh:
    return math::AsinhOp::create(b, x);
  case UnaryKind::Acosh:
    return math::AcoshOp::create(b, x);
  case UnaryKind::Atanh:
    return math::AtanhOp::create(b, x);
  case UnaryKind::Erf:
    return math::ErfOp::create(b, x);
  case UnaryKind::Relu:
    return arith::MaximumFOp::create(b, x, scalar(b, type, 0));
  case UnaryKind::LeakyRelu:
    return positiveOr(b, x, arith::MulFOp::create(b, x, scalar(b, type, alpha)));
  case UnaryKind::Elu:
    return positiveOr(b, x, expm1Scaled(b, x, alpha));
  case UnaryKind::Selu:
    return arith::MulFOp::create(b, scalar(b, type, beta), positiveOr(b, x, expm1Scaled(b, x, alpha)));
  case UnaryKind::Celu:
    return positiveOr(b, x, expm1Scaled(b, arith::DivFOp::create(b, x, scalar(b, type, alpha)), alpha));
  case UnaryKind::Sigmoid:
    return sigmoid(b, x);
  case UnaryKind::HardSigmoid:
    return hardSigmoid(b, x, alpha, beta);
  case UnaryKind::HardSwish:
    return arith::MulFOp::create(b, x, hardSigmoid(b, x, 1.0 / 6, 0.5));
  case UnaryKind::Swish:
    return arith::MulFOp::create(b, x, sigmoid(b, arith::MulFOp::create(b, x, scalar(b, type, alpha))));
  case UnaryKind::Softplus:
    return softplus(b, x);
  case UnaryKind::Softsign:
    return arith::DivFOp::create(b, x, arith::AddFOp::create(b, scalar(b, type, 1), math::AbsFOp::create(b, x)));
  case UnaryKind::Mish:
    return arith::MulFOp::create(b, x, math::TanhOp::create(b, softplus(b, x)));
  case UnaryKind::Gelu: {
    Value scaled = arith::MulFOp::create(b, x, scalar(b, type, 0.7071067811865476));
    Value sum = arith::AddFOp::create(b, scalar(b, type, 1), math::ErfOp::create(b, scaled));
    return arith::MulFOp::create(b, arith::MulFOp::create(b, scalar(b, type, 0.5), x), sum);
  }
  case UnaryKind::GeluTanh:
    return geluTanh(b, x);
  case UnaryKind::ThresholdedRelu: {
    Value above = arith::CmpFOp::create(b, arith::CmpFPredicate::OGT, x, scalar(b, type, alpha));
    return arith::SelectOp::create(b, above, x, scalar(b, type, 0));
  }
  case UnaryKind::Shrink: {
    Value high = arith::CmpFOp::create(b, arith::CmpFPredicate::OGT, x, scalar(b, type, alpha));
    Value low = arith::CmpFOp::create(b, arith::CmpFPredicate::OLT, x, scalar(b, type, -alpha));
    Value result =
        arith::SelectOp::create(b, low, arith::AddFOp::create(b, x, scalar(b, type, beta)), scalar(b, type, 0));
    return arith::SelectOp::create(b, high, arith::SubFOp::create(b, x, scalar(b, type, beta)), result);
  }
  case UnaryKind::IsNan:
    return arith::CmpFOp::create(b, arith::CmpFPredicate::UNO, x, x);
  case UnaryKind::IsInf: {
    double infinity = std::numeric_limits<double>::infinity();
    Value result = scalar(b, b.getI1Type(), 0);
    if (alpha != 0)
      result = arith::OrIOp::create(b, result,
                                    arith::CmpFOp::create(b, arith::CmpFPredicate::OEQ, x, scalar(b, type, -infinity)));
    if (beta != 0)
      result = arith::OrIOp::create(b, result,
                                    arith::CmpFOp::create(b, arith::CmpFPredicate::OEQ, x, scalar(b, type, infinity)));
    return result;
  }
  case UnaryKind::Not:
  case UnaryKind::BitNot:
    break;
  }
  llvm_unreachable("no function of floats");
}

static Value unaryInteger(Builder &b, UnaryKind kind, Type type, Value x) {
  Type t = x.getType();
  switch (kind) {
  case UnaryKind::Neg:
    return arith::SubIOp::create(b, scalar(b, t, 0), x);
  case UnaryKind::Abs:
    return isUnsigned(type) ? x : math::AbsIOp::create(b, x).getResult();
  case UnaryKind::Sign: {
    Value zero = scalar(b, t, 0);
    Value positive = arith::ExtUIOp::create(
        b, b.getI32Type(),
        arith::CmpIOp::create(b, isUnsigned(type) ? arith::CmpIPredicate::ugt : arith::CmpIPredicate::sgt, x, zero));
    Value sign = positive;
    if (!isUnsigned(type)) {
      Value negative =
          arith::ExtUIOp::create(b, b.getI32Type(), arith::CmpIOp::create(b, arith::CmpIPredicate::slt, x, zero));
      sign = arith::SubIOp::create(b, positive, negative);
    }
    unsigned width = t.getIntOrFloatBitWidth();
    if (width < 32)
      return arith::TruncIOp::create(b, t, sign);
    return width > 32 ? arith::ExtSIOp::create(b, t, sign).getResult() : sign;
  }
  case UnaryKind::Relu:
    return isUnsigned(type) ? x : arith::MaxSIOp::create(b, x, scalar(b, t, 0)).getResult();
  case UnaryKind::Not:
  case UnaryKind::BitNot:
    return arith::XOrIOp::create(b, x, scalar(b, t, -1));
  default:
    return x; // floor, ceil and round of an integer
  }
}

Value unary(Builder &b, UnaryKind kind, Type type, Value x, float alpha, float beta) {
  if (!isa<FloatType>(type))
    return unaryInteger(b, kind, type, x);
  if (!isNarrowFloat(type))
    return unaryFloat(b, kind, x, alpha, beta);
  Value result = unaryFloat(b, kind, widen(b, x), alpha, beta);
  return isa<FloatType>(result.getType()) ? narrow(b, result, type) : result;
}

static Value binaryFloat(Builder &b, BinaryKind kind, Value x, Value y) {
  Type type = x.getType();
  switch (kind) {
  case BinaryKind::Add:
    return arith::AddFOp::create(b, x, y);
  case BinaryKind::Sub:
    return arith::SubFOp::create(b, x, y);
  case BinaryKind::Mul:
    return arith::MulFOp::create(b, x, y);
  case BinaryKind::Div:
    return arith::DivFOp::create(b, x, y);
  case BinaryKind::Fmod:
    return arith::RemFOp::create(b, x, y);
  case BinaryKind::Mod: {
    // The remainder takes the divisor's sign.
    Value rest = arith::RemFOp::create(b, x, y);
    Value zero = scalar(b, type, 0);
    Value restNegative = arith::CmpFOp::create(b, arith::CmpFPredicate::OLT, rest, zero);
    Value divisorNegative = arith::CmpFOp::create(b, arith::CmpFPredicate::OLT, y, zero);
    Value differ = arith::XOrIOp::create(b, restNegative, divisorNegative);
    Value nonZero = arith::CmpFOp::create(b, arith::CmpFPredicate::ONE, rest, zero);
    return arith::SelectOp::create(b, arith::AndIOp::create(b, differ, nonZero), arith::AddFOp::create(b, rest, y),
                                   rest);
  }
  case BinaryKind::Pow:
    return math::PowFOp::create(b, x, y);
  case BinaryKind::Min:
    return arith::MinimumFOp::create(b, x, y);
  case BinaryKind::Max:
    return arith::MaximumFOp::create(b, x, y);
  default:
    llvm_unreachable("no function of floats");
  }
}

// Division by zero is undefined in LLVM; ONNX leaves the result open, so it must only not trap.
static Value safeDivisor(Builder &b, Value y) {
  Value zero = arith::CmpIOp::create(b, arith::CmpIPredicate::eq, y, scalar(b, y.getType(), 0));
  return arith::SelectOp::create(b, zero, scalar(b, y.getType(), 1), y);
}

static Value signedQuotient(Builder &b, Value x, Value y, bool remainder) {
  // INT_MIN / -1 traps on x86: -1 is handled as negation.
  Type t = x.getType();
  Value minusOne = arith::CmpIOp::create(b, arith::CmpIPredicate::eq, y, scalar(b, t, -1));
  Value divisor = arith::SelectOp::create(b, minusOne, scalar(b, t, 1), safeDivisor(b, y));
  if (remainder)
    return arith::RemSIOp::create(b, x, divisor);
  Value quotient = arith::DivSIOp::create(b, x, divisor);
  return arith::SelectOp::create(b, minusOne, arith::SubIOp::create(b, scalar(b, t, 0), x), quotient);
}

// An amount that is negative or not below the width shifts everything out.
static Value shift(Builder &b, Type type, Value x, Value y, bool left) {
  Type t = x.getType();
  Value inRange = arith::CmpIOp::create(b, arith::CmpIPredicate::ult, y, scalar(b, t, t.getIntOrFloatBitWidth()));
  Value amount = arith::SelectOp::create(b, inRange, y, scalar(b, t, 0));
  if (!left && !isUnsigned(type)) {
    Value most = arith::SelectOp::create(b, inRange, y, scalar(b, t, t.getIntOrFloatBitWidth() - 1));
    return arith::ShRSIOp::create(b, x, most);
  }
  Value shifted =
      left ? arith::ShLIOp::create(b, x, amount).getResult() : arith::ShRUIOp::create(b, x, amount).getResult();
  return arith::SelectOp::create(b, inRange, shifted, scalar(b, t, 0));
}

// By squaring, modulo 2^width. A negative exponent gives 0, but powers of 1 and -1 stay what they are.
static Value integerPower(Builder &b, Type type, Value x, Value y) {
  Type t = x.getType();
  Value zero = scalar(b, t, 0), one = scalar(b, t, 1), result = one, square = x;
  unsigned steps = t.getIntOrFloatBitWidth();
  for (unsigned i = 0; i + 1 < steps; ++i) {
    Value bit = arith::AndIOp::create(b, arith::ShRUIOp::create(b, y, scalar(b, t, i)), one);
    Value odd = arith::CmpIOp::create(b, arith::CmpIPredicate::ne, bit, zero);
    result = arith::SelectOp::create(b, odd, arith::MulIOp::create(b, result, square), result);
    square = arith::MulIOp::create(b, square, square);
  }
  if (isUnsigned(type)) {
    Value top = arith::ShRUIOp::create(b, y, scalar(b, t, steps - 1));
    Value odd = arith::CmpIOp::create(b, arith::CmpIPredicate::ne, top, zero);
    return arith::SelectOp::create(b, odd, arith::MulIOp::create(b, result, square), result);
  }
  Value negative = arith::CmpIOp::create(b, arith::CmpIPredicate::slt, y, zero);
  Value isOne = arith::CmpIOp::create(b, arith::CmpIPredicate::eq, x, one);
  Value isMinusOne = arith::CmpIOp::create(b, arith::CmpIPredicate::eq, x, scalar(b, t, -1));
  Value isOdd = arith::CmpIOp::create(b, arith::CmpIPredicate::ne, arith::AndIOp::create(b, y, one), zero);
  Value sign = arith::SelectOp::create(b, isOdd, x, one);
  Value inverse = arith::SelectOp::create(b, isMinusOne, sign, arith::SelectOp::create(b, isOne, one, zero));
  return arith::SelectOp::create(b, negative, inverse, result);
}

static Value binaryInteger(Builder &b, BinaryKind kind, Type type, Value x, Value y) {
  bool u = isUnsigned(type);
  Type t = x.getType();
  switch (kind) {
  case BinaryKind::Add:
    return arith::AddIOp::create(b, x, y);
  case BinaryKind::Sub:
    return arith::SubIOp::create(b, x, y);
  case BinaryKind::Mul:
    return arith::MulIOp::create(b, x, y);
  case BinaryKind::Div:
    return u ? arith::DivUIOp::create(b, x, safeDivisor(b, y)).getResult() : signedQuotient(b, x, y, false);
  case BinaryKind::Fmod:
    return u ? arith::RemUIOp::create(b, x, safeDivisor(b, y)).getResult() : signedQuotient(b, x, y, true);
  case BinaryKind::Mod: {
    if (u)
      return arith::RemUIOp::create(b, x, safeDivisor(b, y));
    Value rest = signedQuotient(b, x, y, true);
    Value zero = scalar(b, t, 0);
    Value differ = arith::CmpIOp::create(b, arith::CmpIPredicate::slt, arith::XOrIOp::create(b, rest, y), zero);
    Value nonZero = arith::CmpIOp::create(b, arith::CmpIPredicate::ne, rest, zero);
    return arith::SelectOp::create(b, arith::AndIOp::create(b, differ, nonZero), arith::AddIOp::create(b, rest, y),
                                   rest);
  }
  case BinaryKind::Pow:
    return integerPower(b, type, x, y);
  case BinaryKind::Min:
    return u ? arith::MinUIOp::create(b, x, y).getResult() : arith::MinSIOp::create(b, x, y).getResult();
  case BinaryKind::Max:
    return u ? arith::MaxUIOp::create(b, x, y).getResult() : arith::MaxSIOp::create(b, x, y).getResult();
  case BinaryKind::And:
  case BinaryKind::BitAnd:
    return arith::AndIOp::create(b, x, y);
  case BinaryKind::Or:
  case BinaryKind::BitOr:
    return arith::OrIOp::create(b, x, y);
  case BinaryKind::Xor:
  case BinaryKind::BitXor:
    return arith::XOrIOp::create(b, x, y);
  case BinaryKind::ShiftLeft:
    return shift(b, type, x, y, true);
  case BinaryKind::ShiftRight:
    return shift(b, type, x, y, false);
  }
  llvm_unreachable("a binary kind");
}

Value binary(Builder &b, BinaryKind kind, Type type, Value x, Value y) {
  if (!isa<FloatType>(type))
    return binaryInteger(b, kind, type, x, y);
  if (!isNarrowFloat(type))
    return binaryFloat(b, kind, x, y);
  return narrow(b, binaryFloat(b, kind, widen(b, x), widen(b, y)), type);
}

Value compare(Builder &b, CompareKind kind, Type type, Value x, Value y) {
  if (isa<FloatType>(type)) {
    arith::CmpFPredicate predicates[] = {arith::CmpFPredicate::OEQ, arith::CmpFPredicate::UNE,
                                         arith::CmpFPredicate::OLT, arith::CmpFPredicate::OLE,
                                         arith::CmpFPredicate::OGT, arith::CmpFPredicate::OGE};
    if (isNarrowFloat(type)) {
      x = widen(b, x);
      y = widen(b, y);
    }
    return arith::CmpFOp::create(b, predicates[static_cast<int>(kind)], x, y);
  }
  arith::CmpIPredicate predicates[2][6] = {
      {arith::CmpIPredicate::eq, arith::CmpIPredicate::ne, arith::CmpIPredicate::slt, arith::CmpIPredicate::sle,
       arith::CmpIPredicate::sgt, arith::CmpIPredicate::sge},
      {arith::CmpIPredicate::eq, arith::CmpIPredicate::ne, arith::CmpIPredicate::ult, arith::CmpIPredicate::ule,
       arith::CmpIPredicate::ugt, arith::CmpIPredicate::uge}};
  return arith::CmpIOp::create(b, predicates[isUnsigned(type)][static_cast<int>(kind)], x, y);
}

// f64 → f32 rounded to odd: rounding that once more to a half float is as rounding once.
static Value roundToOdd(Builder &b, Value x) {
  Value nearest = arith::TruncFOp::create(b, b.getF32Type(), x);
  Value back = arith::ExtFOp::create(b, b.getF64Type(), nearest);
  Value inexact = arith::CmpFOp::create(b, arith::CmpFPredicate::ONE, back, x);
  Value beyond =
      arith::CmpFOp::create(b, arith::CmpFPredicate::OGT, math::AbsFOp::create(b, back), math::AbsFOp::create(b, x));
  Type i32 = b.getI32Type();
  Value bits = arith::BitcastOp::create(b, i32, nearest);
  bits = arith::SubIOp::create(b, bits, arith::ExtUIOp::create(b, i32, beyond));
  bits = arith::OrIOp::create(b, bits, arith::ExtUIOp::create(b, i32, inexact));
  return arith::BitcastOp::create(b, b.getF32Type(), bits);
}

// A float as an integer, towards zero. Out of range: the type's nearest value, NaN: 0, the same on every target.
static Value floatToInteger(Builder &b, Type to, Value x) {
  unsigned width = cast<IntegerType>(to).getWidth();
  bool u = isUnsigned(to);
  Type result = b.getIntegerType(width);
  Type wide = width < 32 ? b.getI32Type() : result;
  if (width > 32 && x.getType().isF32())
    x = arith::ExtFOp::create(b, b.getF64Type(), x);
  if (width == 32 && x.getType().isF32())
    x = arith::ExtFOp::create(b, b.getF64Type(), x); // 2^31 - 1 is no f32
  Type from = x.getType();
  double low = u ? 0 : -std::ldexp(1.0, width - 1);
  double high = u ? std::ldexp(1.0, width) : std::ldexp(1.0, width - 1);
  Value nan = arith::CmpFOp::create(b, arith::CmpFPredicate::UNO, x, x);
  Value tooLow = arith::CmpFOp::create(b, arith::CmpFPredicate::OLT, x, scalar(b, from, low));
  Value tooHigh = arith::CmpFOp::create(b, arith::CmpFPredicate::OGE, x, scalar(b, from, high));
  Value bad = arith::OrIOp::create(b, nan, arith::OrIOp::create(b, tooLow, tooHigh));
  Value safe = arith::SelectOp::create(b, bad, scalar(b, from, 0), x);
  bool convertUnsigned = u && width >= 32;
  Value value = convertUnsigned ? arith::FPToUIOp::create(b, wide, safe).getResult()
                                : arith::FPToSIOp::create(b, wide, safe).getResult();
  auto limit = [&](bool top) -> Value {
    APInt bits = u ? (top ? APInt::getMaxValue(width) : APInt::getMinValue(width))
                   : (top ? APInt::getSignedMaxValue(width) : APInt::getSignedMinValue(width));
    APInt extended =
        u ? bits.zextOrTrunc(wide.getIntOrFloatBitWidth()) : bits.sextOrTrunc(wide.getIntOrFloatBitWidth());
    return arith::ConstantOp::create(b, b.getIntegerAttr(wide, extended));
  };
  value = arith::SelectOp::create(b, tooHigh, limit(true), value);
  value = arith::SelectOp::create(b, tooLow, limit(false), value);
  if (wide != result)
    value = arith::TruncIOp::create(b, result, value);
  return value;
}

// The type that a narrow one is read as.
static Type decodedType(Builder &b, DType type) {
  if (!narrowIntegerBits(type))
    return b.getF32Type();
  return isNarrowUnsigned(type) ? Type(IntegerType::get(b.getContext(), 8, IntegerType::Unsigned)) : b.getI8Type();
}

static Value castToNarrow(Builder &b, Type from, DType type, Value x, bool saturate, NarrowRounding rounding) {
  if (!narrowIntegerBits(type)) {
    // Once rounded to odd, a second rounding is as good as one.
    x = from.isF64() ? roundToOdd(b, x) : cast(b, from, b.getF32Type(), x);
  } else if (isa<FloatType>(from)) {
    x = cast(b, from, b.getI32Type(), x);
  } else if (from.isInteger(1)) {
    x = arith::ExtUIOp::create(b, b.getI8Type(), x);
  }
  return encodeNarrow(b, type, x, saturate, rounding);
}

Value cast(Builder &b, Type from, Type to, Value x, bool saturate, NarrowRounding rounding) {
  if (from == to)
    return x;
  if (DType type = dtypeOf(from); isNarrow(type))
    return cast(b, decodedType(b, type), to, decodeNarrow(b, type, x), saturate, rounding);
  if (DType type = dtypeOf(to); isNarrow(type))
    return castToNarrow(b, from, type, x, saturate, rounding);
  bool fromFloat = isa<FloatType>(from), toFloat = isa<FloatType>(to);
  if (to.isInteger(1)) {
    if (!fromFloat)
      return arith::CmpIOp::create(b, arith::CmpIPredicate::ne, x, scalar(b, x.getType(), 0));
    if (isNarrowFloat(from))
      x = widen(b, x);
    return arith::CmpFOp::create(b, arith::CmpFPredicate::UNE, x, scalar(b, x.getType(), 0));
  }
  if (fromFloat && toFloat) {
    unsigned a = from.getIntOrFloatBitWidth(), c = to.getIntOrFloatBitWidth();
    if (a == c) // f16 and bf16
      return narrow(b, widen(b, x), to);
    if (a == 64 && c == 16)
      return narrow(b, roundToOdd(b, x), to);
    if (a == 16 && c == 64)
      return arith::ExtFOp::create(b, to, widen(b, x));
    return a < c ? arith::ExtFOp::create(b, to, x).getResult() : arith::TruncFOp::create(b, to, x).getResult();
  }
  if (fromFloat)
    return floatToInteger(b, to, isNarrowFloat(from) ? widen(b, x) : x);
  if (toFloat) {
    Type wide = isNarrowFloat(to) ? b.getF32Type() : to;
    Value value = isUnsigned(from) ? arith::UIToFPOp::create(b, wide, x).getResult()
                                   : arith::SIToFPOp::create(b, wide, x).getResult();
    return wide == to ? value : narrow(b, value, to);
  }
  unsigned a = x.getType().getIntOrFloatBitWidth(), c = to.getIntOrFloatBitWidth();
  Type result = b.getIntegerType(c);
  if (a == c)
    return x;
  if (a > c)
    return arith::TruncIOp::create(b, result, x);
  return isUnsigned(from) ? arith::ExtUIOp::create(b, result, x).getResult()
                          : arith::ExtSIOp::create(b, result, x).getResult();
}

} // namespace mlc::lowering
