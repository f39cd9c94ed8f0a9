#include "Graph/Constants.h"
#include "Graph/Graph.h"
#include "passes/Passes.h"
#include "passes/RaisePatterns/Activations.h"

using namespace mlir;

namespace mlc {
#define GEN_PASS_DEF_RAISEPATTERNS
#include "passes/Passes.h.inc"

namespace {

using graph::BinaryKind;
using graph::BinaryOp;
using graph::LayerNormOp;
using graph::ReduceOp;
using graph::UnaryKind;
using graph::UnaryOp;

RankedTensorType typeOf(Value value) { return cast<RankedTensorType>(value.getType()); }

BinaryOp binary(Value value, BinaryKind kind) {
  auto op = value.getDefiningOp<BinaryOp>();
  return op && op.getKind() == kind ? op : nullptr;
}

// The operand whose square `value` is.
Value squared(Value value) {
  if (auto product = binary(value, BinaryKind::Mul); product && product.getLhs() == product.getRhs())
    return product.getLhs();
  if (auto power = binary(value, BinaryKind::Pow); power && graph::constantScalar(power.getRhs()) == 2.0)
    return power.getLhs();
  return {};
}

// The mean over the last dimensions, kept as 1; its first axis.
ReduceOp trailingMean(Value value) {
  auto mean = value.getDefiningOp<ReduceOp>();
  if (!mean || mean.getKind() != graph::ReduceKind::Mean || !mean.getKeepdims() || mean.getAxes().empty())
    return nullptr;
  int64_t rank = typeOf(mean.getInput()).getRank(), first = rank - static_cast<int64_t>(mean.getAxes().size());
  return llvm::equal(mean.getAxes(), llvm::seq<int64_t>(first, rank)) ? mean : nullptr;
}

// x, where `value` is x - mean(x) over these axes.
Value centredOperand(Value value, ArrayRef<int64_t> axes) {
  auto difference = binary(value, BinaryKind::Sub);
  auto mean = difference ? trailingMean(difference.getRhs()) : nullptr;
  return mean && mean.getInput() == difference.getLhs() && mean.getAxes() == axes ? difference.getLhs() : Value();
}

// What the square root of which divides: (the numerator, the radicand) of a / sqrt(b) in its usual spellings.
std::optional<std::pair<Value, Value>> dividedByRoot(BinaryOp op) {
  auto rootOf = [](Value value) -> Value {
    if (auto root = value.getDefiningOp<UnaryOp>(); root && root.getKind() == UnaryKind::Sqrt)
      return root.getInput();
    auto power = binary(value, BinaryKind::Pow);
    return power && graph::constantScalar(power.getRhs()) == 0.5 ? power.getLhs() : Value();
  };
  if (op.getKind() == BinaryKind::Div) {
    if (Value radicand = rootOf(op.getRhs()))
      return std::pair(op.getLhs(), radicand);
    return std::nullopt;
  }
  if (op.getKind() != BinaryKind::Mul)
    return std::nullopt;
  for (auto [a, inverse] : {std::pair(op.getLhs(), op.getRhs()), std::pair(op.getRhs(), op.getLhs())}) {
    Value radicand;
    if (auto reciprocal = inverse.getDefiningOp<UnaryOp>(); reciprocal && reciprocal.getKind() == UnaryKind::Reciprocal)
      radicand = rootOf(reciprocal.getInput());
    else if (auto quotient = binary(inverse, BinaryKind::Div);
             quotient && graph::constantScalar(quotient.getLhs()) == 1.0)
      radicand = rootOf(quotient.getRhs());
    else if (auto power = binary(inverse, BinaryKind::Pow); power && graph::constantScalar(power.getRhs()) == -0.5)
      radicand = power.getLhs();
    if (radicand)
      return std::pair(a, radicand);
  }
  return std::nullopt;
}

// A layer_norm with scale 1: the scale and bias that follow are taken in by the patterns below.
struct RaiseLayerNorm : OpRewritePattern<BinaryOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(BinaryOp op, PatternRewriter &rewriter) const override {
    auto parts = dividedByRoot(op);
    if (!parts || !isa<FloatType>(typeOf(op.getOutput()).getElementType()))
      return rewriter.notifyMatchFailure(op, "no division by a square root");
    auto sum = binary(parts->second, BinaryKind::Add);
    if (!sum)
      return rewriter.notifyMatchFailure(op, "no epsilon is added");
    bool constantLhs = static_cast<bool>(graph::constantOf(sum.getLhs()));
    auto epsilon = graph::constantScalar(constantLhs ? sum.getLhs() : sum.getRhs());
    auto variance = trailingMean(constantLhs ? sum.getRhs() : sum.getLhs());
    Value square = variance ? squared(variance.getInput()) : Value();
    if (!epsilon || !square)
      return rewriter.notifyMatchFailure(op, "the root is not of a mean square plus epsilon");
    Value x = centredOperand(square, variance.getAxes());
    bool rms = !x;
    if (rms ? parts->first != square : centredOperand(parts->first, variance.getAxes()) != x)
      return rewriter.notifyMatchFailure(op, "the mean square is not of the numerator");
    if (rms)
      x = square;
    if (op.getType() != x.getType())
      return rewriter.notifyMatchFailure(op, "the result has another shape than the operand");
    Value unit = graph::makeScalarConstant(rewriter, op.getLoc(), typeOf(x).getElementType(), 1.0);
    rewriter.replaceOpWithNewOp<LayerNormOp>(op, op.getType(), x, unit, Value(), variance.getAxes().front(),
                                             llvm::APFloat(static_cast<float>(*epsilon)), rms);
    return success();
  }
};

// True where the operand varies along the normalised dimensions only, and is not larger than they are.
bool isParameter(Value value, LayerNormOp norm) {
  RankedTensorType type = typeOf(value), input = typeOf(norm.getInput());
  int64_t lead = input.getRank() - type.getRank();
  if (lead < 0)
    return false;
  for (int64_t i = 0; i < type.getRank(); ++i) {
    bool normalised = i + lead >= static_cast<int64_t>(norm.getAxis());
    if (type.isDynamicDim(i) ||
        (type.getDimSize(i) != 1 && !(normalised && type.getDimSize(i) == input.getDimSize(i + lead))))
      return false;
  }
  return true;
}

struct TakeScaleAndBias : OpRewritePattern<BinaryOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(BinaryOp op, PatternRewriter &rewriter) const override {
    bool isScale = op.getKind() == BinaryKind::Mul;
    if (!isScale && op.getKind() != BinaryKind::Add)
      return rewriter.notifyMatchFailure(op, "neither a product nor a sum");
    for (auto [normalised, parameter] : {std::pair(op.getLhs(), op.getRhs()), std::pair(op.getRhs(), op.getLhs())}) {
      auto norm = normalised.getDefiningOp<LayerNormOp>();
      if (!norm || !normalised.hasOneUse() || norm.getBias() || !isParameter(parameter, norm) ||
          op.getType() != norm.getType())
        continue;
      if (isScale && graph::constantScalar(norm.getScale()) != 1.0)
        continue;
      rewriter.replaceOpWithNewOp<LayerNormOp>(op, op.getType(), norm.getInput(), isScale ? parameter : norm.getScale(),
                                               isScale ? Value() : parameter, norm.getAxis(), norm.getEpsilon(),
                                               norm.getRms());
      return success();
    }
    return rewriter.notifyMatchFailure(op, "no operand is a normalisation that can take the other");
  }
};

