#include "Export/GraphExporter.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace mlc::exporting {

using graph::BinaryKind;
using graph::CompareKind;
using graph::UnaryKind;

namespace {
// Null: a kind that is more than one node.
const char *onnxName(UnaryKind kind) {
  switch (kind) {
  case UnaryKind::Neg:
    return "Neg";
  case UnaryKind::Abs:
    return "Abs";
  case UnaryKind::Exp:
    return "Exp";
  case UnaryKind::Log:
    return "Log";
  case UnaryKind::Sqrt:
    return "Sqrt";
  case UnaryKind::Reciprocal:
    return "Reciprocal";
  case UnaryKind::Floor:
    return "Floor";
  case UnaryKind::Ceil:
    return "Ceil";
  case UnaryKind::Round:
    return "Round";
  case UnaryKind::Sign:
    return "Sign";
  case UnaryKind::Sin:
    return "Sin";
  case UnaryKind::Cos:
    return "Cos";
  case UnaryKind::Tan:
    return "Tan";
  case UnaryKind::Asin:
    return "Asin";
  case UnaryKind::Acos:
    return "Acos";
  case UnaryKind::Atan:
    return "Atan";
  case UnaryKind::Sinh:
    return "Sinh";
  case UnaryKind::Cosh:
    return "Cosh";
  case UnaryKind::Tanh:
    return "Tanh";
  case UnaryKind::Asinh:
    return "Asinh";
  case UnaryKind::Acosh:
    return "Acosh";
  case UnaryKind::Atanh:
    return "Atanh";
  case UnaryKind::Erf:
    return "Erf";
  case UnaryKind::Not:
    return "Not";
  case UnaryKind::BitNot:
    return "BitwiseNot";
  case UnaryKind::Relu:
    return "Relu";
  case UnaryKind::LeakyRelu:
    return "LeakyRelu";
  case UnaryKind::Elu:
    return "Elu";
  case UnaryKind::Selu:
    return "Selu";
  case UnaryKind::Celu:
    return "Celu";
  case UnaryKind::Sigmoid:
    return "Sigmoid";
  case UnaryKind::HardSigmoid:
    return "HardSigmoid";
  case UnaryKind::HardSwish:
    return "HardSwish";
  case UnaryKind::Swish:
    return nullptr;
  case UnaryKind::Softplus:
    return "Softplus";
  case UnaryKind::Softsign:
    return "Softsign";
  case UnaryKind::Mish:
    return "Mish";
  case UnaryKind::Gelu:
    return "Gelu";
  case UnaryKind::GeluTanh:
    return "Gelu";
  case UnaryKind::ThresholdedRelu:
    return "ThresholdedRelu";
  case UnaryKind::Shrink:
    return "Shrink";
  case UnaryKind::IsNan:
    return "IsNaN";
  case UnaryKind::IsInf:
    return "IsInf";
  }
  return nullptr;
}

const char *onnxName(BinaryKind kind) {
  switch (kind) {
  case BinaryKind::Add:
    return "Add";
  case BinaryKind::Sub:
    return "Sub";
  case BinaryKind::Mul:
    return "Mul";
  case BinaryKind::Div:
    return "Div";
  case BinaryKind::Mod:
    return "Mod";
  case BinaryKind::Fmod:
    return "Mod";
  case BinaryKind::Pow:
    return "Pow";
  case BinaryKind::Min:
    return "Min";
  case BinaryKind::Max:
    return "Max";
  case BinaryKind::And:
    return "And";
  case BinaryKind::Or:
    return "Or";
  case BinaryKind::Xor:
    return "Xor";
  case BinaryKind::BitAnd:
    return "BitwiseAnd";
  case BinaryKind::BitOr:
    return "BitwiseOr";
  case BinaryKind::BitXor:
    return "BitwiseXor";
  case BinaryKind::ShiftLeft:
    return "BitShift";
  case BinaryKind::ShiftRight:
    return "BitShift";
  }
  return nullptr;
}

const char *onnxName(CompareKind kind) {
  switch (kind) {
  case CompareKind::Eq:
    return "Equal";
  case CompareKind::Ne:
    return nullptr;
  case CompareKind::Lt:
    return "Less";
  case CompareKind::Le:
    return "LessOrEqual";
  case CompareKind::Gt:
    return "Greater";
  case CompareKind::Ge:
    return "GreaterOrEqual";
  }
  return nullptr;
}

void exportUnary(GraphExporter &exporter, graph::UnaryOp op) {
  float alpha = op.getAlpha().convertToFloat(), beta = op.getBeta().convertToFloat();
  std::string input = exporter.name(op.getInput());
  if (op.getKind() == UnaryKind::Swish) {
    Type element = cast<RankedTensorType>(op.getType()).getElementType();
    std::string scaled = input;
    if (alpha != 1)
      scaled = exporter.emitStep(op, "Mul", {input, exporter.scalar(element, alpha)});
    exporter.emit(op, "Mul", {input, exporter.emitStep(op, "Sigmoid", {scaled})});
    return;
  }
  Node node = exporter.emit(op, onnxName(op.getKind()), {input});
  switch (op.getKind()) {
  case UnaryKind::LeakyRelu:
  case UnaryKind::Elu:
  case UnaryKind::Celu:
  case UnaryKind::ThresholdedRelu:
    node.set("alpha", alpha);
    break;
  case UnaryKind::Selu:
    node.set("alpha", alpha).set("gamma", beta);
    break;
  case UnaryKind::HardSigmoid:
    node.set("alpha", alpha).set("beta", beta);
    break;
  case UnaryKind::GeluTanh:
    node.set("approximate", StringRef("tanh"));
    break;
  case UnaryKind::Shrink:
    node.set("lambd", alpha).set("bias", beta);
    break;
  case UnaryKind::IsInf:
    node.set("detect_negative", int64_t(alpha != 0)).set("detect_positive", int64_t(beta != 0));
    break;
  default:
    break;
  }
}

void exportBinary(GraphExporter &exporter, graph::BinaryOp op) {
  Node node = exporter.emit(op, onnxName(op.getKind()), op.getOperands());
  if (op.getKind() == BinaryKind::Fmod)
    node.set("fmod", int64_t(1));
  if (op.getKind() == BinaryKind::ShiftLeft)
    node.set("direction", StringRef("LEFT"));
  if (op.getKind() == BinaryKind::ShiftRight)
    node.set("direction", StringRef("RIGHT"));
}

void exportCompare(GraphExporter &exporter, graph::CompareOp op) {
  auto operands = exporter.names(op.getOperands());
  if (op.getKind() == CompareKind::Ne)
    exporter.emit(op, "Not", {exporter.emitStep(op, "Equal", operands)});
  else
    exporter.emit(op, onnxName(op.getKind()), operands);
}
} // namespace

bool exportElementwise(GraphExporter &exporter, Operation *op) {
  return llvm::TypeSwitch<Operation *, bool>(op)
      .Case([&](graph::UnaryOp op) { return exportUnary(exporter, op), true; })
      .Case([&](graph::BinaryOp op) { return exportBinary(exporter, op), true; })
      .Case([&](graph::CompareOp op) { return exportCompare(exporter, op), true; })
      .Case([&](graph::SelectOp op) { return exporter.emit(op, "Where", op->getOperands()), true; })
      .Case([&](graph::BitCastOp op) {
        exporter.emit(op, "BitCast", op->getOperands()).set("to", static_cast<int64_t>(graph::dtypeOf(op.getTo())));
        return true;
      })
      .Case([&](graph::CastOp op) {
        auto node = exporter.emit(op, "Cast", op->getOperands());
        node.set("to", static_cast<int64_t>(graph::dtypeOf(op.getTo())));
        if (op.getUnsaturated())
          node.set("saturate", int64_t(0));
        if (op.getRounding() != graph::RoundingKind::Up)
          node.set("round_mode", graph::stringifyRoundingKind(op.getRounding()));
        return true;
      })
      .Default([](Operation *) { return false; });
}

} // namespace mlc::exporting
