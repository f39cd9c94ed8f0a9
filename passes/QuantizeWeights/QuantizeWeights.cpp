#include "passes/QuantizeWeights/QuantizeWeights.h"

#include "Calibration/WeightQuantization.h"
#include "Graph/Constants.h"
#include "passes/Precision/Layers.h"
#include "passes/Quantization/Contractions.h"

using namespace mlir;

namespace mlc {
#define GEN_PASS_DEF_QUANTIZEWEIGHTS
#include "passes/Passes.h.inc"

namespace {
struct QuantizeWeightsPass : impl::QuantizeWeightsBase<QuantizeWeightsPass> {
  QuantizeWeightsPass() = default;
  QuantizeWeightsPass(QuantizeWeightsOptions options, QuantizationReport *report = nullptr)
      : QuantizeWeightsBase(std::move(options)), report(report) {}

  void runOnOperation() override {
    QuantizationReport unread;
    QuantizationReport &decisions = report ? *report : unread;
    SmallVector<graph::GatherOp> lookups;
    getOperation().walk([&](graph::GatherOp op) {
      ElementsAttr table = graph::constantOf(op.getInput());
      if (table && table.getElementType().isF32() && graph::constantBytes(table) >= minBytes)
        lookups.push_back(op);
    });
    for (graph::GatherOp op : lookups) {
      if (auto reason = reservedFromPrecision(op, "int8")) {
        decisions.add(op, "f32", *reason);
      } else if (op.getAxis() != 0 || cast<RankedTensorType>(op.getInput().getType()).getRank() < 2) {
        decisions.add(op, "f32", "it does not look up rows");
      } else if (auto table = tableOf(op.getInput()); !table) {
        decisions.add(op, "f32", table.error().message);
      } else {
        decisions.add(op, "int8 weights");
        replace(op, *table);
      }
    }
    tables.clear();
    quantization::eraseDeadOps(getOperation());
  }

  struct Table {
    Value rows, scales;
  };

  // Each table once, beside the constant it replaces.
  Result<Table> tableOf(Value constant) {
    if (auto known = tables.find(constant); known != tables.end())
      return known->second;
    auto quantized = quantizeWeights(*graph::constantTensor(constant), /*axis=*/0);
    if (!quantized)
      return quantized.error();
    // [rows, 1, …]: the gathered scales then broadcast over the gathered rows.
    quantized->scales.shape.resize(quantized->values.shape.size(), 1);
    OpBuilder builder(constant.getDefiningOp());
    Table table{graph::makeConstant(builder, constant.getLoc(), quantized->values),
                graph::makeConstant(builder, constant.getLoc(), quantized->scales)};
    tables[constant] = table;
    return table;
  }

  void replace(graph::GatherOp op, const Table &table) {
    OpBuilder builder(op);
    Location loc = op.getLoc();
    Value rows = graph::GatherOp::create(builder, loc, table.rows, op.getIndices(), 0);
    Value scales = graph::GatherOp::create(builder, loc, table.scales, op.getIndices(), 0);
    Value real = graph::CastOp::create(builder, loc, rows, builder.getF32Type());
    Value result = graph::BinaryOp::create(builder, loc, graph::BinaryKind::Mul, real, scales);
    result.setType(op.getType());
    op.getOutput().replaceAllUsesWith(result);
  }

  QuantizationReport *report = nullptr;
  llvm::DenseMap<Value, Table> tables;
};
} // namespace

std::unique_ptr<Pass> createQuantizeWeights(QuantizeWeightsOptions options, QuantizationReport *report) {
  return std::make_unique<QuantizeWeightsPass>(std::move(options), report);
}

} // namespace mlc
