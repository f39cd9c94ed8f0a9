#include "Export/GraphExporter.h"

using namespace mlir;

namespace mlc::exporting {

bool exportDetection(GraphExporter &exporter, Operation *op) {
  auto suppression = dyn_cast<graph::NonMaxSuppressionOp>(op);
  if (!suppression)
    return false;
  exporter.emit(op, "NonMaxSuppression", op->getOperands()).set("center_point_box", int64_t(suppression.getCenter()));
  return true;
}

} // namespace mlc::exporting
