#include "passes/SmoothActivations/SmoothActivations.h"

#include "Calibration/Calibrate.h"
#include "Graph/Constants.h"
#include "passes/Precision/Layers.h"

using namespace mlir;

namespace mlc {
#define GEN_PASS_DEF_SMOOTHACTIVATIONS
#include "passes/Passes.h.inc"

using namespace quantization;

bool isDepthwise(Operation *contraction) {
  auto conv = dyn_cast<graph::ConvOp>(contraction);
  return conv && conv.getGroup() > 1 && cast<RankedTensorType>(conv.getWeights().getType()).getDimSize(1) == 1;
}

// Channels of the activations of a contraction that can be smoothed.
static std::optional<int64_t> channelsOf(Operation *op) {
  if (!isa<graph::MatmulOp, graph::ConvOp>(op))
    return std::nullopt;
  auto type = cast<RankedTensorType>(op->getOperand(1).getType());
  if (isa<graph::MatmulOp>(op))
    return type.getRank() == 2 ? std::optional(type.getDimSize(0)) : std::nullopt;
  auto conv = cast<graph::ConvOp>(op);
  if (conv.getChannelsLast() || type.getRank() < 3)
    return std::nullopt;
  if (isDepthwise(op))
    return conv.getGroup();
  return conv.getGroup() == 1 ? std::optional(type.getDimSize(1)) : std::nullopt;
}

llvm::MapVector<Value, std::vector<Contraction>> smoothableProducts(ModuleOp module) {
  llvm::MapVector<Value, std::vector<Contraction>> products;
  auto main = module.lookupSymbol<func::FuncOp>("main");
  if (!main)
    return products;
  main.walk([&](Operation *op) {
    if (!channelsOf(op) || reservedFromPrecision(op, "int8"))
      return;
    if (auto contraction = matchContraction(op); contraction && canBeObserved(op->getOperand(contraction->activation)))
      products[op->getOperand(contraction->activation)].push_back(*contraction);
  });
  return products;
}

namespace {
struct SmoothActivationsPass : impl::SmoothActivationsBase<SmoothActivationsPass> {
  void runOnOperation() override {
    SmallVector<Operation *> products;
    getOperation().walk([&](Operation *op) {
      if (op->hasAttr(kSmoothingAttr))
        products.push_back(op);
    });
    for (Operation *op : products)
      if (failed(smooth(op)))
        return signalPassFailure();
    eraseDeadOps(getOperation());
  }

  LogicalResult smooth(Operation *op) {
    auto factors = op->getAttrOfType<DenseF32ArrayAttr>(kSmoothingAttr);
    op->removeAttr(kSmoothingAttr);
    auto channels = channelsOf(op);
    if (!factors || !channels || !matchContraction(op) || factors.size() != *channels ||
        llvm::any_of(factors.asArrayRef(), [](float factor) { return !(factor > 0); }))
      return op->emitError("graph.smoothing needs a positive factor for each channel that constant weights multiply");
    auto weights = weightsTensor(op->getOperand(1));
    if (!weights)
      return op->emitError(weights.error().message);
    // Weights are [channels, columns], [outputs, channels, window…] or, depthwise, [outputs, 1, window…].
    int64_t inner = weights->numElements() / weights->shape[0], outputs = weights->shape[0];
    for (int64_t i = 0; i < weights->numElements(); ++i) {
      int64_t channel = isa<graph::MatmulOp>(op) ? i / inner
                        : isDepthwise(op)        ? i / inner / (outputs / *channels)
                                                 : i % inner / (inner / *channels);
      weights->data<float>()[i] *= factors[channel];
    }
    Tensor inverse(DType::Float32, {factors.size()});
    if (isa<graph::ConvOp>(op))
      inverse.shape.resize(weights->shape.size() - 1, 1);
    for (int64_t i = 0; i < factors.size(); ++i)
      inverse.data<float>()[i] = 1 / factors[i];

    OpBuilder builder(op);
    Location loc = op->getLoc();
    op->setOperand(1, graph::makeConstant(builder, loc, *weights));
    Value input = op->getOperand(0);
    Value &smoothed = shared[{input, factors}];
    if (!smoothed) {
      builder.setInsertionPointAfterValue(input);
      smoothed = graph::BinaryOp::create(builder, loc, graph::BinaryKind::Mul, input,
                                         graph::makeConstant(builder, loc, inverse));
    }
    op->setOperand(0, smoothed);
    return success();
  }

  llvm::DenseMap<std::pair<Value, Attribute>, Value> shared;
};
} // namespace
} // namespace mlc
