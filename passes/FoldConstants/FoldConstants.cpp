#include "Graph/Constants.h"
#include "Graph/Graph.h"
#include "Graph/WeightStore.h"
#include "Reference/Evaluate.h"
#include "passes/Passes.h"

using namespace mlir;

namespace mlc {
#define GEN_PASS_DEF_FOLDCONSTANTS
#include "passes/Passes.h.inc"

namespace {

// Bytes of a tensor of this type; -1 where a dimension is not known.
int64_t bytesOf(Type type) {
  auto tensor = cast<RankedTensorType>(type);
  if (!tensor.hasStaticShape())
    return -1;
  int64_t bytes = static_cast<int64_t>(byteSize(graph::dtypeOf(tensor.getElementType())));
  for (int64_t size : tensor.getShape())
    if (llvm::MulOverflow(bytes, size, bytes))
      return std::numeric_limits<int64_t>::max();
  return bytes;
}

// The result types that the constant operands imply: a shape often follows from their values alone.
SmallVector<Type> inferredTypes(Operation *op) {
  SmallVector<Type> types;
  auto inference = dyn_cast<InferTypeOpInterface>(op);
  if (!inference ||
      failed(inference.inferReturnTypes(op->getContext(), std::nullopt, op->getOperands(), op->getAttrDictionary(),
                                        op->getPropertiesStorage(), op->getRegions(), types)))
    types.assign(op->result_type_begin(), op->result_type_end());
  return types;
}

struct FoldConstantsPass : impl::FoldConstantsBase<FoldConstantsPass> {
  using FoldConstantsBase::FoldConstantsBase;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    for (auto function : module.getOps<func::FuncOp>()) {
      if (function.isExternal())
        continue;
      foldBlock(function.getBody().front());
      eraseDeadOps(function.getBody());
      // A folded result may be known better than its op's type was.
      Operation *terminator = function.getBody().front().getTerminator();
      function.setType(FunctionType::get(&getContext(), function.getArgumentTypes(), terminator->getOperandTypes()));
    }
    graph::WeightStore::of(&getContext()).collect(module);
  }

  void foldBlock(Block &block) {
    for (Operation &op : llvm::make_early_inc_range(block)) {
      if (auto ifOp = dyn_cast<graph::IfOp>(op)) {
        inlineIf(ifOp);
        continue;
      }
      for (Region &region : op.getRegions())
        for (Block &inner : region)
          foldBlock(inner);
      if (isFoldable(&op))
        fold(&op);
    }
  }

  // Folds inside the regions, or the taken region in the place of the op.
  void inlineIf(graph::IfOp op) {
    auto condition = graph::constantIntegers(op.getCondition());
    if (!condition || condition->size() != 1) {
      for (Region *region : {&op.getThenRegion(), &op.getElseRegion()})
        foldBlock(region->front());
      return;
    }
    Block &taken = (condition->front() ? op.getThenRegion() : op.getElseRegion()).front();
    foldBlock(taken);
    Operation *terminator = taken.getTerminator();
    for (auto [result, value] : llvm::zip(op.getResults(), terminator->getOperands()))
      result.replaceAllUsesWith(value);
    terminator->erase();
    op->getBlock()->getOperations().splice(op->getIterator(), taken.getOperations());
    op.erase();
    ++folded;
  }

  bool isStorage(Operation *op) const {
    return isa<graph::ConstantOp, graph::DequantizeOp>(op) ||
           (keepHalf && isa<graph::CastOp>(op) && graph::storedConstant(op->getResult(0)));
  }

  bool isFoldable(Operation *op) const {
    return isa<graph::GraphDialect>(op->getDialect()) && !isStorage(op) && op->getNumRegions() == 0 &&
           op->getNumOperands() > 0 && op->getNumResults() > 0 && isPure(op) &&
           llvm::all_of(op->getOperands(), [](Value operand) { return static_cast<bool>(graph::constantOf(operand)); });
  }

  static int64_t expectedBytes(Operation *op) {
    int64_t bytes = 0;
    for (Type type : inferredTypes(op))
      bytes += std::max<int64_t>(0, bytesOf(type));
    return bytes;
  }

  // Bytes of the constant operands that are gone once the op is, and others that read them too: those share what is
  // gained, as slices do that together are the whole.
  int64_t dyingBytes(Operation *op) const {
    int64_t bytes = 0;
    SmallPtrSet<Operation *, 4> seen;
    for (Value operand : op->getOperands()) {
      if (!seen.insert(operand.getDefiningOp()).second ||
          !llvm::all_of(operand.getUsers(), [&](Operation *user) { return isFoldable(user); }))
        continue;
      int64_t own = graph::constantBytes(graph::constantOf(operand));
      double all = 0;
      SmallPtrSet<Operation *, 4> users(operand.user_begin(), operand.user_end());
      for (Operation *user : users)
        all += static_cast<double>(expectedBytes(user));
      bytes += users.size() == 1 || all == 0 ? own : static_cast<int64_t>(own * (expectedBytes(op) / all));
    }
    return bytes;
  }

  bool growsTooMuch(Operation *op, int64_t resultBytes) {
    int64_t limit = maxGrowth * static_cast<int64_t>(op->getNumResults());
    return resultBytes - dyingBytes(op) > limit;
  }

  void fold(Operation *op) {
    if (growsTooMuch(op, expectedBytes(op)))
      return;

    std::vector<Tensor> held;
    for (Value operand : op->getOperands())
      held.push_back(*graph::constantTensor(operand));
    std::vector<const Tensor *> operands;
    for (const Tensor &tensor : held)
      operands.push_back(&tensor);
    auto results = evaluateOp(op, operands);
    if (!results)
      return;
    int64_t bytes = 0;
    for (const Tensor &result : *results)
      bytes += static_cast<int64_t>(result.bytes.size());
    if (growsTooMuch(op, bytes))
      return;

    OpBuilder builder(op);
    for (auto [value, result] : llvm::zip(op->getResults(), *results))
      value.replaceAllUsesWith(graph::makeConstant(builder, op->getLoc(), result));
    op->erase();
    ++folded;
  }

  void eraseDeadOps(Region &region) {
    for (Block &block : region)
      for (Operation &op : llvm::make_early_inc_range(llvm::reverse(block))) {
        if (isOpTriviallyDead(&op)) {
          op.erase();
          continue;
        }
        for (Region &inner : op.getRegions())
          eraseDeadOps(inner);
      }
  }
};

} // namespace
} // namespace mlc
