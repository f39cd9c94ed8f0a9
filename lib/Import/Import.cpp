#include "Import/Import.h"
#include "Import/GraphImporter.h"
#include "Import/OperatorTable.h"
#include "Support/EditDistance.h"

#include "mlir/IR/Verifier.h"
#include "llvm/Support/Path.h"
#include <fmt/format.h>

using namespace mlir;
using namespace mlc::importer;

namespace mlc {

namespace {

struct Argument {
  std::string name;
  RankedTensorType type;
  SmallVector<std::string> symbols; // one a dimension
};

// Exporters write these for a dimension that has no name; two of them are not equal.
bool isNameless(const std::string &symbol) {
  return symbol.empty() || symbol == "?" || symbol == "None" || symbol == "-1";
}

// Sizes that the caller gives to dynamic dimensions.
class FixedDims {
public:
  explicit FixedDims(const std::map<std::string, int64_t> &dims) : dims_(dims) {}

  std::optional<int64_t> find(const std::string &key) {
    known_.push_back(key);
    auto found = dims_.find(key);
    if (found == dims_.end())
      return std::nullopt;
    used_.insert(key);
    return found->second;
  }
  Result<void> check() const {
    for (const auto &[name, size] : dims_) {
      if (size < 1)
        return usageError(fmt::format("dimension '{}' cannot have size {}", name, size));
      if (!used_.count(name))
        return usageError(fmt::format("the model has no dynamic dimension '{}'{}; it has: {}", name,
                                      didYouMean(name, known_), known_.empty() ? "none" : llvm::join(known_, ", ")));
    }
    return {};
  }

private:
  const std::map<std::string, int64_t> &dims_;
  std::vector<std::string> known_;
  std::set<std::string> used_;
};

Result<Argument> readArgument(MLIRContext &context, const onnx::ValueInfoProto &info, FixedDims &fixed) {
  if (!info.has_type() || !info.type().has_tensor_type()) {
    if (info.type().value_case() == onnx::TypeProto::VALUE_NOT_SET)
      return badInput(fmt::format("input '{}' has no type", info.name()));
    return unsupported(fmt::format("input '{}' is no tensor (sequences, maps, optionals and sparse tensors are not "
                                   "supported)",
                                   info.name()));
  }
  const auto &tensor = info.type().tensor_type();
  Type element = elementType(&context, tensor.elem_type());
  if (!element)
    return unsupported(fmt::format("input '{}' has element type {}", info.name(), dataTypeName(tensor.elem_type())));
  if (!tensor.has_shape())
    return unsupported(fmt::format("input '{}' has no shape: its rank must be known; save the model with a shape, "
                                   "dynamic dimensions are fine",
                                   info.name()));
  Argument argument{info.name(), {}, {}};
  SmallVector<int64_t> shape;
  int64_t product = 1;
  for (const auto &dim : tensor.shape().dim()) {
    std::string place = fmt::format("{}[{}]", info.name(), shape.size());
    bool isFixed = dim.has_dim_value() && dim.dim_value() >= 0;
    std::string symbol = isFixed || isNameless(dim.dim_param()) ? "" : dim.dim_param();
    shape.push_back(isFixed ? dim.dim_value() : ShapedType::kDynamic);
    if (!isFixed)
      if (auto size = fixed.find(symbol.empty() ? place : symbol)) {
        shape.back() = *size;
        symbol.clear();
      }
    if (!ShapedType::isDynamic(shape.back()) && shape.back() != 0 &&
        (__builtin_mul_overflow(product, shape.back(), &product) || product > (int64_t(1) << 48)))
      return badInput(fmt::format("input '{}' has a shape of too many elements", info.name()));
    argument.symbols.push_back(symbol);
  }
  argument.type = RankedTensorType::get(shape, element);
  return argument;
}

// The symbols that a graph output declares, as far as they agree with its inferred type.
SmallVector<std::string> outputSymbols(const onnx::ValueInfoProto &info, RankedTensorType type) {
  SmallVector<std::string> symbols(type.getRank());
  const auto &shape = info.type().tensor_type().shape();
  if (shape.dim_size() != type.getRank())
    return symbols;
  for (int i = 0; i < shape.dim_size(); ++i)
    if (type.isDynamicDim(i) && shape.dim(i).has_dim_param() && !isNameless(shape.dim(i).dim_param()))
      symbols[i] = shape.dim(i).dim_param();
  return symbols;
}

DictionaryAttr describeValue(Builder builder, const std::string &name, ArrayRef<std::string> symbols) {
  SmallVector<Attribute> dims;
  for (const std::string &symbol : symbols)
    dims.push_back(builder.getStringAttr(symbol));
  return builder.getDictionaryAttr({builder.getNamedAttr(graph::kNameAttr, builder.getStringAttr(name)),
                                    builder.getNamedAttr(graph::kDimsAttr, builder.getArrayAttr(dims))});
}

// A C identifier: names of files, symbols and macros of the generated library come from it.
std::string modelName(const std::string &path) {
  std::string name = llvm::sys::path::stem(path).str();
  for (char &c : name)
    if (!llvm::isAlnum(c))
      c = '_';
  if (name.empty() || llvm::isDigit(name.front()))
    name.insert(0, "model_");
  return name;
}

Result<void> listUnsupported(const std::string &path, const std::vector<std::string> &nodes) {
  if (nodes.empty())
    return {};
  std::string message = fmt::format("'{}' cannot be compiled: {} of its parts {} not supported\n", path, nodes.size(),
                                    nodes.size() == 1 ? "is" : "are");
  for (const std::string &line : nodes)
    message += "  " + line + "\n";
  return unsupported(message + "'mlcompress ops' lists what is supported");
}

Result<OwningOpRef<ModuleOp>> importProto(MLIRContext &context, onnx::ModelProto &model, const std::string &path,
                                          const ImportOptions &options) {
  auto opsets = readOpsets(model.opset_import(), fmt::format("'{}'", path));
  if (!opsets)
    return opsets.error();
  auto functions = FunctionLibrary::of(model);
  if (!functions)
    return functions.error();
  onnx::GraphProto &graph = *model.mutable_graph();
  if (graph.output_size() == 0)
    return badInput(fmt::format("'{}' has no outputs", path));

  std::set<std::string> constants, names;
  for (const auto &tensor : graph.initializer())
    constants.insert(tensor.name());
  FixedDims fixed(options.dims);
  std::vector<Argument> arguments;
  std::vector<std::string> unsupportedParts;
  for (const auto &info : graph.input()) {
    if (!names.insert(info.name()).second)
      return badInput(fmt::format("'{}' has two inputs '{}'", path, info.name()));
    if (constants.count(info.name()))
      continue;
    auto argument = readArgument(context, info, fixed);
    if (argument)
      arguments.push_back(*argument);
    else if (argument.error().code == ExitCode::Unsupported)
      unsupportedParts.push_back(argument.error().message);
    else
      return argument.error();
  }
  if (auto checked = fixed.check(); !checked)
    return checked.error();

  GraphImporter importer(context, path, std::move(*functions));
  OpBuilder &builder = importer.builder();
  std::string name = modelName(path);
  OwningOpRef<ModuleOp> module = ModuleOp::create(NameLoc::get(builder.getStringAttr(name)));
  (*module)->setAttr(graph::kModelAttr, builder.getStringAttr(name));
  auto opset = opsets->find("");
  (*module)->setAttr(graph::kOpsetAttr, builder.getI64IntegerAttr(opset == opsets->end() ? kLastOpset : opset->second));
  builder.setInsertionPointToStart(module->getBody());
  SmallVector<Type> inputTypes, outputTypes;
  for (const Argument &argument : arguments)
    inputTypes.push_back(argument.type);
  auto main = func::FuncOp::create(builder, module->getLoc(), "main", builder.getFunctionType(inputTypes, {}));
  Block *entry = main.addEntryBlock();
  llvm::StringMap<Value> inputs;
  for (auto [i, argument] : llvm::enumerate(arguments)) {
    entry->getArgument(i).setLoc(NameLoc::get(builder.getStringAttr(argument.name)));
    main.setArgAttrs(i, describeValue(builder, argument.name, argument.symbols));
    inputs[argument.name] = entry->getArgument(i);
  }
  builder.setInsertionPointToStart(entry);
  SmallVector<Value> outputs(graph.output_size());
  try {
    outputs = importer.importMain(graph, *opsets, inputs);
  } catch (const NodeFailure &failure) {
    if (failure.kind == NodeFailure::OuterSplit)
      unsupportedParts.push_back("an output has one rank or another, depending on a condition");
  }
  unsupportedParts.insert(unsupportedParts.end(), importer.unsupportedNodes().begin(),
                          importer.unsupportedNodes().end());
  for (auto [value, info] : llvm::zip(outputs, graph.output()))
    if (value && !isa<RankedTensorType>(value.getType()))
      unsupportedParts.push_back(
          fmt::format("output '{}' is no tensor (sequences, maps and optionals are not supported)", info.name()));
  if (auto listed = listUnsupported(path, unsupportedParts); !listed)
    return listed.error();
  importer.dropSequences(main);

  func::ReturnOp::create(builder, module->getLoc(), outputs);
  for (Value output : outputs)
    outputTypes.push_back(output.getType());
  main.setFunctionType(builder.getFunctionType(inputTypes, outputTypes));
  std::set<std::string> outputNames;
  for (auto [i, info] : llvm::enumerate(graph.output())) {
    if (!outputNames.insert(info.name()).second)
      return badInput(fmt::format("'{}' has two outputs '{}'", path, info.name()));
    auto type = mlir::cast<RankedTensorType>(outputTypes[i]);
    main.setResultAttrs(i, describeValue(builder, info.name(), outputSymbols(info, type)));
  }
  if (failed(verify(*module)))
    return badInput(fmt::format("'{}' is not a consistent model: {}", path, importer.takeDiagnostic()));
  return module;
}

} // namespace

Result<OwningOpRef<ModuleOp>> importModel(MLIRContext &context, const std::string &path, const ImportOptions &options) {
  context.loadDialect<graph::GraphDialect, func::FuncDialect>();
  auto model = readModelFile(path);
  if (!model)
    return model.error();
  try {
    return importProto(context, **model, path, options);
  } catch (const ImportFailure &failure) {
    return failure.error;
  }
}

} // namespace mlc
