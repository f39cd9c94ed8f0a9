#include "Reference/Evaluate.h"
#include "Reference/Families.h"
#include "Reference/Gemm.h"

#include "Graph/Constants.h"
#include "Support/DTypeConversion.h"

#include <cstring>

using namespace mlir;

namespace mlc {
namespace reference {

std::string describeShape(const std::vector<int64_t> &shape) {
  std::string text = "[";
  for (size_t i = 0; i < shape.size(); ++i)
    text += (i ? "," : "") + std::to_string(shape[i]);
  return text + "]";
}

Result<void> checkSize(DType dtype, const std::vector<int64_t> &shape) {
  int64_t bytes = static_cast<int64_t>(byteSize(dtype));
  for (int64_t size : shape)
    if (size < 0 || llvm::MulOverflow(bytes, std::max<int64_t>(size, 1), bytes) || bytes > (int64_t(1) << 40))
      return badInput("the result " + describeShape(shape) + " is too large");
  return {};
}

Result<std::vector<int64_t>> broadcastOperands(Operands operands) {
  SmallVector<int64_t> shape;
  for (const Tensor *operand : operands) {
    auto joined = graph::broadcastShapes(shape, operand->shape);
    if (!joined) {
      std::string text;
      for (const Tensor *each : operands)
        text += (text.empty() ? "" : " and ") + describeShape(each->shape);
      return badInput("shapes cannot be broadcast: " + text);
    }
    shape = *joined;
  }
  return std::vector<int64_t>(shape.begin(), shape.end());
}

} // namespace reference

namespace {

std::string locationName(Location location) {
  if (auto name = dyn_cast<NameLoc>(location))
    return name.getName().str();
  if (auto file = dyn_cast<FileLineColLoc>(location))
    return file.getFilename().str() + ":" + std::to_string(file.getLine());
  if (auto fused = dyn_cast<FusedLoc>(location))
    for (Location part : fused.getLocations())
      if (std::string name = locationName(part); !name.empty())
        return name;
  if (auto call = dyn_cast<CallSiteLoc>(location))
    return locationName(call.getCallee());
  return "";
}

Error at(Operation *op, Error error) {
  std::string name = locationName(op->getLoc());
  std::string where = name.empty() ? "" : "node '" + name + "' ";
  return {error.code, where + "(" + op->getName().getStringRef().str() + "): " + error.message};
}

bool admits(RankedTensorType type, const Tensor &tensor) {
  if (graph::dtypeOf(type.getElementType()) != tensor.dtype ||
      type.getRank() != static_cast<int64_t>(tensor.shape.size()))
    return false;
  for (int64_t i = 0; i < type.getRank(); ++i)
    if (!type.isDynamicDim(i) && type.getDimSize(i) != tensor.shape[i])
      return false;
  return true;
}

std::string describe(RankedTensorType type) {
  std::vector<int64_t> shape;
  for (int64_t size : type.getShape())
    shape.push_back(ShapedType::isDynamic(size) ? -1 : size);
  return describeType(graph::dtypeOf(type.getElementType()), shape);
}

// ---- interpreter --------------------------------------------------------------------------------------

Result<std::vector<Tensor>> evaluateUnchecked(Operation *op, const std::vector<const Tensor *> &operands);

// Values of one block's execution; a block sees those of the blocks around it.
class Frame {
public:
  /// With `elementwise`, values are tensors of any shape that stand for the scalars of which the ops' types speak.
  Frame(Block &block, Frame *parent, bool elementwise = false)
      : block_(block), parent_(parent), elementwise_(elementwise) {
    for (Value argument : block.getArguments())
      noteLastUse(argument);
    for (Operation &op : block)
      for (Value result : op.getResults())
        noteLastUse(result);
  }

  void set(Value value, Tensor tensor) { values_[value] = std::make_shared<Tensor>(std::move(tensor)); }
  void share(Value value, std::shared_ptr<const Tensor> tensor) { values_[value] = std::move(tensor); }

