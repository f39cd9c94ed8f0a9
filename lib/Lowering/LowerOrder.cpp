// Ops along one dimension whose result depends on the order of its elements: running sums and the largest elements.
// Both compare each element with every other of its row: quadratic in the length of the dimension, without state.
#include "Graph/Constants.h"
#include "Lowering/Context.h"
#include "Lowering/ScalarMath.h"

using namespace mlir;
using namespace mlc::graph;

namespace mlc::lowering {

using Builder = ImplicitLocOpBuilder;

static Type elementType(Value value) { return mlir::cast<RankedTensorType>(value.getType()).getElementType(); }

static SmallVector<int64_t> loopsWith(size_t rank, int64_t axis, int64_t loop) {
  SmallVector<int64_t> loops = llvm::to_vector(llvm::seq<int64_t>(0, rank));
  loops[axis] = loop;
  return loops;
}

static LogicalResult lowerCumSum(Context &context, CumSumOp op) {
  Value input = context.lookup(op.getInput());
  Shape shape = context.shape(op.getInput()), loops(shape);
  int64_t axis = op.getAxis(), rank = shape.size();
  Type type = elementType(input);
  Type compute = type.isF16() || type.isBF16() ? Type(context.b.getF32Type()) : type;
  loops.push_back(shape[axis]); // the elements that are summed
  Type memory = isa<IntegerType>(compute) ? Type(context.b.getIntegerType(compute.getIntOrFloatBitWidth())) : compute;
  bool reverse = op.getReverse(), exclusive = op.getExclusive();
  Value sums = context.reduce(
      loops, {{input, loopsWith(rank, axis, rank)}}, {rank}, mlir::cast<TypedAttr>(context.b.getZeroAttr(memory)),
      [&](Builder &b, ValueRange x, ValueRange at, Value acc) {
        using P = arith::CmpIPredicate;
        P order = reverse ? (exclusive ? P::sgt : P::sge) : (exclusive ? P::slt : P::sle);
        Value counts = arith::CmpIOp::create(b, order, at[rank], at[axis]);
        Value term = arith::SelectOp::create(b, counts, cast(b, type, compute, x[0]), scalar(b, memory, 0));
        return binary(b, BinaryKind::Add, compute, acc, term);
      });
  if (elementType(sums) != type)
    sums = context.map(shape, type, {context.broadcast(sums, shape)}, [&](Builder &b, ValueRange x) {
      return isa<FloatType>(type) ? cast(b, compute, type, x[0]) : x[0];
    });
  context.map(op, sums, shape);
  return success();
}

// Whether x stands before y: larger (or smaller); NaN counts as the largest.
static Value before(Builder &b, Type type, bool smallest, Value x, Value y) {
  Value result = compare(b, smallest ? CompareKind::Lt : CompareKind::Gt, type, x, y);
  if (!isa<FloatType>(type))
    return result;
  Value xNan = compare(b, CompareKind::Ne, type, x, x), yNan = compare(b, CompareKind::Ne, type, y, y);
  Value one = smallest ? yNan : xNan, other = smallest ? xNan : yNan;
  Value isOther = arith::XOrIOp::create(b, other, scalar(b, b.getI1Type(), 1));
  return arith::OrIOp::create(b, result, arith::AndIOp::create(b, one, isOther));
}

// The rank of each element is how many stand before it; the element of rank p is the result's p-th.
static LogicalResult lowerTopK(Context &context, TopKOp op) {
  Builder &b = context.b;
  Value input = context.lookup(op.getInput());
  Shape shape = context.shape(op.getInput());
  int64_t axis = op.getAxis(), rank = shape.size();
  Type type = elementType(input), i64 = b.getI64Type();
  bool smallest = op.getSmallest();
  Shape pairs(shape);
  pairs.push_back(shape[axis]);
  SmallVector<int64_t> own = llvm::to_vector(llvm::seq<int64_t>(0, rank));
  Value ranks = context.reduce(
      pairs, {{input, own}, {input, loopsWith(rank, axis, rank)}}, {rank}, b.getI64IntegerAttr(0),
      [&](Builder &b, ValueRange x, ValueRange at, Value acc) -> Value {
        Value first = before(b, type, smallest, x[1], x[0]), second = before(b, type, smallest, x[0], x[1]);
        Value equal = arith::XOrIOp::create(b, arith::OrIOp::create(b, first, second), scalar(b, b.getI1Type(), 1));
        Value earlier = arith::CmpIOp::create(b, arith::CmpIPredicate::slt, at[rank], at[axis]);
        Value counts = arith::OrIOp::create(b, first, arith::AndIOp::create(b, equal, earlier));
        return arith::AddIOp::create(b, acc, arith::ExtUIOp::create(b, i64, counts));
      });
  Shape target(shape);
  auto resultType = mlir::cast<RankedTensorType>(op.getValues().getType());
  if (!mlir::cast<mlir::RankedTensorType>(op.getK().getType()).hasStaticShape())
    return op.emitOpError("takes k from a tensor whose length is known only at run time; give it the shape [1]");
  target[axis] =
      resultType.isDynamicDim(axis) ? context.indexElement(op.getK()) : context.constant(resultType.getDimSize(axis));
  if (resultType.isDynamicDim(axis)) {
    Value k = context.materialize(target[axis]), size = context.materialize(shape[axis]);
    context.check(arith::CmpIOp::create(b, arith::CmpIPredicate::sle, k, size), "the %lld largest of %lld elements",
                  {k, size});
  }
  Shape search(target);
  search.push_back(shape[axis]);
  Value indices =
      context.reduce(search, {{ranks, loopsWith(rank, axis, rank)}}, {rank}, b.getI64IntegerAttr(0),
                     [&](Builder &b, ValueRange x, ValueRange at, Value acc) -> Value {
                       Value place = arith::IndexCastOp::create(b, i64, at[axis]);
                       Value here = arith::CmpIOp::create(b, arith::CmpIPredicate::eq, x[0], place);
                       Value found = arith::IndexCastOp::create(b, i64, at[rank]);
                       return arith::AddIOp::create(b, acc, arith::SelectOp::create(b, here, found, scalar(b, i64, 0)));
                     });
  Value values = context.generate(target, type, [&](Builder &b, ValueRange at) {
    SmallVector<Value> from(at);
    from[axis] = arith::IndexCastOp::create(b, b.getIndexType(), element(b, indices, at));
    return element(b, input, from);
  });
  context.map(op.getValues(), values, target);
  context.map(op.getIndices(), indices, target);
  return success();
}

std::optional<LogicalResult> lowerOrder(Context &context, Operation *operation) {
  if (auto op = dyn_cast<CumSumOp>(operation))
    return lowerCumSum(context, op);
  if (auto op = dyn_cast<TopKOp>(operation))
    return lowerTopK(context, op);
  return std::nullopt;
}

} // namespace mlc::lowering
