#include "Reference/Elements.h"
#include "Reference/Families.h"
#include "Reference/Indexing.h"

#include <array>
#include <numbers>

using namespace mlir;

namespace mlc::reference {
namespace {

using graph::BinaryKind;
using graph::CompareKind;
using graph::UnaryKind;

constexpr int64_t kChunk = 512;

// ---- drivers: from element types to carriers, in chunks ----------------------------------------

template <typename C> using UnaryChunk = llvm::function_ref<void(const C *, C *, int64_t)>;

template <typename C> void runUnary(const Tensor &in, Tensor &out, UnaryChunk<C> f) {
  C input[kChunk], output[kChunk];
  for (int64_t i = 0, n = in.numElements(); i < n; i += kChunk) {
    int64_t count = std::min(kChunk, n - i);
    load<C>(in, i, 1, count, input);
    f(input, output, count);
    store<C>(out, i, 1, count, output);
  }
}

template <typename C, typename R> using BinaryChunk = llvm::function_ref<void(const C *, const C *, R *, int64_t)>;

template <typename C, typename R>
void runBinary(const Tensor &lhs, const Tensor &rhs, Tensor &out, BinaryChunk<C, R> f) {
  C a[kChunk], b[kChunk];
  R output[kChunk];
  forEachRow(out.shape, {broadcastStrides(lhs.shape, out.shape), broadcastStrides(rhs.shape, out.shape)},
             [&](ArrayRef<int64_t> offsets, ArrayRef<int64_t> strides, int64_t position, int64_t row) {
               for (int64_t i = 0; i < row; i += kChunk) {
                 int64_t count = std::min(kChunk, row - i);
                 load<C>(lhs, offsets[0] + i * strides[0], strides[0], count, a);
                 load<C>(rhs, offsets[1] + i * strides[1], strides[1], count, b);
                 f(a, b, output, count);
                 store<R>(out, position + i, 1, count, output);
               }
             });
}

// ---- unary -------------------------------------------------------------------------------------

double softplus(double x) { return std::log1p(std::exp(-std::fabs(x))) + std::max(x, 0.0); }
double sigmoid(double x) { return 1.0 / (1.0 + std::exp(-x)); }
// max(0, min(1, x)) that keeps NaN.
double clampUnit(double x) { return x < 0.0 ? 0.0 : x > 1.0 ? 1.0 : x; }

/// False where the kind has no meaning for floats.
bool evaluateFloat(UnaryKind kind, double alpha, double beta, const Tensor &in, Tensor &out) {
  auto run = [&](auto f) {
    runUnary<double>(in, out, [&](const double *x, double *y, int64_t n) {
      for (int64_t i = 0; i < n; ++i)
        y[i] = static_cast<double>(f(x[i]));
    });
    return true;
  };
  switch (kind) {
  case UnaryKind::Neg:
    return run([](double x) { return -x; });
  case UnaryKind::Abs:
    return run([](double x) { return std::fabs(x); });
  case UnaryKind::Exp:
    return run([](double x) { return std::exp(x); });
  case UnaryKind::Log:
    return run([](double x) { return std::log(x); });
  case UnaryKind::Sqrt:
    return run([](double x) { return std::sqrt(x); });
  case UnaryKind::Reciprocal:
    return run([](double x) { return 1.0 / x; });
  case UnaryKind::Floor:
    return run([](double x) { return std::floor(x); });
  case UnaryKind::Ceil:
    return run([](double x) { return std::ceil(x); });
  case UnaryKind::Round:
    return run([](double x) { return std::nearbyint(x); });
  case UnaryKind::Sign:
    return run([](double x) { return x > 0 ? 1.0 : x < 0 ? -1.0 : x == 0 ? 0.0 : x; });
  case UnaryKind::Sin:
    return run([](double x) { return std::sin(x); });
  case UnaryKind::Cos:
    return run([](double x) { return std::cos(x); });
  case UnaryKind::Tan:
    return run([](double x) { return std::tan(x); });
  case UnaryKind::Asin:
    return run([](double x) { return std::asin(x); });
  case UnaryKind::Acos:
    return run([](double x) { return std::acos(x); });
  case UnaryKind::Atan:
    return run([](double x) { return std::atan(x); });
  case UnaryKind::Sinh:
    return run([](double x) { return std::sinh(x); });
  case UnaryKind::Cosh:
    return run([](double x) { return std::cosh(x); });
  case UnaryKind::Tanh:
    return run([](double x) { return std::tanh(x); });
  case UnaryKind::Asinh:
    return run([](double x) { return std::asinh(x); });
  case UnaryKind::Acosh:
    return run([](double x) { return std::acosh(x); });
  case UnaryKind::Atanh:
    return run([](double x) { return std::atanh(x); });
  case UnaryKind::Erf:
    return run([](double x) { return std::erf(x); });
  case UnaryKind::Relu:
    return run([](double x) { return x < 0 ? 0.0 : x; });
  case UnaryKind::LeakyRelu:
    return run([=](double x) { return x < 0 ? alpha * x : x; });
  case UnaryKind::Elu:
    return run([=](double x) { return x < 0 ? alpha * std::expm1(x) : x; });
  case UnaryKind::Selu:
    return run([=](double x) { return beta * (x <= 0 ? alpha * std::expm1(x) : x); });
  case UnaryKind::Celu:
    return run([=](double x) { return x < 0 ? alpha * std::expm1(x / alpha) : x; });
  case UnaryKind::Sigmoid:
    return run([](double x) { return sigmoid(x); });
  case UnaryKind::HardSigmoid:
    return run([=](double x) { return clampUnit(alpha * x + beta); });
  case UnaryKind::HardSwish:
    return run([](double x) { return x * clampUnit(x / 6.0 + 0.5); });
  case UnaryKind::Swish:
    return run([=](double x) { return x * sigmoid(alpha * x); });
  case UnaryKind::Softplus:
    return run([](double x) { return softplus(x); });
  case UnaryKind::Softsign:
    return run([](double x) { return x / (1.0 + std::fabs(x)); });
  case UnaryKind::Mish:
    return run([](double x) { return x * std::tanh(softplus(x)); });
  case UnaryKind::Gelu:
    return run([](double x) { return 0.5 * x * (1.0 + std::erf(x / std::numbers::sqrt2)); });
  case UnaryKind::GeluTanh:
    return run([](double x) {
      double inner = std::sqrt(2.0 / std::numbers::pi) * (x + 0.044715 * x * x * x);
      return 0.5 * x * (1.0 + std::tanh(inner));
    });
  case UnaryKind::ThresholdedRelu:
    return run([=](double x) { return x <= alpha ? 0.0 : x; });
  case UnaryKind::Shrink:
    return run([=](double x) { return x < -alpha ? x + beta : x > alpha ? x - beta : std::isnan(x) ? x : 0.0; });
  case UnaryKind::IsNan:
    return run([](double x) { return std::isnan(x); });
  case UnaryKind::IsInf:
    return run([=](double x) { return std::isinf(x) && (x < 0 ? alpha != 0 : beta != 0); });
  case UnaryKind::Not:
  case UnaryKind::BitNot:
    return false;
  }
  return false;
}

template <typename C> bool evaluateInteger(UnaryKind kind, const Tensor &in, Tensor &out) {
  auto run = [&](auto f) {
    runUnary<C>(in, out, [&](const C *x, C *y, int64_t n) {
      for (int64_t i = 0; i < n; ++i)
        y[i] = f(x[i]);
    });
    return true;
  };
  auto negated = [](C x) { return static_cast<C>(0 - static_cast<uint64_t>(x)); };
  bool isBool = in.dtype == DType::Bool;
  switch (kind) {
  case UnaryKind::Neg:
    return !isBool && run(negated);
  case UnaryKind::Abs:
    return !isBool && run([=](C x) { return x < C(0) ? negated(x) : x; });
  case UnaryKind::Sign:
    return !isBool && run([](C x) { return x > C(0) ? C(1) : x < C(0) ? C(-1) : C(0); });
  case UnaryKind::Relu:
    return !isBool && run([](C x) { return x < C(0) ? C(0) : x; });
  case UnaryKind::Floor:
  case UnaryKind::Ceil:
  case UnaryKind::Round:
    return !isBool && run([](C x) { return x; });
  case UnaryKind::Not:
    return isBool && run([](C x) { return C(x == 0); });
  case UnaryKind::BitNot:
    return !isBool && run([](C x) { return static_cast<C>(~x); });
  default:
    return false;
  }
}

// ---- binary ------------------------------------------------------------------------------------

double pythonMod(double a, double b) {
  double r = std::fmod(a, b);
  return r != 0 && (r < 0) != (b < 0) ? r + b : r;
}

// NaN if either is.
double minimum(double a, double b) { return std::isnan(a) || a < b ? a : b; }
double maximum(double a, double b) { return std::isnan(a) || a > b ? a : b; }

bool evaluateFloat(BinaryKind kind, const Tensor &lhs, const Tensor &rhs, Tensor &out) {
  auto run = [&](auto f) {
    runBinary<double, double>(lhs, rhs, out, [&](const double *a, const double *b, double *y, int64_t n) {
      for (int64_t i = 0; i < n; ++i)
        y[i] = f(a[i], b[i]);
    });
    return true;
  };
  switch (kind) {
  case BinaryKind::Add:
    return run([](double a, double b) { return a + b; });
  case BinaryKind::Sub:
    return run([](double a, double b) { return a - b; });
  case BinaryKind::Mul:
    return run([](double a, double b) { return a * b; });
  case BinaryKind::Div:
    return run([](double a, double b) { return a / b; });
  case BinaryKind::Mod:
    return run(pythonMod);
  case BinaryKind::Fmod:
    return run([](double a, double b) { return std::fmod(a, b); });
  case BinaryKind::Pow:
    return run([](double a, double b) { return std::pow(a, b); });
  case BinaryKind::Min:
    return run(minimum);
  case BinaryKind::Max:
    return run(maximum);
  default:
    return false;
  }
}

// Division by zero, which ONNX leaves open, gives 0 (as numpy's), and the most negative number by -1 wraps.
template <typename C> C divide(C a, C b) {
  if (b == 0)
    return 0;
  if constexpr (std::is_signed_v<C>)
    if (b == -1)
      return static_cast<C>(0 - static_cast<uint64_t>(a));
  return a / b;
}
template <typename C> C remainder(C a, C b) {
  if (b == 0)
    return 0;
  if constexpr (std::is_signed_v<C>)
    if (b == -1)
      return 0;
  return a % b;
}
template <typename C> C pythonMod(C a, C b) {
  C r = remainder(a, b);
  if constexpr (std::is_signed_v<C>)
    return r != 0 && (r < 0) != (b < 0) ? r + b : r;
  return r;
}
// Wraps; a negative exponent gives the quotient 1 / a^|b| truncated.
template <typename C> C power(C a, int64_t b) {
  if (b < 0)
    return a == C(1) ? C(1) : std::is_signed_v<C> && a == C(-1) ? (b % 2 ? C(-1) : C(1)) : C(0);
  uint64_t result = 1, base = static_cast<uint64_t>(a);
  for (; b; b >>= 1, base *= base)
    if (b & 1)
      result *= base;
  return static_cast<C>(result);
}

template <typename C> bool evaluateInteger(BinaryKind kind, const Tensor &lhs, const Tensor &rhs, Tensor &out) {
  auto run = [&](auto f) {
    runBinary<C, C>(lhs, rhs, out, [&](const C *a, const C *b, C *y, int64_t n) {
      for (int64_t i = 0; i < n; ++i)
        y[i] = f(a[i], b[i]);
    });
    return true;
  };
  bool isBool = lhs.dtype == DType::Bool;
  bool logical = kind == BinaryKind::And || kind == BinaryKind::Or || kind == BinaryKind::Xor;
  bool either = kind == BinaryKind::Min || kind == BinaryKind::Max;
  if (!either && isBool != logical)
    return false;
  switch (kind) {
  case BinaryKind::Add:
    return run([](C a, C b) { return static_cast<C>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b)); });
  case BinaryKind::Sub:
    return run([](C a, C b) { return static_cast<C>(static_cast<uint64_t>(a) - static_cast<uint64_t>(b)); });
  case BinaryKind::Mul:
    return run([](C a, C b) { return static_cast<C>(static_cast<uint64_t>(a) * static_cast<uint64_t>(b)); });
  case BinaryKind::Div:
    return run([](C a, C b) { return divide(a, b); });
  case BinaryKind::Mod:
    return run([](C a, C b) { return pythonMod(a, b); });
  case BinaryKind::Fmod:
    return run([](C a, C b) { return remainder(a, b); });
  case BinaryKind::Pow:
    return false; // by evaluatePow, whatever the exponent
  case BinaryKind::Min:
    return run([](C a, C b) { return std::min(a, b); });
  case BinaryKind::Max:
    return run([](C a, C b) { return std::max(a, b); });
  case BinaryKind::And:
  case BinaryKind::BitAnd:
    return run([](C a, C b) { return static_cast<C>(a & b); });
  case BinaryKind::Or:
  case BinaryKind::BitOr:
    return run([](C a, C b) { return static_cast<C>(a | b); });
  case BinaryKind::Xor:
  case BinaryKind::BitXor:
    return run([](C a, C b) { return static_cast<C>(a ^ b); });
  case BinaryKind::ShiftLeft:
    return run([](C a, C b) { return b < C(0) || b >= C(64) ? C(0) : static_cast<C>(static_cast<uint64_t>(a) << b); });
  case BinaryKind::ShiftRight:
    return run([](C a, C b) {
      C none = a < C(0) ? static_cast<C>(-1) : C(0); // signed values keep their sign
      return b < C(0) || b >= C(64) ? none : static_cast<C>(a >> b);
    });
  }
  return false;
}

