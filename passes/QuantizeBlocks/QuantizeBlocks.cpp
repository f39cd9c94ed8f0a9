#include "passes/QuantizeBlocks/QuantizeBlocks.h"

#include "Calibration/BlockQuantization.h"
#include "Calibration/Calibrate.h"
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
  if (auto reason = reservedFromPrecision(op, "int4"))
    return reason;
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
                     const LayerBlockWeights *known = nullptr)
      : QuantizeBlocksBase(options), asked(std::move(options)), report(report), known(known) {}

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
    llvm::DenseMap<Operation *, std::string> names;
    if (known)
      for (Layer &layer : layersOf(getOperation()->getParentOfType<ModuleOp>()))
        names[layer.op] = std::move(layer.name);
    for (Operation *op : candidates) {
      if (auto reason = whyNot(op, asked)) {
        if (StringRef own = precisionOf(op); own.empty() || own == "f32") // another pass reports its own
          decisions.add(op, "f32", *reason);
        continue;
      }
      auto quantized = quantize(op, names[op]);
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

  Result<graph::BlockWeights> quantize(Operation *op, const std::string &name) {
    if (known)
      if (auto found = known->find(name); found != known->end())
        return found->second;
    auto weights = weightsTensor(op->getOperand(1));
    if (!weights)
      return weights.error();
    return quantizeBlocks(*weights, block);
  }

  QuantizeBlocksOptions asked;
  QuantizationReport *report = nullptr;
  const LayerBlockWeights *known = nullptr;
};
} // namespace

std::vector<Layer> productsToQuantize(ModuleOp module, const QuantizeBlocksOptions &options) {
  std::vector<Layer> products;
  for (Layer &layer : layersOf(module))
    if (isCandidate(layer.op) && !whyNot(layer.op, options) && canBeObserved(layer.op->getOperand(0)))
      products.push_back(std::move(layer));
  return products;
}

std::unique_ptr<Pass> createQuantizeBlocks(QuantizeBlocksOptions options, QuantizationReport *report,
                                           const LayerBlockWeights *known) {
  return std::make_unique<QuantizeBlocksPass>(std::move(options), report, known);
}

} // namespace mlc
