#include "Export/GraphExporter.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace mlc::exporting {

static const char *onnxName(graph::ReduceKind kind) {
  switch (kind) {
  case graph::ReduceKind::Sum:
    return "ReduceSum";
  case graph::ReduceKind::Mean:
    return "ReduceMean";
  case graph::ReduceKind::Prod:
    return "ReduceProd";
  case graph::ReduceKind::Min:
    return "ReduceMin";
  case graph::ReduceKind::Max:
    return "ReduceMax";
  }
  return nullptr;
}

static void exportLayerNorm(GraphExporter &exporter, graph::LayerNormOp op) {
  int64_t axis = op.getAxis();
  float epsilon = op.getEpsilon().convertToFloat();
  if (!op.getRms()) {
    exporter.emit(op, "LayerNormalization", op->getOperands()).set("axis", axis).set("epsilon", epsilon);
    return;
  }
  // RMSNormalization came with opset 23.
  auto type = cast<RankedTensorType>(op.getInput().getType());
  std::string input = exporter.name(op.getInput());
  std::string square = exporter.emitStep(op, "Mul", {input, input});
  SmallVector<int64_t> axes = llvm::to_vector(llvm::seq<int64_t>(axis, type.getRank()));
  auto mean = exporter.emitStepWith(op, "ReduceMean", {square, exporter.indices(axes)});
  mean.second.set("keepdims", int64_t(1));
  std::string sum = exporter.emitStep(op, "Add", {mean.first, exporter.scalar(type.getElementType(), epsilon)});
  std::string norm = exporter.emitStep(op, "Div", {input, exporter.emitStep(op, "Sqrt", {sum})});
  if (op.getBias())
    exporter.emit(op, "Add",
                  {exporter.emitStep(op, "Mul", {norm, exporter.name(op.getScale())}), exporter.name(op.getBias())});
  else
    exporter.emit(op, "Mul", {norm, exporter.name(op.getScale())});
}

bool exportReduction(GraphExporter &exporter, Operation *op) {
  return llvm::TypeSwitch<Operation *, bool>(op)
      .Case([&](graph::ReduceOp op) {
        exporter.emit(op, onnxName(op.getKind()), {exporter.name(op.getInput()), exporter.indices(op.getAxes())})
            .set("keepdims", int64_t(op.getKeepdims()))
            .set("noop_with_empty_axes", int64_t(1));
        return true;
      })
      .Case([&](graph::ArgReduceOp op) {
        exporter.emit(op, op.getKind() == graph::ArgReduceKind::Max ? "ArgMax" : "ArgMin", op->getOperands())
            .set("axis", static_cast<int64_t>(op.getAxis()))
            .set("keepdims", int64_t(op.getKeepdims()))
            .set("select_last_index", int64_t(op.getSelectLast()));
        return true;
      })
      .Case([&](graph::SoftmaxOp op) {
        exporter.emit(op, op.getLog() ? "LogSoftmax" : "Softmax", op->getOperands())
            .set("axis", static_cast<int64_t>(op.getAxis()));
        return true;
      })
      .Case([&](graph::LayerNormOp op) { return exportLayerNorm(exporter, op), true; })
      .Case([&](graph::CumSumOp op) {
        Type i64 = IntegerType::get(op->getContext(), 64);
        exporter
            .emit(op, "CumSum", {exporter.name(op.getInput()), exporter.scalar(i64, static_cast<double>(op.getAxis()))})
            .set("exclusive", int64_t(op.getExclusive()))
            .set("reverse", int64_t(op.getReverse()));
        return true;
      })
      .Case([&](graph::TopKOp op) {
        std::string k = exporter.name(op.getK());
        if (cast<RankedTensorType>(op.getK().getType()).getRank() == 0)
          k = exporter.emitStep(op, "Unsqueeze", {k, exporter.indices({0})});
        exporter.emit(op, "TopK", {exporter.name(op.getInput()), k})
            .set("axis", static_cast<int64_t>(op.getAxis()))
            .set("largest", int64_t(!op.getSmallest()))
            .set("sorted", int64_t(!op.getUnsorted()));
        return true;
      })
      .Default([](Operation *) { return false; });
}

} // namespace mlc::exporting
