// How a diagnostic reads to a user of the tool.
#pragma once

#include "mlir/IR/Diagnostics.h"

#include <string>

namespace mlc::graph {

/// The diagnostic's text with types in the notation of all messages: "float32[2,?]" for tensor<2x?xf32>, "int64" for
/// i64. Types that no model has are left as MLIR prints them.
std::string messageOf(const mlir::Diagnostic &diagnostic);

} // namespace mlc::graph
