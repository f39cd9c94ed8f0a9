#include "passes/Precision/PrecisionSwitch.h"

#include "Graph/Constants.h"
#include "passes/Precision/Layers.h"

#include "mlir/IR/IRMapping.h"

#include "llvm/ADT/StringSet.h"

using namespace mlir;

namespace mlc {
namespace {

llvm::DenseMap<Operation *, std::string> namesOfLayers(ModuleOp module) {
  llvm::DenseMap<Operation *, std::string> names;
  for (Layer &layer : layersOf(module))
    names[layer.op] = std::move(layer.name);
  return names;
}

func::FuncOp mainOf(ModuleOp module) { return module.lookupSymbol<func::FuncOp>("main"); }

// A name that no other argument or result of @main has.
std::string freeName(func::FuncOp main, StringRef wanted) {
  llvm::StringSet<> taken;
  auto take = [&](DictionaryAttr attributes) {
    if (attributes)
      if (auto name = attributes.getAs<StringAttr>(graph::kNameAttr))
        taken.insert(name.getValue());
  };
  for (unsigned i = 0; i < main.getNumArguments(); ++i)
    take(main.getArgAttrDict(i));
  for (unsigned i = 0; i < main.getNumResults(); ++i)
    take(main.getResultAttrDict(i));
  std::string name = wanted.str();
  while (taken.contains(name))
    name += "_";
  return name;
}

// Element `i` of the switch is `precision`: an i1 of rank 0.
Value isAsked(OpBuilder &builder, Location loc, Value element, Precision precision) {
  Value number = graph::makeScalarConstant(builder, loc, builder.getI64Type(), static_cast<double>(precision));
  return graph::CompareOp::create(builder, loc, graph::CompareKind::Eq, element, number);
}

Value sumOfSquares(OpBuilder &builder, Location loc, Value value) {
  Value squares = graph::BinaryOp::create(builder, loc, graph::BinaryKind::Mul, value, value);
  auto axes = llvm::to_vector(llvm::seq<int64_t>(0, cast<RankedTensorType>(value.getType()).getRank()));
  Value all = graph::ReduceOp::create(builder, loc, graph::ReduceKind::Sum, squares, axes, /*keepdims=*/false);
  return graph::ReshapeOp::create(builder, loc, all, graph::makeIndexConstant(builder, loc, {1, 1}));
}

// A layer with its other forms.
struct Switched {
  Operation *op;
  SmallVector<std::pair<Precision, Value>> forms;
};

// Adds the argument that selects, and the selects, one after the other behind the last form of each layer.
void addSwitch(func::FuncOp main, const std::vector<Switched> &switched) {
  OpBuilder builder(main.getContext());
  auto type = RankedTensorType::get({static_cast<int64_t>(switched.size())}, builder.getI64Type());
  unsigned position = main.getNumArguments();
  std::string name = freeName(main, "precision");
  (void)main.insertArgument(
      position, type, builder.getDictionaryAttr(builder.getNamedAttr(graph::kNameAttr, builder.getStringAttr(name))),
      main.getLoc());
  Value choice = main.getArgument(position);
  for (auto [i, layer] : llvm::enumerate(switched)) {
    Operation *last = layer.op;
    for (auto [precision, form] : layer.forms)
      if (last->isBeforeInBlock(form.getDefiningOp()))
        last = form.getDefiningOp();
    builder.setInsertionPointAfter(last);
    Location loc = layer.op->getLoc();
    Value exact = layer.op->getResult(0), taken = exact;
    llvm::SmallPtrSet<Operation *, 4> own;
    Value element = graph::GatherOp::create(
        builder, loc, choice, graph::makeScalarConstant(builder, loc, builder.getI64Type(), static_cast<double>(i)),
        /*axis=*/0);
    for (auto [precision, form] : layer.forms) {
      auto select = graph::SelectOp::create(builder, loc, isAsked(builder, loc, element, precision), form, taken);
      own.insert(select);
      taken = select.getOutput();
    }
    exact.replaceAllUsesExcept(taken, own);
  }
}

// Makes the switch of all layers for which `formsOf` gives forms.
PrecisionSwitch
makeSwitch(ModuleOp original, bool dynamic,
           llvm::function_ref<SmallVector<std::pair<Precision, Value>>(LayerForms &, const quantization::Contraction &,
                                                                       const std::string &name)>
               formsOf) {
  PrecisionSwitch result;
  result.module = cast<ModuleOp>(original->clone());
  func::FuncOp main = mainOf(*result.module);
  llvm::DenseMap<Operation *, std::string> names = namesOfLayers(*result.module);
  LayerForms forms(main, dynamic);
  std::vector<Switched> switched;
  for (const quantization::Contraction &layer : forms.contractions()) {
    if (!precisionOf(layer.op).empty())
      continue;
    Switched own{layer.op, formsOf(forms, layer, names[layer.op])};
    if (own.forms.empty())
      continue;
    setPrecision(layer.op, precisionName(Precision::F32)); // its narrow forms are there
    bool hasBf16 = false;
    for (auto [precision, form] : own.forms)
      if (precision == Precision::BF16 || precision == Precision::Int4) {
        setPrecision(form.getDefiningOp(), precisionName(Precision::F32));
        hasBf16 = hasBf16 || precision == Precision::BF16;
      }
    result.layers.push_back(names[layer.op]);
    result.hasBf16.push_back(hasBf16);
    switched.push_back(std::move(own));
  }
  addSwitch(main, switched);
  return result;
}

} // namespace

PrecisionSwitch withPrecisionSwitch(ModuleOp original, bool dynamic) {
  return makeSwitch(original, dynamic,
                    [](LayerForms &forms, const quantization::Contraction &layer, const std::string &) {
                      SmallVector<std::pair<Precision, Value>> made;
                      if (auto int8 = forms.int8(layer)) {
                        made.emplace_back(Precision::Int8, *int8);
                        if (Value bf16 = forms.bf16(layer))
                          made.emplace_back(Precision::BF16, bf16);
                      }
                      return made;
                    });
}

PrecisionSwitch withBlockSwitch(ModuleOp original, const LayerBlockWeights &blocks) {
  return makeSwitch(original, /*dynamic=*/true,
                    [&](LayerForms &forms, const quantization::Contraction &layer, const std::string &name) {
                      SmallVector<std::pair<Precision, Value>> made;
                      auto weights = blocks.find(name);
                      if (weights == blocks.end())
                        return made;
                      made.emplace_back(Precision::Int4, forms.int4(layer, weights->second));
                      if (auto int8 = forms.int8(layer))
                        made.emplace_back(Precision::Int8, *int8);
                      return made;
                    });
}

SensitivityProbe withSensitivityProbe(ModuleOp original, bool dynamic) {
  SensitivityProbe result;
  result.module = cast<ModuleOp>(original->clone());
  func::FuncOp main = mainOf(*result.module);
  Block &block = main.getBody().front();
  llvm::DenseMap<Operation *, std::string> names = namesOfLayers(*result.module);
  auto terminator = cast<func::ReturnOp>(block.getTerminator());

  // The compressed form is a copy of everything, which keeps the precisions that were given.
  IRMapping mapping;
  OpBuilder builder(terminator);
  SmallVector<Operation *> ops = llvm::map_to_vector(block.without_terminator(), [](Operation &op) { return &op; });
  for (Operation *op : ops)
    builder.clone(*op, mapping);

  LayerForms forms(main, dynamic);
  SmallVector<Value> rows;
  for (Operation *op : ops) {
    if (!names.contains(op))
      continue;
    Value local = forms.form(op, precisionOf(op));
    if (!local)
      continue;
    builder.setInsertionPoint(terminator);
    Location loc = op->getLoc();
    Value exact = op->getResult(0), compressed = mapping.lookup(exact);
    SmallVector<Value> row = {sumOfSquares(builder, loc, exact)};
    for (Value value : {local, compressed})
      row.push_back(sumOfSquares(
          builder, loc, graph::BinaryOp::create(builder, loc, graph::BinaryKind::Sub, value, exact).getOutput()));
    rows.push_back(graph::ConcatOp::create(builder, loc, row, /*axis=*/1));
    result.layers.push_back(names[op]);
  }
  for (auto &[op, name] : names)
    setPrecision(op, "f32");

  SmallVector<Value> results;
  for (Value value : terminator.getOperands())
    results.push_back(mapping.lookupOrDefault(value));
  builder.setInsertionPoint(terminator);
  Value table = rows.empty() ? graph::makeConstant(builder, main.getLoc(), Tensor(DType::Float32, {0, 3})).getOutput()
                             : graph::ConcatOp::create(builder, main.getLoc(), rows, /*axis=*/0).getOutput();
  results.push_back(table);
  std::string name = freeName(main, "sensitivity");
  (void)main.insertResult(
      main.getNumResults(), table.getType(),
      builder.getDictionaryAttr(builder.getNamedAttr(graph::kNameAttr, builder.getStringAttr(name))));
  terminator.getOperandsMutable().assign(results);
  return result;
}

} // namespace mlc