// Quantized weights are laid out while they are integers, which folds; as floating numbers they would be dequantized
// and laid out in each run.
struct TransposeOfDequantized : OpRewritePattern<graph::TransposeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(graph::TransposeOp op, PatternRewriter &rewriter) const override {
    auto dequantize = op.getInput().getDefiningOp<graph::DequantizeOp>();
    if (!dequantize || !graph::constantOf(dequantize.getInput()) || dequantize.getBlock() != 0)
      return rewriter.notifyMatchFailure(op, "not of dequantized weights");
    RankedTensorType type = typeOf(dequantize.getInput());
    ArrayRef<int64_t> perm = op.getPerm();
    int64_t axis = dequantize.getAxis() < 0 ? dequantize.getAxis() + type.getRank() : dequantize.getAxis();
    SmallVector<int64_t> shape;
    for (int64_t from : perm)
      shape.push_back(type.getDimSize(from));
    auto integers = graph::TransposeOp::create(rewriter, op.getLoc(), type.clone(shape), dequantize.getInput(), perm);
    int64_t place = type.getRank() == 0 ? 0 : std::distance(perm.begin(), llvm::find(perm, axis));
    rewriter.replaceOpWithNewOp<graph::DequantizeOp>(op, op.getType(), integers, dequantize.getScale(),
                                                     dequantize.getZeroPoint(), place, 0);
    return success();
  }
};

// Exact: the reciprocal of a power of two is one, and scaling by it rounds as the division does.
struct DivisionByPowerOfTwo : OpRewritePattern<BinaryOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(BinaryOp op, PatternRewriter &rewriter) const override {
    Type elementType = typeOf(op.getOutput()).getElementType();
    auto divisor = graph::constantScalar(op.getRhs());
    if (op.getKind() != BinaryKind::Div || !isa<FloatType>(elementType) || !divisor)
      return rewriter.notifyMatchFailure(op, "no floating division by a constant scalar");
    int exponent;
    if (std::fabs(std::frexp(*divisor, &exponent)) != 0.5)
      return rewriter.notifyMatchFailure(op, "the divisor is no power of two");
    // A subnormal reciprocal would be flushed where subnormals are.
    const llvm::fltSemantics &semantics = cast<FloatType>(elementType).getFloatSemantics();
    if (1 - exponent < llvm::APFloat::semanticsMinExponent(semantics) ||
        1 - exponent > llvm::APFloat::semanticsMaxExponent(semantics))
      return rewriter.notifyMatchFailure(op, "the reciprocal is not a normal number");
    RankedTensorType type = typeOf(op.getRhs());
    auto reciprocal = DenseElementsAttr::get(type, ArrayRef<Attribute>(FloatAttr::get(elementType, 1.0 / *divisor)));
    auto constant = graph::ConstantOp::create(rewriter, op.getRhs().getLoc(), type, cast<ElementsAttr>(reciprocal));
    rewriter.replaceOpWithNewOp<BinaryOp>(op, op.getType(), BinaryKind::Mul, op.getLhs(), constant.getOutput());
    return success();
  }
};

struct RaisePatternsPass : impl::RaisePatternsBase<RaisePatternsPass> {
  using RaisePatternsBase::RaisePatternsBase;

  void runOnOperation() override {
    raiseActivations(getOperation());
    RewritePatternSet patterns(&getContext());
    patterns.add<RaiseLayerNorm>(&getContext(), /*benefit=*/2);
    patterns.add<TakeScaleAndBias, DivisionByPowerOfTwo, TransposeOfDequantized>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
} // namespace mlc
