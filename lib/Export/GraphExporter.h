// State of one export: names, initializers, and the graph that nodes are added to.
#pragma once

#include "Graph/Graph.h"
#include "mlcompress/Result.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringSet.h"

#include <onnx/onnx_pb.h>

#include <string>
#include <vector>

namespace mlc::exporting {

/// A node under construction: attributes by ONNX's names.
class Node {
public:
  explicit Node(onnx::NodeProto &proto) : proto_(proto) {}
  Node &set(const char *name, int64_t value);
  Node &set(const char *name, float value);
  Node &set(const char *name, llvm::StringRef value);
  Node &set(const char *name, llvm::ArrayRef<int64_t> values);
  onnx::GraphProto &graph(const char *name);
  void setDomain(llvm::StringRef domain) { proto_.set_domain(domain.str()); }

private:
  onnx::AttributeProto &attribute(const char *name, onnx::AttributeProto::AttributeType type);
  onnx::NodeProto &proto_;
};

inline constexpr llvm::StringLiteral kMicrosoftDomain = "com.microsoft";

class GraphExporter {
public:
  GraphExporter(mlir::MLIRContext *context, onnx::GraphProto &graph)
      : context_(context), main_(graph), graph_(&graph) {}

  void exportFunction(mlir::func::FuncOp function);
  /// Ops that have no ONNX form: "node (op): reason".
  const std::vector<std::string> &unsupportedOps() const { return unsupported_; }

  // ---- for the families
  /// The ONNX name of a value; "" for a null one (an absent optional operand). Constants become initializers.
  std::string name(mlir::Value value);
  std::vector<std::string> names(mlir::ValueRange values);
  std::string indices(llvm::ArrayRef<int64_t> values); ///< an initializer i64[n]
  std::string scalar(mlir::Type elementType, double value);
  std::string constant(const Tensor &tensor, llvm::StringRef wanted);
  std::string temporary(mlir::Operation *op); ///< a new name
  /// Makes the node one of another domain than ONNX's own.
  void inDomain(Node node, llvm::StringRef domain);
  const llvm::StringSet<> &domains() const { return domains_; } ///< of the nodes, but for ONNX's own

  /// A node with the op's name. Absent inputs are "".
  Node addNode(mlir::Operation *op, const char *type, std::vector<std::string> inputs,
               std::vector<std::string> outputs);
  /// A node whose outputs are the op's results.
  Node emit(mlir::Operation *op, const char *type, std::vector<std::string> inputs);
  Node emit(mlir::Operation *op, const char *type, mlir::ValueRange inputs) { return emit(op, type, names(inputs)); }
  /// A node with one output that is not a value of the graph; gives the output's name.
  std::string emitStep(mlir::Operation *op, const char *type, std::vector<std::string> inputs);
  std::pair<std::string, Node> emitStepWith(mlir::Operation *op, const char *type, std::vector<std::string> inputs);
  void unsupported(mlir::Operation *op, const std::string &reason);

  /// Fills another graph, whose inputs and outputs `fill` declares by name.
  void exportBody(onnx::GraphProto &graph, llvm::function_ref<void()> fill);
  /// Exports the ops of a block whose arguments have these names; gives the names of what its terminator gives.
  std::vector<std::string> exportInline(mlir::Block &block, llvm::ArrayRef<std::string> arguments);

  /// Exports a region's ops to another graph; its outputs are what the terminator gives, its inputs the
  /// arguments.
  void exportRegion(mlir::Region &region, onnx::GraphProto &graph);

private:
  void exportOp(mlir::Operation *op);
  std::string unique(llvm::StringRef wanted);
  std::string initializer(mlir::ElementsAttr value, llvm::StringRef wanted);
  /// The name under which a block gives a value to outside: its own, or an Identity's.
  void setOutput(onnx::GraphProto &graph, mlir::Value value, std::string wanted, mlir::Operation *terminator);

  mlir::MLIRContext *context_;
  onnx::GraphProto &main_;
  onnx::GraphProto *graph_;
  llvm::StringSet<> taken_, nodeNames_, domains_;
  llvm::DenseMap<mlir::Value, std::string> values_;
  llvm::DenseMap<mlir::Attribute, std::string> initializers_;
  std::vector<std::string> unsupported_;
};

void setType(onnx::ValueInfoProto &info, mlir::RankedTensorType type, mlir::ArrayAttr dims);

// Each family's file: false where the op is not of the family.
bool exportElementwise(GraphExporter &exporter, mlir::Operation *op);
bool exportShape(GraphExporter &exporter, mlir::Operation *op);
bool exportContraction(GraphExporter &exporter, mlir::Operation *op);
bool exportBlockQuantized(GraphExporter &exporter, mlir::Operation *op); ///< before those of the ops that it joins
bool exportQuantization(GraphExporter &exporter, mlir::Operation *op);
bool exportReduction(GraphExporter &exporter, mlir::Operation *op);
bool exportSpatial(GraphExporter &exporter, mlir::Operation *op);
bool exportDetection(GraphExporter &exporter, mlir::Operation *op);
bool exportRecurrent(GraphExporter &exporter, mlir::Operation *op);
bool exportControl(GraphExporter &exporter, mlir::Operation *op);

} // namespace mlc::exporting
