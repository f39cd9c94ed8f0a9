#include "passes/QuantizeWeights/QuantizeWeights.h"

#include "Calibration/BlockQuantization.h"
#include "Calibration/WeightQuantization.h"
#include "Graph/Constants.h"
#include "Graph/GateWeights.h"
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
      if (auto reason = reservedFromPrecision(op, block > 0 ? "int4" : "int8")) {
        decisions.add(op, "f32", *reason);
      } else if (op.getAxis() != 0 || cast<RankedTensorType>(op.getInput().getType()).getRank() < 2) {
        decisions.add(op, "f32", "it does not look up rows");
      } else if (auto table = tableOf(op.getInput()); !table) {
        decisions.add(op, "f32", table.error().message);
      } else {
        decisions.add(op, table->block ? "int4 weights" : "int8 weights");
        table->block ? replaceBlocks(op, *table) : replace(op, *table);
      }
    }
    tables.clear();
    SmallVector<graph::RecurrentOp> layers;
    getOperation().walk([&](graph::RecurrentOp op) { layers.push_back(op); });
    for (graph::RecurrentOp op : layers)
      quantizeLayer(op, decisions);
    quantization::eraseDeadOps(getOperation());
  }

  // All matrices of the layer, or none: its kernel reads one kind of weights.
  void quantizeLayer(graph::RecurrentOp op, QuantizationReport &decisions) {
    if (auto reason = reservedFromPrecision(op, "int8")) {
      if (precisionOf(op) == "f32")
        decisions.add(op, "f32", *reason);
      return;
    }
    int64_t bytes = 0;
    for (Value weights : op.getWeights()) {
      ElementsAttr constant = graph::constantOf(weights);
      if (!constant || !constant.getElementType().isF32())
        return;
      bytes += graph::constantBytes(constant);
    }
    if (bytes < minBytes)
      return decisions.add(op, "f32", "its weights are small");
    SmallVector<graph::GateWeights> quantized;
    for (Value weights : op.getWeights()) {
      auto matrices = quantizeGates(*graph::constantTensor(weights));
      if (!matrices)
        return decisions.add(op, "f32", matrices.error().message);
      quantized.push_back(std::move(*matrices));
    }
    OpBuilder builder(op);
    for (auto [operand, matrices] : llvm::zip(op.getWeightsMutable(), quantized))
      operand.set(graph::makeGateWeights(builder, op.getLoc(), matrices));
    decisions.add(op, "int8 weights");
  }

  struct Table {
    Value rows, scales;
    int64_t block = 0;
  };

  // Each table once, beside the constant it replaces.
  Result<Table> tableOf(Value constant) {
    if (auto known = tables.find(constant); known != tables.end())
      return known->second;
    auto shape = cast<RankedTensorType>(constant.getType()).getShape();
    if (block > 0 && shape.size() == 2 && shape[1] % block == 0)
      return blockTableOf(constant);
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

  Result<Table> blockTableOf(Value constant) {
    // Blocks run along a row as they do along a column of weights.
    Tensor rows = *graph::constantTensor(constant), columns(DType::Float32, {rows.shape[1], rows.shape[0]});
    for (int64_t i = 0; i < rows.shape[0]; ++i)
      for (int64_t j = 0; j < rows.shape[1]; ++j)
        columns.data<float>()[j * rows.shape[0] + i] = rows.data<float>()[i * rows.shape[1] + j];
    auto quantized = quantizeBlocks(columns, block);
    if (!quantized)
      return quantized.error();
    Tensor codes(DType::Int4, rows.shape), scales(DType::Float32, {rows.shape[0], quantized->blocks()});
    for (int64_t i = 0; i < codes.numElements(); ++i)
      codes.data<int8_t>()[i] = static_cast<int8_t>(quantized->codes[i] - graph::BlockWeights::kMiddle);
    std::copy(quantized->scales.begin(), quantized->scales.end(), scales.data<float>());
    OpBuilder builder(constant.getDefiningOp());
    Table table{graph::makeConstant(builder, constant.getLoc(), codes),
                graph::makeConstant(builder, constant.getLoc(), scales), block};
    tables[constant] = table;
    return table;
  }

  // As com.microsoft's GatherBlockQuantized is imported.
  void replaceBlocks(graph::GatherOp op, const Table &table) {
    OpBuilder builder(op);
    Location loc = op.getLoc();
    Value rows = graph::GatherOp::create(builder, loc, table.rows, op.getIndices(), 0);
    Value scales = graph::GatherOp::create(builder, loc, table.scales, op.getIndices(), 0);
    Type type = cast<RankedTensorType>(rows.getType()).getElementType();
    int64_t rank = cast<RankedTensorType>(scales.getType()).getRank();
    Value zeroPoints = graph::ExpandOp::create(builder, loc, graph::makeScalarConstant(builder, loc, type, 0),
                                               graph::ShapeOfOp::create(builder, loc, scales, 0, rank));
    Value result = graph::DequantizeOp::create(builder, loc, rows, scales, zeroPoints, rank - 1, table.block);
    result.setType(op.getType());
    op.getOutput().replaceAllUsesWith(result);
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