// The exponent may have another element type than the base, whose type the result has.
bool evaluatePow(const Tensor &base, const Tensor &exponent, Tensor &out) {
  if (base.dtype == DType::Bool || exponent.dtype == DType::Bool)
    return false;
  if (isFloating(base.dtype) || isFloating(exponent.dtype))
    return evaluateFloat(BinaryKind::Pow, base, exponent, out);
  dispatchCarrier(base.dtype, [&](auto carrier) {
    using C = typename decltype(carrier)::type;
    if constexpr (!std::is_floating_point_v<C>)
      runBinary<C, C>(base, exponent, out, [&](const C *a, const C *b, C *y, int64_t n) {
        for (int64_t i = 0; i < n; ++i)
          y[i] = power<C>(a[i], static_cast<int64_t>(b[i]));
      });
  });
  return true;
}

template <typename C> void compare(CompareKind kind, const Tensor &lhs, const Tensor &rhs, Tensor &out) {
  auto run = [&](auto f) {
    runBinary<C, uint64_t>(lhs, rhs, out, [&](const C *a, const C *b, uint64_t *y, int64_t n) {
      for (int64_t i = 0; i < n; ++i)
        y[i] = f(a[i], b[i]);
    });
  };
  switch (kind) {
  case CompareKind::Eq:
    return run([](C a, C b) { return a == b; });
  case CompareKind::Ne:
    return run([](C a, C b) { return a != b; });
  case CompareKind::Lt:
    return run([](C a, C b) { return a < b; });
  case CompareKind::Le:
    return run([](C a, C b) { return a <= b; });
  case CompareKind::Gt:
    return run([](C a, C b) { return a > b; });
  case CompareKind::Ge:
    return run([](C a, C b) { return a >= b; });
  }
}

