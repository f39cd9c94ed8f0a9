// What the quantization passes did to each node, and why not.
#pragma once

#include "mlir/IR/Operation.h"

#include <string>
#include <vector>

namespace mlc {

struct QuantizationDecision {
  std::string node; ///< the ONNX node
  std::string op;   ///< the op of the graph
  std::string
      decision; ///< "int8", "int8 dynamic", "int8 weights", "int4 weights", "bf16", "fp16", "fp16 weights" or "f32"
  std::string reason; ///< empty where the decision is what was asked for
};

struct QuantizationReport {
  std::vector<QuantizationDecision> nodes;

  void add(mlir::Operation *op, std::string decision, std::string reason = "");
};

} // namespace mlc
