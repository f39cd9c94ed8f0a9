// If and Loop: their subgraphs become regions that see the values around them.
#include "Import/GraphImporter.h"
#include "Import/OperatorTable.h"

#include <fmt/format.h>
#include <limits>

using namespace mlir;
using namespace mlc::graph;

namespace mlc::importer {

namespace {

// A type that both values fit: dimensions in which they differ are dynamic.
RankedTensorType join(Node &n, RankedTensorType a, RankedTensorType b, const std::string &what) {
  if (a.getElementType() != b.getElementType())
    n.invalid(what + " differ in element type");
  if (a.getRank() != b.getRank())
    n.unsupported(what + " differ in rank");
  SmallVector<int64_t> shape;
  for (auto [x, y] : llvm::zip(a.getShape(), b.getShape()))
    shape.push_back(x == y ? x : ShapedType::kDynamic);
  return a.clone(shape);
}

// Imports a subgraph as the only block of a region that is being built.
SmallVector<Value> importRegion(Node &n, Region &region, const onnx::GraphProto &graph, ArrayRef<Type> arguments) {
  OpBuilder::InsertionGuard guard(n.builder());
  Block *block =
      n.builder().createBlock(&region, region.end(), arguments, SmallVector<Location>(arguments.size(), n.loc));
  return n.importer.importBody(graph, llvm::to_vector_of<Value>(block->getArguments()));
}

void yieldFrom(Node &n, Region &region, ArrayRef<Value> values) {
  OpBuilder::InsertionGuard guard(n.builder());
  n.builder().setInsertionPointToEnd(&region.front());
  YieldOp::create(n.builder(), n.loc, values);
}

Results importIf(Node &n) {
  const auto &thenGraph = n.subgraph("then_branch"), &elseGraph = n.subgraph("else_branch");
  if (thenGraph.input_size() || elseGraph.input_size())
    n.invalid("a branch has inputs");
  Value condition = n.toScalar(n.require(0));
  // A condition that is known chooses now.
  if (auto known = n.knownIntegers(condition))
    return Results(n.importer.importBody(known->front() ? thenGraph : elseGraph, {}));

  OperationState state(n.loc, IfOp::getOperationName());
  state.addOperands(condition);
  Region &thenRegion = *state.addRegion(), &elseRegion = *state.addRegion();
  SmallVector<Value> a, b;
  try {
    a = importRegion(n, thenRegion, thenGraph, {});
  } catch (const NodeFailure &) {
    (void)importRegion(n, elseRegion, elseGraph, {}); // so that one message lists what fails in either
    throw;
  }
  b = importRegion(n, elseRegion, elseGraph, {});
  if (a.size() != b.size() || static_cast<int>(a.size()) < n.proto.output_size())
    n.invalid("the branches differ in their number of outputs");
  for (auto [x, y] : llvm::zip(a, b))
    state.types.push_back(join(n, n.type(x), n.type(y), "the branches' outputs"));
  yieldFrom(n, thenRegion, a);
  yieldFrom(n, elseRegion, b);
  return Results(n.builder().create(state)->getResults());
}

// Imports the body until the types of the carried values no longer change from one iteration to the next: a dimension
// that does change becomes dynamic. At least one dimension is given up each time, so this ends.
SmallVector<Value> importLoopBody(Node &n, Region &region, const onnx::GraphProto &body, ArrayRef<Value> initial) {
  Type iteration = RankedTensorType::get({}, n.builder().getI64Type());
  Type condition = RankedTensorType::get({}, n.builder().getI1Type());
  SmallVector<Type> arguments{iteration, condition};
  for (Value value : initial)
    arguments.push_back(value.getType());
  while (true) {
    SmallVector<Value> results = importRegion(n, region, body, arguments);
    if (results.size() < initial.size() + 1)
      n.invalid("the body has fewer outputs than carried values");
    bool stable = true;
    for (size_t i = 0; i < initial.size(); ++i) {
      auto before = cast<RankedTensorType>(arguments[i + 2]);
      RankedTensorType joined =
          join(n, before, n.type(results[i + 1]), fmt::format("carried value {} before and after an iteration", i));
      stable &= joined == before;
      arguments[i + 2] = joined;
    }
    if (stable)
      return results;
    region.dropAllReferences();
    region.getBlocks().clear();
  }
}

Results importLoop(Node &n) {
  const auto &body = n.subgraph("body");
  size_t carried = n.inputs.size() < 2 ? 0 : n.inputs.size() - 2;
  if (static_cast<size_t>(body.input_size()) != carried + 2)
    n.invalid(fmt::format("the body has {} inputs, the node carries {} values", body.input_size(), carried));
  Type i64 = n.builder().getI64Type(), i1 = n.builder().getI1Type();
  Value tripCount = n.input(0) ? n.cast(n.toScalar(n.input(0)), i64) : n.constant([] {
    Tensor most(DType::Int64, {});
    *most.data<int64_t>() = std::numeric_limits<int64_t>::max();
    return most;
  }());
  Value condition = n.input(1) ? n.toScalar(n.input(1)) : n.scalar(i1, 1);
  if (n.element(condition) != i1)
    n.invalid("the condition is not a bool");
  SmallVector<Value> initial;
  for (size_t i = 0; i < carried; ++i)
    initial.push_back(n.require(i + 2));

  OperationState state(n.loc, LoopOp::getOperationName());
  state.addOperands({tripCount, condition});
  state.addOperands(initial);
  Region &region = *state.addRegion();
  SmallVector<Value> results = importLoopBody(n, region, body, initial);
  if (static_cast<int>(results.size()) - 1 < n.proto.output_size())
    n.invalid("the node has more outputs than its body");
  if (n.element(results[0]) != i1)
    n.invalid("the body's condition is not a bool");
  {
    OpBuilder::InsertionGuard guard(n.builder());
    n.builder().setInsertionPointToEnd(&region.front());
    results[0] = n.toScalar(results[0]);
  }
  yieldFrom(n, region, results);
  for (size_t i = 1; i < results.size(); ++i) {
    RankedTensorType type = n.type(results[i]);
    if (i <= carried) {
      state.types.push_back(cast<RankedTensorType>(region.front().getArgument(i + 1).getType()));
      continue;
    }
    SmallVector<int64_t> shape{ShapedType::kDynamic};
    llvm::append_range(shape, type.getShape());
    state.types.push_back(type.clone(shape));
  }
  return Results(n.builder().create(state)->getResults());
}

} // namespace

void addControlOperators(Rows &rows) {
  using T = Types;
  rows.insert(rows.end(), {
                              {"If", 6, 28, T::Bool, importIf, "tensors only; branches of equal rank"},
                              {"Loop", 6, 28, T::Any, importLoop, "tensors only; carried values keep their rank"},
                          });
}

} // namespace mlc::importer
