#include "Lowering/Groups.h"

using namespace mlir;

namespace mlc::lowering {
namespace {

// Epilogues run on registers that hold neighbouring elements of the last dimension.
bool takesEpilogue(Operation *root) {
  if (auto generic = dyn_cast<linalg::GenericOp>(root))
    return generic.getNumReductionLoops() > 0;
  return isa<kernel::MatmulOp, kernel::BlockMatmulOp, kernel::ConvOp, kernel::WinogradOp, kernel::DepthwiseOp>(root);
}

bool isContiguousOrUniform(AffineMap map) {
  for (auto [i, result] : llvm::enumerate(map.getResults())) {
    if (auto dim = dyn_cast<AffineDimExpr>(result)) {
      bool lastLoop = dim.getPosition() + 1 == map.getNumDims();
      if (lastLoop && i + 1 != map.getNumResults())
        return false;
    } else if (!isa<AffineConstantExpr>(result)) {
      return false;
    }
  }
  return true;
}

// The op of this block that alone reads the root's result.
template <typename Op> Op onlyReader(Operation *root) {
  if (!root->getResult(0).hasOneUse())
    return {};
  auto reader = dyn_cast<Op>(*root->getUsers().begin());
  return reader && reader->getBlock() == root->getBlock() ? reader : Op();
}

linalg::GenericOp elementwiseReader(Operation *root, bool takesIndices) {
  auto consumer = onlyReader<linalg::GenericOp>(root);
  if (!consumer)
    return {};
  OpOperand &use = *root->getResult(0).use_begin();
  if (consumer.getNumReductionLoops() != 0 || !consumer.isDpsInput(&use) || consumer.getNumResults() != 1)
    return {};
  if (!consumer.getMatchingIndexingMap(&use).isIdentity() || !consumer.getIndexingMapsArray().back().isIdentity())
    return {};
  for (AffineMap map : consumer.getIndexingMapsArray())
    if (!isContiguousOrUniform(map))
      return {};
  for (Operation &inner : consumer.getBlock()->without_terminator())
    if (isa<tensor::ExtractOp>(inner) || (!takesIndices && isa<linalg::IndexOp>(inner)))
      return {};
  return consumer;
}

} // namespace

linalg::GenericOp findEpilogue(Operation *root) {
  return takesEpilogue(root) ? elementwiseReader(root, /*takesIndices=*/false) : linalg::GenericOp();
}

SmallVector<Operation *> Attention::ops() {
  SmallVector<Operation *> all{scores, between, softmax, values, epilogue};
  llvm::erase(all, nullptr);
  return all;
}

std::optional<Attention> findAttention(Operation *op) {
  constexpr int64_t kMostDepth = 256;
  auto isSmall = [](int64_t size) { return !ShapedType::isDynamic(size) && size > 0 && size <= kMostDepth; };
  auto isPlain = [](kernel::MatmulOp op) {
    return !op.getPacked() && !op.getInit() && op.getLhs().getType().getElementType().isF32() &&
           op.getRhs().getType().getElementType().isF32();
  };
  Attention a;
  a.scores = dyn_cast<kernel::MatmulOp>(op);
  if (!a.scores || !isPlain(a.scores))
    return std::nullopt;
  a.between = elementwiseReader(op, /*takesIndices=*/true);
  Operation *before = a.between ? a.between.getOperation() : op;
  a.softmax = onlyReader<kernel::SoftmaxOp>(before);
  if (!a.softmax || a.softmax.getLog())
    return std::nullopt;
  a.values = onlyReader<kernel::MatmulOp>(a.softmax);
  if (!a.values || !isPlain(a.values) || a.values.getLhs() != a.softmax.getResult() ||
      a.values.getRhs() == a.softmax.getResult() || !isSmall(a.depth()) || !isSmall(a.width()))
    return std::nullopt;
  a.epilogue = findEpilogue(a.values);
  return a;
}

} // namespace mlc::lowering
