// Non-maximum suppression: boxes by falling score, greedy suppression along them, and the indices of what stays.
#include "Lowering/LowerOrder.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace mlc::graph;

namespace mlc::lowering {

using Builder = ImplicitLocOpBuilder;

// Corners [entries, classes, 4, count] (top, left, bottom, right) of the boxes in the order of each class.
static Value sortedCorners(Context &context, Value boxes, Value order, const Shape &shape, bool center) {
  Shape corners{shape[0], shape[1], context.constant(4), shape[2]};
  return context.generate(corners, context.b.getF32Type(), [&](Builder &b, ValueRange at) {
    Value box = arith::IndexCastOp::create(b, b.getIndexType(), element(b, order, {at[0], at[1], at[3]}));
    auto constant = [&](int64_t value) -> Value { return arith::ConstantIndexOp::create(b, b.getLoc(), value); };
    auto number = [&](int64_t i) { return element(b, boxes, {at[0], box, constant(i)}); };
    // Sides 0 and 2 lie along y, which stands first in corners and second in centres.
    Value two = constant(2);
    auto is = [&](int64_t side) -> Value {
      return arith::CmpIOp::create(b, arith::CmpIPredicate::eq, at[2], constant(side));
    };
    Value alongY = arith::OrIOp::create(b, is(0), is(2));
    Value low = arith::CmpIOp::create(b, arith::CmpIPredicate::slt, at[2], two);
    auto pick = [&](int64_t x, int64_t y) -> Value { return arith::SelectOp::create(b, alongY, number(y), number(x)); };
    if (center) {
      Value middle = pick(0, 1), size = pick(2, 3);
      Value half = arith::DivFOp::create(b, size, arith::ConstantOp::create(b, b.getF32FloatAttr(2)));
      Value begin = arith::SubFOp::create(b, middle, half), end = arith::AddFOp::create(b, middle, half);
      return arith::SelectOp::create(b, low, begin, end).getResult();
    }
    Value first = pick(1, 0), second = pick(3, 2);
    Value begin = arith::MinimumFOp::create(b, first, second), end = arith::MaximumFOp::create(b, first, second);
    return arith::SelectOp::create(b, low, begin, end).getResult();
  });
}

static LogicalResult lowerNonMaxSuppression(Context &context, NonMaxSuppressionOp op) {
  Builder &b = context.b;
  Value boxes = context.lookup(op.getBoxes()), scores = context.lookup(op.getScores());
  Shape shape = context.shape(op.getScores()), of = context.shape(op.getBoxes());
  context.requireEqual(of[0], shape[0], "non-maximum suppression of %lld entries of boxes with %lld of scores");
  context.requireEqual(of[1], shape[2], "non-maximum suppression of %lld boxes with %lld scores");
  context.requireEqual(of[2], context.constant(4), "boxes of %lld numbers instead of %lld");
  Value order = firstIndices(context, scores, shape, 2, shape[2], /*smallest=*/false);
  Value corners = sortedCorners(context, boxes, order, shape, op.getCenter());
  Value threshold = op.getScoreThreshold() ? context.lookup(op.getScoreThreshold()) : Value();
  Value eligible = context.generate(shape, b.getI1Type(), [&](Builder &b, ValueRange at) -> Value {
    if (!threshold)
      return arith::ConstantOp::create(b, b.getBoolAttr(true));
    Value box = arith::IndexCastOp::create(b, b.getIndexType(), element(b, order, at));
    return arith::CmpFOp::create(b, arith::CmpFPredicate::OGT, element(b, scores, {at[0], at[1], box}),
                                 element(b, threshold, {}));
  });
  Value out = context.empty(shape, b.getI1Type());
  Value stays = kernel::SuppressOp::create(b, out.getType(), corners, eligible, context.lookup(op.getMost()),
                                           context.lookup(op.getOverlapThreshold()), out);
  SmallVector<Value> dims;
  for (Dim dim : shape)
    dims.push_back(context.materialize(dim));
  auto placeType = RankedTensorType::get({3, ShapedType::kDynamic}, b.getI64Type());
  auto places = kernel::UnboundedOp::create(b, placeType, b.getIndexType(), "non_zero", ValueRange(stays), dims);
  Value list = places.getOutput();
  Shape target{context.symbol(places.getExtent()), context.constant(3)};
  context.setShape(list, {context.constant(3), target[0]});
  Value result = context.generate(target, b.getI64Type(), [&](Builder &b, ValueRange at) -> Value {
    SmallVector<Value> place;
    for (int64_t i = 0; i < 3; ++i) {
      Value row = arith::ConstantIndexOp::create(b, b.getLoc(), i);
      place.push_back(arith::IndexCastOp::create(b, b.getIndexType(), element(b, list, {row, at[0]})));
    }
    Value last =
        arith::CmpIOp::create(b, arith::CmpIPredicate::eq, at[1], arith::ConstantIndexOp::create(b, b.getLoc(), 2));
    return arith::SelectOp::create(b, last, element(b, order, place), element(b, list, {at[1], at[0]}));
  });
  context.map(op, result, target);
  return success();
}

std::optional<LogicalResult> lowerDetection(Context &context, Operation *operation) {
  if (auto op = dyn_cast<NonMaxSuppressionOp>(operation))
    return lowerNonMaxSuppression(context, op);
  return std::nullopt;
}

} // namespace mlc::lowering
