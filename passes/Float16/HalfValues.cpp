#include "passes/Float16/HalfValues.h"

#include "Calibration/Calibrate.h"
#include "Graph/Constants.h"
#include "passes/Float16/HalfWeights.h"
#include "passes/Quantization/Contractions.h"

#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/Support/FormatVariadic.h"

#include <cmath>

using namespace mlir;

namespace mlc {
namespace {

// What samples did not show may be twice as large.
constexpr double kMargin = 2;

bool isF32(Value value) { return cast<RankedTensorType>(value.getType()).getElementType().isF32(); }

bool keepsUnary(graph::UnaryKind kind) {
  using graph::UnaryKind;
  switch (kind) {
  case UnaryKind::Neg:
  case UnaryKind::Abs:
  case UnaryKind::Sign:
  case UnaryKind::Tanh:
  case UnaryKind::Erf:
  case UnaryKind::Relu:
  case UnaryKind::LeakyRelu:
  case UnaryKind::Elu:
  case UnaryKind::Selu:
  case UnaryKind::Celu:
  case UnaryKind::Sigmoid:
  case UnaryKind::HardSigmoid:
  case UnaryKind::HardSwish:
  case UnaryKind::Swish:
  case UnaryKind::Softsign:
  case UnaryKind::Mish:
  case UnaryKind::Gelu:
  case UnaryKind::GeluTanh:
  case UnaryKind::ThresholdedRelu:
  case UnaryKind::Shrink:
    return true;
  default:
    return false;
  }
}

bool keepsBinary(graph::BinaryKind kind) {
  using graph::BinaryKind;
  return kind == BinaryKind::Add || kind == BinaryKind::Sub || kind == BinaryKind::Mul || kind == BinaryKind::Div ||
         kind == BinaryKind::Min || kind == BinaryKind::Max;
}

// The f16 value that a cast widens to this one; null for any other.
Value narrowForm(Value value) {
  auto cast = value.getDefiningOp<graph::CastOp>();
  if (!cast || !isF32(value) || !mlir::cast<RankedTensorType>(cast.getInput().getType()).getElementType().isF16())
    return {};
  return cast.getInput();
}

// A contraction with weights stored as f16.
bool hasHalfWeights(Operation *op) {
  if (!quantization::isContraction(op))
    return false;
  Value weights = op->getOperand(1);
  if (auto transpose = weights.getDefiningOp<graph::TransposeOp>())
    weights = transpose.getInput();
  return !graph::constantOf(weights) && graph::storedConstant(weights);
}

bool isMovement(Operation *op) {
  if (auto pool = dyn_cast<graph::PoolOp>(op))
    return pool.getKind() == graph::PoolKind::Max;
  if (auto resize = dyn_cast<graph::ResizeOp>(op))
    return resize.getMode() == graph::ResizeMode::Nearest;
  return isa<graph::ReshapeOp, graph::SqueezeOp, graph::UnsqueezeOp, graph::TransposeOp, graph::ExpandOp,
             graph::SliceOp, graph::ConcatOp, graph::GatherOp, graph::PadOp, graph::TileOp>(op);
}

bool isElementwise(Operation *op) {
  if (auto unary = dyn_cast<graph::UnaryOp>(op))
    return keepsUnary(unary.getKind());
  if (auto binary = dyn_cast<graph::BinaryOp>(op))
    return keepsBinary(binary.getKind());
  return isa<graph::SelectOp>(op);
}

// Operands that follow the result's type: all floats but the factors of a resize.
SmallVector<OpOperand *> dataOperands(Operation *op) {
  SmallVector<OpOperand *> operands;
  for (OpOperand &operand : op->getOpOperands())
    if (isF32(operand.get()) && !(isa<graph::ResizeOp>(op) && operand.getOperandNumber() > 0))
      operands.push_back(&operand);
  return operands;
}

class Narrowing {
public:
  explicit Narrowing(func::FuncOp function) : block_(function.getBody().front()) { findExact(); }

  bool isCandidate(Operation *op) const {
    return op->getNumResults() == 1 && isF32(op->getResult(0)) && !exact_.contains(op->getResult(0)) &&
           (hasHalfWeights(op) || isMovement(op) || isElementwise(op));
  }

  SmallVector<Value> observed() {
    llvm::SetVector<Value> values;
    for (Operation &op : block_) {
      // Before weights are stored as f16: any contraction with constant ones.
      bool contraction = quantization::isContraction(&op) && weightsConstantOf(op.getOperand(1));
      if (!contraction && !isCandidate(&op))
        continue;
      for (OpOperand *operand : dataOperands(&op))
        if (!graph::constantOf(operand->get()) && !weightsConstantOf(operand->get()))
          values.insert(operand->get());
      values.insert(op.getResult(0));
    }
    return values.takeVector();
  }

