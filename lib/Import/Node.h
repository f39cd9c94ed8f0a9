// One ONNX node while it is imported: its operands and attributes, and ways to build graph ops from them.
#pragma once

#include "Graph/Constants.h"
#include "Graph/Graph.h"
#include "Import/Functions.h"

namespace mlc::importer {

class GraphImporter;

/// Why a node is not imported; thrown by the functions of Node and caught where nodes are dispatched, so that an
/// operator's function is the plain list of what it builds. Never passes through MLIR's code.
struct NodeFailure {
  enum Kind {
    Unsupported, ///< goes to the list of all that is not supported
    Invalid,     ///< the model is inconsistent: ends the import
    Skipped,     ///< depends on a node that failed: says nothing of its own
    Split,       ///< an If whose branches differ in rank: what follows must be imported for each of them
    OuterSplit,  ///< the same of the If around the body that is being imported
  } kind;
  std::string reason;
};

/// An element of a shape that is put together: a number, or an i64[1] computed when the model runs.
struct Dim {
  int64_t number = 0;
  mlir::Value value;

  Dim(int64_t number) : number(number) {}
  Dim(mlir::Value value) : value(value) {}
  bool isNumber() const { return !value; }
};

using Results = llvm::SmallVector<mlir::Value, 2>;

class Node {
public:
  Node(GraphImporter &importer, const onnx::NodeProto &proto, int64_t opset, mlir::Location loc,
       llvm::SmallVector<mlir::Value> inputs)
      : importer(importer), proto(proto), opset(opset), loc(loc), inputs(std::move(inputs)) {}

  GraphImporter &importer;
  const onnx::NodeProto &proto;
  const int64_t opset;
  const mlir::Location loc;
  const llvm::SmallVector<mlir::Value> inputs; ///< null: an optional operand that is left out

  [[noreturn]] void unsupported(const std::string &reason) const {
    throw NodeFailure{NodeFailure::Unsupported, reason};
  }
  [[noreturn]] void invalid(const std::string &reason) const { throw NodeFailure{NodeFailure::Invalid, reason}; }

  // Operands and outputs.
  mlir::Value input(size_t i) const { return i < inputs.size() ? inputs[i] : mlir::Value(); }
  mlir::Value require(size_t i) const;
  /// The rank that the file gives for an output, where it does.
  std::optional<int64_t> declaredRank(int i) const;
  bool wantsOutput(int i) const { return i < proto.output_size() && !proto.output(i).empty(); }

  // Attributes. Wrong attribute types are Invalid.
  const onnx::AttributeProto *attribute(llvm::StringRef name) const;
  int64_t integer(llvm::StringRef name, int64_t otherwise) const;
  float number(llvm::StringRef name, float otherwise) const;
  std::string text(llvm::StringRef name, llvm::StringRef otherwise) const;
  std::optional<llvm::SmallVector<int64_t>> integers(llvm::StringRef name) const;
  std::optional<llvm::SmallVector<float>> numbers(llvm::StringRef name) const;
  llvm::SmallVector<std::string> texts(llvm::StringRef name) const; ///< empty where there are none
  const onnx::GraphProto &subgraph(llvm::StringRef name) const;
  mlir::ElementsAttr tensor(const onnx::TensorProto &tensor) const;
  mlir::Type elementType(int64_t dataType) const; ///< unsupported where the graph has none

  // Types.
  static mlir::RankedTensorType type(mlir::Value value) { return mlir::cast<mlir::RankedTensorType>(value.getType()); }
  static int64_t rank(mlir::Value value) { return type(value).getRank(); }
  static mlir::Type element(mlir::Value value) { return type(value).getElementType(); }
  /// `axis` counted from the front; invalid out of [-rank, rank).
  int64_t axis(int64_t axis, int64_t rank) const;
  llvm::SmallVector<int64_t> axes(llvm::ArrayRef<int64_t> axes,
                                  int64_t rank) const; ///< normalised, ascending, distinct

  // Values known when the model is compiled.
  std::optional<llvm::SmallVector<int64_t>> knownIntegers(mlir::Value value) const;
  llvm::SmallVector<int64_t> requireIntegers(mlir::Value value, llvm::StringRef what) const;

