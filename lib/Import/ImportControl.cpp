// If, Loop and Scan: their subgraphs become regions that see the values around them.
#include "Import/CountedLoop.h"
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

void requireTensors(Node &n, ArrayRef<Value> values) {
  for (Value value : values)
    if (!isa<RankedTensorType>(value.getType()))
      n.unsupported("a sequence or optional that its body gives");
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
  } catch (const NodeFailure &failure) {
    if (failure.kind == NodeFailure::OuterSplit)
      throw NodeFailure{NodeFailure::Split, failure.reason};
    (void)importRegion(n, elseRegion, elseGraph, {}); // so that one message lists what fails in either
    throw;
  }
  try {
    b = importRegion(n, elseRegion, elseGraph, {});
  } catch (const NodeFailure &failure) {
    if (failure.kind == NodeFailure::OuterSplit)
      throw NodeFailure{NodeFailure::Split, failure.reason};
    throw;
  }
  if (a.size() != b.size() || static_cast<int>(a.size()) < n.proto.output_size())
    n.invalid("the branches differ in their number of outputs");
  requireTensors(n, a);
  requireTensors(n, b);
  for (auto [x, y] : llvm::zip(a, b)) {
    if (n.rank(x) != n.rank(y))
      throw NodeFailure{NodeFailure::Split, "the branches' outputs differ in rank"};
    state.types.push_back(join(n, n.type(x), n.type(y), "the branches' outputs"));
  }
  yieldFrom(n, thenRegion, a);
  yieldFrom(n, elseRegion, b);
  return Results(n.builder().create(state)->getResults());
}

// Imports a body until the types of the `carried` values (arguments from 2 on, results from `first` on) no longer
// change from one iteration to the next: a dimension that does change becomes dynamic. At least one dimension is given
// up each time, so this ends.
SmallVector<Value> importUntilStable(Node &n, Region &region, SmallVector<Type> arguments, size_t carried, size_t first,
                                     llvm::function_ref<SmallVector<Value>(Block &)> import) {
  while (true) {
    SmallVector<Value> results;
    {
      OpBuilder::InsertionGuard guard(n.builder());
      SmallVector<Location> locations(arguments.size(), n.loc);
      Block *block = n.builder().createBlock(&region, region.end(), arguments, locations);
      try {
        results = import(*block);
      } catch (const NodeFailure &failure) {
        if (failure.kind == NodeFailure::OuterSplit)
          n.unsupported("a value of its body has one rank or another");
        throw;
      }
    }
    if (results.size() < carried + first)
      n.invalid("the body has fewer outputs than carried values");
    requireTensors(n, results);
    bool stable = true;
    for (size_t i = 0; i < carried; ++i) {
      auto before = cast<RankedTensorType>(arguments[i + 2]);
      RankedTensorType joined =
          join(n, before, n.type(results[i + first]), fmt::format("carried value {} before and after an iteration", i));
      stable &= joined == before;
      arguments[i + 2] = joined;
    }
    if (stable)
      return results;
    region.dropAllReferences();
    region.getBlocks().clear();
  }
}

SmallVector<Value> importLoopBody(Node &n, Region &region, const onnx::GraphProto &body, ArrayRef<Value> initial) {
  SmallVector<Type> arguments{RankedTensorType::get({}, n.builder().getI64Type()),
                              RankedTensorType::get({}, n.builder().getI1Type())};
  for (Value value : initial)
    arguments.push_back(value.getType());
  return importUntilStable(n, region, arguments, initial.size(), /*first=*/1, [&](Block &block) {
    return n.importer.importBody(body, llvm::to_vector_of<Value>(block.getArguments()));
  });
}

// One iteration of a Scan: which slice each scanned operand gives, and in which order outputs are stacked.
struct ScanForm {
  int64_t states, scanned, outputs;
  SmallVector<int64_t> inputAxes, outputAxes;
  SmallVector<int64_t> inputReversed, outputReversed;
};

SmallVector<int64_t> integersOr(Node &n, StringRef name, int64_t count, int64_t otherwise) {
  auto given = n.integers(name);
  if (!given)
    return SmallVector<int64_t>(count, otherwise);
  if (static_cast<int64_t>(given->size()) != count)
    n.invalid(fmt::format("attribute '{}' has not {} numbers", name.str(), count));
  return *given;
}