  void run(function_ref<void(Operation *, std::string)> tell) {
    SmallVector<Operation *> ops = llvm::map_to_vector(block_, [](Operation &op) { return &op; });
    for (Operation *op : ops) {
      if (auto cast = dyn_cast<graph::CastOp>(op)) {
        cancel(cast);
        continue;
      }
      if (!isCandidate(op))
        continue;
      bool contraction = quantization::isContraction(op);
      std::string why = obstacle(op);
      if (contraction)
        tell(op, why);
      if (why.empty())
        narrow(op);
    }
  }

private:
  // Values of which integers are made, which may be sizes or places: their digits count.
  void findExact() {
    SmallVector<Value> open;
    for (Operation &op : block_)
      if (auto cast = dyn_cast<graph::CastOp>(op);
          cast && isF32(cast.getInput()) &&
          !isa<FloatType>(mlir::cast<RankedTensorType>(cast.getType()).getElementType()))
        open.push_back(cast.getInput());
    while (!open.empty()) {
      Value value = open.pop_back_val();
      Operation *op = value.getDefiningOp();
      if (!isF32(value) || !exact_.insert(value).second || !op)
        continue;
      if (isMovement(op) || isa<graph::UnaryOp, graph::BinaryOp, graph::SelectOp>(op))
        llvm::append_range(open, op->getOperands());
    }
  }

  // Why a value does not fit; empty where it does.
  std::string unfit(Value value, StringRef name) const {
    if (narrowForm(value))
      return "";
    if (exact_.contains(value))
      return llvm::formatv("integers are made of {0}", name).str();
    if (graph::constantOf(value))
      return largestOf(value) > kLargestHalf ? llvm::formatv("{0} is a constant beyond 65504", name).str() : "";
    auto range = rangeOf(value);
    if (!range)
      return llvm::formatv("calibration gave no range for {0}", name).str();
    double largest = std::max(std::fabs(range->min), std::fabs(range->max));
    if (largest * kMargin > kLargestHalf)
      return llvm::formatv("{0} reaches {1:e1}, too near to float16's 65504", name, largest).str();
    return "";
  }

  // Infinities do not fit either: what float16 makes of sums with them is not what f32 makes.
  static double largestOf(Value constant) {
    Tensor tensor = *graph::constantTensor(constant);
    double largest = 0;
    for (int64_t i = 0; i < tensor.numElements(); ++i) {
      double size = std::fabs(tensor.data<float>()[i]);
      largest = std::isnan(size) ? INFINITY : std::max(largest, size);
    }
    return largest;
  }

  std::string obstacle(Operation *op) const {
    bool contraction = quantization::isContraction(op), flows = contraction;
    for (OpOperand *operand : dataOperands(op)) {
      Value value = operand->get();
      bool weights = contraction && operand->getOperandNumber() == 1;
      Value half = narrowForm(value);
      flows |= half && !graph::constantOf(half);
      if (weights)
        continue;
      if (std::string why = unfit(value, contraction && operand->getOperandNumber() > 1 ? "its bias" : "its input");
          !why.empty())
        return why;
    }
    return flows ? unfit(op->getResult(0), "its output") : "nothing before it is float16";
  }

  Value halfOf(Value value) {
    if (Value half = narrowForm(value))
      return half;
    Value &half = made_[value];
    if (half)
      return half;
    OpBuilder builder(value.getContext());
    builder.setInsertionPointAfterValue(value);
    if (graph::constantOf(value))
      return half = makeHalfConstant(value);
    if (auto transpose = value.getDefiningOp<graph::TransposeOp>())
      if (Value stored = narrowForm(transpose.getInput()); stored && graph::constantOf(stored))
        return half = graph::TransposeOp::create(builder, value.getLoc(), stored, transpose.getPerm());
    return half = graph::CastOp::create(builder, value.getLoc(), value, builder.getF16Type());
  }

  void narrow(Operation *op) {
    OpBuilder builder(op);
    Operation *narrowed = builder.clone(*op);
    for (OpOperand *operand : dataOperands(op))
      narrowed->setOperand(operand->getOperandNumber(), halfOf(operand->get()));
    Value old = op->getResult(0), result = narrowed->getResult(0);
    result.setType(cast<RankedTensorType>(old.getType()).clone(builder.getF16Type()));
    Value wide = graph::CastOp::create(builder, op->getLoc(), result, builder.getF32Type());
    old.replaceAllUsesWith(wide);
    op->erase();
  }

  // The model's own cast to f16 is the border.
  void cancel(graph::CastOp cast) {
    Value half = narrowForm(cast.getInput());
    if (!half || !mlir::cast<RankedTensorType>(cast.getType()).getElementType().isF16())
      return;
    cast.getOutput().replaceAllUsesWith(half);
    cast.erase();
  }

  Block &block_;
  llvm::DenseSet<Value> exact_;
  llvm::DenseMap<Value, Value> made_; // casts of f32 values to f16, constants and weights as f16
};

} // namespace

SmallVector<Value> valuesToNarrow(func::FuncOp function) { return Narrowing(function).observed(); }

void narrowValues(func::FuncOp function, function_ref<void(Operation *, std::string)> tell) {
  Narrowing(function).run(tell);
}

} // namespace mlc
