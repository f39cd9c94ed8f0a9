#include "Codegen/Native/Exponential.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

using namespace mlir;

namespace mlc::codegen {
namespace {

struct ExponentialOfF32 : OpRewritePattern<math::ExpOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(math::ExpOp op, PatternRewriter &rewriter) const override {
    Type type = op.getType();
    if (!getElementTypeOrSelf(type).isF32())
      return rewriter.notifyMatchFailure(op, "not f32");
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    Type integers = b.getI32Type();
    if (auto vector = dyn_cast<VectorType>(type))
      integers = vector.clone(b.getI32Type());
    auto constant = [&](Type of, Attribute element) -> Value {
      if (auto vector = dyn_cast<VectorType>(of))
        return arith::ConstantOp::create(b, DenseElementsAttr::get(vector, element));
      return arith::ConstantOp::create(b, cast<TypedAttr>(element));
    };
    auto number = [&](float value) { return constant(type, b.getF32FloatAttr(value)); };
    auto fma = [&](Value x, Value y, Value z) -> Value { return math::FmaOp::create(b, x, y, z); };
    // A comparison with what is no number is false, and leaves it.
    auto bounded = [&](arith::CmpFPredicate beyond, Value x, float limit) -> Value {
      Value bound = number(limit);
      return arith::SelectOp::create(b, arith::CmpFOp::create(b, beyond, x, bound), bound, x);
    };

    // x = n ln 2 + r with |r| <= ln 2 / 2. Adding 1.5 * 2^23 rounds to an integer, which the low bits then hold.
    constexpr float kRound = 12582912.0F, kLog2E = 1.44269504F, kLn2High = 0.693145752F, kLn2Low = 1.42860677e-6F;
    // Where n is -127 or 128, the power of two is 0 or infinity.
    constexpr float kLowest = -88.0F, kHighest = 89.0F;
    Value x = bounded(arith::CmpFPredicate::OLT, op.getOperand(), kLowest);
    x = bounded(arith::CmpFPredicate::OGT, x, kHighest);
    Value rounded = fma(x, number(kLog2E), number(kRound)), n = arith::SubFOp::create(b, rounded, number(kRound));
    Value r = fma(n, number(-kLn2Low), fma(n, number(-kLn2High), x));

    // 1 + r + r² (c2 + c3 r + …): least relative error on the interval (3.1e-9), found by Lawson's iteration.
    Value p = number(0.00138146128F);
    for (float coefficient : {0.00836871006F, 0.041668389F, 0.166665211F, 0.49999994F, 1.0F, 1.0F})
      p = fma(p, r, number(coefficient));

    constexpr int kMantissa = 23, kOne = 0x3F800000;
    Value bits = arith::BitcastOp::create(b, integers, rounded);
    bits = arith::ShLIOp::create(b, bits, constant(integers, b.getI32IntegerAttr(kMantissa)));
    bits = arith::AddIOp::create(b, bits, constant(integers, b.getI32IntegerAttr(kOne)));
    rewriter.replaceOpWithNewOp<arith::MulFOp>(op, p, arith::BitcastOp::create(b, type, bits));
    return success();
  }
};

} // namespace

void populateExponential(RewritePatternSet &patterns) {
  patterns.add<ExponentialOfF32>(patterns.getContext(), /*benefit=*/2);
}

} // namespace mlc::codegen
