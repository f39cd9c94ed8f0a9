#include "Graph/Inference.h"

using namespace mlir;

namespace mlc::graph {

static std::string describe(RankedTensorType type) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  stream << type;
  return text;
}

// The broadcast of all operands' shapes with this element type.
static LogicalResult inferBroadcast(std::optional<Location> location, ValueRange operands, Type elementType,
                                    SmallVectorImpl<Type> &types) {
  SmallVector<int64_t> shape;
  for (Value operand : operands) {
    auto joined = broadcastShapes(shape, tensorType(operand).getShape());
    if (!joined)
      return emitOptionalError(location, "shapes cannot be broadcast: ", describe(tensorType(operands[0])), " and ",
                               describe(tensorType(operand)));
    shape = *joined;
  }
  types.push_back(RankedTensorType::get(shape, elementType));
  return success();
}

MLC_INFER(UnaryOp) {
  Adaptor op(operands, attributes, properties, regions);
  RankedTensorType input = tensorType(op.getInput());
  switch (op.getKind()) {
  case UnaryKind::Not:
  case UnaryKind::IsNan:
  case UnaryKind::IsInf:
    types.push_back(input.clone(IntegerType::get(context, 1)));
    break;
  default:
    types.push_back(input);
  }
  return success();
}

MLC_INFER(BinaryOp) {
  Adaptor op(operands, attributes, properties, regions);
  Type lhs = tensorType(op.getLhs()).getElementType(), rhs = tensorType(op.getRhs()).getElementType();
  if (lhs != rhs && op.getKind() != BinaryKind::Pow)
    return emitOptionalError(location, "operands have different element types: ", lhs, " and ", rhs);
  return inferBroadcast(location, operands, lhs, types);
}

MLC_INFER(CompareOp) {
  Adaptor op(operands, attributes, properties, regions);
  Type lhs = tensorType(op.getLhs()).getElementType(), rhs = tensorType(op.getRhs()).getElementType();
  if (lhs != rhs)
    return emitOptionalError(location, "operands have different element types: ", lhs, " and ", rhs);
  return inferBroadcast(location, operands, IntegerType::get(context, 1), types);
}

MLC_INFER(SelectOp) {
  Adaptor op(operands, attributes, properties, regions);
  Type onTrue = tensorType(op.getOnTrue()).getElementType(), onFalse = tensorType(op.getOnFalse()).getElementType();
  if (onTrue != onFalse)
    return emitOptionalError(location, "branches have different element types: ", onTrue, " and ", onFalse);
  return inferBroadcast(location, operands, onTrue, types);
}

MLC_INFER(CastOp) {
  Adaptor op(operands, attributes, properties, regions);
  types.push_back(tensorType(op.getInput()).clone(op.getTo()));
  return success();
}

MLC_INFER(BitCastOp) {
  Adaptor op(operands, attributes, properties, regions);
  Type from = tensorType(op.getInput()).getElementType();
  auto bytes = [](Type type) { return byteSize(dtypeOf(type)); };
  if (bytes(from) != bytes(op.getTo()))
    return emitOptionalError(location, "element types ", from, " and ", op.getTo(), " differ in width");
  types.push_back(tensorType(op.getInput()).clone(op.getTo()));
  return success();
}

OpFoldResult CastOp::fold(FoldAdaptor) {
  if (getInput().getType() == getType())
    return getInput();
  return {};
}

} // namespace mlc::graph
