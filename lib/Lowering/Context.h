// State of one lowering: values, symbolic shapes, and the builder.
#pragma once

#include "Graph/Graph.h"
#include "Lowering/Kernel.h"
#include "targets/Target.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/AffineExpr.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

#include "llvm/ADT/DenseMap.h"

namespace mlc::lowering {

using Dim = mlir::AffineExpr; // over the context's symbols, constants folded
using Shape = llvm::SmallVector<Dim, 4>;

/// Maps values of the graph to values of the lowered module, and every tensor to its symbolic shape: the one
/// analysis that proves two dynamic dimensions equal. A symbol is an index value: a dimension of an input (inputs
/// whose dimensions have one name share the symbol), or a number that only a run knows.
class Context {
public:
  Context(mlir::ImplicitLocOpBuilder &builder, const Target &target) : b(builder), target(target) {}
  ~Context();

  mlir::ImplicitLocOpBuilder &b;
  const Target &target;

  // ---- values
  mlir::Value lookup(mlir::Value graphValue);
  void map(mlir::Value graphValue, mlir::Value lowered, Shape shape);

  // ---- symbolic shapes (of graph values and of lowered values alike)
  const Shape &shape(mlir::Value value);
  void setShape(mlir::Value value, Shape shape) { shapes_[value] = std::move(shape); }
  Dim constant(int64_t value) { return mlir::getAffineConstantExpr(value, b.getContext()); }
  /// A new symbol that stands for an index value.
  Dim symbol(mlir::Value index);
  /// A symbol shared by all dimensions with this name.
  Dim namedSymbol(llvm::StringRef name, llvm::function_ref<mlir::Value()> make);
  /// The symbol for min(dim, limit), which remembers what it is.
  Dim limited(Dim dim, int64_t limit);
  /// Whether one of the two is the other, limited to more than 1: broadcasting them is right only where they are
  /// equal. Gives the one without the limit.
  std::optional<Dim> unlimited(Dim a, Dim b) const;
  /// Whether the expression is a dimension of an input: never negative.
  bool isDimension(Dim expr) const;
  /// Whether the expression is one of dimensions and numbers that cannot become negative.
  bool isNeverNegative(Dim expr) const;
  Dim simplify(Dim expr);
  Dim product(llvm::ArrayRef<Dim> dims);
  /// The constant value of an expression, if it is one.
  static std::optional<int64_t> constantOf(Dim expr);
  /// The size that two sizes broadcast to: a constant other than 1 wins over a symbol, a symbol over 1; of two
  /// different symbols whichever is not 1 at run time.
  Dim broadcastSize(Dim a, Dim b);
  /// a / b where b divides a, proven or by contract.
  Dim divide(Dim a, Dim b);

  /// An index value for the expression, at the insertion point.
  mlir::Value materialize(Dim expr);
  mlir::OpFoldResult size(Dim expr);
  llvm::SmallVector<mlir::OpFoldResult> sizes(llvm::ArrayRef<Dim> shape);
  /// The elements of a small integer tensor of the graph as index expressions; reads the tensor where the
  /// graph computes it from data.
  llvm::SmallVector<Dim> indexElements(mlir::Value graphValue);
  Dim indexElement(mlir::Value graphValue);

  // ---- building
  mlir::RankedTensorType type(llvm::ArrayRef<Dim> shape, mlir::Type elementType);
  mlir::Value empty(llvm::ArrayRef<Dim> shape, mlir::Type elementType);
  mlir::Value index(int64_t value);

  /// What a generic op reads through one operand: dimension i of the operand follows loop `loops[i]`, or stays at 0
  /// where that is -1 (broadcast).
  struct Input {
    mlir::Value value;
    llvm::SmallVector<int64_t> loops;
  };
  using Body = llvm::function_ref<mlir::Value(mlir::ImplicitLocOpBuilder &, mlir::ValueRange inputs)>;
  /// An all-parallel linalg.generic with this result shape. Block arguments are converted to signless integers.
  mlir::Value map(llvm::ArrayRef<Dim> shape, mlir::Type elementType, llvm::ArrayRef<Input> inputs, Body body);
  /// An all-parallel linalg.generic whose body computes from its loop indices (with element()).
  mlir::Value generate(llvm::ArrayRef<Dim> shape, mlir::Type elementType,
                       llvm::function_ref<mlir::Value(mlir::ImplicitLocOpBuilder &, mlir::ValueRange indices)> body);
  /// A reduction over the loops `axes` of an iteration space of this shape, from `identity`; the result drops the axes.
  /// The body gets the inputs' elements, the loop indices, and the value so far.
  using ReduceBody = llvm::function_ref<mlir::Value(mlir::ImplicitLocOpBuilder &, mlir::ValueRange inputs,
                                                    mlir::ValueRange indices, mlir::Value acc)>;
  mlir::Value reduce(llvm::ArrayRef<Dim> loops, llvm::ArrayRef<Input> inputs, llvm::ArrayRef<int64_t> axes,
                     mlir::TypedAttr identity, ReduceBody body);
  /// The operand's loops for numpy broadcasting to `shape`; a dynamic dimension that may be 1 at run time
  /// is checked by `dynamicBroadcast`.
  Input broadcast(mlir::Value lowered, llvm::ArrayRef<Dim> shape);

