#include "passes/BFloat16/BFloat16.h"

#include "Graph/Constants.h"
#include "passes/Precision/Layers.h"
#include "passes/Quantization/Contractions.h"

using namespace mlir;

namespace mlc {
#define GEN_PASS_DEF_BFLOAT16
#include "passes/Passes.h.inc"

namespace {

// Whether the product is one of the two around a softmax, with elementwise ops alone between the first and that: their
// operands go through one kernel, which packs them (Lowering/Groups.h).
bool isOfAttention(Operation *op) {
  if (!isa<graph::MatmulOp>(op))
    return false;
  if (op->getOperand(0).getDefiningOp<graph::SoftmaxOp>())
    return true;
  while (op->hasOneUse()) {
    Operation *reader = *op->getUsers().begin();
    if (isa<graph::SoftmaxOp>(reader))
      return true;
    if (!isa<graph::BinaryOp, graph::UnaryOp, graph::SelectOp>(reader))
      return false;
    op = reader;
  }
  return false;
}

} // namespace

std::string bfloat16Obstacle(Operation *op) {
  if (isa<graph::ConvTransposeOp>(op))
    return "a transposed convolution has no bf16 kernel";
  auto input = cast<RankedTensorType>(op->getOperand(0).getType());
  Value weights = op->getOperand(1);
  auto type = cast<RankedTensorType>(weights.getType());
  if (!input.getElementType().isF32())
    return "it is not float32";
  if (!graph::constantOf(weights))
    return isOfAttention(op) ? "" : "both operands are activations";
  int64_t depth = type.getRank() >= 2 ? type.getDimSize(type.getRank() - 2) : 1;
  if (auto conv = dyn_cast<graph::ConvOp>(op)) {
    if (type.getRank() > 4)
      return "it has three spatial dimensions";
    depth = type.getDimSize(1);
    if (depth == 1)
      return "each of its channels is by itself";
  } else if (type.getRank() != 2) {
    return "its weights are no matrix";
  }
  if (depth % 2 != 0)
    return "its depth of " + std::to_string(depth) + " is odd";
  return "";
}

namespace {
struct BFloat16Pass : impl::BFloat16Base<BFloat16Pass> {
  BFloat16Pass() = default;
  explicit BFloat16Pass(BFloat16Options options, QuantizationReport *report = nullptr)
      : BFloat16Base(std::move(options)), report(report) {}

  void runOnOperation() override {
    QuantizationReport unread;
    QuantizationReport &decisions = report ? *report : unread;
    getOperation().walk([&](Operation *op) {
      if (!isa<graph::ConvOp, graph::ConvTransposeOp, graph::MatmulOp, graph::RecurrentOp>(op))
        return;
      if (onlyMarked && precisionOf(op) != "bf16")
        return;
      if (auto reason = reservedFromPrecision(op, "bf16")) {
        if (precisionOf(op) == "f32")
          decisions.add(op, "f32", *reason);
        return;
      }
      if (auto recurrent = dyn_cast<graph::RecurrentOp>(op)) {
        recurrent.setBf16(true);
        decisions.add(op, "bf16");
        return;
      }
      if (std::string reason = bfloat16Obstacle(op); !reason.empty()) {
        decisions.add(op, "f32", reason);
        return;
      }
      if (auto conv = dyn_cast<graph::ConvOp>(op))
        conv.setBf16(true);
      else
        cast<graph::MatmulOp>(op).setBf16(true);
      auto reason = op->getAttrOfType<StringAttr>(kPrecisionReasonAttr);
      decisions.add(op, "bf16", reason ? reason.getValue().str() : "");
    });
  }

  QuantizationReport *report = nullptr;
};
} // namespace

std::unique_ptr<Pass> createBFloat16(BFloat16Options options, QuantizationReport *report) {
  return std::make_unique<BFloat16Pass>(std::move(options), report);
}

} // namespace mlc
