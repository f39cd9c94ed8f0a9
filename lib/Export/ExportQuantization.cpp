#include "Export/GraphExporter.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace mlc::exporting {

template <typename Op> static void exportLinear(GraphExporter &exporter, Op op, const char *type) {
  std::vector<std::string> inputs = exporter.names(op->getOperands());
  // A zero point of int32 is 0 by ONNX's rules, and some readers want it absent.
  if (cast<RankedTensorType>(op.getZeroPoint().getType()).getElementType().isSignlessInteger(32))
    inputs.pop_back();
  Node node = exporter.emit(op, type, inputs);
  if (cast<RankedTensorType>(op.getScale().getType()).getRank() > 0)
    node.set("axis", static_cast<int64_t>(op.getAxis()));
  if (op.getBlock() != 0)
    node.set("block_size", static_cast<int64_t>(op.getBlock()));
}

bool exportQuantization(GraphExporter &exporter, Operation *op) {
  return llvm::TypeSwitch<Operation *, bool>(op)
      .Case([&](graph::QuantizeOp op) { return exportLinear(exporter, op, "QuantizeLinear"), true; })
      .Case([&](graph::DequantizeOp op) { return exportLinear(exporter, op, "DequantizeLinear"), true; })
      .Case([&](graph::DynamicRangeOp op) {
        // Its first output, the quantized tensor, is made by a QuantizeLinear with the other two.
        exporter.addNode(op, "DynamicQuantizeLinear", exporter.names(op->getOperands()),
                         {exporter.temporary(op), exporter.name(op.getScale()), exporter.name(op.getZeroPoint())});
        return true;
      })
      .Default([](Operation *) { return false; });
}

} // namespace mlc::exporting
