#include "OpTest.h"

#include "Graph/Constants.h"
#include "Graph/Graph.h"
#include "Pipeline/Pipeline.h"
#include "Pipeline/Signature.h"
#include "Support/DTypeConversion.h"
#include "Support/RandomInputs.h"

#include "mlir/Parser/Parser.h"

#include <cmath>
#include <filesystem>
#include <fmt/format.h>

using namespace mlir;

namespace mlc::test {
namespace {

std::vector<Tensor> tensors(ArrayAttr list) {
  std::vector<Tensor> result;
  for (Attribute element : list)
    result.push_back(graph::constantTensor(cast<ElementsAttr>(element)));
  return result;
}

Result<std::vector<Tensor>> madeUp(ModuleOp module, ArrayAttr shapes, uint64_t seed) {
  std::vector<TensorDescription> inputs = inputsOf(module);
  if (inputs.size() != shapes.size())
    return badInput("as many shapes as inputs are needed");
  for (auto [input, shape] : llvm::zip(inputs, shapes)) {
    ArrayRef<int64_t> sizes = cast<DenseI64ArrayAttr>(shape);
    input.shape.assign(sizes.begin(), sizes.end());
  }
  auto named = randomInputs(inputs, {}, seed, 0);
  if (!named)
    return named.error();
  std::vector<Tensor> result;
  for (NamedTensor &input : *named)
    result.push_back(std::move(input.tensor));
  return result;
}

// Inputs and outputs are found by their names where a library runs in an emulator.
void nameArguments(func::FuncOp function) {
  Builder builder(function.getContext());
  for (unsigned i = 0; i < function.getNumArguments(); ++i)
    function.setArgAttr(i, graph::kNameAttr, builder.getStringAttr("x" + Twine(i)));
  for (unsigned i = 0; i < function.getNumResults(); ++i)
    function.setResultAttr(i, graph::kNameAttr, builder.getStringAttr("y" + Twine(i)));
}

Result<std::vector<OpRun>> runsOf(ModuleOp module, func::FuncOp function) {
  std::vector<OpRun> runs;
  if (auto cases = function->getAttrOfType<ArrayAttr>("cases")) {
    for (auto entry : cases.getAsRange<DictionaryAttr>()) {
      OpRun run;
      run.inputs = tensors(entry.getAs<ArrayAttr>("inputs"));
      if (auto error = entry.getAs<StringAttr>("error"))
        run.error = error.getValue().str();
      else
        run.outputs = tensors(entry.getAs<ArrayAttr>("outputs"));
      runs.push_back(std::move(run));
    }
  }
  if (auto shapes = function->getAttrOfType<ArrayAttr>("shapes")) {
    for (auto [seed, list] : llvm::enumerate(shapes.getAsRange<ArrayAttr>())) {
      auto inputs = madeUp(module, list, seed + 1);
      if (!inputs)
        return inputs.error();
      runs.push_back({std::move(*inputs), std::nullopt, ""});
    }
  }
  if (runs.empty())
    return badInput("has neither cases nor shapes");
  return runs;
}

std::string nameOf(Operation *op, StringRef kind) { return (op->getName().getStringRef() + " " + kind).str(); }

void addCovered(Operation *op, std::set<std::string> &covered) {
  covered.insert(op->getName().getStringRef().str());
  using namespace graph;
  if (auto x = dyn_cast<UnaryOp>(op))
    covered.insert(nameOf(op, stringifyUnaryKind(x.getKind())));
  else if (auto x = dyn_cast<BinaryOp>(op))
    covered.insert(nameOf(op, stringifyBinaryKind(x.getKind())));
  else if (auto x = dyn_cast<CompareOp>(op))
    covered.insert(nameOf(op, stringifyCompareKind(x.getKind())));
  else if (auto x = dyn_cast<ReduceOp>(op))
    covered.insert(nameOf(op, stringifyReduceKind(x.getKind())));
  else if (auto x = dyn_cast<ArgReduceOp>(op))
    covered.insert(nameOf(op, stringifyArgReduceKind(x.getKind())));
  else if (auto x = dyn_cast<PoolOp>(op))
    covered.insert(nameOf(op, stringifyPoolKind(x.getKind())));
  else if (auto x = dyn_cast<PadOp>(op))
    covered.insert(nameOf(op, stringifyPadMode(x.getMode())));
  else if (auto x = dyn_cast<ResizeOp>(op)) {
    covered.insert(nameOf(op, stringifyResizeMode(x.getMode())));
    covered.insert(nameOf(op, stringifyCoordinateMode(x.getCoordinates())));
    covered.insert(nameOf(op, stringifyNearestMode(x.getNearest())));
  }
}

// Kinds are numbered from 0 without a gap.
template <typename Symbolize, typename Stringify>
void addKinds(const std::string &op, Symbolize symbolize, Stringify stringify, std::set<std::string> &all) {
  for (uint32_t i = 0; auto kind = symbolize(i); ++i)
    all.insert(op + " " + stringify(*kind).str());
}

double defaultTolerance(DType type) {
  switch (type) {
  case DType::Float64:
    return 1e-12;
  case DType::Float32:
    return 1e-5;
  case DType::Float16:
    return 1e-3; // one unit in the last place
  case DType::BFloat16:
    return 8e-3;
  default:
    return 0;
  }
}

} // namespace

Result<std::vector<OpTest>> readOpTests(const std::string &path, std::set<std::string> &covered) {
  Session session;
  MLIRContext *context = &session.context();
  OwningOpRef<ModuleOp> file = parseSourceFile<ModuleOp>(path, context);
  if (!file)
    return badInput(path + ": " + session.error(ExitCode::BadInput, "does not parse").message);
  std::vector<OpTest> tests;
  for (auto function : file->getOps<func::FuncOp>()) {
    OpTest test;
    test.name = std::filesystem::path(path).stem().string() + ":" + function.getName().str();
    function.walk([&](Operation *op) {
      if (isa<graph::GraphDialect>(op->getDialect()))
        addCovered(op, covered);
    });
    OwningOpRef<ModuleOp> module = ModuleOp::create(UnknownLoc::get(context));
    auto main = cast<func::FuncOp>(function->clone());
    main.setName("main");
    nameArguments(main);
    for (const char *attribute : {"cases", "shapes", "tolerance"})
      main->removeAttr(attribute);
    module->push_back(main);
    auto runs = runsOf(*module, function);
    if (!runs)
      return badInput(test.name + " " + runs.error().message);
    test.runs = std::move(*runs);
    if (auto tolerance = function->getAttrOfType<FloatAttr>("tolerance"))
      test.tolerance = tolerance.getValueAsDouble();
    llvm::raw_string_ostream(test.module) << *module;
    tests.push_back(std::move(test));
  }
  return tests;
}

std::set<std::string> everyOp() {
  Session session;
  std::set<std::string> all;
  for (RegisteredOperationName name : session.context().getRegisteredOperations())
    if (name.getDialectNamespace() == "graph")
      all.insert(name.getStringRef().str());
  using namespace graph;
  // The generated functions are overloaded for integers and strings.
  addKinds("graph.unary", [](uint32_t i) { return symbolizeUnaryKind(i); }, stringifyUnaryKind, all);
  addKinds("graph.binary", [](uint32_t i) { return symbolizeBinaryKind(i); }, stringifyBinaryKind, all);
  addKinds("graph.compare", [](uint32_t i) { return symbolizeCompareKind(i); }, stringifyCompareKind, all);
  addKinds("graph.reduce", [](uint32_t i) { return symbolizeReduceKind(i); }, stringifyReduceKind, all);
  addKinds("graph.arg_reduce", [](uint32_t i) { return symbolizeArgReduceKind(i); }, stringifyArgReduceKind, all);
  addKinds("graph.pool", [](uint32_t i) { return symbolizePoolKind(i); }, stringifyPoolKind, all);
  addKinds("graph.pad", [](uint32_t i) { return symbolizePadMode(i); }, stringifyPadMode, all);
  addKinds("graph.resize", [](uint32_t i) { return symbolizeResizeMode(i); }, stringifyResizeMode, all);
  addKinds("graph.resize", [](uint32_t i) { return symbolizeCoordinateMode(i); }, stringifyCoordinateMode, all);
  addKinds("graph.resize", [](uint32_t i) { return symbolizeNearestMode(i); }, stringifyNearestMode, all);
  return all;
}

std::string difference(const Tensor &expected, const Tensor &actual, double tolerance) {
  if (expected.dtype != actual.dtype || expected.shape != actual.shape)
    return fmt::format("{} where {} is right", describeType(actual.dtype, actual.shape),
                       describeType(expected.dtype, expected.shape));
  if (tolerance < 0)
    tolerance = defaultTolerance(expected.dtype);
  if (!isFloating(expected.dtype) && tolerance == 0 && expected.bytes == actual.bytes)
    return "";
  int64_t count = expected.numElements(), wrong = 0;
  std::vector<double> want(count), have(count);
  toDouble(expected, 0, count, want.data());
  toDouble(actual, 0, count, have.data());
  std::string first;
  for (int64_t i = 0; i < count; ++i) {
    bool same = std::isnan(want[i])
                    ? std::isnan(have[i])
                    : want[i] == have[i] || std::abs(want[i] - have[i]) <= tolerance * std::max(1.0, std::abs(want[i]));
    if (!same && wrong++ == 0)
      first = fmt::format("element {} is {:.9g} where {:.9g} is right", i, have[i], want[i]);
  }
  // 64-bit integers that double cannot tell apart.
  if (wrong == 0 && !isFloating(expected.dtype) && tolerance == 0)
    return "integers above 2^53 differ";
  return wrong == 0 ? "" : fmt::format("{} of {} elements differ; {}", wrong, count, first);
}

} // namespace mlc::test
