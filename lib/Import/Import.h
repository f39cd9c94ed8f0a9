// From an ONNX file to the graph dialect, and what can be told of a model without compiling it.
#pragma once

#include "mlcompress/Reports.h"
#include "mlcompress/Result.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

#include <map>
#include <string>
#include <vector>

namespace mlc {

struct ImportOptions {
  /// Sizes for dynamic dimensions: by symbol ("batch"), or for one without a name by input and axis ("x[2]").
  std::map<std::string, int64_t> dims;
};

/// The model as one function `@main` of graph ops in a module.
///
/// Arguments and results carry `graph.name` and `graph.dims` (one string a dimension: the symbol, or "" for a fixed or
/// nameless one); the module `graph.model` (a C identifier from the file's stem) and `graph.opset` (i64). Every op's
/// location is the name of its ONNX node. An input that has an initializer is a constant, not an argument: a caller
/// could override it in ONNX, which would forbid compiling it in. ONNX functions are inlined.
///
/// Errors: BadInput for a file that is missing, truncated, no model or inconsistent; Unsupported with one message that
/// lists every node (name, operator, domain, opset, reason) that cannot be compiled; Usage for unknown `dims`.
Result<mlir::OwningOpRef<mlir::ModuleOp>> importModel(mlir::MLIRContext &context, const std::string &path,
                                                      const ImportOptions &options = {});

/// One input or output of a model as its file declares it.
struct ModelValueInfo {
  std::string name;
  std::string elementType;       ///< "float32", "int64", …; ONNX's name where mlcompress has no such type
  std::vector<std::string> dims; ///< numbers, symbols, or "?"
  bool hasShape = true;
};

struct OperatorCount {
  std::string domain, op;
  int64_t count = 0;
  bool supported = false;
};

struct ModelContents {
  std::string path, graphName, producerName, producerVersion, domain, docString;
  int64_t irVersion = 0, modelVersion = 0, fileBytes = 0;
  std::vector<std::pair<std::string, int64_t>> opsets; ///< ("" is the default domain, version)
  std::vector<std::pair<std::string, std::string>> metadata;
  std::vector<ModelValueInfo> inputs, outputs;
  std::vector<OperatorCount> operators; ///< most frequent first; nodes of subgraphs and functions included
  int64_t nodes = 0, parameters = 0, parameterBytes = 0;
  std::vector<std::string> unsupported;          ///< one line a node that no table row covers
  std::vector<UnsupportedNode> unsupportedNodes; ///< the same nodes
};

/// What the file says of the model. Errors: BadInput for a file that cannot be read as a model.
Result<ModelContents> inspectModel(const std::string &path);

/// One operator that `importModel` accepts.
struct OperatorSupport {
  std::string op;
  std::string domain;        ///< "ai.onnx" is the default domain
  int64_t since = 6;         ///< first opset version
  int64_t until = 28;        ///< last opset version
  std::string types, limits; ///< element types of the first operand; what is not supported, or ""
};

/// The rows of the table that drives the import, by domain and name.
std::vector<OperatorSupport> supportedOperators();

} // namespace mlc
