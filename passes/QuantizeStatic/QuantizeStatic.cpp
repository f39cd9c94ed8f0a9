#include "passes/QuantizeStatic/QuantizeStatic.h"

#include "Calibration/Calibrate.h"
#include "Graph/Constants.h"
#include "passes/Precision/Layers.h"
#include "passes/QuantizeDynamic/QuantizeDynamic.h"
#include "passes/QuantizeStatic/Groups.h"

#include "mlir/IR/IRMapping.h"

using namespace mlir;

namespace mlc {
#define GEN_PASS_DEF_QUANTIZESTATIC
#include "passes/Passes.h.inc"

using namespace quantization;

namespace {

// Makes the quantized and dequantized form of the values of the groups, each once.
class Rewriter {
public:
  explicit Rewriter(const Groups &groups) : groups_(groups) {}

  /// nullopt where the value's group has no range.
  std::optional<QuantParams> params(Value value) {
    auto range = groups_.range(value);
    return range ? std::optional(asymmetricUi8(*range)) : std::nullopt;
  }

  Value dequantized(Value value) {
    if (Value known = dequantized_.lookup(value))
      return known;
    Value source = quantized(value);
    OpBuilder builder(value.getContext());
    builder.setInsertionPointAfterValue(source);
    return dequantized_[value] = makeDequantize(builder, value.getLoc(), source, *params(value));
  }

  /// The ops made here: they go on reading the f32 value.
  bool isOwn(Operation *op) const { return own_.contains(op); }
  const llvm::MapVector<Value, Value> &made() const { return quantized_; }

private:
  Value quantized(Value value) {
    if (Value known = quantized_.lookup(value))
      return known;
    OpBuilder builder(value.getContext());
    builder.setInsertionPointAfterValue(value);
    Value result = groups_.isRoot(value) ? makeQuantize(builder, value.getLoc(), value, *params(value))
                                         : moveQuantized(builder, value.getDefiningOp());
    own_.insert(result.getDefiningOp());
    quantized_[value] = result;
    return result;
  }

  Value moveQuantized(OpBuilder &builder, Operation *op) {
    QuantParams parameters = *params(op->getResult(0));
    IRMapping mapping;
    SmallVector<std::pair<unsigned, Value>> operands;
    for (unsigned i : movedOperands(op)) {
      Value operand = op->getOperand(i);
      Value own = groups_.together(operand, op->getResult(0))
                      ? quantized(operand)
                      : makeQuantize(builder, op->getLoc(), dequantized(operand), parameters);
      operands.emplace_back(i, own);
    }
    Type element = cast<RankedTensorType>(operands.front().second.getType()).getElementType();
    Operation *moved = builder.clone(*op);
    for (auto [i, operand] : operands)
      moved->setOperand(i, operand);
    if (auto pad = dyn_cast<graph::PadOp>(moved)) {
      double fill = graph::constantScalar(pad.getValue()).value_or(0);
      double value = std::nearbyint(fill / parameters.scale) + parameters.zero_point;
      OpBuilder before(moved);
      pad.getValueMutable().assign(
          graph::makeScalarConstant(before, pad.getLoc(), element, std::clamp(value, 0.0, 255.0)));
    }
    moved->removeAttr(kRangeAttr);
    moved->getResult(0).setType(cast<RankedTensorType>(op->getResult(0).getType()).clone(element));
    return moved->getResult(0);
  }

  const Groups &groups_;
  llvm::MapVector<Value, Value> quantized_;
  llvm::DenseMap<Value, Value> dequantized_;
  llvm::DenseSet<Operation *> own_;
};

struct QuantizeStaticPass : impl::QuantizeStaticBase<QuantizeStaticPass> {
  QuantizeStaticPass() = default;
  QuantizeStaticPass(QuantizeStaticOptions options, QuantizationReport *report = nullptr)
      : QuantizeStaticBase(std::move(options)), report(report) {}

