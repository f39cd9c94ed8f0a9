#include "Export/GraphExporter.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace mlc::exporting {

static void exportPool(GraphExporter &exporter, graph::PoolOp op) {
  if (op.getChannelsLast())
    return exporter.unsupported(op, "ONNX has no channels-last layout");
  bool average = op.getKind() == graph::PoolKind::Average;
  Node node = exporter.emit(op, average ? "AveragePool" : "MaxPool", op->getOperands());
  node.set("kernel_shape", op.getKernel()).set("strides", op.getStrides()).set("pads", op.getPads());
  node.set("dilations", op.getDilations()).set("ceil_mode", int64_t(op.getCeilMode()));
  if (average)
    node.set("count_include_pad", int64_t(op.getCountIncludePad()));
}

static void exportResize(GraphExporter &exporter, graph::ResizeOp op) {
  // ONNX takes scales or sizes, never both; with scales it computes the sizes as the importer did.
  std::vector<std::string> inputs{exporter.name(op.getInput()), "", exporter.name(op.getScales()), ""};
  if (!op.getScales())
    inputs.back() = exporter.name(op.getSizes());
  Node node = exporter.emit(op, "Resize", inputs);
  node.set("axes", op.getAxes()).set("mode", graph::stringifyResizeMode(op.getMode()));
  node.set("coordinate_transformation_mode", graph::stringifyCoordinateMode(op.getCoordinates()));
  if (op.getMode() == graph::ResizeMode::Nearest)
    node.set("nearest_mode", graph::stringifyNearestMode(op.getNearest()));
  if (op.getMode() == graph::ResizeMode::Cubic)
    node.set("cubic_coeff_a", op.getCubicCoefficient().convertToFloat());
  if (op.getMode() != graph::ResizeMode::Nearest)
    node.set("exclude_outside", int64_t(op.getExcludeOutside()));
}

bool exportSpatial(GraphExporter &exporter, Operation *op) {
  return llvm::TypeSwitch<Operation *, bool>(op)
      .Case([&](graph::PoolOp op) { return exportPool(exporter, op), true; })
      .Case([&](graph::ResizeOp op) { return exportResize(exporter, op), true; })
      .Default([](Operation *) { return false; });
}

} // namespace mlc::exporting
