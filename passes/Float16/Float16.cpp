#include "passes/Float16/Float16.h"

#include "Graph/Constants.h"
#include "passes/Float16/HalfValues.h"
#include "passes/Float16/HalfWeights.h"
#include "passes/Precision/Layers.h"
#include "passes/Quantization/Contractions.h"

#include "llvm/ADT/DenseSet.h"

using namespace mlir;

namespace mlc {
#define GEN_PASS_DEF_FLOAT16
#include "passes/Passes.h.inc"

namespace {

bool isLayer(Operation *op) {
  if (auto gather = dyn_cast<graph::GatherOp>(op))
    return static_cast<bool>(weightsConstantOf(gather.getInput()));
  return quantization::isContraction(op) || isa<graph::RecurrentOp>(op);
}

SmallVector<OpOperand *> weightOperands(Operation *op) {
  SmallVector<OpOperand *> operands;
  if (auto recurrent = dyn_cast<graph::RecurrentOp>(op)) {
    for (OpOperand &operand : recurrent.getWeightsMutable())
      operands.push_back(&operand);
    return operands;
  }
  OpOperand &operand = op->getOpOperand(isa<graph::GatherOp>(op) ? 0 : 1);
  if (weightsConstantOf(operand.get()))
    operands.push_back(&operand);
  return operands;
}

struct Float16Pass : impl::Float16Base<Float16Pass> {
  Float16Pass() = default;
  explicit Float16Pass(Float16Options options, QuantizationReport *report = nullptr)
      : Float16Base(std::move(options)), report(report) {}

  void runOnOperation() override {
    SmallVector<Operation *> layers;
    getOperation().walk([&](Operation *op) {
      if (isLayer(op))
        layers.push_back(op);
    });
    llvm::DenseSet<Value> kept; // of layers that were given another precision
    for (Operation *op : layers)
      if (reservedFromPrecision(op, "f16"))
        for (OpOperand *operand : weightOperands(op))
          kept.insert(weightsConstantOf(operand->get()));

    // In the model's order, as a report numbers layers of one node.
    SmallVector<std::pair<std::string, std::string>> decisions(layers.size()); // and why
    llvm::DenseMap<Operation *, size_t> places;
    SmallVector<std::pair<std::string, std::string>> names;
    QuantizationReport all;
    for (auto [i, op] : llvm::enumerate(layers)) {
      all.add(op, "");
      decisions[i] = decide(op, kept);
      if (decisions[i].first == "fp16 weights")
        places[store(op)] = i;
    }
    storeOthers(kept);
    if (values)
      narrowValues(getOperation(), [&](Operation *op, std::string why) {
        if (auto place = places.find(op); place != places.end())
          decisions[place->second] = {why.empty() ? "fp16" : "fp16 weights", why};
      });
    halves.clear();
    quantization::eraseDeadOps(getOperation());
    if (!report)
      return;
    for (auto [node, decision] : llvm::zip(all.nodes, decisions)) {
      std::tie(node.decision, node.reason) = decision;
      report->nodes.push_back(std::move(node));
    }
  }

  std::pair<std::string, std::string> decide(Operation *op, const llvm::DenseSet<Value> &kept) {
    if (auto reason = reservedFromPrecision(op, "f16"))
      return {"f32", *reason};
    SmallVector<OpOperand *> operands = weightOperands(op);
    if (operands.empty())
      return {"f32", kNoWeightsReason.str()};
    for (OpOperand *operand : operands) {
      Value constant = weightsConstantOf(operand->get());
      if (!constant)
        return {"f32", "its weights are not constant"};
      if (kept.contains(constant))
        return {"f32", "another layer that stays fp32 has the same weights"};
      if (std::string reason = halfObstacle(constant); !reason.empty())
        return {"f32", reason};
    }
    auto reason = op->getAttrOfType<StringAttr>(kPrecisionReasonAttr);
    return {"fp16 weights", reason ? reason.getValue().str() : ""};
  }

  // The f16 constant, and what a cast makes of it: once for each constant.
  std::pair<Value, Value> halfOf(Value constant) {
    auto &[half, wide] = halves[constant];
    if (!half) {
      half = makeHalfConstant(constant);
      OpBuilder builder(&getContext());
      builder.setInsertionPointAfterValue(half);
      wide = graph::CastOp::create(builder, constant.getLoc(), half, builder.getF32Type());
    }
    return {half, wide};
  }

  // Gives the op that reads the weights as they are stored.
  Operation *store(Operation *op) {
    OpBuilder builder(op);
    if (auto gather = dyn_cast<graph::GatherOp>(op)) {
      // Rows are looked up, then widened.
      Value table = weightsConstantOf(gather.getInput());
      if (table != gather.getInput())
        return storeOperands(op);
      Value rows =
          graph::GatherOp::create(builder, op->getLoc(), halfOf(table).first, gather.getIndices(), gather.getAxis());
      rows.setType(gather.getType().clone(builder.getF16Type()));
      Value wide = graph::CastOp::create(builder, op->getLoc(), rows, builder.getF32Type());
      gather.getOutput().replaceAllUsesWith(wide);
      op->erase();
      return wide.getDefiningOp();
    }
    return storeOperands(op);
  }

  Operation *storeOperands(Operation *op) {
    for (OpOperand *operand : weightOperands(op)) {
      Value constant = weightsConstantOf(operand->get()), wide = halfOf(constant).second;
      if (auto transpose = operand->get().getDefiningOp<graph::TransposeOp>()) {
        OpBuilder builder(op);
        builder.setInsertionPoint(transpose);
        wide = graph::TransposeOp::create(builder, transpose.getLoc(), wide, transpose.getPerm());
      }
      operand->set(wide);
    }
    return op;
  }

  // Tables that no layer reads: positions that are added, masks, anchors.
  void storeOthers(const llvm::DenseSet<Value> &kept) {
    constexpr int64_t kLeastBytes = 16384;
    SmallVector<graph::ConstantOp> constants;
    getOperation().walk([&](graph::ConstantOp op) { constants.push_back(op); });
    for (graph::ConstantOp op : constants) {
      auto attribute = graph::constantOf(op.getResult());
      if (!attribute.getElementType().isF32() || graph::constantBytes(attribute) < kLeastBytes ||
          kept.contains(op.getResult()) || halves.contains(op.getResult()) || op->use_empty() ||
          !llvm::all_of(
              op->getUsers(),
              [](Operation *user) {
                return isa<graph::BinaryOp, graph::SelectOp, graph::ConcatOp, graph::ExpandOp, graph::SliceOp>(user);
              }) ||
          !halfObstacle(op.getResult()).empty())
        continue;
      Value constant = op.getResult(), wide = halfOf(constant).second;
      constant.replaceAllUsesWith(wide);
    }
  }

  QuantizationReport *report = nullptr;
  llvm::DenseMap<Value, std::pair<Value, Value>> halves;
};
} // namespace

SmallVector<Value> valuesToNarrow(ModuleOp module) {
  auto main = module.lookupSymbol<func::FuncOp>("main");
  return main ? valuesToNarrow(main) : SmallVector<Value>();
}

std::unique_ptr<Pass> createFloat16(Float16Options options, QuantizationReport *report) {
  return std::make_unique<Float16Pass>(std::move(options), report);
}

} // namespace mlc
