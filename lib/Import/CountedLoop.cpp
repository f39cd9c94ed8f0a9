#include "Import/CountedLoop.h"

#include <limits>

using namespace mlir;
using namespace mlc::graph;

namespace mlc::importer {

Value backwards(Node &n, Value value, int64_t axis) {
  return n.create<SliceOp>(value, n.indices(-1), n.indices(std::numeric_limits<int64_t>::min() + 1), n.indices(-1),
                           ArrayRef<int64_t>(axis));
}

Results countedLoop(Node &n, const Dim &steps, ArrayRef<Value> initial, LoopStep step, bool reversed) {
  Type i64 = n.builder().getI64Type(), i1 = n.builder().getI1Type();
  OperationState state(n.loc, LoopOp::getOperationName());
  state.addOperands({n.toScalar(n.dimValue(steps)), n.scalar(i1, 1)});
  state.addOperands(initial);
  SmallVector<Type> arguments{RankedTensorType::get({}, i64), RankedTensorType::get({}, i1)};
  for (Value value : initial) {
    arguments.push_back(value.getType());
    state.types.push_back(value.getType());
  }
  Value last = reversed ? n.toScalar(n.dimValue(n.combine(BinaryKind::Sub, steps, 1))) : Value();
  Region &region = *state.addRegion();
  {
    OpBuilder::InsertionGuard guard(n.builder());
    Block *block =
        n.builder().createBlock(&region, region.end(), arguments, SmallVector<Location>(arguments.size(), n.loc));
    Value at = block->getArgument(0);
    if (reversed)
      at = n.sub(last, at);
    SmallVector<Value> given = step(at, SmallVector<Value>(block->getArguments().drop_front(2)));
    for (Value value : ArrayRef(given).drop_front(initial.size())) {
      SmallVector<int64_t> shape{ShapedType::kDynamic};
      llvm::append_range(shape, n.type(value).getShape());
      state.types.push_back(RankedTensorType::get(shape, n.element(value)));
    }
    given.insert(given.begin(), block->getArgument(1));
    YieldOp::create(n.builder(), n.loc, given);
  }
  Results results(n.builder().create(state)->getResults());
  for (Value &stacked : MutableArrayRef(results).drop_front(initial.size())) {
    SmallVector<Dim> dims{steps};
    for (int64_t i = 1; i < n.rank(stacked); ++i)
      dims.push_back(n.dim(stacked, i));
    stacked = n.reshape(stacked, dims);
  }
  return results;
}

} // namespace mlc::importer
