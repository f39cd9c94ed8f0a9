// Elementwise fusion: chains of elementwise ops become one, and move into the reductions and copies that read them.
#include "Graph/Constants.h"
#include "Graph/Graph.h"
#include "Lowering/Context.h"
#include "Lowering/Lower.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

namespace mlc {
namespace {

// An operand that is a constant with one element is a number in the body, not a load.
struct InlineScalarConstant : OpRewritePattern<linalg::GenericOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(linalg::GenericOp op, PatternRewriter &rewriter) const override {
    for (OpOperand *input : op.getDpsInputOperands()) {
      ElementsAttr value = graph::constantOf(input->get());
      if (!value || value.getShapedType().getNumElements() != 1 || !isa<DenseElementsAttr>(value))
        continue;
      Type type = value.getShapedType().getElementType();
      Attribute element = *cast<DenseElementsAttr>(value).getValues<Attribute>().begin();
      Block *body = op.getBlock();
      SmallVector<AffineMap> rest = op.getIndexingMapsArray();
      rest.erase(rest.begin() + input->getOperandNumber());
      if (op.getNumLoops() > 0 && !inversePermutation(concatAffineMaps(rest, op.getContext())))
        continue; // it gives a loop its extent
      BlockArgument argument = op.getMatchingBlockArgument(input);
      rewriter.setInsertionPointToStart(body);
      Value number;
      if (Type signless = lowering::signlessType(type); signless != type) {
        Tensor tensor = graph::constantTensor(value);
        APInt bits(signless.getIntOrFloatBitWidth(), 0);
        llvm::LoadIntFromMemory(bits, reinterpret_cast<const uint8_t *>(tensor.bytes.data()), tensor.bytes.size());
        number = arith::ConstantOp::create(rewriter, op.getLoc(), rewriter.getIntegerAttr(signless, bits));
        number = UnrealizedConversionCastOp::create(rewriter, op.getLoc(), type, number).getResult(0);
      } else {
        number = arith::ConstantOp::create(rewriter, op.getLoc(), cast<TypedAttr>(element));
      }
      rewriter.modifyOpInPlace(op, [&] {
        argument.replaceAllUsesWith(number);
        unsigned position = input->getOperandNumber();
        body->eraseArgument(position);
        SmallVector<AffineMap> maps = op.getIndexingMapsArray();
        maps.erase(maps.begin() + position);
        op->setAttr("indexing_maps", rewriter.getAffineMapArrayAttr(maps));
        op.getInputsMutable().erase(position);
      });
      return success();
    }
    return rewriter.notifyMatchFailure(op, "no scalar constant operand");
  }
};

// What folding made of a constant that was reshaped: one of ours again, which the schedule and kernels know as weights.
struct OwnConstant : OpRewritePattern<arith::ConstantOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(arith::ConstantOp op, PatternRewriter &rewriter) const override {
    auto type = dyn_cast<RankedTensorType>(op.getType());
    auto elements = dyn_cast<ElementsAttr>(op.getValue());
    if (!type || !elements || type.getElementType().isIndex())
      return rewriter.notifyMatchFailure(op, "no tensor of elements");
    rewriter.replaceOpWithNewOp<graph::ConstantOp>(op, type, elements);
    return success();
  }
};

// `ui8 → i8 → ui8` between fused bodies.
struct CastOfCast : OpRewritePattern<UnrealizedConversionCastOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(UnrealizedConversionCastOp op, PatternRewriter &rewriter) const override {
    auto inner = op.getNumOperands() == 1 ? op.getOperand(0).getDefiningOp<UnrealizedConversionCastOp>() : nullptr;
    if (!inner || inner.getOperand(0).getType() != op.getResult(0).getType())
      return rewriter.notifyMatchFailure(op, "no pair of casts");
    rewriter.replaceOp(op, inner.getOperands());
    return success();
  }
};

