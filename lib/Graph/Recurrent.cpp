#include "Graph/Inference.h"

using namespace mlir;

namespace mlc::graph {

int64_t RecurrentOp::hidden() { return tensorType(getWeights().front()).getDimSize(1); }

int64_t RecurrentOp::gates(unsigned phase) {
  auto type = tensorType(getWeights()[phase]);
  return type.getDimSize(2) / type.getDimSize(1);
}

int64_t RecurrentOp::allGates() {
  int64_t all = 0;
  for (unsigned i = 0; i < getWeights().size(); ++i)
    all += gates(i);
  return all;
}

MLC_INFER(RecurrentOp) {
  Adaptor op(operands, attributes, properties, regions);
  RankedTensorType inputs = tensorType(op.getInputs());
  if (inputs.getRank() != 3 || op.getWeights().empty() || op.getInitial().empty())
    return emitOptionalError(location, "a recurrence needs inputs of rank 3, weights and initial states");
  int64_t batch = inputs.getDimSize(1), directions = op.getReversed().size();
  for (Value state : op.getInitial()) {
    RankedTensorType type = tensorType(state);
    if (type.getRank() != 3)
      return emitOptionalError(location, "an initial state is ", type, ", not of rank 3");
    if (ShapedType::isDynamic(batch))
      batch = type.getDimSize(1);
  }
  int64_t hidden = tensorType(op.getWeights().front()).getDimSize(1);
  Type element = inputs.getElementType();
  types.push_back(RankedTensorType::get({inputs.getDimSize(0), directions, batch, hidden}, element));
  types.append(op.getInitial().size(), RankedTensorType::get({directions, batch, hidden}, element));
  return success();
}

LogicalResult RecurrentOp::verify() {
  if (getPhases().size() != getWeights().size())
    return emitOpError() << "has " << getPhases().size() << " phases for " << getWeights().size() << " matrices";
  for (Value weights : getWeights()) {
    auto type = tensorType(weights);
    if (type.getRank() != 3 || !type.hasStaticShape() || type.getDimSize(0) != directions() ||
        type.getDimSize(1) != hidden() || type.getDimSize(2) % hidden() != 0)
      return emitOpError() << "has weights of type " << type;
  }
  int64_t width = tensorType(getInputs()).getDimSize(2), wanted = directions() * allGates() * hidden();
  if (!ShapedType::isDynamic(width) && width != wanted)
    return emitOpError() << "has inputs for " << width << " gates of units, not " << wanted;
  if (getLast().size() != getInitial().size())
    return emitOpError() << "has " << getInitial().size() << " states and gives " << getLast().size();
  auto scalar = RankedTensorType::get({}, tensorType(getInputs()).getElementType());
  size_t kept = 0;
  for (auto [i, region] : llvm::enumerate(getPhases())) {
    Block &block = region.front();
    size_t arguments = 2 * gates(i) + getInitial().size() + kept + getExtras().size();
    if (block.getNumArguments() != arguments ||
        llvm::any_of(block.getArgumentTypes(), [&](Type type) { return type != scalar; }))
      return emitOpError() << "phase " << i << " takes " << arguments << " arguments of type " << scalar;
    size_t yielded = block.getTerminator()->getNumOperands();
    bool last = i + 1 == getPhases().size();
    if (last ? yielded != getInitial().size() : yielded == 0)
      return emitOpError() << "phase " << i << " yields " << yielded << " values";
    kept += last ? 0 : yielded - 1;
  }
  return success();
}

} // namespace mlc::graph
