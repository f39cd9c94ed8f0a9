#include "passes/QuantizeDynamic/QuantizeDynamic.h"

#include "passes/Precision/Layers.h"
#include "passes/Quantization/Contractions.h"

using namespace mlir;

namespace mlc {
#define GEN_PASS_DEF_QUANTIZEDYNAMIC
#include "passes/Passes.h.inc"

using namespace quantization;

Value quantizeAtRunTime(OpBuilder &builder, Value value) {
  Location loc = value.getLoc();
  auto range = graph::DynamicRangeOp::create(builder, loc, value);
  Value quantized = graph::QuantizeOp::create(builder, loc, value, range.getScale(), range.getZeroPoint(), 0, 0);
  return graph::DequantizeOp::create(builder, loc, quantized, range.getScale(), range.getZeroPoint(), 0, 0);
}

namespace {
struct QuantizeDynamicPass : impl::QuantizeDynamicBase<QuantizeDynamicPass> {
  QuantizeDynamicPass() = default;
  explicit QuantizeDynamicPass(QuantizeDynamicOptions options, QuantizationReport *report = nullptr)
      : QuantizeDynamicBase(options), report(report) {}

  void runOnOperation() override {
    QuantizationReport unread;
    QuantizationReport &decisions = report ? *report : unread;
    llvm::DenseMap<Value, Value> dequantized;
    SmallVector<Operation *> candidates;
    getOperation().walk([&](Operation *op) {
      if (isContraction(op) && !op->getOperand(1).getDefiningOp<graph::DequantizeOp>())
        candidates.push_back(op);
    });
    for (Operation *op : candidates) {
      if (onlyMarked && precisionOf(op) != "int8")
        continue;
      if (auto reason = reservedFromPrecision(op, "int8")) {
        if (precisionOf(op) == "f32")
          decisions.add(op, "f32", *reason);
        continue;
      }
      auto contraction = matchContraction(op);
      if (!contraction) {
        decisions.add(op, "f32", contraction.error().message);
        continue;
      }
      if (auto done = quantizeWeightsOf(*contraction, std::nullopt); !done) {
        decisions.add(op, "f32", done.error().message);
        continue;
      }
      Value input = op->getOperand(contraction->activation);
      Value &replacement = dequantized[input];
      if (!replacement) {
        OpBuilder builder(op->getContext());
        builder.setInsertionPointAfterValue(input);
        replacement = quantizeAtRunTime(builder, input);
      }
      op->setOperand(contraction->activation, replacement);
      decisions.add(op, "int8 dynamic");
    }
    eraseDeadOps(getOperation());
  }

  QuantizationReport *report = nullptr;
};
} // namespace

std::unique_ptr<Pass> createQuantizeDynamic(QuantizeDynamicOptions options, QuantizationReport *report) {
  return std::make_unique<QuantizeDynamicPass>(options, report);
}

} // namespace mlc
