// Weights of 4 bits in blocks, in com.microsoft's operators: MatMulNBits and GatherBlockQuantized.
#include "Export/GraphExporter.h"
#include "Graph/BlockWeights.h"
#include "Graph/Constants.h"
#include "Support/DTypeConversion.h"

using namespace mlir;

namespace mlc::exporting {
namespace {

RankedTensorType typeOf(Value value) { return cast<RankedTensorType>(value.getType()); }

// A dequantized lookup of rows in a constant table: its gathers of codes and scales.
struct Lookup {
  graph::GatherOp codes, scales;
  Value zeroPoints; // a table; null: 0
};

graph::GatherOp tableLookup(Value value) {
  auto op = value.getDefiningOp<graph::GatherOp>();
  return op && op.getAxis() == 0 && graph::constantOf(op.getInput()) ? op : graph::GatherOp();
}

std::optional<Lookup> findLookup(Operation *operation) {
  auto op = dyn_cast<graph::DequantizeOp>(operation);
  if (!op || op.getBlock() < 16 || typeOf(op.getInput()).getElementTypeBitWidth() != 4)
    return std::nullopt;
  Lookup lookup{tableLookup(op.getInput()), tableLookup(op.getScale()), {}};
  auto isLast = [&] { return static_cast<int64_t>(op.getAxis()) + 1 == typeOf(op.getInput()).getRank(); };
  if (!lookup.codes || !lookup.scales || lookup.codes.getIndices() != lookup.scales.getIndices() ||
      typeOf(lookup.codes.getInput()).getRank() != 2 || !isLast())
    return std::nullopt;
  Value zero = op.getZeroPoint();
  if (auto gathered = tableLookup(zero); gathered && gathered.getIndices() == lookup.codes.getIndices()) {
    lookup.zeroPoints = gathered.getInput();
    return lookup;
  }
  if (auto expand = zero.getDefiningOp<graph::ExpandOp>())
    zero = expand.getInput();
  if (graph::constantScalar(zero) != 0.0)
    return std::nullopt;
  return lookup;
}

// Whether nothing but the weights of the nodes written here is made of the op.
bool isPartOfWeights(Operation *op) {
  if (!isa<graph::DequantizeOp, graph::TransposeOp, graph::SliceOp, graph::CastOp, graph::ExpandOp, graph::GatherOp,
           graph::ShapeOfOp>(op) ||
      op->use_empty())
    return false;
  return llvm::all_of(op->getUses(), [](OpOperand &use) {
    Operation *user = use.getOwner();
    if (auto matmul = dyn_cast<graph::MatmulOp>(user))
      return use.getOperandNumber() == 1 && graph::findBlockOperand(matmul.getRhs()).has_value();
    if (isa<graph::GatherOp>(user))
      return false; // what is looked up, and where
    return findLookup(user).has_value() || isPartOfWeights(user);
  });
}

void exportMatmul(GraphExporter &exporter, graph::MatmulOp op, const graph::BlockWeights &weights) {
  int64_t blocks = weights.blocks(), columns = weights.columns;
  Tensor codes(DType::UInt8, {columns, blocks, weights.block / 2}), scales(DType::Float32, {columns * blocks});
  for (size_t i = 0; i < codes.bytes.size(); ++i)
    codes.data<uint8_t>()[i] = static_cast<uint8_t>(weights.codes[2 * i] | weights.codes[2 * i + 1] << 4);
  std::copy(weights.scales.begin(), weights.scales.end(), scales.data<float>());
  DType real = graph::dtypeOf(typeOf(op.getLhs()).getElementType());
  std::vector<std::string> inputs{exporter.name(op.getLhs()), exporter.constant(codes, "codes"),
                                  exporter.constant(convert(scales, real), "scales")};
  if (!weights.isSymmetric()) {
    int64_t width = (blocks + 1) / 2;
    Tensor zeroPoints(DType::UInt8, {columns * width});
    for (int64_t n = 0; n < columns; ++n)
      for (int64_t k = 0; k < blocks; ++k)
        zeroPoints.data<uint8_t>()[n * width + k / 2] |= weights.zeroPoints[n * blocks + k] << (k % 2 * 4);
    inputs.push_back(exporter.constant(zeroPoints, "zero_points"));
  }
  Node node = exporter.emit(op, "MatMulNBits", inputs);
  exporter.inDomain(node, kMicrosoftDomain);
  node.set("K", weights.depth).set("N", columns).set("bits", int64_t(4)).set("block_size", weights.block);
  if (op.getInt8())
    node.set("accuracy_level", int64_t(4));
}

} // namespace

bool exportBlockQuantized(GraphExporter &exporter, Operation *op) {
  if (auto matmul = dyn_cast<graph::MatmulOp>(op)) {
    auto operand = graph::findBlockOperand(matmul.getRhs());
    Type type = typeOf(matmul.getLhs()).getElementType();
    if (!operand || !(type.isF32() || type.isF16()))
      return false;
    exportMatmul(exporter, matmul, graph::readBlockWeights(*operand));
    return true;
  }
  if (auto lookup = findLookup(op)) {
    std::vector<std::string> inputs =
        exporter.names({lookup->codes.getInput(), lookup->codes.getIndices(), lookup->scales.getInput()});
    if (lookup->zeroPoints)
      inputs.push_back(exporter.name(lookup->zeroPoints));
    Node node = exporter.emit(op, "GatherBlockQuantized", inputs);
    exporter.inDomain(node, kMicrosoftDomain);
    node.set("gather_axis", int64_t(0)).set("quantize_axis", int64_t(1));
    node.set("block_size", static_cast<int64_t>(cast<graph::DequantizeOp>(op).getBlock()));
    return true;
  }
  return isPartOfWeights(op);
}

} // namespace mlc::exporting
