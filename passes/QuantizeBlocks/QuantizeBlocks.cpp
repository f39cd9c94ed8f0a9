#include "passes/QuantizeBlocks/QuantizeBlocks.h"

#include "Calibration/BlockQuantization.h"
#include "Graph/NodeName.h"
#include "passes/Quantization/Contractions.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace mlir;

namespace mlc {
#define GEN_PASS_DEF_QUANTIZEBLOCKS
#include "passes/Passes.h.inc"

using namespace quantization;

namespace {

// Why a contraction stays f32; nothing where it does not.
std::optional<std::string> whyNot(Operation *op, const QuantizeBlocksOptions &options) {
  if (llvm::is_contained(options.exclude, graph::nodeName(op)))
    return "excluded by name";
  auto matched = matchContraction(op);
  if (!matched)
    return matched.error().message;
  auto type = cast<RankedTensorType>(op->getOperand(1).getType());
  if (!isa<graph::MatmulOp>(op))
    return "a convolution has no kernel for weights of 4 bits";
  if (type.getRank() != 2)
    return "its weights are not one matrix";
  if (type.getDimSize(0) < options.block)
    return "a column of its weights is shorter than a block";
  return std::nullopt;
}

bool isCandidate(Operation *op) {
  return isContraction(op) && !op->getOperand(1).getDefiningOp<graph::DequantizeOp>() &&
         !graph::findBlockOperand(op->getOperand(1));
}

struct QuantizeBlocksPass : impl::QuantizeBlocksBase<QuantizeBlocksPass> {
  QuantizeBlocksPass() = default;
  QuantizeBlocksPass(QuantizeBlocksOptions options, QuantizationReport *report = nullptr,
                     const RoundedProducts *rounded = nullptr)
      : QuantizeBlocksBase(options), asked(std::move(options)), report(report), rounded(rounded) {}

  void runOnOperation() override {
    QuantizationReport unread;
    QuantizationReport &decisions = report ? *report : unread;
    asked.block = block;
    asked.exclude.assign(exclude.begin(), exclude.end());
    SmallVector<Operation *> candidates;
    getOperation().walk([&](Operation *op) {
      if (isCandidate(op))
        candidates.push_back(op);
    });
    for (Operation *op : candidates) {
      if (auto reason = whyNot(op, asked)) {
        decisions.add(op, "f32", *reason);
        continue;
      }
      auto quantized = quantize(op);
      if (!quantized) {
        decisions.add(op, "f32", quantized.error().message);
        continue;
      }
      auto product = cast<graph::MatmulOp>(op);
      OpBuilder builder(op);
      product.getRhsMutable().assign(graph::makeBlockOperand(builder, op->getLoc(), *quantized));
      product.setInt8(true);
      decisions.add(op, "int4 weights");
    }
    eraseDeadOps(getOperation());
  }

  Result<graph::BlockWeights> quantize(Operation *op) {
    if (rounded)
      if (auto known = rounded->find(op); known != rounded->end())
        return known->second;
    auto weights = weightsTensor(op->getOperand(1));
    if (!weights)
      return weights.error();
    return quantizeBlocks(*weights, block);
  }

  QuantizeBlocksOptions asked;
  QuantizationReport *report = nullptr;
  const RoundedProducts *rounded = nullptr;
};
} // namespace

std::vector<Operation *> productsToQuantize(ModuleOp module, const QuantizeBlocksOptions &options) {
  std::vector<Operation *> products;
  // Values inside of branches and loops cannot be observed.
  for (Operation &op : module.lookupSymbol<func::FuncOp>("main").getBody().front())
    if (isCandidate(&op) && !whyNot(&op, options))
      products.push_back(&op);
  return products;
}

std::unique_ptr<Pass> createQuantizeBlocks(QuantizeBlocksOptions options, QuantizationReport *report,
                                           const RoundedProducts *rounded) {
  return std::make_unique<QuantizeBlocksPass>(std::move(options), report, rounded);
}

} // namespace mlc
