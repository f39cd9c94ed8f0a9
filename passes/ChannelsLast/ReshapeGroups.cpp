#include "Graph/Inference.h"
#include "Graph/ShapeValues.h"
#include "passes/ChannelsLast/Sinking.h"

using namespace mlir;
using namespace mlc::graph;

namespace mlc::layout {

// The dimension under the ops that keep or only permute dimensions, so that equal ones have equal names.
static ShapeElement rootOf(ShapeElement element) {
  while (element.kind == ShapeElement::Dimension) {
    Operation *op = element.tensor.getDefiningOp();
    if (auto transpose = dyn_cast_or_null<TransposeOp>(op))
      element = ShapeElement::of(transpose.getInput(), transpose.getPerm()[element.dimension]);
    else if (isa_and_nonnull<UnaryOp, CastOp, QuantizeOp, DequantizeOp, SoftmaxOp, CumSumOp>(op))
      element = ShapeElement::of(op->getOperand(0), element.dimension);
    else
      break;
  }
  return element;
}

std::optional<SmallVector<ReshapeGroup>> reshapeGroups(ReshapeOp op) {
  RankedTensorType input = tensorType(op.getInput()), output = tensorType(op.getResult());
  auto values = shapeValues(op.getShape());
  if (!values || static_cast<int64_t>(values->size()) != output.getRank())
    return std::nullopt;
  SmallVector<ShapeElement> from, to;
  for (int64_t i = 0; i < input.getRank(); ++i)
    from.push_back(rootOf(ShapeElement::of(op.getInput(), i)));
  for (int64_t i = 0; i < output.getRank(); ++i) {
    ShapeElement element = (*values)[i];
    if (!output.isDynamicDim(i))
      element = ShapeElement::number(output.getDimSize(i));
    else if (element.isConstant() && element.constant == 0 && !op.getAllowzero() && i < input.getRank())
      element = from[i];
    else if (element.isConstant() && element.constant <= 0)
      element = ShapeElement::unknown(); // -1
    to.push_back(rootOf(element));
  }

  auto equal = [&](int64_t i, int64_t j) { return from[i].kind != ShapeElement::Unknown && from[i] == to[j]; };
  int64_t begin = 0, fromEnd = input.getRank(), toEnd = output.getRank();
  SmallVector<ReshapeGroup> groups, tail;
  for (; begin < fromEnd && begin < toEnd && equal(begin, begin); ++begin)
    groups.push_back({{begin}, {begin}});
  for (; fromEnd > begin && toEnd > begin && equal(fromEnd - 1, toEnd - 1); --fromEnd, --toEnd)
    tail.push_back({{fromEnd - 1}, {toEnd - 1}});

  // In between, static sizes are matched from the left; what is left over is one group.
  int64_t i = begin, j = begin;
  while (i < fromEnd && j < toEnd) {
    ReshapeGroup group{{i}, {j}};
    int64_t a = i + 1, b = j + 1;
    ShapeElement left = from[i], right = to[j];
    while (left.isConstant() && right.isConstant() && left.constant != right.constant) {
      bool growLeft = left.constant < right.constant;
      if (growLeft ? a == fromEnd : b == toEnd)
        break;
      ShapeElement &side = growLeft ? left : right;
      ShapeElement next = growLeft ? from[a] : to[b];
      (growLeft ? group.from : group.to).push_back(growLeft ? a++ : b++);
      side = next.isConstant() ? ShapeElement::number(side.constant * next.constant) : ShapeElement::unknown();
    }
    if (!left.isConstant() || !(left == right))
      break;
    groups.push_back(group);
    i = a;
    j = b;
  }
  ReshapeGroup rest{llvm::to_vector(llvm::seq(i, fromEnd)), llvm::to_vector(llvm::seq(j, toEnd))};
  if (!rest.from.empty() || !rest.to.empty())
    groups.push_back(rest);
  groups.append(tail.rbegin(), tail.rend());
  return groups;
}

} // namespace mlc::layout
