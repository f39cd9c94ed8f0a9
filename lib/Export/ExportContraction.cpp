#include "Export/GraphExporter.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace mlc::exporting {

// What Conv, ConvInteger and ConvTranspose have in common; null for a layout ONNX does not have.
template <typename Op> static std::optional<Node> exportWindows(GraphExporter &exporter, Op op, const char *type) {
  if (op.getChannelsLast()) {
    exporter.unsupported(op, "ONNX has no channels-last layout");
    return std::nullopt;
  }
  Node node = exporter.emit(op, type, op->getOperands());
  auto weights = cast<RankedTensorType>(op.getWeights().getType());
  auto kernel = weights.getShape().drop_front(2);
  if (!ShapedType::isDynamicShape(kernel))
    node.set("kernel_shape", kernel);
  node.set("strides", op.getStrides()).set("pads", op.getPads()).set("dilations", op.getDilations());
  node.set("group", static_cast<int64_t>(op.getGroup()));
  return node;
}

bool exportContraction(GraphExporter &exporter, Operation *op) {
  return llvm::TypeSwitch<Operation *, bool>(op)
      .Case([&](graph::MatmulOp op) { return exporter.emit(op, "MatMul", op->getOperands()), true; })
      .Case([&](graph::MatmulIntegerOp op) { return exporter.emit(op, "MatMulInteger", op->getOperands()), true; })
      .Case([&](graph::ConvOp op) { return exportWindows(exporter, op, "Conv"), true; })
      .Case([&](graph::ConvIntegerOp op) { return exportWindows(exporter, op, "ConvInteger"), true; })
      .Case([&](graph::ConvTransposeOp op) {
        if (auto node = exportWindows(exporter, op, "ConvTranspose"))
          node->set("output_padding", op.getOutputPadding());
        return true;
      })
      .Default([](Operation *) { return false; });
}

} // namespace mlc::exporting
