#include "Graph/Constants.h"
#include "passes/LowerQuantization/Steps.h"
#include "passes/Quantization/Contractions.h"

#include "mlir/IR/ImplicitLocOpBuilder.h"

using namespace mlir;

namespace mlc::quantization {
namespace {

RankedTensorType typeOf(Value value) { return cast<RankedTensorType>(value.getType()); }

bool sameConstant(Value a, Value b) {
  return a == b || (graph::constantOf(a) && graph::constantOf(a) == graph::constantOf(b));
}

// Ops that move the elements of one operand and need nothing else of their type.
bool isPlainMove(Operation *op) {
  return op && !isa<graph::PadOp>(op) && op->getNumResults() == 1 && movedOperands(op).size() == 1;
}

Value moveLike(ImplicitLocOpBuilder &b, Operation *op, Value operand) {
  Operation *moved = b.clone(*op);
  moved->setOperand(movedOperands(op).front(), operand);
  moved->getResult(0).setType(typeOf(op->getResult(0)).clone(typeOf(operand).getElementType()));
  return moved->getResult(0);
}

// The quantized tensor itself, where quantize takes what dequantize gave, in the same parameters.
Value requantizedNothing(ImplicitLocOpBuilder &b, graph::QuantizeOp op, Value value) {
  if (auto dequantize = value.getDefiningOp<graph::DequantizeOp>())
    if (dequantize.getBlock() == 0 && typeOf(dequantize.getScale()).getNumElements() == 1 &&
        sameConstant(dequantize.getScale(), op.getScale()) &&
        sameConstant(dequantize.getZeroPoint(), op.getZeroPoint()))
      return dequantize.getInput();
  if (Operation *move = value.getDefiningOp(); isPlainMove(move) && value.hasOneUse())
    if (Value source = requantizedNothing(b, op, move->getOperand(movedOperands(move).front())))
      return moveLike(b, move, source);
  return {};
}

Value quotient(ImplicitLocOpBuilder &b, Tensor numerators, float divisor) {
  for (int64_t i = 0; i < numerators.numElements(); ++i)
    numerators.data<float>()[i] = static_cast<float>(double(numerators.data<float>()[i]) / divisor);
  return graph::makeConstant(b, b.getLoc(), numerators);
}

// value / divisor, where the division goes into constants that the value is computed with; null where there
// are none. `value` has no other use.
Value absorb(ImplicitLocOpBuilder &b, Value value, float divisor) {
  if (auto op = value.getDefiningOp<graph::DequantizeOp>()) {
    auto scale = graph::constantTensor(op.getScale());
    if (!scale || scale->dtype != DType::Float32)
      return {};
    return graph::DequantizeOp::create(b, op.getInput(), quotient(b, *scale, divisor), op.getZeroPoint(), op.getAxis(),
                                       op.getBlock());
  }
  if (!value.hasOneUse())
    return {};
  if (auto op = value.getDefiningOp<graph::UnaryOp>();
      op && (op.getKind() == graph::UnaryKind::Relu || op.getKind() == graph::UnaryKind::LeakyRelu)) {
    Value inner = absorb(b, op.getInput(), divisor);
    if (!inner)
      return {};
    return graph::UnaryOp::create(b, op.getKind(), inner, op.getAlpha(), op.getBeta());
  }
  if (auto op = value.getDefiningOp<graph::BinaryOp>()) {
    for (auto [x, y] : {std::pair<Value, Value>(op.getLhs(), op.getRhs()), {op.getRhs(), op.getLhs()}}) {
      auto constant = graph::constantTensor(y);
      if (!constant || constant->dtype != DType::Float32)
        continue;
      if (op.getKind() == graph::BinaryKind::Mul) {
        auto cast = x.getDefiningOp<graph::CastOp>();
        if (cast && typeOf(cast.getInput()).getElementType().isSignlessInteger(32))
          return graph::BinaryOp::create(b, graph::BinaryKind::Mul, x, quotient(b, *constant, divisor));
      }
      if (op.getKind() == graph::BinaryKind::Add)
        if (Value inner = absorb(b, x, divisor))
          return graph::BinaryOp::create(b, graph::BinaryKind::Add, inner, quotient(b, *constant, divisor));
    }
  }
  return {};
}

double lowest(Type integer) {
  return integer.isUnsignedInteger() ? 0 : -static_cast<double>(int64_t(1) << (integer.getIntOrFloatBitWidth() - 1));
}

void lowerQuantize(graph::QuantizeOp op) {
  ImplicitLocOpBuilder b(op.getLoc(), op);
  if (!typeOf(op.getInput()).getElementType().isF32() || op.getBlock() != 0 ||
      !typeOf(op.getScale()).hasStaticShape() || typeOf(op.getScale()).getNumElements() != 1)
    return;
  if (Value source = requantizedNothing(b, op, op.getInput())) {
    source.setType(op.getType());
    op.getOutput().replaceAllUsesWith(source);
    op.erase();
    return;
  }
  // Move bytes, not floats.
  if (Operation *move = op.getInput().getDefiningOp(); isPlainMove(move) && op.getInput().hasOneUse()) {
    auto inner = graph::QuantizeOp::create(b, move->getOperand(movedOperands(move).front()), op.getScale(),
                                           op.getZeroPoint(), op.getAxis(), 0);
    Value moved = moveLike(b, move, inner);
    moved.setType(op.getType());
    op.getOutput().replaceAllUsesWith(moved);
    op.erase();
    move->erase();
    return lowerQuantize(inner);
  }

  Value input = op.getInput(), scaled;
  Value one = graph::makeScalarConstant(b, b.getLoc(), b.getF32Type(), 1.0);
  if (auto scale = graph::constantScalar(op.getScale())) {
    if (*scale == 1.0)
      return;
    scaled = absorb(b, input, static_cast<float>(*scale));
    if (!scaled) {
      Value reciprocal = graph::makeScalarConstant(b, b.getLoc(), b.getF32Type(), static_cast<float>(1.0 / *scale));
      scaled = graph::BinaryOp::create(b, graph::BinaryKind::Mul, input, reciprocal);
    }
  } else {
    return; // the division itself is lowered: a reciprocal would round twice
  }
  auto zeroPoint = graph::constantScalar(op.getZeroPoint());
  if (auto relu = scaled.getDefiningOp<graph::UnaryOp>();
      relu && relu.getKind() == graph::UnaryKind::Relu && zeroPoint == lowest(typeOf(op.getOutput()).getElementType()))
    scaled = relu.getInput();
  op.getInputMutable().assign(scaled);
  op.getScaleMutable().assign(one);
}

} // namespace

void lowerRequantization(func::FuncOp function) {
  SmallVector<graph::QuantizeOp> ops;
  function.walk([&](graph::QuantizeOp op) { ops.push_back(op); });
  for (graph::QuantizeOp op : ops)
    lowerQuantize(op);
}

} // namespace mlc::quantization
