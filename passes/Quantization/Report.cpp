#include "passes/Quantization/Report.h"

#include "Graph/NodeName.h"

namespace mlc {

void QuantizationReport::add(mlir::Operation *op, std::string decision, std::string reason) {
  nodes.push_back({graph::nodeName(op), op->getName().stripDialect().str(), std::move(decision), std::move(reason)});
}

} // namespace mlc
