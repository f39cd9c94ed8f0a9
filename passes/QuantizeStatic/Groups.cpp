#include "passes/QuantizeStatic/Groups.h"

#include "Calibration/Calibrate.h"
#include "Graph/Constants.h"
#include "Graph/NodeName.h"

#include "llvm/ADT/StringSet.h"

using namespace mlir;

namespace mlc::quantization {

static bool isDepthwise(Operation *op) {
  auto conv = dyn_cast<graph::ConvOp>(op);
  return conv && conv.getGroup() > 1 && cast<RankedTensorType>(conv.getWeights().getType()).getDimSize(1) == 1;
}

Groups::Groups(func::FuncOp function, const QuantizeStaticOptions &options) {
  llvm::StringSet<> excluded, met;
  for (const std::string &name : options.exclude)
    excluded.insert(name);
  function.walk([&](Operation *op) {
    if (!isContraction(op))
      return;
    std::string name = graph::nodeName(op);
    met.insert(name);
    if (excluded.contains(name))
      return skipped_.emplace_back(op, "excluded by name"), void();
    if (op->getBlock() != &function.getBody().front())
      return skipped_.emplace_back(op, "it stands inside control flow, where nothing is observed"), void();
    if (options.skipDepthwise && isDepthwise(op))
      return skipped_.emplace_back(op, "depthwise convolutions were to stay f32"), void();
    auto contraction = matchContraction(op);
    if (!contraction)
      return skipped_.emplace_back(op, contraction.error().message), void();
    contractions_.push_back(*contraction);
    join(op->getOperand(contraction->activation));
  });
  for (const std::string &name : options.exclude)
    if (!met.contains(name))
      unknown_.push_back(name);

  for (Value argument : function.getArguments())
    if (contains(argument))
      ordered_.push_back(argument);
  for (Operation &op : function.getBody().front())
    for (Value result : op.getResults())
      if (contains(result))
        ordered_.push_back(result);
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

std::optional<Range> Groups::range(Value value) const {
  Range all;
  auto include = [&](Range range) { all = {std::min(all.min, range.min), std::max(all.max, range.max)}; };
  for (void *pointer : classes_.members(value.getAsOpaquePointer())) {
    Value member = Value::getFromOpaquePointer(pointer);
    if (isRoot(member)) {
      auto range = graph::constantOf(member) ? rangeOfConstant(member) : rangeOf(member);
      if (!range)
        return std::nullopt;
      include(*range);
    } else if (auto pad = member.getDefiningOp<graph::PadOp>(); pad && pad.getMode() == graph::PadMode::Constant) {
      double fill = *graph::constantScalar(pad.getValue());
      include({fill, fill});
    }
  }
  return all;
}

} // namespace mlc::quantization