  void runOnOperation() override {
    auto main = getOperation().lookupSymbol<func::FuncOp>("main");
    if (!main)
      return;
    QuantizeStaticOptions options;
    options.skipDepthwise = skipDepthwise;
    Groups groups(main, options);

    QuantizationReport unread;
    QuantizationReport &decisions = report ? *report : unread;
    for (auto &[op, reason] : groups.skipped())
      if (precisionOf(op).empty() || precisionOf(op) == "f32")
        decisions.add(op, "f32", reason);

    Rewriter rewriter(groups);
    for (const Contraction &contraction : groups.contractions()) {
      Value input = contraction.op->getOperand(contraction.activation);
      if (auto reason = groups.whyAtRunTime(contraction)) {
        if (auto done = quantizeWeightsOf(contraction, std::nullopt); !done) {
          decisions.add(contraction.op, "f32", done.error().message);
          continue;
        }
        contraction.op->setOperand(contraction.activation, roundedAtRunTime(input));
        decisions.add(contraction.op, "int8 dynamic", *reason);
        continue;
      }
      auto params = rewriter.params(input);
      if (!params) {
        decisions.add(contraction.op, "f32", "calibration gave no range for its input");
        continue;
      }
      if (auto done = quantizeWeightsOf(contraction, params->scale); !done) {
        decisions.add(contraction.op, "f32", done.error().message);
        continue;
      }
      contraction.op->setOperand(contraction.activation, rewriter.dequantized(input));
      decisions.add(contraction.op, "int8");
    }
    // A shape is the quantized tensor's too: without this it alone would keep the f32 tensor alive.
    for (auto [value, quantized] : rewriter.made())
      value.replaceUsesWithIf(quantized, [](OpOperand &use) { return isa<graph::ShapeOfOp>(use.getOwner()); });
    if (shareQuantized)
      share(rewriter);
    atRunTime.clear();
    dropRanges(getOperation());
    eraseDeadOps(main);
  }

  // Each value once.
  Value roundedAtRunTime(Value value) {
    Value &rounded = atRunTime[value];
    if (!rounded) {
      OpBuilder builder(value.getContext());
      builder.setInsertionPointAfterValue(value);
      rounded = quantizeAtRunTime(builder, value);
    }
    return rounded;
  }

  // Whatever else computes with a quantized tensor reads it too, so that the f32 one need not be stored.
  void share(Rewriter &rewriter) {
    for (auto &[value, quantized] : llvm::to_vector(rewriter.made())) {
      SmallVector<OpOperand *> uses;
      for (OpOperand &use : value.getUses())
        if (!rewriter.isOwn(use.getOwner()) && !isa<func::ReturnOp>(use.getOwner()))
          uses.push_back(&use);
      // Movement that was redone on ui8 is dead by now, or serves a result of the model.
      llvm::erase_if(uses, [&](OpOperand *use) {
        Operation *op = use->getOwner();
        return op->getNumResults() == 1 && rewriter.made().contains(op->getResult(0)) && !movedOperands(op).empty();
      });
      for (OpOperand *use : uses)
        use->set(rewriter.dequantized(value));
    }
  }

  QuantizationReport *report = nullptr;
  llvm::DenseMap<Value, Value> atRunTime;
};
} // namespace

SmallVector<Value> valuesToCalibrate(ModuleOp module, const QuantizeStaticOptions &options) {
  auto main = module.lookupSymbol<func::FuncOp>("main");
  if (!main)
    return {};
  SmallVector<Value> values = Groups(main, options).roots();
  llvm::erase_if(values, [](Value value) { return graph::constantOf(value) != nullptr; });
  return values;
}

SmallVector<Operation *> contractionsToQuantize(ModuleOp module, const QuantizeStaticOptions &options) {
  auto main = module.lookupSymbol<func::FuncOp>("main");
  if (!main)
    return {};
  Groups groups(main, options);
  SmallVector<Operation *> ops;
  for (const Contraction &contraction : groups.contractions())
    if (groups.contains(contraction.op->getOperand(contraction.activation)))
      ops.push_back(contraction.op);
  return ops;
}

std::unique_ptr<Pass> createQuantizeStatic(QuantizeStaticOptions options, QuantizationReport *report) {
  return std::make_unique<QuantizeStaticPass>(std::move(options), report);
}

} // namespace mlc
