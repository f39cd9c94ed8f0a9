// Walks the nodes of a model and builds graph ops: scopes of names, subgraphs, function calls, and what cannot be done.
#pragma once

#include "Import/Functions.h"
#include "Import/GraphOrder.h"
#include "Import/ModelFile.h"
#include "Import/Node.h"
#include "Import/TensorData.h"

#include "mlir/IR/Diagnostics.h"

namespace mlc::importer {

/// An error that ends the import; thrown inside lib/Import and returned by importModel.
struct ImportFailure {
  Error error;
};

/// The operator set version of each domain that a graph or function is written for.
using Opsets = std::map<std::string, int64_t>;

/// "opset 17 of ai.onnx" must be between 6 and 28. Errors: Unsupported, or BadInput where there is none.
Result<Opsets> readOpsets(const google::protobuf::RepeatedPtrField<onnx::OperatorSetIdProto> &imports,
                          const std::string &what);

class GraphImporter {
public:
  GraphImporter(mlir::MLIRContext &context, const std::string &modelPath, FunctionLibrary functions);

  mlir::OpBuilder &builder() { return builder_; }
  mlir::ElementsAttr tensor(const onnx::TensorProto &tensor);

  /// Imports initializers (their bytes move out of `graph`) and nodes at the builder's insertion point, with these
  /// values for the graph's inputs by name. Gives the graph's outputs; null where one depends on what is unsupported.
  llvm::SmallVector<mlir::Value> importMain(onnx::GraphProto &graph, const Opsets &opsets,
                                            const llvm::StringMap<mlir::Value> &inputs);

  /// Imports the body of a control flow node at the builder's insertion point, with `arguments` for its inputs. Values
  /// of the surrounding graphs are visible. Throws NodeFailure::Skipped where an output is not available.
  llvm::SmallVector<mlir::Value> importBody(const onnx::GraphProto &graph, llvm::ArrayRef<mlir::Value> arguments);

  /// Removes what stood for sequences while nodes were imported; nothing else uses it any more.
  static void dropSequences(mlir::Operation *root);

  /// The rank that the graph around a node gives for one of its values.
  std::optional<int64_t> declaredRank(const std::string &name) const;

  /// One line for every node that is not supported.
  const std::vector<std::string> &unsupportedNodes() const { return unsupported_; }

  /// What inference of types last reported; empties it.
  std::string takeDiagnostic() { return std::exchange(diagnostic_, {}); }

private:
  struct Scope {
    llvm::StringSet<> names; ///< all that the graph defines, made already or not
    llvm::StringMap<mlir::Value> values;
    llvm::StringMap<int64_t> ranks; ///< that the file gives, of outputs and values between
  };
  static void readRanks(const onnx::GraphProto &graph, Scope &scope);
  // A graph or function body that is being imported; subgraphs see the scopes of those around them.
  struct Frame {
    const Opsets *opsets;
    std::string prefix; ///< of locations: the names of the calls that lead here
    std::vector<Scope *> scopes;
    std::vector<const onnx::FunctionProto *> calls;
  };

  using Nodes = google::protobuf::RepeatedPtrField<onnx::NodeProto>;
  /// What follows the nodes of a graph: gives the values that come of it in the end, null where they are unsupported.
  using Finish = llvm::function_ref<llvm::SmallVector<mlir::Value>()>;
  /// Imports nodes in an order that works, then what follows them.
  llvm::SmallVector<mlir::Value> importNodes(const Nodes &nodes, Finish finish);
  llvm::SmallVector<mlir::Value> importFrom(const Nodes &nodes, llvm::ArrayRef<int> order, Finish finish);
  llvm::SmallVector<mlir::Value> importForEachBranch(const onnx::NodeProto &node, const Nodes &nodes,
                                                     llvm::ArrayRef<int> rest, Finish finish);
  /// As importBody; `finish` gets the body's outputs, outside of its scope.
  llvm::SmallVector<mlir::Value>
  importBodyThen(const onnx::GraphProto &graph, llvm::ArrayRef<mlir::Value> arguments,
                 llvm::function_ref<llvm::SmallVector<mlir::Value>(llvm::ArrayRef<mlir::Value>)> finish);
  llvm::SmallVector<mlir::Value> joinBranches(Node &builder, mlir::OperationState &state,
                                              std::array<llvm::ArrayRef<mlir::Value>, 2> results);
  mlir::Value followedBranch(Node &builder, bool isThen, mlir::Value value);
  llvm::SmallVector<mlir::Value> mainOutputs(const onnx::GraphProto &graph);
  llvm::SmallVector<mlir::Value> bodyOutputs(const onnx::GraphProto &graph);
  void importNode(const onnx::NodeProto &node);
  Results buildNode(const onnx::NodeProto &node);
  Results callFunction(const onnx::FunctionProto &function, const onnx::NodeProto &node,
                       llvm::ArrayRef<mlir::Value> inputs);
  void addInitializers(const google::protobuf::RepeatedPtrField<onnx::TensorProto> &tensors, bool steal, Scope &scope);
  mlir::Value find(const std::string &name) const;
  void listUnsupportedInside(const onnx::NodeProto &node);
  void report(const onnx::NodeProto &node, const std::string &reason);
  int64_t opsetOf(const std::string &domain) const;

  mlir::MLIRContext &context_;
  mlir::OpBuilder builder_;
  FunctionLibrary functions_;
  ExternalData external_;
  Frame frame_;
  int splits_ = 0; ///< how many Ifs the import stands inside of whose branches have the rest of their graph in them
  std::vector<std::string> unsupported_;
  std::set<std::string> reported_;
  std::string diagnostic_;
  mlir::ScopedDiagnosticHandler diagnostics_;
};

} // namespace mlc::importer
