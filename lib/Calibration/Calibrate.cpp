#include "Calibration/Calibrate.h"

#include "mlir/IR/IRMapping.h"

#include "llvm/ADT/StringSet.h"

#include <cmath>

using namespace mlir;

namespace mlc {

TappedModule onlyTaps(ModuleOp module, ArrayRef<Value> taps) {
  IRMapping mapping;
  TappedModule tapped;
  tapped.module = cast<ModuleOp>(module->clone(mapping));
  auto main = tapped.module->lookupSymbol<func::FuncOp>("main");
  llvm::StringSet<> taken;
  for (unsigned i = 0; i < main.getNumArguments(); ++i)
    if (auto name = main.getArgAttrOfType<StringAttr>(i, graph::kNameAttr))
      taken.insert(name.getValue());

  Builder builder(module.getContext());
  SmallVector<Type> types;
  SmallVector<Attribute> attributes;
  SmallVector<Value> results;
  for (auto [i, tap] : llvm::enumerate(taps)) {
    std::string name = "tap_" + std::to_string(i);
    while (!taken.insert(name).second)
      name += "_";
    attributes.push_back(
        builder.getDictionaryAttr({builder.getNamedAttr(graph::kNameAttr, builder.getStringAttr(name))}));
    results.push_back(mapping.lookup(tap));
    types.push_back(results.back().getType());
    tapped.names.push_back(std::move(name));
  }
  auto terminator = cast<func::ReturnOp>(main.getBody().front().getTerminator());
  terminator.getOperandsMutable().assign(results);
  main.setFunctionType(FunctionType::get(module.getContext(), main.getArgumentTypes(), types));
  main.setResAttrsAttr(ArrayAttr::get(module.getContext(), attributes));
  return tapped;
}

// The (min, max) pairs of all values that the argument or op defines; NaN where one has no range.
static SmallVector<double> boundsAt(Value value) {
  Attribute attribute;
  size_t size = 2;
  if (auto argument = dyn_cast<BlockArgument>(value)) {
    if (auto function = dyn_cast<func::FuncOp>(argument.getOwner()->getParentOp()))
      attribute = function.getArgAttr(argument.getArgNumber(), kRangeAttr);
  } else {
    attribute = value.getDefiningOp()->getAttr(kRangeAttr);
    size = 2 * value.getDefiningOp()->getNumResults();
  }
  if (auto bounds = dyn_cast_or_null<DenseF64ArrayAttr>(attribute);
      bounds && bounds.size() == static_cast<int64_t>(size))
    return SmallVector<double>(bounds.asArrayRef());
  return SmallVector<double>(size, std::nan(""));
}

static size_t resultIndex(Value value) {
  auto result = dyn_cast<OpResult>(value);
  return result ? result.getResultNumber() : 0;
}

void annotateRanges(ArrayRef<Value> values, ArrayRef<TensorStatistics> statistics, const Calibrator &calibrator) {
  for (auto [value, seen] : llvm::zip_equal(values, statistics)) {
    auto range = calibrator.range(seen, calibrator.parameter);
    if (!range)
      continue;
    SmallVector<double> bounds = boundsAt(value);
    bounds[2 * resultIndex(value)] = range->min;
    bounds[2 * resultIndex(value) + 1] = range->max;
    auto attribute = DenseF64ArrayAttr::get(value.getContext(), bounds);
    if (auto argument = dyn_cast<BlockArgument>(value))
      cast<func::FuncOp>(argument.getOwner()->getParentOp()).setArgAttr(argument.getArgNumber(), kRangeAttr, attribute);
    else
      value.getDefiningOp()->setAttr(kRangeAttr, attribute);
  }
}

std::optional<Range> rangeOf(Value value) {
  SmallVector<double> bounds = boundsAt(value);
  Range range{bounds[2 * resultIndex(value)], bounds[2 * resultIndex(value) + 1]};
  if (std::isnan(range.min) || std::isnan(range.max))
    return std::nullopt;
  return range;
}

void dropRanges(ModuleOp module) {
  module.walk([](Operation *op) {
    op->removeAttr(kRangeAttr);
    op->removeAttr(kMeansAttr);
    if (auto function = dyn_cast<func::FuncOp>(op))
      for (unsigned i = 0; i < function.getNumArguments(); ++i)
        function.removeArgAttr(i, kRangeAttr);
  });
}

} // namespace mlc
