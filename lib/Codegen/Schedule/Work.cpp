#include "Codegen/Schedule/Work.h"
#include "Lowering/Groups.h"
#include "Lowering/Kernel.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;

namespace mlc::codegen {
namespace {

// Operations of one division, root or remainder, and of one polynomial with its range reduction.
constexpr int64_t kDivision = 4, kFunction = 16;
// Of one element of a row: three passes with a function in one of them; three passes of sums and products; a maximum,
// a rounded product and a sum.
constexpr int64_t kSoftmax = kFunction + 4, kLayerNorm = 8, kQuantize = 6;

int64_t costOf(Operation &op) {
  if (isa<arith::ConstantOp, UnrealizedConversionCastOp, linalg::IndexOp, linalg::YieldOp, kernel::YieldOp,
          tensor::ExtractOp>(op))
    return 0;
  if (llvm::all_of(op.getResultTypes(), [](Type type) { return type.isIndex(); }))
    return 0;
  if (isa<arith::DivFOp, arith::DivSIOp, arith::DivUIOp, arith::RemFOp, arith::RemSIOp, arith::RemUIOp, math::SqrtOp>(
          op))
    return kDivision;
  if (isa<math::AbsFOp, math::AbsIOp, math::FloorOp, math::CeilOp, math::RoundEvenOp>(op))
    return 1;
  if (isa<math::FmaOp>(op))
    return 2;
  return isa<math::MathDialect>(op.getDialect()) ? kFunction : 1;
}

int64_t costOf(Block &body) {
  int64_t sum = 0;
  for (Operation &op : body)
    sum += costOf(op);
  return sum;
}

class Reader {
public:
  explicit Reader(func::FuncOp kernel) : kernel_(kernel) {
    for (BlockArgument argument : kernel.getArguments())
      if (isa<RankedTensorType>(argument.getType()))
        tensors_.push_back(argument);
  }

  Work read() {
    for (Operation &op : kernel_.front()) {
      if (auto attention = lowering::findAttention(&op)) {
        addAttention(*attention);
        break;
      }
      if (auto generic = dyn_cast<linalg::GenericOp>(op))
        addOperations(costOf(*generic.getBlock()), loops(generic));
      else
        addStructured(&op);
    }
    addBytes();
    return work_;
  }

private:
  using Dims = SmallVector<std::pair<unsigned, unsigned>>;

  unsigned destination() const { return tensors_.size() - 1; }
  static RankedTensorType typeOf(Value tensor) { return cast<RankedTensorType>(tensor.getType()); }

  // Of a value of the kernel: its argument, or, where it only passes between two ops, the destination.
  unsigned argumentOf(Value tensor) const {
    auto found = llvm::find(tensors_, tensor);
    return found == tensors_.end() ? destination() : found - tensors_.begin();
  }

  Dims allDims(unsigned argument) const {
    Dims dims;
    for (int64_t d = 0; d < typeOf(tensors_[argument]).getRank(); ++d)
      dims.emplace_back(argument, d);
    return dims;
  }

  static void add(SmallVector<WorkTerm> &terms, int64_t factor, Dims dims) {
    if (factor > 0)
      terms.push_back({factor, std::move(dims)});
  }
  void addOperations(int64_t factor, Dims dims) { add(work_.operations, factor, std::move(dims)); }

  // The iteration space: each loop's extent as a dimension of an operand that it runs through.
  Dims loops(linalg::GenericOp op) {
    Dims dims;
    SmallVector<bool> known(op.getNumLoops());
    for (OpOperand &operand : op->getOpOperands())
      for (auto [position, expr] : llvm::enumerate(op.getMatchingIndexingMap(&operand).getResults())) {
        auto dim = dyn_cast<AffineDimExpr>(expr);
        if (!dim || known[dim.getPosition()])
          continue;
        // An input that the kernel makes itself has no argument.
        if (!llvm::is_contained(tensors_, operand.get()) && op.isDpsInput(&operand))
          continue;
        known[dim.getPosition()] = true;
        dims.emplace_back(argumentOf(operand.get()), position);
      }
    return dims;
  }

