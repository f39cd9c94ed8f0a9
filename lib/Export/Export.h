// From the graph dialect to an ONNX file.
#pragma once

#include "mlcompress/Result.h"

#include "mlir/IR/BuiltinOps.h"

#include <string>

namespace mlc {

/// The opset that every exported model declares.
inline constexpr int64_t kExportOpset = 21;

/// Writes @main as an ONNX model (opset 21, IR version 10): names of inputs, outputs and their symbolic
/// dimensions as `graph.name` and `graph.dims` say, nodes named after their ops' locations, constants as
/// initializers. quantize and dequantize become QuantizeLinear and DequantizeLinear, so that a quantized
/// graph is a QDQ model.
///
/// The file appears as a whole or not at all. Errors: Unsupported with one message that lists every op
/// without an ONNX form (channels-last layouts), or for a model above 2 GB, which one ONNX file cannot hold;
/// BadInput where the file cannot be written.
Result<void> exportOnnx(mlir::ModuleOp module, const std::string &path, const std::string &producerVersion = "");

} // namespace mlc