  /// A constant is read where it is used, so that a model's weights are never all in memory twice.
  std::shared_ptr<const Tensor> get(Value value) const {
    for (const Frame *frame = this; frame; frame = frame->parent_)
      if (auto found = frame->values_.find(value); found != frame->values_.end())
        return found->second;
    if (auto tensor = graph::constantTensor(value))
      return std::make_shared<Tensor>(std::move(*tensor));
    return nullptr;
  }

  /// Runs all ops but the terminator, whose operands are the block's result.
  Result<std::vector<std::shared_ptr<const Tensor>>> run();

private:
  Result<void> runOp(Operation &op);
  Result<std::vector<Tensor>> runIf(graph::IfOp op);
  Result<std::vector<Tensor>> runLoop(graph::LoopOp op);
  Result<std::vector<Tensor>> runRecurrent(graph::RecurrentOp op);
  using Shared = std::vector<std::shared_ptr<const Tensor>>;
  Result<Shared> stepOf(graph::RecurrentOp op, int64_t direction, int64_t position, const Shared &states);

  void noteLastUse(Value value) {
    Operation *last = nullptr;
    for (Operation *user : value.getUsers()) {
      Operation *here = block_.findAncestorOpInBlock(*user);
      if (here && (!last || last->isBeforeInBlock(here)))
        last = here;
    }
    if (last)
      dying_[last].push_back(value);
  }

