#include "passes/SmoothActivations/SmoothActivations.h"

#include "Calibration/Calibrate.h"
#include "Graph/Constants.h"
#include "passes/Precision/Layers.h"

using namespace mlir;

namespace mlc {
#define GEN_PASS_DEF_SMOOTHACTIVATIONS
#include "passes/Passes.h.inc"

using namespace quantization;

llvm::MapVector<Value, std::vector<Contraction>> smoothableProducts(ModuleOp module) {
  llvm::MapVector<Value, std::vector<Contraction>> products;
  auto main = module.lookupSymbol<func::FuncOp>("main");
  if (!main)
    return products;
  main.walk([&](graph::MatmulOp op) {
    auto type = cast<RankedTensorType>(op->getOperand(1).getType());
    if (type.getRank() != 2 || reservedFromPrecision(op, "int8"))
      return;
    if (auto contraction = matchContraction(op); contraction && canBeObserved(op->getOperand(contraction->activation)))
      products[op->getOperand(contraction->activation)].push_back(*contraction);
  });
  return products;
}

namespace {
struct SmoothActivationsPass : impl::SmoothActivationsBase<SmoothActivationsPass> {
  void runOnOperation() override {
    SmallVector<graph::MatmulOp> products;
    getOperation().walk([&](graph::MatmulOp op) {
      if (op->hasAttr(kSmoothingAttr))
        products.push_back(op);
    });
    for (graph::MatmulOp op : products)
      if (failed(smooth(op)))
        return signalPassFailure();
    eraseDeadOps(getOperation());
  }

  LogicalResult smooth(graph::MatmulOp op) {
    auto factors = op->getAttrOfType<DenseF32ArrayAttr>(kSmoothingAttr);
    op->removeAttr(kSmoothingAttr);
    auto contraction = matchContraction(op);
    auto type = cast<RankedTensorType>(op->getOperand(1).getType());
    if (!factors || !contraction || type.getRank() != 2 || factors.size() != type.getDimSize(0) ||
        llvm::any_of(factors.asArrayRef(), [](float factor) { return !(factor > 0); }))
      return op.emitError("graph.smoothing needs a positive factor for each row of constant weights of rank 2");
    auto weights = weightsTensor(op->getOperand(1));
    if (!weights)
      return op.emitError(weights.error().message);
    int64_t columns = type.getDimSize(1);
    for (int64_t i = 0; i < weights->numElements(); ++i)
      weights->data<float>()[i] *= factors[i / columns];
    Tensor inverse(DType::Float32, {factors.size()});
    for (int64_t i = 0; i < factors.size(); ++i)
      inverse.data<float>()[i] = 1 / factors[i];

    OpBuilder builder(op);
    Location loc = op.getLoc();
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
