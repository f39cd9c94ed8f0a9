#include "Export/GraphExporter.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace mlc::exporting {

bool exportShape(GraphExporter &exporter, Operation *op) {
  auto names = [&] { return exporter.names(op->getOperands()); };
  auto withIndices = [&](ArrayRef<int64_t> values) {
    auto result = names();
    result.push_back(exporter.indices(values));
    return result;
  };
  return llvm::TypeSwitch<Operation *, bool>(op)
      .Case([&](graph::ShapeOfOp op) {
        exporter.emit(op, "Shape", names())
            .set("start", static_cast<int64_t>(op.getStart()))
            .set("end", static_cast<int64_t>(op.getEnd()));
        return true;
      })
      .Case([&](graph::ReshapeOp op) {
        exporter.emit(op, "Reshape", names()).set("allowzero", int64_t(op.getAllowzero()));
        return true;
      })
      .Case([&](graph::SqueezeOp op) { return exporter.emit(op, "Squeeze", withIndices(op.getAxes())), true; })
      .Case([&](graph::UnsqueezeOp op) { return exporter.emit(op, "Unsqueeze", withIndices(op.getAxes())), true; })
      .Case([&](graph::TransposeOp op) {
        return exporter.emit(op, "Transpose", names()).set("perm", op.getPerm()), true;
      })
      .Case([&](graph::ExpandOp op) { return exporter.emit(op, "Expand", names()), true; })
      .Case([&](graph::SliceOp op) {
        exporter.emit(op, "Slice",
                      {exporter.name(op.getInput()), exporter.name(op.getStarts()), exporter.name(op.getEnds()),
                       exporter.indices(op.getAxes()), exporter.name(op.getSteps())});
        return true;
      })
      .Case([&](graph::ConcatOp op) {
        return exporter.emit(op, "Concat", names()).set("axis", static_cast<int64_t>(op.getAxis())), true;
      })
      .Case([&](graph::GatherOp op) {
        return exporter.emit(op, "Gather", names()).set("axis", static_cast<int64_t>(op.getAxis())), true;
      })
      .Case([&](graph::GatherElementsOp op) {
        return exporter.emit(op, "GatherElements", names()).set("axis", static_cast<int64_t>(op.getAxis())), true;
      })
      .Case([&](graph::GatherNDOp op) {
        exporter.emit(op, "GatherND", names()).set("batch_dims", static_cast<int64_t>(op.getBatchDims()));
        return true;
      })
      .Case([&](graph::ScatterOp op) {
        std::string rows =
            exporter.emitStep(op, "Reshape", {exporter.name(op.getIndices()), exporter.indices({-1, 1})});
        exporter.emit(op, "ScatterND", {exporter.name(op.getInput()), rows, exporter.name(op.getUpdates())})
            .set("reduction", op.getKind() == graph::ScatterKind::Replace ? llvm::StringRef("none")
                                                                          : graph::stringifyScatterKind(op.getKind()));
        return true;
      })
      .Case([&](graph::PadOp op) {
        bool constant = op.getMode() == graph::PadMode::Constant;
        exporter
            .emit(op, "Pad",
                  {exporter.name(op.getInput()), exporter.name(op.getPads()),
                   constant ? exporter.name(op.getValue()) : std::string(), exporter.indices(op.getAxes())})
            .set("mode", graph::stringifyPadMode(op.getMode()));
        return true;
      })
      .Case([&](graph::TileOp op) { return exporter.emit(op, "Tile", names()), true; })
      .Case([&](graph::RangeOp op) { return exporter.emit(op, "Range", names()), true; })
      .Case([&](graph::NonZeroOp op) { return exporter.emit(op, "NonZero", names()), true; })
      .Default([](Operation *) { return false; });
}

} // namespace mlc::exporting
