// Recurrent layers: one kernel for all steps.
#include "Graph/Constants.h"
#include "Graph/GateWeights.h"
#include "Lowering/Context.h"
#include "Lowering/PackWeights.h"
#include "Lowering/ScalarMath.h"
#include "Support/DTypeConversion.h"

using namespace mlir;
using namespace mlc::graph;

namespace mlc::lowering {

using Builder = ImplicitLocOpBuilder;

// The region of a phase, on scalars.
static LogicalResult lowerPhase(Context &context, Block &source, Region &target) {
  Builder &b = context.b;
  OpBuilder::InsertionGuard guard(b);
  SmallVector<Type> types(source.getNumArguments(), b.getF32Type());
  Block *block = b.createBlock(&target, target.end(), types, SmallVector<Location>(types.size(), b.getLoc()));
  llvm::DenseMap<Value, Value> scalars;
  for (auto [argument, scalar] : llvm::zip(source.getArguments(), block->getArguments()))
    scalars[argument] = scalar;
  auto scalarsOf = [&](ValueRange values) {
    return llvm::map_to_vector(values, [&](Value value) { return scalars.lookup(value); });
  };
  for (Operation &op : source.without_terminator()) {
    Value result;
    if (auto number = constantScalar(op.getResult(0)))
      result = scalar(b, signlessType(cast<RankedTensorType>(op.getResult(0).getType()).getElementType()), *number);
    else
      result = scalarOf(b, &op, scalarsOf(op.getOperands()));
    if (!result)
      return op.emitOpError("is not elementwise, as the phases of a recurrence are");
    scalars[op.getResult(0)] = result;
  }
  kernel::YieldOp::create(b, scalarsOf(source.getTerminator()->getOperands()));
  return success();
}

static LogicalResult lowerRecurrentLayer(Context &context, RecurrentOp op) {
  Builder &b = context.b;
  const ContractionRow *row = context.target.row(ElementKind::F32, ElementKind::F32);
  if (!cast<RankedTensorType>(op.getInputs().getType()).getElementType().isF32() || !row)
    return op.emitOpError("has no kernel for its element type");
  SmallVector<Value> weights, scales, initial, extras;
  bool isInt8 = llvm::all_of(op.getWeights(), [](Value value) { return readGateWeights(value).has_value(); });
  for (auto [i, value] : llvm::enumerate(op.getWeights())) {
    auto pack = [&](const Tensor &tensor) { return packGates(tensor, op.gates(i), row->lanes); };
    if (isInt8) {
      GateWeights integers = *readGateWeights(value);
      weights.push_back(context.constantTensor(pack(integers.values)));
      scales.push_back(context.constantTensor(pack(integers.scales)));
      continue;
    }
    Value stored = storedConstant(value);
    if (!stored)
      return op.emitOpError("takes weights that are not constant");
    Tensor packed = pack(*constantTensor(stored));
    weights.push_back(context.constantTensor(op.getBf16() ? convert(packed, DType::BFloat16) : packed));
  }
  Shape inputs = context.shape(op.getInputs()), state = context.shape(op.getInitial().front());
  Dim hidden = context.constant(op.hidden()), directions = context.constant(op.directions());
  Dim batch = Context::constantOf(state[1]) ? state[1] : inputs[1];
  for (Value value : op.getInitial()) {
    context.requireEqual(context.shape(value)[1], inputs[1],
                         "a recurrence with states of %lld sequences and inputs of %lld");
    context.requireEqual(context.shape(value)[0], directions, "a recurrence with states of %lld directions, not %lld");
    context.requireEqual(context.shape(value)[2], hidden, "a recurrence with states of %lld units, not %lld");
    initial.push_back(context.lookup(value));
  }
  context.requireEqual(inputs[2], context.constant(op.directions() * op.allGates() * op.hidden()),
                       "a recurrence with inputs of %lld gates of units, not %lld");
  for (Value value : op.getExtras())
    extras.push_back(context.lookup(value));
  Value lengths;
  if (op.getLengths()) {
    lengths = context.lookup(op.getLengths());
    context.requireEqual(context.shape(lengths)[0], inputs[1], "%lld lengths for a recurrence over %lld sequences");
  }
  int64_t states = initial.size();
  Shape whole{context.simplify(inputs[0] + states), directions, batch, hidden};
  Value out = context.empty(whole, b.getF32Type());
  auto result = kernel::RecurrentOp::create(b, out.getType(), context.lookup(op.getInputs()), weights, scales, initial,
                                            extras, lengths, out, op.getReversedAttr(), op.getPhases().size());
  for (auto [source, target] : llvm::zip(op.getPhases(), result.getPhases()))
    if (failed(lowerPhase(context, source.front(), target)))
      return failure();
  Value all = result.getResult();
  context.setShape(all, whole);

  // The parts of the destination, each as a tensor of its own.
  if (!op.getOutput().use_empty()) {
    Shape shape{inputs[0], directions, batch, hidden};
    context.map(op.getOutput(),
                context.generate(shape, b.getF32Type(), [&](Builder &b, ValueRange at) { return element(b, all, at); }),
                shape);
  }
  Value steps = context.materialize(inputs[0]);
  for (auto [i, last] : llvm::enumerate(op.getLast())) {
    if (last.use_empty())
      continue;
    Shape shape{directions, batch, hidden};
    int64_t number = i;
    context.map(last,
                context.generate(shape, b.getF32Type(),
                                 [&](Builder &b, ValueRange at) {
                                   Value first =
                                       arith::AddIOp::create(b, steps, arith::ConstantIndexOp::create(b, number));
                                   return element(b, all, {first, at[0], at[1], at[2]});
                                 }),
                shape);
  }
  return success();
}

std::optional<LogicalResult> lowerRecurrent(Context &context, Operation *operation) {
  if (auto op = dyn_cast<RecurrentOp>(operation))
    return lowerRecurrentLayer(context, op);
  return std::nullopt;
}

} // namespace mlc::lowering
