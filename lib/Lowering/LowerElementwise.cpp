// Elementwise ops: one linalg.generic each.
#include "Graph/Constants.h"
#include "Lowering/Context.h"
#include "Lowering/ScalarMath.h"

using namespace mlir;
using namespace mlc::graph;

namespace mlc::lowering {

static Type elementType(Value value) { return cast<RankedTensorType>(value.getType()).getElementType(); }

// The symbolic shape that operands broadcast to.
static Shape broadcastShape(Context &context, ValueRange operands) {
  Shape result;
  for (Value operand : operands) {
    const Shape &own = context.shape(operand);
    if (own.size() > result.size())
      result.insert(result.begin(), own.size() - result.size(), context.constant(1));
    size_t offset = result.size() - own.size();
    for (size_t i = 0; i < own.size(); ++i)
      result[i + offset] = context.broadcastSize(result[i + offset], own[i]);
  }
  return result;
}

// x^c for the exponents that models use, exactly.
static Value powerByConstant(ImplicitLocOpBuilder &b, Value x, double exponent) {
  auto floating = dyn_cast<FloatType>(x.getType());
  if (!floating || floating.getWidth() < 32)
    return {};
  if (exponent == 1)
    return x;
  if (exponent == 2)
    return arith::MulFOp::create(b, x, x);
  if (exponent == 3)
    return arith::MulFOp::create(b, arith::MulFOp::create(b, x, x), x);
  return {};
}

Value scalarOf(ImplicitLocOpBuilder &b, Operation *op, ValueRange x) {
  if (auto unaryOp = dyn_cast<UnaryOp>(op))
    return unary(b, unaryOp.getKind(), elementType(unaryOp.getInput()), x[0], unaryOp.getAlpha().convertToFloat(),
                 unaryOp.getBeta().convertToFloat());
  if (auto binaryOp = dyn_cast<BinaryOp>(op)) {
    Type type = elementType(binaryOp.getLhs()), exponentType = elementType(binaryOp.getRhs());
    if (binaryOp.getKind() == BinaryKind::Pow) {
      if (auto exponent = constantScalar(binaryOp.getRhs()))
        if (Value power = powerByConstant(b, x[0], *exponent))
          return power;
      if (type != exponentType) {
        // Computed in the wider float of the two, then in the base's type.
        Type wide = type.isF64() || exponentType.isF64() ? Type(b.getF64Type()) : Type(b.getF32Type());
        Value power = math::PowFOp::create(b, cast(b, type, wide, x[0]), cast(b, exponentType, wide, x[1]));
        return cast(b, wide, type, power);
      }
    }
    return binary(b, binaryOp.getKind(), type, x[0], x[1]);
  }
  if (auto compareOp = dyn_cast<CompareOp>(op))
    return compare(b, compareOp.getKind(), elementType(compareOp.getLhs()), x[0], x[1]);
  if (isa<SelectOp>(op))
    return arith::SelectOp::create(b, x[0], x[1], x[2]);
  if (auto castOp = dyn_cast<CastOp>(op)) {
    auto rounding = static_cast<NarrowRounding>(castOp.getRounding());
    return cast(b, elementType(castOp.getInput()), castOp.getTo(), x[0], !castOp.getUnsaturated(), rounding);
  }
  if (auto castOp = dyn_cast<BitCastOp>(op)) {
    Type from = x[0].getType(), to = signlessType(castOp.getTo());
    if (from == to)
      return x[0];
    if (from.isInteger(1))
      return arith::ExtUIOp::create(b, to, x[0]);
    if (to.isInteger(1))
      return arith::CmpIOp::create(b, arith::CmpIPredicate::ne, x[0], scalar(b, from, 0));
    return arith::BitcastOp::create(b, to, x[0]);
  }
  return {};
}

std::optional<LogicalResult> lowerElementwise(Context &context, Operation *op) {
  if (!isa<UnaryOp, BinaryOp, CompareOp, SelectOp, CastOp, BitCastOp>(op))
    return std::nullopt;
  Shape shape = broadcastShape(context, op->getOperands());
  SmallVector<Context::Input> inputs;
  for (Value operand : op->getOperands())
    inputs.push_back(context.broadcast(context.lookup(operand), shape));
  Value result = context.map(shape, elementType(op->getResult(0)), inputs,
                             [&](ImplicitLocOpBuilder &b, ValueRange x) { return scalarOf(b, op, x); });
  context.map(op->getResult(0), result, shape);
  return success();
}

} // namespace mlc::lowering