Error undefined(llvm::StringRef kind, DType dtype) {
  return unsupported(kind.str() + " is not defined for " + std::string(dtypeName(dtype)));
}

} // namespace

// ---- the ops -----------------------------------------------------------------------------------

Tensors evaluateNode(graph::UnaryOp op, Operands operands) {
  const Tensor &in = *operands[0];
  UnaryKind kind = op.getKind();
  bool predicate = kind == UnaryKind::Not || kind == UnaryKind::IsNan || kind == UnaryKind::IsInf;
  Tensor out(predicate ? DType::Bool : in.dtype, in.shape);
  bool done = isFloating(in.dtype)
                  ? evaluateFloat(kind, op.getAlpha().convertToDouble(), op.getBeta().convertToDouble(), in, out)
              : isUnsignedOrBool(in.dtype) ? evaluateInteger<uint64_t>(kind, in, out)
                                           : evaluateInteger<int64_t>(kind, in, out);
  if (!done)
    return undefined(graph::stringifyUnaryKind(kind), in.dtype);
  return one(std::move(out));
}

Tensors evaluateNode(graph::BinaryOp op, Operands operands) {
  const Tensor &lhs = *operands[0], &rhs = *operands[1];
  auto shape = broadcastOperands(operands);
  if (!shape)
    return shape.error();
  if (auto fits = checkSize(lhs.dtype, *shape); !fits)
    return fits.error();
  Tensor out(lhs.dtype, *shape);
  bool done = op.getKind() == BinaryKind::Pow ? evaluatePow(lhs, rhs, out)
              : isFloating(lhs.dtype)         ? evaluateFloat(op.getKind(), lhs, rhs, out)
              : isUnsignedOrBool(lhs.dtype)   ? evaluateInteger<uint64_t>(op.getKind(), lhs, rhs, out)
                                              : evaluateInteger<int64_t>(op.getKind(), lhs, rhs, out);
  if (!done)
    return undefined(graph::stringifyBinaryKind(op.getKind()), lhs.dtype);
  return one(std::move(out));
}