// Few enough instructions to do again for each reader rather than keep the result in memory.
bool isCheap(linalg::GenericOp op) {
  int cost = 0;
  for (Operation &inner : op.getBlock()->without_terminator()) {
    if (isa<UnrealizedConversionCastOp, arith::ConstantOp, linalg::IndexOp>(inner))
      continue;
    if (inner.getDialect()->getNamespace() == "math" || isa<arith::DivFOp, arith::RemFOp, tensor::ExtractOp>(inner))
      return false;
    ++cost;
  }
  return cost <= 4;
}

// No more elements to load for each reader than the result itself has: sums of a residual stream, done again by each
// reader, would read all earlier terms.
bool readsOneTensor(linalg::GenericOp op) {
  return llvm::count_if(op.getDpsInputOperands(), [&](OpOperand *input) {
           return op.getMatchingIndexingMap(input).getNumResults() == op.getNumLoops();
         }) <= 1;
}

bool hasOneReader(linalg::GenericOp op) { return llvm::all_equal(op->getUsers()); }

bool shouldFuse(OpOperand *operand) {
  auto producer = operand->get().getDefiningOp<linalg::GenericOp>();
  auto consumer = dyn_cast<linalg::GenericOp>(operand->getOwner());
  if (!producer || !consumer || producer->getBlock() != consumer->getBlock())
    return false;
  if (isCheap(producer) && (readsOneTensor(producer) || hasOneReader(producer)))
    return true;
  // Otherwise each element must be computed once: one reader, and no broadcast on the way to it.
  if (!operand->get().hasOneUse())
    return false;
  AffineMap map = consumer.getMatchingIndexingMap(operand);
  return map.isPermutation() || (consumer.getNumReductionLoops() == 0 && map.isProjectedPermutation() &&
                                 map.getNumResults() == consumer.getNumLoops());
}

// Upstream's set of fusion patterns also turns splat constants into arith constants of unsigned types, which arith
// does not have; so the fusion itself is called here.
struct FuseProducer : OpRewritePattern<linalg::GenericOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(linalg::GenericOp op, PatternRewriter &rewriter) const override {
    for (OpOperand &operand : op->getOpOperands()) {
      if (!linalg::areElementwiseOpsFusable(&operand) || !shouldFuse(&operand))
        continue;
      Operation *producer = operand.get().getDefiningOp();
      FailureOr<linalg::ElementwiseOpFusionResult> fused = linalg::fuseElementwiseOps(rewriter, &operand);
      if (failed(fused))
        return rewriter.notifyMatchFailure(op, "fusion failed");
      for (auto [origin, replacement] : fused->replacements)
        rewriter.replaceUsesWithIf(origin, replacement,
                                   [&](OpOperand &use) { return use.get().getDefiningOp() != producer; });
      rewriter.eraseOp(op);
      return success();
    }
    return rewriter.notifyMatchFailure(op, "no producer to fuse");
  }
};

} // namespace

LogicalResult fuseElementwise(ModuleOp lowered) {
  MLIRContext *context = lowered.getContext();
  RewritePatternSet patterns(context);
  patterns.add<InlineScalarConstant, OwnConstant, CastOfCast, FuseProducer>(context);
  linalg::populateEraseUnusedOperandsAndResultsPatterns(patterns);
  linalg::GenericOp::getCanonicalizationPatterns(patterns, context); // copies of what is there already
  tensor::DimOp::getCanonicalizationPatterns(patterns, context);
  tensor::ReshapeOp::getCanonicalizationPatterns(patterns, context);
  GreedyRewriteConfig config;
  config.setRegionSimplificationLevel(GreedySimplifyRegionLevel::Disabled);
  if (failed(applyPatternsGreedily(lowered, std::move(patterns), config)))
    return lowered.emitError("elementwise fusion does not end");
  PassManager manager(context);
  manager.addPass(createCSEPass());
  return manager.run(lowered);
}

} // namespace mlc
