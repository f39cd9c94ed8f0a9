// Which precision each layer of a model shall have: attributes of its op that the compressing passes obey.
#pragma once

#include "mlcompress/Result.h"

#include "mlir/IR/BuiltinOps.h"

#include <optional>
#include <string>
#include <vector>

namespace mlc {

/// "int8", "bf16", "f16" or "f32" on the op of a layer; where it is missing, the pass that runs decides.
inline constexpr llvm::StringLiteral kPrecisionAttr = "graph.precision";
/// Why, as a report shall say it.
inline constexpr llvm::StringLiteral kPrecisionReasonAttr = "graph.precision_reason";

/// An op whose weights or products can be compressed: a contraction, a recurrent layer, a lookup in a table of floats.
struct Layer {
  mlir::Operation *op = nullptr;
  std::string name; ///< of the ONNX node; "NODE#2" for the second op that came from the same one, and so on
};

/// All layers of @main, those inside its control flow included, in the model's order.
std::vector<Layer> layersOf(mlir::ModuleOp module);

void setPrecision(mlir::Operation *layer, llvm::StringRef precision, llvm::StringRef reason = "");
/// The precision that the op was given, "" where it has none.
llvm::StringRef precisionOf(mlir::Operation *layer);
/// Why a pass that makes `precision` must leave the op alone; nullopt where it need not.
std::optional<std::string> reservedFromPrecision(mlir::Operation *layer, llvm::StringRef precision);
/// Removes all these attributes.
void dropPrecisions(mlir::ModuleOp module);

/// Gives "f32" to layers that shall not be compressed: where `include` is not empty all that it does not select, and
/// all that `exclude` selects. A selector is
///   NAME         a node's name, in which * stands for any characters and ? for one;
///   /REGEX/      a part of the name matches (ECMAScript);
///   op:TYPE      the ONNX operator: Conv, ConvTranspose, MatMul (and Gemm), Gather, LSTM (and GRU, RNN);
///   FIRST..LAST  every layer on a way from node FIRST to node LAST, both included.
/// Errors (usage): a selector that is malformed or selects nothing.
Result<void> selectLayers(mlir::ModuleOp module, const std::vector<std::string> &include,
                          const std::vector<std::string> &exclude);

} // namespace mlc