Tensors evaluateNode(graph::CompareOp op, Operands operands) {
  auto shape = broadcastOperands(operands);
  if (!shape)
    return shape.error();
  if (auto fits = checkSize(DType::Bool, *shape); !fits)
    return fits.error();
  Tensor out(DType::Bool, *shape);
  dispatchCarrier(operands[0]->dtype, [&](auto carrier) {
    compare<typename decltype(carrier)::type>(op.getKind(), *operands[0], *operands[1], out);
  });
  return one(std::move(out));
}

Tensors evaluateNode(graph::SelectOp op, Operands operands) {
  const Tensor &condition = *operands[0], &onTrue = *operands[1], &onFalse = *operands[2];
  if (condition.dtype != DType::Bool)
    return badInput("the condition is " + std::string(dtypeName(condition.dtype)) + ", not bool");
  auto shape = broadcastOperands(operands);
  if (!shape)
    return shape.error();
  if (auto fits = checkSize(onTrue.dtype, *shape); !fits)
    return fits.error();
  Tensor out(onTrue.dtype, *shape);
  size_t width = byteSize(onTrue.dtype);
  forEachRow(*shape,
             {broadcastStrides(condition.shape, *shape), broadcastStrides(onTrue.shape, *shape),
              broadcastStrides(onFalse.shape, *shape)},
             [&](ArrayRef<int64_t> offsets, ArrayRef<int64_t> strides, int64_t position, int64_t count) {
               for (int64_t i = 0; i < count; ++i) {
                 bool first = condition.bytes[offsets[0] + i * strides[0]] != std::byte{0};
                 const Tensor &from = first ? onTrue : onFalse;
                 int64_t at = offsets[first ? 1 : 2] + i * strides[first ? 1 : 2];
                 std::memcpy(out.bytes.data() + (position + i) * width, from.bytes.data() + at * width, width);
               }
             });
  return one(std::move(out));
}

Tensors evaluateNode(graph::CastOp op, Operands operands) {
  DType to = graph::dtypeOf(op.getTo());
  if (to == DType::Undefined)
    return unsupported("the element type to cast to is not supported");
  return one(mlc::convert(*operands[0], to, !op.getUnsaturated(), static_cast<NarrowRounding>(op.getRounding())));
}

Tensors evaluateNode(graph::BitCastOp op, Operands operands) {
  Tensor out = *operands[0];
  out.dtype = graph::dtypeOf(op.getTo());
  if (byteSize(out.dtype) != byteSize(operands[0]->dtype))
    return badInput("element types of different widths");
  return one(std::move(out));
}

} // namespace mlc::reference