  // Building. A failed inference of types is Invalid with the op's own words.
  mlir::OpBuilder &builder() const;
  template <typename Op, typename... Args> Op createOp(Args &&...args) const {
    mlir::OperationState state(loc, Op::getOperationName());
    constexpr size_t count = Op::template hasTrait<mlir::OpTrait::OneResult>() ? 1 : 2;
    llvm::SmallVector<mlir::Type> placeholder(count, mlir::RankedTensorType::get({}, builder().getI1Type()));
    Op::build(builder(), state, mlir::TypeRange(placeholder), std::forward<Args>(args)...);
    llvm::SmallVector<mlir::Type> types;
    bool inferred = mlir::succeeded(Op::inferReturnTypes(builder().getContext(), loc, state.operands,
                                                         state.attributes.getDictionary(builder().getContext()),
                                                         state.getRawProperties(), state.regions, types));
    checkInferred(inferred, types);
    state.types.assign(types.begin(), types.end());
    return mlir::cast<Op>(builder().create(state));
  }
  template <typename Op, typename... Args> mlir::Value create(Args &&...args) const {
    return createOp<Op>(std::forward<Args>(args)...)->getResult(0);
  }

  mlir::Value constant(const Tensor &tensor) const;
  mlir::Value indices(llvm::ArrayRef<int64_t> values) const;
  mlir::Value scalar(mlir::Type elementType, double value) const;
  mlir::Value scalarLike(mlir::Value value, double number) const { return scalar(element(value), number); }
  mlir::Value unary(graph::UnaryKind kind, mlir::Value value, float alpha = 0, float beta = 0) const;
  mlir::Value binary(graph::BinaryKind kind, mlir::Value a, mlir::Value b) const;
  mlir::Value add(mlir::Value a, mlir::Value b) const { return binary(graph::BinaryKind::Add, a, b); }
  mlir::Value sub(mlir::Value a, mlir::Value b) const { return binary(graph::BinaryKind::Sub, a, b); }
  mlir::Value mul(mlir::Value a, mlir::Value b) const { return binary(graph::BinaryKind::Mul, a, b); }
  mlir::Value div(mlir::Value a, mlir::Value b) const { return binary(graph::BinaryKind::Div, a, b); }
  mlir::Value compare(graph::CompareKind kind, mlir::Value a, mlir::Value b) const;
  mlir::Value select(mlir::Value condition, mlir::Value a, mlir::Value b) const;
  mlir::Value cast(mlir::Value value, mlir::Type elementType) const;
  mlir::Value reduce(graph::ReduceKind kind, mlir::Value value, llvm::ArrayRef<int64_t> axes, bool keepdims) const;
  mlir::Value squeeze(mlir::Value value, llvm::ArrayRef<int64_t> axes) const;
  mlir::Value unsqueeze(mlir::Value value, llvm::ArrayRef<int64_t> axes) const;
  mlir::Value transpose(mlir::Value value, llvm::ArrayRef<int64_t> perm) const;
  /// A value with one element as a scalar (rank 0).
  mlir::Value toScalar(mlir::Value value) const;
  /// The same of a tensor of rank 1 with one element, as quantization parameters of a whole tensor may be; others stay.
  mlir::Value perTensor(mlir::Value value) const;
  /// Trailing dimensions of size 1, so that dimension 0 of `value` stands at `axis` of a tensor of this rank.
  mlir::Value alignAt(mlir::Value value, int64_t axis, int64_t rank) const;
  /// An integer tensor of rank 0 or 1 as i64 of rank 1.
  mlir::Value toIndices(mlir::Value value) const;
  /// The same of an operand that is the shape of output 0: with as many elements as the file says that output has
  /// dimensions, where the type leaves that open. Unsupported where the file says nothing.
  mlir::Value toShape(mlir::Value value) const;

  // Shapes that are put together.
  Dim dim(mlir::Value value, int64_t axis) const;
  mlir::Value dimValue(const Dim &dim) const; ///< as i64[1]
  Dim combine(graph::BinaryKind kind, const Dim &a, const Dim &b) const;
  mlir::Value shape(llvm::ArrayRef<Dim> dims) const;
  mlir::Value reshape(mlir::Value value, llvm::ArrayRef<Dim> dims) const;
  mlir::Value shapeOf(mlir::Value value) const;
  /// 0, 1, … below `limit`, i64.
  mlir::Value range(const Dim &limit) const;
  mlir::Value slice(mlir::Value value, int64_t axis, const Dim &begin, const Dim &end) const;

private:
  void checkInferred(bool inferred, llvm::ArrayRef<mlir::Type> types) const;
};

/// What builds one operator.
using Handler = Results (*)(Node &);

} // namespace mlc::importer
