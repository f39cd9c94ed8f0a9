#include "passes/QuantizeStatic/Groups.h"

#include "Calibration/Calibrate.h"
#include "Graph/Constants.h"
#include "passes/Precision/Layers.h"

using namespace mlir;

namespace mlc::quantization {

// How much coarser than its own a tensor's scale may become for the sake of a common one: one bit.
static constexpr double kCoarsest = 2;

// How much wider the range of all samples may be than that of one on average: with more, two of a typical sample's
// eight bits are lost. Loudness varies so, images and text do not.
static constexpr double kWidest = 4;

static bool isDepthwise(Operation *op) {
  auto conv = dyn_cast<graph::ConvOp>(op);
  return conv && conv.getGroup() > 1 && cast<RankedTensorType>(conv.getWeights().getType()).getDimSize(1) == 1;
}

Groups::Groups(func::FuncOp function, const QuantizeStaticOptions &options) {
  function.walk([&](Operation *op) {
    if (!isContraction(op))
      return;
    if (auto reason = reservedFromPrecision(op, "int8"))
      return skipped_.emplace_back(op, *reason), void();
    if (options.skipDepthwise && isDepthwise(op))
      return skipped_.emplace_back(op, "depthwise convolutions were to stay f32"), void();
    auto contraction = matchContraction(op);
    if (!contraction)
      return skipped_.emplace_back(op, contraction.error().message), void();
    contractions_.push_back(*contraction);
    Value activation = op->getOperand(contraction->activation);
    if (!canBeObserved(activation))
      return;
    direct_.insert(activation);
    join(activation);
  });
  for (Value argument : function.getArguments())
    if (contains(argument))
      ordered_.push_back(argument);
  function.walk<WalkOrder::PreOrder>([&](Operation *op) {
    for (Value result : op->getResults())
      if (contains(result))
        ordered_.push_back(result);
  });
  for (Value value : ordered_)
    if (auto concat = value.getDefiningOp<graph::ConcatOp>())
      joinParts(concat);
}

bool Groups::together(Value a, Value b) const {
  return classes_.isEquivalent(a.getAsOpaquePointer(), b.getAsOpaquePointer());
}

// A part that also feeds a contraction of its own and has a much smaller range keeps its finer scale, and is
// quantized once more for the concat.
void Groups::joinParts(graph::ConcatOp concat) {
  auto whole = range(concat.getOutput());
  for (Value part : concat.getInputs()) {
    auto own = range(part);
    bool feedsOthers = llvm::any_of(classes_.members(part.getAsOpaquePointer()), [&](void *member) {
      return direct_.contains(Value::getFromOpaquePointer(member));
    });
    if (!feedsOthers || !whole || !own || whole->max - whole->min <= kCoarsest * (own->max - own->min))
      classes_.unionSets(concat.getOutput().getAsOpaquePointer(), part.getAsOpaquePointer());
  }
}

bool Groups::isRoot(Value value) const {
  return !value.getDefiningOp() || movedOperands(value.getDefiningOp()).empty();
}

void Groups::join(Value value) {
  if (!values_.insert(value).second)
    return;
  classes_.insert(value.getAsOpaquePointer());
  if (isRoot(value))
    return;
  Operation *op = value.getDefiningOp();
  for (unsigned i : movedOperands(op)) {
    join(op->getOperand(i));
    if (!isa<graph::ConcatOp>(op))
      classes_.unionSets(value.getAsOpaquePointer(), op->getOperand(i).getAsOpaquePointer());
  }
}

SmallVector<Value> Groups::roots() const {
  SmallVector<Value> result;
  llvm::copy_if(ordered_, std::back_inserter(result), [&](Value value) { return isRoot(value); });
  return result;
}

static std::optional<Range> rangeOfConstant(Value value) {
  auto tensor = graph::constantTensor(value);
  TensorStatistics statistics;
  if (!tensor || !observe(statistics, *tensor))
    return std::nullopt;
  return minMaxRange(statistics);
}

std::optional<std::string> Groups::whyAtRunTime(const Contraction &contraction) const {
  Value activation = contraction.op->getOperand(contraction.activation);
  auto all = range(activation), each = unionOf(activation, sampleRangeOf);
  if (all) {
    auto width = [](Range range) { return std::max(range.max, 0.0) - std::min(range.min, 0.0); };
    if (each && width(*all) > kWidest * width(*each))
      return "its input's range differs too much between samples";
    return std::nullopt;
  }
  if (isa<func::FuncOp>(contraction.op->getParentOp()))
    return std::nullopt;
  return contains(activation) ? "no calibration sample took its branch" : "what a loop computes is not observed";
}

std::optional<Range> Groups::range(Value value) const { return unionOf(value, rangeOf); }

std::optional<Range> Groups::unionOf(Value value, RangeSource source) const {
  if (!contains(value))
    return std::nullopt;
  Range all;
  auto include = [&](Range range) { all = {std::min(all.min, range.min), std::max(all.max, range.max)}; };
  for (void *pointer : classes_.members(value.getAsOpaquePointer())) {
    Value member = Value::getFromOpaquePointer(pointer);
    if (isRoot(member)) {
      auto range = graph::constantOf(member) ? rangeOfConstant(member) : source(member);
      if (!range)
        return std::nullopt;
      include(*range);
    } else if (auto pad = member.getDefiningOp<graph::PadOp>(); pad && pad.getMode() == graph::PadMode::Constant) {
      double fill = *graph::constantScalar(pad.getValue());
      include({fill, fill});
    } else if (auto concat = member.getDefiningOp<graph::ConcatOp>()) {
      for (Value part : concat.getInputs()) {
        if (together(part, member))
          continue;
        auto range = unionOf(part, source);
        if (!range)
          return std::nullopt;
        include(*range);
      }
    }
  }
  return all;
}

} // namespace mlc::quantization
