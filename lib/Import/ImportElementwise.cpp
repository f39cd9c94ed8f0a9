// Arithmetic, comparison, logic, casts: operators that work element by element with broadcasting.
#include "Import/OperatorTable.h"

#include <limits>

using namespace mlir;
using namespace mlc::graph;

namespace mlc::importer {

namespace {

// Before opset 7, `broadcast = 1` lays dimension 0 of the second operand at `axis` of the first.
std::pair<Value, Value> operands(Node &n) {
  Value a = n.require(0), b = n.require(1);
  if (n.opset < 7 && n.integer("broadcast", 0) && n.attribute("axis"))
    b = n.alignAt(b, n.axis(n.integer("axis", 0), n.rank(a)), n.rank(a));
  return {a, b};
}

template <UnaryKind kind> Results unary(Node &n) { return {n.unary(kind, n.require(0))}; }

template <BinaryKind kind> Results binary(Node &n) {
  auto [a, b] = operands(n);
  return {n.binary(kind, a, b)};
}

template <CompareKind kind> Results compare(Node &n) {
  auto [a, b] = operands(n);
  return {n.compare(kind, a, b)};
}

template <BinaryKind kind> Results variadic(Node &n) {
  Value result = n.require(0);
  for (size_t i = 1; i < n.inputs.size(); ++i)
    result = n.binary(kind, result, n.require(i));
  return {result};
}

Results mean(Node &n) {
  Value sum = variadic<BinaryKind::Add>(n).front();
  return {n.inputs.size() == 1 ? sum : n.div(sum, n.scalarLike(sum, static_cast<double>(n.inputs.size())))};
}

Results mod(Node &n) {
  Value a = n.require(0);
  bool truncated = n.integer("fmod", 0) != 0;
  return {n.binary(truncated ? BinaryKind::Fmod : BinaryKind::Mod, a, n.require(1))};
}

Results bitShift(Node &n) {
  std::string direction = n.text("direction", "");
  if (direction != "LEFT" && direction != "RIGHT")
    n.invalid("direction must be LEFT or RIGHT, not '" + direction + "'");
  return {n.binary(direction == "LEFT" ? BinaryKind::ShiftLeft : BinaryKind::ShiftRight, n.require(0), n.require(1))};
}

Results isInf(Node &n) {
  auto negative = static_cast<float>(n.integer("detect_negative", 1) != 0);
  auto positive = static_cast<float>(n.integer("detect_positive", 1) != 0);
  return {n.unary(UnaryKind::IsInf, n.require(0), negative, positive)};
}

// min(max(x, low), high), as ONNX defines it where low > high.
Results clip(Node &n) {
  Value x = n.require(0), low, high;
  if (n.opset < 11) {
    if (n.attribute("min"))
      low = n.scalarLike(x, n.number("min", 0));
    if (n.attribute("max"))
      high = n.scalarLike(x, n.number("max", 0));
  } else {
    low = n.input(1) ? n.toScalar(n.input(1)) : Value();
    high = n.input(2) ? n.toScalar(n.input(2)) : Value();
  }
  if (low)
    x = n.binary(BinaryKind::Max, x, low);
  if (high)
    x = n.binary(BinaryKind::Min, x, high);
  return {x};
}

Results where(Node &n) { return {n.select(n.require(0), n.require(1), n.require(2))}; }

// saturate and round_mode say something for float8 alone.
Value castTo(Node &n, Value x, Type type) {
  if (n.element(x) == type)
    return x;
  std::string name = n.text("round_mode", "up");
  auto rounding = symbolizeRoundingKind(name);
  if (!rounding)
    n.invalid("round_mode must be up, down or nearest, not '" + name + "'");
  return n.create<CastOp>(x, type, /*unsaturated=*/n.integer("saturate", 1) == 0, *rounding);
}

Results cast(Node &n) {
  if (!n.attribute("to"))
    n.invalid("attribute 'to' is missing");
  return {castTo(n, n.require(0), n.elementType(n.integer("to", 0)))};
}

Results castLike(Node &n) { return {castTo(n, n.require(0), n.element(n.require(1)))}; }

Results bitCast(Node &n) {
  if (!n.attribute("to"))
    n.invalid("attribute 'to' is missing");
  return {n.create<BitCastOp>(n.require(0), n.elementType(n.integer("to", 0)))};
}

Results identity(Node &n) { return {n.require(0)}; }

// Inference only: the identity, and a mask that keeps everything.
Results dropout(Node &n) {
  if (Value training = n.input(2)) {
    auto known = n.knownIntegers(training);
    bool keepsAll = n.input(1) && constantScalar(n.input(1)) == 0.0;
    if (!keepsAll && (!known || known->size() != 1 || known->front() != 0))
      n.unsupported("training_mode: export the model for inference");
  }
  Value x = n.require(0), mask;
  if (n.wantsOutput(1)) {
    Type type = n.opset >= 10 ? Type(n.builder().getI1Type()) : n.element(x);
    mask = n.create<ExpandOp>(n.scalar(type, 1), n.shapeOf(x));
  }
  return {x, mask};
}

} // namespace

void addElementwiseOperators(Rows &rows) {
  using T = Types;
  rows.insert(rows.end(), {
                              {"Abs", 6, 28, T::Numeric, unary<UnaryKind::Abs>},
                              {"Acos", 7, 28, T::Float, unary<UnaryKind::Acos>},
                              {"Acosh", 9, 28, T::Float, unary<UnaryKind::Acosh>},
                              {"Add", 6, 28, T::Numeric, binary<BinaryKind::Add>},
                              {"And", 6, 28, T::Bool, binary<BinaryKind::And>},
                              {"Asin", 7, 28, T::Float, unary<UnaryKind::Asin>},
                              {"Asinh", 9, 28, T::Float, unary<UnaryKind::Asinh>},
                              {"Atan", 7, 28, T::Float, unary<UnaryKind::Atan>},
                              {"Atanh", 9, 28, T::Float, unary<UnaryKind::Atanh>},
                              {"BitCast", 26, 28, T::Stored, bitCast},
                              {"BitShift", 11, 28, T::Integer, bitShift},
                              {"BitwiseAnd", 18, 28, T::Integer, binary<BinaryKind::BitAnd>},
                              {"BitwiseNot", 18, 28, T::Integer, unary<UnaryKind::BitNot>},
                              {"BitwiseOr", 18, 28, T::Integer, binary<BinaryKind::BitOr>},
                              {"BitwiseXor", 18, 28, T::Integer, binary<BinaryKind::BitXor>},
                              {"Cast", 6, 28, T::Stored, cast, "no strings"},
                              {"CastLike", 15, 28, T::Stored, castLike, "no strings"},
                              {"Ceil", 6, 28, T::Float, unary<UnaryKind::Ceil>},
                              {"Clip", 6, 28, T::Numeric, clip},
                              {"Cos", 7, 28, T::Float, unary<UnaryKind::Cos>},
                              {"Cosh", 9, 28, T::Float, unary<UnaryKind::Cosh>},
                              {"Div", 6, 28, T::Numeric, binary<BinaryKind::Div>},
                              {"Dropout", 6, 28, T::Float, dropout, "inference only"},
                              {"Equal", 6, 28, T::Any, compare<CompareKind::Eq>, "no strings"},
                              {"Erf", 9, 28, T::Float, unary<UnaryKind::Erf>},
                              {"Exp", 6, 28, T::Float, unary<UnaryKind::Exp>},
                              {"Floor", 6, 28, T::Float, unary<UnaryKind::Floor>},
                              {"Greater", 6, 28, T::Numeric, compare<CompareKind::Gt>},
                              {"GreaterOrEqual", 12, 28, T::Numeric, compare<CompareKind::Ge>},
                              {"Identity", 6, 28, T::Sequence, identity, "tensors only"},
                              {"IsInf", 10, 28, T::Float, isInf},
                              {"IsNaN", 9, 28, T::Float, unary<UnaryKind::IsNan>},
                              {"Less", 6, 28, T::Numeric, compare<CompareKind::Lt>},
                              {"LessOrEqual", 12, 28, T::Numeric, compare<CompareKind::Le>},
                              {"Log", 6, 28, T::Float, unary<UnaryKind::Log>},
                              {"Max", 6, 28, T::Numeric, variadic<BinaryKind::Max>},
                              {"Mean", 6, 28, T::Float, mean},
                              {"Min", 6, 28, T::Numeric, variadic<BinaryKind::Min>},
                              {"Mod", 10, 28, T::Numeric, mod},
                              {"Mul", 6, 28, T::Numeric, binary<BinaryKind::Mul>},
                              {"Neg", 6, 28, T::Signed, unary<UnaryKind::Neg>},
                              {"Not", 6, 28, T::Bool, unary<UnaryKind::Not>},
                              {"Or", 6, 28, T::Bool, binary<BinaryKind::Or>},
                              {"Pow", 6, 28, T::Numeric, binary<BinaryKind::Pow>},
                              {"Reciprocal", 6, 28, T::Float, unary<UnaryKind::Reciprocal>},
                              {"Round", 11, 28, T::Float, unary<UnaryKind::Round>},
                              {"Sign", 9, 28, T::Numeric, unary<UnaryKind::Sign>},
                              {"Sin", 7, 28, T::Float, unary<UnaryKind::Sin>},
                              {"Sinh", 9, 28, T::Float, unary<UnaryKind::Sinh>},
                              {"Sqrt", 6, 28, T::Float, unary<UnaryKind::Sqrt>},
                              {"Sub", 6, 28, T::Numeric, binary<BinaryKind::Sub>},
                              {"Sum", 6, 28, T::Float, variadic<BinaryKind::Add>},
                              {"Tan", 7, 28, T::Float, unary<UnaryKind::Tan>},
                              {"Where", 9, 28, T::Bool, where, "no strings"},
                              {"Xor", 6, 28, T::Bool, binary<BinaryKind::Xor>},
                          });
}

} // namespace mlc::importer