// Runs the body over all slices of `scanned`; the operands are those of opset 9 and later.
Results scan(Node &n, const onnx::GraphProto &body, const ScanForm &form, ArrayRef<Value> states,
             ArrayRef<Value> scanned) {
  Type i64 = n.builder().getI64Type(), i1 = n.builder().getI1Type();
  SmallVector<Value> sources; // with the scanned dimension first
  for (auto [i, value] : llvm::enumerate(scanned)) {
    int64_t axis = n.axis(form.inputAxes[i], n.rank(value));
    SmallVector<int64_t> perm{axis};
    for (int64_t d = 0; d < n.rank(value); ++d)
      if (d != axis)
        perm.push_back(d);
    Value source = n.transpose(value, perm);
    sources.push_back(form.inputReversed[i] ? backwards(n, source) : source);
  }
  Dim steps = n.dim(sources.front(), 0);
  OperationState state(n.loc, LoopOp::getOperationName());
  state.addOperands({n.toScalar(n.dimValue(steps)), n.scalar(i1, 1)});
  state.addOperands(states);
  Region &region = *state.addRegion();
  SmallVector<Type> arguments{RankedTensorType::get({}, i64), RankedTensorType::get({}, i1)};
  for (Value value : states)
    arguments.push_back(value.getType());
  SmallVector<Value> results = importUntilStable(n, region, arguments, form.states, /*first=*/0, [&](Block &block) {
    SmallVector<Value> inputs(block.getArguments().drop_front(2));
    for (Value source : sources)
      inputs.push_back(n.create<GatherOp>(source, block.getArgument(0), 0));
    return n.importer.importBody(body, inputs);
  });
  if (static_cast<int64_t>(results.size()) != form.states + form.outputs)
    n.invalid("the body's outputs are not the states and one value for each scan output");
  for (auto [i, value] : llvm::enumerate(results)) {
    if (static_cast<int64_t>(i) < form.states) {
      state.types.push_back(region.front().getArgument(i + 2).getType());
      continue;
    }
    SmallVector<int64_t> shape{ShapedType::kDynamic};
    llvm::append_range(shape, n.type(value).getShape());
    state.types.push_back(n.type(value).clone(shape));
  }
  results.insert(results.begin(), region.front().getArgument(1));
  yieldFrom(n, region, results);
  Results all(n.builder().create(state)->getResults());
  for (int64_t i = 0; i < form.outputs; ++i) {
    Value &stacked = all[form.states + i];
    SmallVector<Dim> dims{steps};
    for (int64_t d = 1; d < n.rank(stacked); ++d)
      dims.push_back(n.dim(stacked, d));
    stacked = n.reshape(stacked, dims);
    if (form.outputReversed[i])
      stacked = backwards(n, stacked);
    int64_t axis = n.axis(form.outputAxes[i], n.rank(stacked));
    SmallVector<int64_t> perm;
    for (int64_t d = 0; d < n.rank(stacked); ++d)
      perm.push_back(d == axis ? 0 : d < axis ? d + 1 : d);
    stacked = n.transpose(stacked, perm);
  }
  return all;
}

// Opset 8 runs the same for each entry of a batch; its directions are of the inputs only.
Results scanOfBatch(Node &n, const onnx::GraphProto &body, ScanForm &form) {
  if (n.input(0))
    n.unsupported("sequence_lens");
  form.states -= 1; // sequence_lens stands first
  form.outputs += 1;
  form.inputReversed = integersOr(n, "directions", form.scanned, 0);
  form.inputAxes.assign(form.scanned, 0);
  form.outputAxes.assign(form.outputs, 0);
  form.outputReversed.assign(form.outputs, 0);
  SmallVector<Value> operands;
  for (size_t i = 1; i < n.inputs.size(); ++i)
    operands.push_back(n.require(i));
  return countedLoop(n, n.dim(operands.front(), 0), {}, [&](Value at, ArrayRef<Value>) -> SmallVector<Value> {
    SmallVector<Value> own;
    for (Value operand : operands)
      own.push_back(n.create<GatherOp>(operand, at, 0));
    return scan(n, body, form, ArrayRef(own).take_front(form.states), ArrayRef(own).drop_front(form.states));
  });
}

Results importScan(Node &n) {
  const auto &body = n.subgraph("body");
  ScanForm form;
  form.scanned = n.integer("num_scan_inputs", 0);
  form.states = static_cast<int64_t>(n.inputs.size()) - form.scanned;
  form.outputs = n.proto.output_size() - form.states;
  if (form.scanned < 1 || form.states < 0 || form.outputs < 0)
    n.invalid("num_scan_inputs does not fit the numbers of operands and outputs");
  if (n.opset < 9)
    return scanOfBatch(n, body, form);
  form.inputAxes = integersOr(n, "scan_input_axes", form.scanned, 0);
  form.outputAxes = integersOr(n, "scan_output_axes", form.outputs, 0);
  form.inputReversed = integersOr(n, "scan_input_directions", form.scanned, 0);
  form.outputReversed = integersOr(n, "scan_output_directions", form.outputs, 0);
  SmallVector<Value> operands;
  for (size_t i = 0; i < n.inputs.size(); ++i)
    operands.push_back(n.require(i));
  if (body.input_size() != static_cast<int>(operands.size()))
    n.invalid(fmt::format("the body has {} inputs, the node {}", body.input_size(), operands.size()));
  return scan(n, body, form, ArrayRef(operands).take_front(form.states), ArrayRef(operands).drop_front(form.states));
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
                              {"If", 6, 28, T::Bool, importIf, "few with branches of different rank"},
                              {"Loop", 6, 28, T::Stored, importLoop, "carried values keep their rank"},
                              {"Scan", 8, 28, T::Stored, importScan, "no sequence_lens (opset 8)"},
                          });
}

} // namespace mlc::importer
