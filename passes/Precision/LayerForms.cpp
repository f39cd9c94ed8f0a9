#include "passes/Precision/LayerForms.h"

#include "passes/BFloat16/BFloat16.h"
#include "passes/QuantizeDynamic/QuantizeDynamic.h"
#include "passes/QuantizeStatic/QuantizeStatic.h"

using namespace mlir;

namespace mlc {

using namespace quantization;

StringRef precisionName(Precision precision) {
  switch (precision) {
  case Precision::F32:
    return "f32";
  case Precision::Int8:
    return "int8";
  case Precision::BF16:
    return "bf16";
  case Precision::Int4:
    return "int4";
  }
  return "";
}

LayerForms::LayerForms(func::FuncOp function, bool dynamic)
    : dynamic_(dynamic), groups_(function, QuantizeStaticOptions()) {}

Result<Value> LayerForms::int8(const Contraction &layer) {
  Operation *op = layer.op;
  Value input = op->getOperand(layer.activation);
  std::optional<QuantParams> params;
  bool dynamic = dynamic_ || groups_.whyAtRunTime(layer);
  if (!dynamic) {
    auto range = groups_.range(input);
    if (!range)
      return unsupported("calibration gave no range for its input");
    params = asymmetricUi8(*range);
  }
  OpBuilder builder(op->getContext());
  builder.setInsertionPointAfter(op);
  Value rounded =
      dynamic ? quantizeAtRunTime(builder, input)
              : makeDequantize(builder, op->getLoc(), makeQuantize(builder, op->getLoc(), input, *params), *params);
  Contraction copy = layer;
  copy.op = builder.clone(*op);
  if (auto done = quantizeWeightsOf(copy, params ? std::optional(params->scale) : std::nullopt); !done) {
    copy.op->erase();
    return done.error();
  }
  copy.op->setOperand(copy.activation, rounded);
  // The correction of the bias of a product is an op of its own.
  Value result = copy.op->getResult(0);
  return result.use_empty() ? result : result.getUsers().begin()->getResult(0);
}

Value LayerForms::bf16(const Contraction &layer) {
  Operation *op = layer.op;
  if (!bfloat16Obstacle(op).empty())
    return {};
  OpBuilder builder(op->getContext());
  builder.setInsertionPointAfter(op);
  auto round = [&](Value value) -> Value {
    Value narrow = graph::CastOp::create(builder, op->getLoc(), value, builder.getBF16Type());
    return graph::CastOp::create(builder, op->getLoc(), narrow, builder.getF32Type());
  };
  Value input = round(op->getOperand(layer.activation)), weights = round(op->getOperand(layer.weights));
  Operation *copy = builder.clone(*op);
  copy->setOperand(layer.activation, input);
  copy->setOperand(layer.weights, weights);
  return copy->getResult(0);
}

Value LayerForms::int4(const Contraction &layer, const graph::BlockWeights &weights) {
  OpBuilder builder(layer.op->getContext());
  builder.setInsertionPointAfter(layer.op);
  Value operand = graph::makeBlockOperand(builder, layer.op->getLoc(), weights);
  auto copy = cast<graph::MatmulOp>(builder.clone(*layer.op));
  copy.getRhsMutable().assign(operand);
  copy.setInt8(true);
  return copy.getOutput();
}

Value LayerForms::form(Operation *op, StringRef precision) {
  auto layer = isContraction(op) ? matchContraction(op) : unsupported("it is no contraction");
  if (!layer)
    return {};
  if (precision == precisionName(Precision::BF16))
    return bf16(*layer);
  bool isMine = llvm::any_of(contractions(), [&](const Contraction &mine) { return mine.op == op; });
  if (precision != precisionName(Precision::Int8) || !isMine)
    return {};
  auto made = int8(*layer);
  return made ? *made : Value();
}

} // namespace mlc
