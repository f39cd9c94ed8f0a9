// How messages, reports and exported models name an op.
#pragma once

#include "mlir/IR/Location.h"
#include "mlir/IR/Operation.h"

#include <string>

namespace mlc::graph {

/// The ONNX node's name in the op's location; the op's own name ("graph.conv") where there is none.
inline std::string nodeName(mlir::Operation *op) {
  std::string name;
  op->getLoc()->walk([&](mlir::Location location) {
    auto named = llvm::dyn_cast<mlir::NameLoc>(location);
    if (!named)
      return mlir::WalkResult::advance();
    name = named.getName().str();
    return mlir::WalkResult::interrupt();
  });
  return name.empty() ? op->getName().getStringRef().str() : name;
}

} // namespace mlc::graph