  void addStructured(Operation *op) {
    Dims out = allDims(destination());
    auto outTimes = [&](int64_t factor) { addOperations(factor, out); };
    if (auto matmul = dyn_cast<kernel::MatmulOp>(op)) {
      out.emplace_back(argumentOf(matmul.getLhs()), typeOf(matmul.getLhs()).getRank() - 1);
      outTimes(2);
    } else if (auto matmul = dyn_cast<kernel::BlockMatmulOp>(op)) {
      outTimes(2 * matmul.getDepth());
    } else if (auto quantize = dyn_cast<kernel::QuantizeBlocksOp>(op)) {
      addOperations(kQuantize, allDims(argumentOf(quantize.getInput())));
    } else if (auto conv = dyn_cast<kernel::ConvOp>(op)) {
      unsigned dimension = conv.getChannelsFirst() ? 1 : 3;
      int64_t channels = typeOf(conv.getInput()).getDimSize(dimension);
      bool known = !ShapedType::isDynamic(channels);
      if (!known)
        out.emplace_back(argumentOf(conv.getInput()), dimension);
      outTimes(std::max<int64_t>(1, 2 * conv.getKernel()[0] * conv.getKernel()[1] * (known ? channels : 1) /
                                        static_cast<int64_t>(conv.getGroup())));
    } else if (auto winograd = dyn_cast<kernel::WinogradOp>(op)) {
      // 36 products for 16 outputs, and about 144 operations of the transform for a tile's channel.
      outTimes((2 * kernel::WinogradOp::kPlanes * winograd.getInput().getType().getDimSize(3) + 144) / 16);
    } else if (auto depthwise = dyn_cast<kernel::DepthwiseOp>(op)) {
      ArrayRef<int64_t> window = typeOf(depthwise.getWeights()).getShape();
      outTimes(2 * window[0] * window[1]);
    } else if (auto pool = dyn_cast<kernel::PoolOp>(op)) {
      outTimes(pool.getKernel()[0] * pool.getKernel()[1]);
    } else if (isa<kernel::SoftmaxOp>(op)) {
      outTimes(kSoftmax);
    } else if (isa<kernel::LayerNormOp>(op)) {
      outTimes(kLayerNorm);
    } else if (auto recurrent = dyn_cast<kernel::RecurrentOp>(op)) {
      int64_t each = 0; // of a hidden unit in a step
      for (auto [i, phase] : llvm::enumerate(recurrent.getPhases()))
        each += 2 * recurrent.hidden() * recurrent.gates(i) + costOf(phase.front());
      unsigned inputs = argumentOf(recurrent.getInputs());
      addOperations(each * recurrent.hidden() * recurrent.getReversed().size(), {{inputs, 0}, {inputs, 1}});
    }
  }

  void addAttention(lowering::Attention &attention) {
    unsigned queries = argumentOf(attention.scores.getLhs()), keys = argumentOf(attention.scores.getRhs());
    Dims each = allDims(queries); // of the scores
    each.back() = {keys, typeOf(tensors_[keys]).getRank() - 1};
    addOperations(2 * attention.depth() + 2 * attention.width() + kSoftmax, each);
    if (attention.between)
      addOperations(costOf(*attention.between.getBlock()), each);
    if (attention.epilogue)
      addOperations(costOf(*attention.epilogue.getBlock()), allDims(destination()));
  }

  // What is read at computed places, a table for example, counts by the reads.
  void addBytes() {
    llvm::DenseMap<Value, int64_t> reads;
    kernel_.walk([&](tensor::ExtractOp extract) { ++reads[extract.getTensor()]; });
    for (auto [i, tensor] : llvm::enumerate(tensors_)) {
      int64_t size = std::max<int64_t>(1, typeOf(tensor).getElementTypeBitWidth() / 8);
      auto found = reads.find(tensor);
      if (found == reads.end())
        add(work_.bytes, size, allDims(i));
      else
        add(work_.bytes, size * found->second, allDims(destination()));
    }
  }

  func::FuncOp kernel_;
  SmallVector<Value> tensors_;
  Work work_;
};

} // namespace

int64_t scratchBytesOf(func::FuncOp kernel) {
  int64_t bytes = 0;
  for (Operation &op : kernel.front()) {
    if (auto winograd = dyn_cast<kernel::WinogradOp>(op))
      bytes = winograd.scratchBytes();
    else if (auto recurrent = dyn_cast<kernel::RecurrentOp>(op))
      bytes = recurrent.scratchBytes();
    else if (auto attention = lowering::findAttention(&op))
      bytes = attention->scratchBytes();
  }
  return (bytes + 63) / 64 * 64;
}

Work workOf(func::FuncOp kernel) { return Reader(kernel).read(); }

} // namespace mlc::codegen
