#include "Calibration/Calibrate.h"

#include "Graph/Constants.h"

#include "mlir/IR/IRMapping.h"

#include "llvm/ADT/StringSet.h"

#include <algorithm>
#include <cmath>

using namespace mlir;

namespace mlc {

static Operation *enclosing(Value value) { return value.getParentBlock()->getParentOp(); }

bool canBeObserved(Value value) {
  Operation *op = enclosing(value);
  while (isa<graph::IfOp>(op))
    op = op->getParentOp();
  return isa<func::FuncOp>(op);
}

namespace {

// Makes values of branches results of the ops around them.
class Carrier {
public:
  explicit Carrier(ArrayRef<Value> values) : values_(values) {}

  SmallVector<Value> run() {
    for (size_t i = 0; i < values_.size(); ++i)
      while (auto op = dyn_cast<graph::IfOp>(enclosing(values_[i])))
        carry(op, i);
    return values_;
  }

private:
  void carry(graph::IfOp op, size_t index) {
    Region *own = values_[index].getParentRegion();
    Value value = values_[index];
    auto type = cast<RankedTensorType>(value.getType());
    OpBuilder builder(own->front().getTerminator());
    if (type.getRank() == 0) { // has an element always
      value = graph::UnsqueezeOp::create(builder, value.getLoc(), value, ArrayRef<int64_t>{0});
      type = cast<RankedTensorType>(value.getType());
    }
    SmallVector<int64_t> sizes(type.getShape());
    sizes[0] = ShapedType::kDynamic;
    std::vector<int64_t> empty;
    for (int64_t size : sizes)
      empty.push_back(ShapedType::isDynamic(size) ? 0 : size);
    Region *other = own == &op.getThenRegion() ? &op.getElseRegion() : &op.getThenRegion();
    append(*own, value);
    builder.setInsertionPoint(other->front().getTerminator());
    append(*other, graph::makeConstant(builder, value.getLoc(), Tensor(graph::dtypeOf(type.getElementType()), empty)));

    SmallVector<Type> types(op.getResultTypes());
    types.push_back(type.clone(sizes));
    builder.setInsertionPoint(op);
    auto wider = graph::IfOp::create(builder, op.getLoc(), types, op.getCondition());
    wider->setDiscardableAttrs(op->getDiscardableAttrDictionary());
    wider.getThenRegion().takeBody(op.getThenRegion());
    wider.getElseRegion().takeBody(op.getElseRegion());
    for (auto [before, after] : llvm::zip(op.getResults(), wider.getResults())) {
      before.replaceAllUsesWith(after);
      std::replace(values_.begin(), values_.end(), Value(before), Value(after));
    }
    values_[index] = wider.getResults().back();
    op.erase();
  }

  static void append(Region &region, Value value) {
    Operation *terminator = region.front().getTerminator();
    terminator->insertOperands(terminator->getNumOperands(), value);
  }

  SmallVector<Value> values_;
};

} // namespace

TappedModule onlyTaps(ModuleOp module, ArrayRef<Value> taps) {
  IRMapping mapping;
  TappedModule tapped;
  tapped.module = cast<ModuleOp>(module->clone(mapping));
  auto main = tapped.module->lookupSymbol<func::FuncOp>("main");
  // First: this replaces ops of branches.
  SmallVector<Value> carried = Carrier(llvm::map_to_vector(taps, [&](Value tap) { return mapping.lookup(tap); })).run();

  llvm::StringSet<> taken;
  for (unsigned i = 0; i < main.getNumArguments(); ++i)
    if (auto name = main.getArgAttrOfType<StringAttr>(i, graph::kNameAttr))
      taken.insert(name.getValue());

  Builder builder(module.getContext());
  SmallVector<Type> types;
  SmallVector<Attribute> attributes;
  SmallVector<Value> results;
  for (auto [i, value] : llvm::enumerate(carried)) {
    std::string name = "tap_" + std::to_string(i);
    while (!taken.insert(name).second)
      name += "_";
    attributes.push_back(
        builder.getDictionaryAttr({builder.getNamedAttr(graph::kNameAttr, builder.getStringAttr(name))}));
    results.push_back(value);
    types.push_back(results.back().getType());
    tapped.names.push_back(std::move(name));
  }
  auto terminator = cast<func::ReturnOp>(main.getBody().front().getTerminator());
  terminator.getOperandsMutable().assign(results);
  main.setFunctionType(FunctionType::get(module.getContext(), main.getArgumentTypes(), types));
  main.setResAttrsAttr(ArrayAttr::get(module.getContext(), attributes));
  return tapped;
}

// The (min, max) pairs that the attribute has for all values of the argument or op; NaN where one has none.
static SmallVector<double> boundsAt(Value value, StringRef name) {
  Attribute attribute;
  size_t size = 2;
  if (auto argument = dyn_cast<BlockArgument>(value)) {
    if (auto function = dyn_cast<func::FuncOp>(argument.getOwner()->getParentOp()))
      attribute = function.getArgAttr(argument.getArgNumber(), name);
  } else {
    attribute = value.getDefiningOp()->getAttr(name);
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

static void setBounds(Value value, StringRef name, Range range) {
  SmallVector<double> bounds = boundsAt(value, name);
  bounds[2 * resultIndex(value)] = range.min;
  bounds[2 * resultIndex(value) + 1] = range.max;
  auto attribute = DenseF64ArrayAttr::get(value.getContext(), bounds);
  if (auto argument = dyn_cast<BlockArgument>(value))
    cast<func::FuncOp>(argument.getOwner()->getParentOp()).setArgAttr(argument.getArgNumber(), name, attribute);
  else
    value.getDefiningOp()->setAttr(name, attribute);
}

static std::optional<Range> boundsOf(Value value, StringRef name) {
  SmallVector<double> bounds = boundsAt(value, name);
  Range range{bounds[2 * resultIndex(value)], bounds[2 * resultIndex(value) + 1]};
  if (std::isnan(range.min) || std::isnan(range.max))
    return std::nullopt;
  return range;
}

void annotateRanges(ArrayRef<Value> values, ArrayRef<TensorStatistics> statistics, const Calibrator &calibrator) {
  for (auto [value, seen] : llvm::zip_equal(values, statistics))
    if (auto range = calibrator.range(seen, calibrator.parameter)) {
      setBounds(value, kRangeAttr, *range);
      setBounds(value, kSampleRangeAttr, {seen.averageMin, seen.averageMax});
    }
}

std::optional<Range> rangeOf(Value value) { return boundsOf(value, kRangeAttr); }
std::optional<Range> sampleRangeOf(Value value) { return boundsOf(value, kSampleRangeAttr); }

void dropRanges(ModuleOp module) {
  module.walk([](Operation *op) {
    op->removeAttr(kRangeAttr);
    op->removeAttr(kSampleRangeAttr);
    op->removeAttr(kMeansAttr);
    if (auto function = dyn_cast<func::FuncOp>(op))
      for (unsigned i = 0; i < function.getNumArguments(); ++i) {
        function.removeArgAttr(i, kRangeAttr);
        function.removeArgAttr(i, kSampleRangeAttr);
      }
  });
}

} // namespace mlc
