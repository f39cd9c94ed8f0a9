#include "Import/GraphImporter.h"
#include "Graph/Diagnostics.h"
#include "Import/OperatorTable.h"
#include "Support/EditDistance.h"

#include "llvm/ADT/ScopeExit.h"
#include <fmt/format.h>

using namespace mlir;

namespace mlc::importer {

static constexpr size_t kMaxCallDepth = 64;
static constexpr int kMaxSplits = 8;

static std::string domainName(const std::string &domain) { return domain.empty() ? "ai.onnx" : domain; }

Result<Opsets> readOpsets(const google::protobuf::RepeatedPtrField<onnx::OperatorSetIdProto> &imports,
                          const std::string &what) {
  Opsets opsets;
  for (const auto &import : imports)
    opsets[canonicalDomain(import.domain())] = import.version();
  auto found = opsets.find("");
  if (found != opsets.end() && (found->second < kFirstOpset || found->second > kLastOpset))
    return unsupported(fmt::format("{} uses opset {} of ai.onnx; {} to {} are supported: convert it with "
                                   "onnx.version_converter",
                                   what, found->second, kFirstOpset, kLastOpset));
  return opsets;
}

GraphImporter::GraphImporter(MLIRContext &context, const std::string &modelPath, FunctionLibrary functions)
    : context_(context), builder_(&context), functions_(std::move(functions)), external_(modelPath),
      diagnostics_(&context, [this](Diagnostic &diagnostic) {
        if (diagnostic_.empty())
          diagnostic_ = graph::messageOf(diagnostic);
        return success();
      }) {}

ElementsAttr GraphImporter::tensor(const onnx::TensorProto &tensor) {
  onnx::TensorProto *unchanged = const_cast<onnx::TensorProto *>(&tensor); // changed only where bytes are stolen
  auto attribute = tensorAttribute(&context_, *unchanged, /*steal=*/false, external_);
  if (attribute)
    return *attribute;
  if (attribute.error().code == ExitCode::Unsupported)
    throw NodeFailure{NodeFailure::Unsupported, attribute.error().message};
  throw NodeFailure{NodeFailure::Invalid, attribute.error().message};
}

Value GraphImporter::find(const std::string &name) const {
  for (Scope *scope : llvm::reverse(frame_.scopes)) {
    auto found = scope->values.find(name);
    if (found != scope->values.end())
      return found->second;
    if (scope->names.contains(name))
      return {};
  }
  return {};
}

void GraphImporter::readRanks(const onnx::GraphProto &graph, Scope &scope) {
  for (const auto *values : {&graph.value_info(), &graph.output()})
    for (const auto &value : *values)
      if (value.type().has_tensor_type() && value.type().tensor_type().has_shape())
        scope.ranks[value.name()] = value.type().tensor_type().shape().dim_size();
}

std::optional<int64_t> GraphImporter::declaredRank(const std::string &name) const {
  const Scope &scope = *frame_.scopes.back();
  auto found = scope.ranks.find(name);
  return found == scope.ranks.end() ? std::nullopt : std::optional(found->second);
}

void GraphImporter::dropSequences(Operation *root) {
  SmallVector<UnrealizedConversionCastOp> casts;
  root->walk([&](UnrealizedConversionCastOp cast) { casts.push_back(cast); });
  for (UnrealizedConversionCastOp cast : llvm::reverse(casts)) // users stand behind
    cast.erase();
}

void GraphImporter::report(const onnx::NodeProto &node, const std::string &reason) {
  std::string domain = canonicalDomain(node.domain());
  std::string line = fmt::format("node {}{}, domain {}, opset {}: {}", frame_.prefix, nodeLabel(node),
                                 domainName(domain), opsetOf(domain), reason);
  if (reported_.insert(line).second)
    unsupported_.push_back(line);
}

int64_t GraphImporter::opsetOf(const std::string &domain) const {
  auto found = frame_.opsets->find(domain);
  return found == frame_.opsets->end() ? 0 : found->second;
}

void GraphImporter::addInitializers(const google::protobuf::RepeatedPtrField<onnx::TensorProto> &tensors, bool steal,
                                    Scope &scope) {
  for (const auto &tensor : tensors) {
    auto attribute = tensorAttribute(&context_, const_cast<onnx::TensorProto &>(tensor), steal, external_);
    if (!attribute) {
      if (attribute.error().code != ExitCode::Unsupported)
        throw ImportFailure{attribute.error()};
      std::string line = "initializer: " + attribute.error().message;
      if (reported_.insert(line).second)
        unsupported_.push_back(line);
      scope.values[tensor.name()] = {};
      continue;
    }
    Location loc = NameLoc::get(builder_.getStringAttr(frame_.prefix + tensor.name()));
    scope.values[tensor.name()] =
        graph::ConstantOp::create(builder_, loc, (*attribute).getShapedType(), *attribute).getOutput();
  }
}

// Names that exist before a graph's first node. Errors: an initializer given twice.
static llvm::StringSet<> givenNames(const onnx::GraphProto &graph) {
  llvm::StringSet<> given;
  for (const auto &tensor : graph.initializer())
    if (!given.insert(tensor.name()).second)
      throw ImportFailure{badInput(fmt::format("the graph has two initializers '{}'", tensor.name()))};
  for (const auto &tensor : graph.sparse_initializer())
    given.insert(tensor.values().name());
  for (const auto &input : graph.input())
    given.insert(input.name());
  return given;
}

SmallVector<Value> GraphImporter::importMain(onnx::GraphProto &graph, const Opsets &opsets,
                                             const llvm::StringMap<Value> &inputs) {
  Scope scope;
  scope.names = givenNames(graph);
  readRanks(graph, scope);
  frame_ = Frame{&opsets, "", {&scope}, {}};
  addInitializers(graph.initializer(), /*steal=*/true, scope);
  for (const auto &entry : inputs)
    scope.values[entry.getKey()] = entry.getValue();
  for (const auto &tensor : graph.sparse_initializer())
    unsupported_.push_back(fmt::format("initializer '{}': sparse tensors", tensor.values().name()));
  return importNodes(graph.node(), [&] { return mainOutputs(graph); });
}

SmallVector<Value> GraphImporter::mainOutputs(const onnx::GraphProto &graph) {
  const Scope &scope = *frame_.scopes.back();
  SmallVector<Value> outputs;
  for (const auto &output : graph.output()) {
    if (!scope.names.contains(output.name())) {
      std::vector<std::string> known;
      for (const auto &entry : scope.names)
        known.push_back(entry.getKey().str());
      llvm::sort(known);
      throw ImportFailure{badInput(
          fmt::format("no node gives the model's output '{}'{}", output.name(), didYouMean(output.name(), known)))};
    }
    outputs.push_back(find(output.name()));
  }
  return outputs;
}

SmallVector<Value> GraphImporter::importBody(const onnx::GraphProto &graph, ArrayRef<Value> arguments) {
  return importBodyThen(graph, arguments, [](ArrayRef<Value> outputs) { return SmallVector<Value>(outputs); });
}

SmallVector<Value> GraphImporter::importBodyThen(const onnx::GraphProto &graph, ArrayRef<Value> arguments,
                                                 llvm::function_ref<SmallVector<Value>(ArrayRef<Value>)> finish) {
  Scope scope;
  scope.names = givenNames(graph);
  readRanks(graph, scope);
  for (auto [input, value] : llvm::zip(graph.input(), arguments))
    scope.values[input.name()] = value;
  frame_.scopes.push_back(&scope);
  auto leave = llvm::scope_exit([&] { frame_.scopes.pop_back(); });
  addInitializers(graph.initializer(), /*steal=*/false, scope);
  if (graph.sparse_initializer_size())
    throw NodeFailure{NodeFailure::Unsupported, "sparse initializers in its body"};
  return importNodes(graph.node(), [&] {
    SmallVector<Value> outputs = bodyOutputs(graph);
    frame_.scopes.pop_back();
    auto enter = llvm::scope_exit([&] { frame_.scopes.push_back(&scope); });
    return finish(outputs);
  });
}

SmallVector<Value> GraphImporter::bodyOutputs(const onnx::GraphProto &graph) {
  SmallVector<Value> outputs;
  for (const auto &output : graph.output()) {
    Value value = find(output.name());
    if (!value) {
      bool exists = llvm::any_of(frame_.scopes, [&](Scope *around) { return around->names.contains(output.name()); });
      if (exists)
        throw NodeFailure{NodeFailure::Skipped, ""};
      throw NodeFailure{NodeFailure::Invalid, fmt::format("nothing gives its body's output '{}'", output.name())};
    }
    outputs.push_back(value);
  }
  return outputs;
}

SmallVector<Value> GraphImporter::importNodes(const Nodes &nodes, Finish finish) {
  Scope &scope = *frame_.scopes.back();
  std::vector<const llvm::StringSet<> *> outer;
  for (Scope *around : ArrayRef(frame_.scopes).drop_back())
    outer.push_back(&around->names);
  auto order = sortNodes(nodes, scope.names, outer);
  if (!order)
    throw ImportFailure{order.error()};
  for (const auto &node : nodes)
    for (const std::string &output : node.output())
      scope.names.insert(output);
  return importFrom(nodes, *order, finish);
}

SmallVector<Value> GraphImporter::importFrom(const Nodes &nodes, ArrayRef<int> order, Finish finish) {
  for (; !order.empty(); order = order.drop_front()) {
    const onnx::NodeProto &node = nodes[order.front()];
    try {
      importNode(node);
    } catch (const NodeFailure &failure) {
      if (failure.kind != NodeFailure::Split)
        throw;
      if (splits_ < kMaxSplits)
        return importForEachBranch(node, nodes, order.drop_front(), finish);
      report(node, failure.reason);
      for (const std::string &output : node.output())
        frame_.scopes.back()->values[output] = Value();
    }
  }
  return finish();
}

// A value that has one rank or another cannot stand in a graph of ranked tensors. So everything that follows is
// imported twice, once in each branch, where conditions on ranks are known, up to values that have one rank again.
SmallVector<Value> GraphImporter::importForEachBranch(const onnx::NodeProto &node, const Nodes &nodes,
                                                      ArrayRef<int> rest, Finish finish) {
  ++splits_;
  auto leave = llvm::scope_exit([&] { --splits_; });
  Scope &scope = *frame_.scopes.back();
  Location loc = NameLoc::get(builder_.getStringAttr(frame_.prefix + nodeName(node)));
  Node builder(*this, node, opsetOf(""), loc, {find(node.input(0))});
  OperationState state(loc, graph::IfOp::getOperationName());
  state.addOperands(builder.toScalar(builder.require(0)));
  const llvm::StringMap<Value> before = scope.values;
  const auto unsupported = unsupported_;
  const auto reported = reported_;
  struct Branch {
    SmallVector<Value> results; ///< empty where the branch does not fit what follows
    std::optional<ImportFailure> failure;
    std::vector<std::string> unsupported;
    std::set<std::string> reported;
  } branches[2];
  for (int i = 0; i < 2; ++i) {
    Branch &branch = branches[i];
    OpBuilder::InsertionGuard guard(builder_);
    builder_.createBlock(state.addRegion());
    unsupported_ = unsupported;
    reported_ = reported;
    try {
      branch.results =
          importBodyThen(builder.subgraph(i == 0 ? "then_branch" : "else_branch"), {}, [&](ArrayRef<Value> given) {
            for (auto [output, value] : llvm::zip(node.output(), given))
              scope.values[output] = followedBranch(builder, i == 0, value);
            return importFrom(nodes, rest, finish);
          });
    } catch (const NodeFailure &failure) {
      if (failure.kind == NodeFailure::OuterSplit)
        throw;
    } catch (const ImportFailure &failure) {
      branch.failure = failure;
    }
    if (llvm::any_of(branch.results, [](Value v) { return !v || !isa<RankedTensorType>(v.getType()); }))
      branch.results.clear();
    branch.unsupported = unsupported_;
    branch.reported = reported_;
    scope.values = before;
  }
  bool fits[] = {!branches[0].results.empty(), !branches[1].results.empty()};
  auto take = [&](const Branch &branch) {
    unsupported_ = branch.unsupported;
    reported_ = branch.reported;
  };
  if (!fits[0] && !fits[1]) {
    bool listed = branches[0].unsupported.size() > unsupported.size();
    take(branches[listed ? 0 : 1]);
    if (unsupported_.size() == unsupported.size() && (branches[0].failure || branches[1].failure))
      throw branches[0].failure ? *branches[0].failure : *branches[1].failure;
    throw NodeFailure{NodeFailure::Skipped, ""};
  }
  if (fits[0] && fits[1]) {
    take(branches[1]);
    return joinBranches(builder, state, {branches[0].results, branches[1].results});
  }
  // Only one branch can be followed: followedBranch has the run check that the condition leads there.
  const Branch &branch = branches[fits[0] ? 0 : 1];
  take(branch);
  builder_.getBlock()->getOperations().splice(builder_.getInsertionPoint(),
                                              state.regions[fits[0] ? 0 : 1]->front().getOperations());
  return branch.results;
}

// What a branch gives, where the run is sure to have taken it.
Value GraphImporter::followedBranch(Node &builder, bool isThen, Value value) {
  if (!value || !isa<RankedTensorType>(value.getType()))
    return value;
  Value condition = builder.toScalar(builder.require(0));
  if (!isThen)
    condition = builder.unary(graph::UnaryKind::Not, condition);
  std::string message = fmt::format("the {} branch does not fit the rest of the model", isThen ? "else" : "then");
  return builder.create<graph::RequireOp>(condition, value, builder_.getStringAttr(message));
}

SmallVector<Value> GraphImporter::joinBranches(Node &builder, OperationState &state,
                                               std::array<ArrayRef<Value>, 2> results) {
  for (auto [x, y] : llvm::zip(results[0], results[1])) {
    auto a = cast<RankedTensorType>(x.getType()), b = cast<RankedTensorType>(y.getType());
    if (a.getRank() != b.getRank() || a.getElementType() != b.getElementType())
      throw NodeFailure{NodeFailure::OuterSplit, "what its branches lead to differs in rank or element type"};
    SmallVector<int64_t> shape;
    for (auto [m, n] : llvm::zip(a.getShape(), b.getShape()))
      shape.push_back(m == n ? m : ShapedType::kDynamic);
    state.types.push_back(a.clone(shape));
  }
  for (int i = 0; i < 2; ++i) {
    OpBuilder::InsertionGuard guard(builder_);
    builder_.setInsertionPointToEnd(&state.regions[i]->front());
    graph::YieldOp::create(builder_, builder.loc, results[i]);
  }
  return SmallVector<Value>(builder_.create(state)->getResults());
}

void GraphImporter::importNode(const onnx::NodeProto &node) {
  Results results;
  try {
    results = buildNode(node);
  } catch (const NodeFailure &failure) {
    if (failure.kind == NodeFailure::Split || failure.kind == NodeFailure::OuterSplit)
      throw;
    if (failure.kind == NodeFailure::Invalid)
      throw ImportFailure{badInput(fmt::format("node {}{}: {}", frame_.prefix, nodeLabel(node), failure.reason))};
    if (failure.kind == NodeFailure::Unsupported)
      report(node, failure.reason);
    results.assign(node.output_size(), Value());
  }
  Scope &scope = *frame_.scopes.back();
  for (int i = 0; i < node.output_size(); ++i)
    if (!node.output(i).empty())
      scope.values[node.output(i)] = i < static_cast<int>(results.size()) ? results[i] : Value();
}

// An unavailable control flow node still has its bodies looked at, so that one message tells all.
void GraphImporter::listUnsupportedInside(const onnx::NodeProto &node) {
  auto visit = [&](const onnx::GraphProto &graph) {
    for (const auto &inner : graph.node()) {
      if (!functions_.find(inner) && !findOperator(canonicalDomain(inner.domain()), inner.op_type()))
        report(inner, "no such operator is supported");
      listUnsupportedInside(inner);
    }
  };
  for (const auto &attribute : node.attribute()) {
    if (attribute.has_g())
      visit(attribute.g());
    for (const auto &graph : attribute.graphs())
      visit(graph);
  }
}

Results GraphImporter::buildNode(const onnx::NodeProto &node) {
  SmallVector<Value> inputs;
  bool available = true;
  for (const std::string &name : node.input()) {
    inputs.push_back(name.empty() ? Value() : find(name));
    available &= name.empty() || inputs.back();
  }
  const onnx::FunctionProto *function = functions_.find(node);
  if (function)
    return callFunction(*function, node, inputs);

  std::string domain = canonicalDomain(node.domain());
  const OperatorRow *row = findOperator(domain, node.op_type());
  auto opset = frame_.opsets->find(domain);
  if (!row) {
    listUnsupportedInside(node);
    throw NodeFailure{NodeFailure::Unsupported, "no such operator is supported"};
  }
  if (opset == frame_.opsets->end())
    throw NodeFailure{NodeFailure::Invalid, fmt::format("the model does not import the domain {}", domainName(domain))};
  if (opset->second < row->since || opset->second > row->until)
    throw NodeFailure{NodeFailure::Unsupported,
                      fmt::format("the operator exists from opset {} to {}", row->since, row->until)};
  if (!available) {
    listUnsupportedInside(node);
    throw NodeFailure{NodeFailure::Skipped, ""};
  }
  for (const auto &attribute : node.attribute())
    if (!attribute.ref_attr_name().empty())
      throw NodeFailure{NodeFailure::Invalid, fmt::format("attribute '{}' refers to an attribute of a function, but "
                                                          "the node is in none",
                                                          attribute.name())};
  if (row->types != Types::Sequence)
    for (auto [i, input] : llvm::enumerate(inputs))
      if (input && !isa<RankedTensorType>(input.getType()))
        throw NodeFailure{NodeFailure::Unsupported, fmt::format("operand {} is a sequence or optional", i)};
  if (!inputs.empty() && inputs[0] && isa<RankedTensorType>(inputs[0].getType())) {
    Type element = Node::element(inputs[0]);
    if (!admits(row->types, element))
      throw NodeFailure{NodeFailure::Unsupported,
                        fmt::format("element type {} of operand 0; supported: {}",
                                    std::string(dtypeName(graph::dtypeOf(element))), describe(row->types))};
  }
  Location loc = NameLoc::get(builder_.getStringAttr(frame_.prefix + nodeName(node)));
  Node builder(*this, node, opset->second, loc, std::move(inputs));
  return row->handler(builder);
}

Results GraphImporter::callFunction(const onnx::FunctionProto &function, const onnx::NodeProto &node,
                                    ArrayRef<Value> inputs) {
  if (llvm::is_contained(frame_.calls, &function))
    throw NodeFailure{NodeFailure::Invalid, fmt::format("function '{}' calls itself", function.name())};
  if (frame_.calls.size() >= kMaxCallDepth)
    throw NodeFailure{NodeFailure::Invalid, fmt::format("functions are nested more than {} deep", kMaxCallDepth)};
  auto opsets = readOpsets(function.opset_import(), fmt::format("function '{}'", function.name()));
  if (!opsets)
    throw ImportFailure{opsets.error()};
  onnx::FunctionProto body = FunctionLibrary::bodyFor(function, node);

  Scope scope;
  for (int i = 0; i < body.input_size(); ++i) {
    bool given = i < node.input_size() && !node.input(i).empty();
    scope.names.insert(body.input(i));
    if (given)
      scope.values[body.input(i)] = inputs[i];
  }
  // An operand that the call leaves out is left out inside.
  for (auto &inner : *body.mutable_node())
    for (auto &name : *inner.mutable_input())
      for (int i = 0; i < body.input_size(); ++i)
        if (name == body.input(i) && (i >= node.input_size() || node.input(i).empty()))
          name.clear();

  Frame outer = frame_;
  frame_ = Frame{&*opsets, outer.prefix + nodeName(node) + "/", {&scope}, outer.calls};
  frame_.calls.push_back(&function);
  auto leave = llvm::scope_exit([&] { frame_ = outer; });
  try {
    return Results(importNodes(body.node(), [&] {
      SmallVector<Value> results;
      for (const std::string &output : body.output()) {
        if (!scope.names.contains(output))
          throw NodeFailure{NodeFailure::Invalid,
                            fmt::format("nothing in function '{}' gives its output '{}'", function.name(), output)};
        results.push_back(find(output));
      }
      return results;
    }));
  } catch (const NodeFailure &failure) {
    if (failure.kind == NodeFailure::OuterSplit)
      throw NodeFailure{NodeFailure::Unsupported, "an output has one rank or another"};
    throw;
  }
}

} // namespace mlc::importer
