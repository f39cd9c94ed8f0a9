#include "passes/Quantization/Report.h"

#include "mlir/IR/Location.h"

using namespace mlir;

namespace mlc {

std::string nodeName(Operation *op) {
  std::string name;
  op->getLoc()->walk([&](Location location) {
    auto named = dyn_cast<NameLoc>(location);
    if (!named)
      return WalkResult::advance();
    name = named.getName().str();
    return WalkResult::interrupt();
  });
  return name.empty() ? op->getName().getStringRef().str() : name;
}

void QuantizationReport::add(Operation *op, std::string decision, std::string reason) {
  nodes.push_back({nodeName(op), op->getName().stripDialect().str(), std::move(decision), std::move(reason)});
}

} // namespace mlc