  Block &block_;
  Frame *parent_;
  bool elementwise_;
  DenseMap<Value, std::shared_ptr<const Tensor>> values_;
  DenseMap<Operation *, SmallVector<Value, 2>> dying_;
};

Result<std::vector<std::shared_ptr<const Tensor>>> Frame::run() {
  for (Operation &op : block_.without_terminator()) {
    if (!isa<graph::ConstantOp>(op))
      if (auto done = runOp(op); !done)
        return done.error();
    for (Value value : dying_.lookup(&op))
      values_.erase(value);
  }
  std::vector<std::shared_ptr<const Tensor>> results;
  for (Value operand : block_.getTerminator()->getOperands())
    results.push_back(get(operand));
  return results;
}

Result<void> Frame::runOp(Operation &op) {
  Result<std::vector<Tensor>> results = std::vector<Tensor>{};
  if (auto ifOp = dyn_cast<graph::IfOp>(op)) {
    results = runIf(ifOp);
  } else if (auto loop = dyn_cast<graph::LoopOp>(op)) {
    results = runLoop(loop);
  } else if (auto recurrent = dyn_cast<graph::RecurrentOp>(op)) {
    results = runRecurrent(recurrent);
  } else {
    std::vector<std::shared_ptr<const Tensor>> held;
    std::vector<const Tensor *> operands;
    for (Value operand : op.getOperands()) {
      held.push_back(get(operand));
      operands.push_back(held.back().get());
    }
    results = elementwise_ ? evaluateUnchecked(&op, operands) : evaluateOp(&op, operands);
  }
  if (!results)
    return results.error();
  for (auto [value, tensor] : llvm::zip(op.getResults(), *results))
    if (!value.use_empty())
      set(value, std::move(tensor));
  return {};
}

Result<std::vector<Tensor>> Frame::runIf(graph::IfOp op) {
  auto condition = get(op.getCondition());
  if (condition->dtype != DType::Bool || condition->numElements() != 1)
    return at(op, badInput("the condition is " + describeType(condition->dtype, condition->shape) + ", not one bool"));
  Region &region = condition->bytes[0] != std::byte{0} ? op.getThenRegion() : op.getElseRegion();
  Frame frame(region.front(), this);
  auto values = frame.run();
  if (!values)
    return values.error();
  if (values->size() != op.getNumResults())
    return at(op, badInput("a region yields " + std::to_string(values->size()) + " values for " +
                           std::to_string(op.getNumResults()) + " results"));
  std::vector<Tensor> results;
  for (const auto &value : *values)
    results.push_back(*value);
  return results;
}

Result<std::vector<Tensor>> Frame::runLoop(graph::LoopOp op) {
  auto tripCount = get(op.getTripCount()), condition = get(op.getCondition());
  if (tripCount->dtype != DType::Int64 || tripCount->numElements() != 1 || condition->dtype != DType::Bool ||
      condition->numElements() != 1)
    return at(op, badInput("the trip count or the condition is not one number"));
  int64_t limit = tripCount->data<int64_t>()[0];
  bool proceed = condition->bytes[0] != std::byte{0};
  size_t carriedCount = op.getInitial().size();
  std::vector<std::shared_ptr<const Tensor>> carried;
  for (Value value : op.getInitial())
    carried.push_back(get(value));
  Block &body = op.getBody().front();
  if (op.getNumResults() < carriedCount || body.getNumArguments() != 2 + carriedCount ||
      body.getTerminator()->getNumOperands() != 1 + op.getNumResults())
    return at(op, badInput("the body's arguments and values do not match the loop's"));
  size_t scanCount = op.getNumResults() - carriedCount;
  std::vector<Tensor> scans(scanCount); // rows appended; the first dimension is set at the end

  int64_t iteration = 0;
  for (; iteration < limit && proceed; ++iteration) {
    Frame frame(body, this);
    Tensor number(DType::Int64, {}), running(DType::Bool, {});
    number.data<int64_t>()[0] = iteration;
    running.bytes[0] = std::byte{1};
    frame.set(body.getArgument(0), std::move(number));
    frame.set(body.getArgument(1), std::move(running));
    for (size_t i = 0; i < carriedCount; ++i)
      frame.share(body.getArgument(2 + i), std::move(carried[i]));
    auto values = frame.run();
    if (!values)
      return values.error();
    proceed = (*values)[0]->bytes[0] != std::byte{0};
    for (size_t i = 0; i < carriedCount; ++i)
      carried[i] = (*values)[1 + i];
    for (size_t i = 0; i < scanCount; ++i) {
      const Tensor &row = *(*values)[1 + carriedCount + i];
      Tensor &scan = scans[i];
      if (iteration == 0) {
        scan.dtype = row.dtype;
        scan.shape = row.shape;
      } else if (scan.shape != row.shape) {
        return at(op, badInput("scan output " + std::to_string(i) + " is " + reference::describeShape(row.shape) +
                               " in iteration " + std::to_string(iteration) + ", but was " +
                               reference::describeShape(scan.shape)));
      }
      scan.bytes.insert(scan.bytes.end(), row.bytes.begin(), row.bytes.end());
    }
  }

  std::vector<Tensor> results;
  for (const auto &value : carried)
    results.push_back(*value);
  for (size_t i = 0; i < scanCount; ++i) {
    auto type = cast<RankedTensorType>(op.getResult(carriedCount + i).getType());
    if (iteration == 0) {
      scans[i].dtype = graph::dtypeOf(type.getElementType());
      for (int64_t size : type.getShape().drop_front())
        scans[i].shape.push_back(ShapedType::isDynamic(size) ? 0 : size);
    }
    scans[i].shape.insert(scans[i].shape.begin(), iteration);
    results.push_back(std::move(scans[i]));
  }
  return results;
}

// Columns [first, first + count) of rows that are `width` wide.
Tensor columnsOf(const float *rows, int64_t count, int64_t width, int64_t first, int64_t columns) {
  Tensor result(DType::Float32, {count, columns});
  for (int64_t i = 0; i < count; ++i)
    std::copy_n(rows + i * width + first, columns, result.data<float>() + i * columns);
  return result;
}

// The states [B, H] of one direction after the step at a position in time.
Result<Frame::Shared> Frame::stepOf(graph::RecurrentOp op, int64_t direction, int64_t position, const Shared &states) {
  auto inputs = get(op.getInputs());
  int64_t batch = inputs->shape[1], width = inputs->shape[2], hidden = op.hidden();
  const float *row = inputs->data<float>() + position * batch * width;
  int64_t column = direction * op.allGates() * hidden;
  auto left = states.front();
  Shared kept, yielded;
  for (auto [phase, region] : llvm::enumerate(op.getPhases())) {
    auto weights = get(op.getWeights()[phase]);
    if (op.getBf16())
      weights = std::make_shared<Tensor>(convert(convert(*weights, DType::BFloat16), DType::Float32));
    int64_t gates = op.gates(phase), columns = gates * hidden;
    Tensor product(DType::Float32, {batch, columns});
    reference::gemm<float>(batch, columns, hidden, left->data<float>(), hidden,
                           weights->data<float>() + direction * hidden * columns, columns, product.data<float>(),
                           columns);
    Block &block = region.front();
    Frame frame(block, nullptr, /*elementwise=*/true);
    unsigned next = 0;
    for (int64_t gate = 0; gate < gates; ++gate, column += hidden)
      frame.set(block.getArgument(next++), columnsOf(row, batch, width, column, hidden));
    for (int64_t gate = 0; gate < gates; ++gate)
      frame.set(block.getArgument(next++), columnsOf(product.data<float>(), batch, columns, gate * hidden, hidden));
    for (const auto &value : llvm::concat<const std::shared_ptr<const Tensor>>(states, kept))
      frame.share(block.getArgument(next++), value);
    for (Value extra : op.getExtras())
      frame.set(block.getArgument(next++),
                columnsOf(get(extra)->data<float>() + direction * hidden, 1, hidden, 0, hidden));
    auto values = frame.run();
    if (!values)
      return values.error();
    yielded = std::move(*values);
    for (const auto &value : yielded)
      if (value->shape != std::vector<int64_t>{batch, hidden})
        return at(op, badInput("a phase gives " + reference::describeShape(value->shape)));
    if (phase + 1 < op.getPhases().size()) {
      left = yielded.front();
      kept.insert(kept.end(), yielded.begin() + 1, yielded.end());
    }
  }
  return yielded;
}

Result<std::vector<Tensor>> Frame::runRecurrent(graph::RecurrentOp op) {
  auto inputs = get(op.getInputs());
  int64_t steps = inputs->shape[0], batch = inputs->shape[1], hidden = op.hidden(), directions = op.directions();
  auto bad = [&](const std::string &what) { return at(op, badInput(what)); };
  if (inputs->dtype != DType::Float32 || inputs->shape[2] != directions * op.allGates() * hidden)
    return bad("the inputs are " + describeType(inputs->dtype, inputs->shape));
  for (Value value : op.getInitial())
    if (auto state = get(value); state->shape != std::vector<int64_t>{directions, batch, hidden})
      return bad("an initial state is " + reference::describeShape(state->shape));
  auto lengths = op.getLengths() ? get(op.getLengths()) : nullptr;
  if (lengths && lengths->numElements() != batch)
    return bad(std::to_string(lengths->numElements()) + " lengths for a batch of " + std::to_string(batch));

  std::vector<Tensor> results = reference::one(Tensor(DType::Float32, {steps, directions, batch, hidden}));
  for (Value value : op.getInitial())
    results.push_back(*get(value));
  int64_t plane = batch * hidden;
  for (int64_t direction = 0; direction < directions; ++direction)
    for (int64_t step = 0; step < steps; ++step) {
      int64_t position = op.getReversed()[direction] ? steps - 1 - step : step;
      Shared states;
      for (Tensor &last : llvm::drop_begin(results))
        states.push_back(
            std::make_shared<Tensor>(columnsOf(last.data<float>() + direction * plane, batch, hidden, 0, hidden)));
      auto after = stepOf(op, direction, position, states);
      if (!after)
        return after.error();
      for (int64_t row = 0; row < batch; ++row) {
        if (lengths && position >= lengths->data<int64_t>()[row])
          continue;
        for (auto [i, state] : llvm::enumerate(*after))
          std::copy_n(state->data<float>() + row * hidden, hidden,
                      results[1 + i].data<float>() + direction * plane + row * hidden);
        std::copy_n(after->front()->data<float>() + row * hidden, hidden,
                    results[0].data<float>() + (position * directions + direction) * plane + row * hidden);
      }
    }
  return results;
}

Result<std::vector<Tensor>> evaluateUnchecked(Operation *op, const std::vector<const Tensor *> &operands) {
  using namespace graph;
  Result<std::vector<Tensor>> results =
      llvm::TypeSwitch<Operation *, Result<std::vector<Tensor>>>(op)
          .Case<UnaryOp, BinaryOp, CompareOp, SelectOp, CastOp, BitCastOp, ConstantOp, ShapeOfOp, ReshapeOp, SqueezeOp,
                UnsqueezeOp, TransposeOp, ExpandOp, SliceOp, ConcatOp, GatherOp, GatherElementsOp, GatherNDOp,
                ScatterOp, PadOp, TileOp, RangeOp, NonZeroOp, MatmulOp, MatmulIntegerOp, ConvOp, ConvIntegerOp,
                ConvTransposeOp, ReduceOp, ArgReduceOp, SoftmaxOp, LayerNormOp, CumSumOp, TopKOp, PoolOp, ResizeOp,
                QuantizeOp, DequantizeOp, DynamicRangeOp, NonMaxSuppressionOp, RequireOp>(
              [&](auto node) { return reference::evaluateNode(node, operands); })
          .Default([](Operation *) -> Result<std::vector<Tensor>> {
            return unsupported("the reference evaluator does not know this operation");
          });
  if (!results)
    return at(op, results.error());
  return results;
}

} // namespace

Result<std::vector<Tensor>> evaluateOp(Operation *op, const std::vector<const Tensor *> &operands) {
  for (const Tensor *operand : operands)
    if (!operand || operand->dtype == DType::Undefined)
      return at(op, unsupported("an operand has no value of a supported element type"));
  for (Type type : op->getResultTypes())
    if (auto tensor = dyn_cast<RankedTensorType>(type);
        !tensor || graph::dtypeOf(tensor.getElementType()) == DType::Undefined)
      return at(op, unsupported("the element type of the result is not supported"));

  auto results = evaluateUnchecked(op, operands);
  if (!results)
    return results;
  for (auto [type, tensor] : llvm::zip(op->getResultTypes(), *results))
    if (!admits(cast<RankedTensorType>(type), tensor))
      return at(op, badInput("the result is " + describeType(tensor.dtype, tensor.shape) + ", but its type says " +
                             describe(cast<RankedTensorType>(type))));
  return results;
}

Result<std::vector<Tensor>> evaluate(func::FuncOp function, const std::vector<Tensor> &inputs) {
  if (function.isExternal())
    return badInput("function '" + function.getName().str() + "' has no body");
  Block &entry = function.getBody().front();
  if (inputs.size() != entry.getNumArguments())
    return badInput("the model takes " + std::to_string(entry.getNumArguments()) + " inputs, " +
                    std::to_string(inputs.size()) + " were given");
  Frame frame(entry, nullptr);
  for (auto [i, input] : llvm::enumerate(inputs)) {
    auto type = dyn_cast<RankedTensorType>(entry.getArgument(i).getType());
    auto name = function.getArgAttrOfType<StringAttr>(i, graph::kNameAttr);
    if (!type || !admits(type, input) ||
        input.bytes.size() != static_cast<size_t>(input.numElements()) * byteSize(input.dtype))
      return badInput("input " + (name ? "'" + name.getValue().str() + "'" : std::to_string(i)) + " is " +
                      describeType(input.dtype, input.shape) + ", the model takes " +
                      (type ? describe(type) : "no tensor"));
    // The caller owns the tensor and outlives the call.
    frame.share(entry.getArgument(i), std::shared_ptr<const Tensor>(std::shared_ptr<void>(), &input));
  }
  auto values = frame.run();
  if (!values)
    return values.error();
  std::vector<Tensor> results;
  for (const auto &value : *values)
    results.push_back(*value);
  return results;
}

} // namespace mlc
