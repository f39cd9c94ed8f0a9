#include "Export/GraphExporter.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace mlc::exporting {

bool exportControl(GraphExporter &exporter, Operation *op) {
  return llvm::TypeSwitch<Operation *, bool>(op)
      .Case([&](graph::IfOp op) {
        Node node = exporter.emit(op, "If", op->getOperands());
        exporter.exportRegion(op.getThenRegion(), node.graph("then_branch"));
        exporter.exportRegion(op.getElseRegion(), node.graph("else_branch"));
        return true;
      })
      .Case([&](graph::LoopOp op) {
        Node node = exporter.emit(op, "Loop", op->getOperands());
        exporter.exportRegion(op.getBody(), node.graph("body"));
        return true;
      })
      .Case([&](graph::RequireOp op) { // ONNX has no word for it
        exporter.emit(op, "Identity", ValueRange(op.getValue()));
        return true;
      })
      .Default([](Operation *) { return false; });
}

} // namespace mlc::exporting