  /// The same elements in another shape, no copy.
  mlir::Value reshape(mlir::Value lowered, Shape shape);
  /// A copy with dimensions permuted: dimension i of the result is dimension perm[i] of the operand.
  mlir::Value transpose(mlir::Value lowered, llvm::ArrayRef<int64_t> perm);
  /// The constant in the lowered module.
  mlir::Value constantTensor(const Tensor &tensor);
  void check(mlir::Value condition, const std::string &message, mlir::ValueRange values);
  /// The run ends with this message (%lld stand for the two) unless the sizes are equal; no check where that is proven.
  void requireEqual(Dim x, Dim y, const std::string &message);
  /// The same unless the size of a table is above 0, or nothing is looked up in it.
  void requireEntries(Dim size, mlir::ArrayRef<Dim> lookups);
  /// Takes an op that was lowered on a wrong assumption out of the module. It is freed at the end: until then no new
  /// value can be taken for one of its.
  void discard(mlir::Operation *op);

private:
  Input dynamicBroadcast(mlir::Value lowered, llvm::ArrayRef<Dim> shape);

  llvm::DenseMap<mlir::Value, mlir::Value> values_;
  llvm::DenseMap<mlir::Value, Shape> shapes_;
  llvm::SmallVector<mlir::Value> symbols_;
  std::map<std::string, Dim> named_;
  llvm::DenseMap<Dim, std::pair<Dim, int64_t>> limits_;
  llvm::SmallVector<mlir::Operation *> discarded_; // in order: an inner one before the one around it
};

/// The element of a tensor at these indices, converted to a signless integer.
mlir::Value element(mlir::ImplicitLocOpBuilder &b, mlir::Value tensor, mlir::ValueRange indices);
/// Bodies compute on signless integers, and on the bytes of narrow types; memory keeps its type.
mlir::Type signlessType(mlir::Type type);
mlir::Value toSignless(mlir::ImplicitLocOpBuilder &b, mlir::Value value);
mlir::Value fromSignless(mlir::ImplicitLocOpBuilder &b, mlir::Value value, mlir::Type type);

mlir::LogicalResult lowerBlock(Context &context, mlir::Block &block);
/// One of these holds each op of the graph dialect; they return failure after a diagnostic, and `nullopt` where the op
/// is not of their family.
std::optional<mlir::LogicalResult> lowerElementwise(Context &context, mlir::Operation *op);
/// What an elementwise op computes of one element of each operand, converted to signless integers; null for other ops.
mlir::Value scalarOf(mlir::ImplicitLocOpBuilder &b, mlir::Operation *op, mlir::ValueRange elements);
std::optional<mlir::LogicalResult> lowerShape(Context &context, mlir::Operation *op);
std::optional<mlir::LogicalResult> lowerContraction(Context &context, mlir::Operation *op);
std::optional<mlir::LogicalResult> lowerOrder(Context &context, mlir::Operation *op);
std::optional<mlir::LogicalResult> lowerReduction(Context &context, mlir::Operation *op);
std::optional<mlir::LogicalResult> lowerSpatial(Context &context, mlir::Operation *op);
std::optional<mlir::LogicalResult> lowerQuantization(Context &context, mlir::Operation *op);
std::optional<mlir::LogicalResult> lowerDetection(Context &context, mlir::Operation *op);
std::optional<mlir::LogicalResult> lowerRecurrent(Context &context, mlir::Operation *op);
std::optional<mlir::LogicalResult> lowerControl(Context &context, mlir::Operation *op);

} // namespace mlc::lowering
