#include "Graph/Constants.h"
#include "Graph/Graph.h"
#include "Graph/WeightStore.h"
#include "Support/DTypeConversion.h"
#include "passes/Passes.h"

using namespace mlir;

namespace mlc {
#define GEN_PASS_DEF_FOLDAFFINE
#include "passes/Passes.h.inc"

namespace {

using graph::BinaryKind;
using graph::BinaryOp;

bool isFoldableType(Type elementType) { return elementType.isF16() || elementType.isF32() || elementType.isF64(); }

RankedTensorType typeOf(Value value) { return cast<RankedTensorType>(value.getType()); }

std::vector<double> doubles(const Tensor &tensor) {
  std::vector<double> values(tensor.numElements());
  toDouble(tensor, 0, tensor.numElements(), values.data());
  return values;
}

Tensor fromDoubles(DType dtype, std::vector<int64_t> shape, const std::vector<double> &values) {
  Tensor wide(DType::Float64, std::move(shape));
  std::copy(values.begin(), values.end(), wide.data<double>());
  return convert(wide, dtype);
}

bool allFinite(const Tensor &tensor) {
  return llvm::all_of(doubles(tensor), [](double value) { return std::isfinite(value); });
}

// y = scale * x + offset, one of each for every channel.
struct Affine {
  std::vector<double> scale, offset;

  explicit Affine(int64_t channels) : scale(channels, 1.0), offset(channels, 0.0) {}

  bool scales() const {
    return llvm::any_of(scale, [](double value) { return value != 1.0; });
  }
  bool isUsable() const {
    return llvm::all_of(scale, [](double value) { return std::isfinite(value) && value != 0.0; }) &&
           llvm::all_of(offset, [](double value) { return std::isfinite(value); });
  }
};

// The constant operand of `op`, whose other operand is `input`; null where there is none.
Value constantOperand(BinaryOp op, Value input) {
  Value other = op.getLhs() == input ? op.getRhs() : op.getLhs();
  return other != input && graph::constantOf(other) ? other : Value();
}

// Appends `op`, applied to `input`, to the affine map; false where it is none.
bool append(Affine &affine, BinaryOp op, Value input, int64_t channel) {
  int64_t channels = static_cast<int64_t>(affine.scale.size());
  Value constant = constantOperand(op, input);
  RankedTensorType type = typeOf(input);
  if (!constant || typeOf(op.getOutput()).getRank() != type.getRank())
    return false;
  auto values = graph::constantPerChannel(constant, type.getRank(), channel, channels);
  if (!values)
    return false;
  bool inputFirst = op.getLhs() == input;
  for (int64_t i = 0; i < channels; ++i) {
    double value = (*values)[i], &scale = affine.scale[i], &offset = affine.offset[i];
    switch (op.getKind()) {
    case BinaryKind::Mul:
      scale *= value;
      offset *= value;
      break;
    case BinaryKind::Div:
      if (!inputFirst)
        return false;
      scale /= value;
      offset /= value;
      break;
    case BinaryKind::Add:
      offset += value;
      break;
    case BinaryKind::Sub:
      scale = inputFirst ? scale : -scale;
      offset = inputFirst ? offset - value : value - offset;
      break;
    default:
      return false;
    }
  }
  return true;
}

// The longest chain of single users of `value` that is an affine map of each channel.
struct Chain {
  Affine affine;
  SmallVector<BinaryOp> ops;

  Chain(Value value, int64_t channel, int64_t channels) : affine(channels) {
    while (value.hasOneUse()) {
      auto op = dyn_cast<BinaryOp>(*value.user_begin());
      Affine next = affine;
      if (!op || op->getBlock() != value.getParentBlock() || !append(next, op, value, channel) || !next.isUsable())
        return;
      affine = std::move(next);
      ops.push_back(op);
      value = op.getOutput();
    }
  }
};

// Weights scaled along the dimension that holds the output channels; `channelOf` names an element's channel.
std::optional<Tensor> scaled(const Tensor &weights, const Affine &affine,
                             llvm::function_ref<int64_t(int64_t)> channelOf) {
  std::vector<double> values = doubles(weights);
  for (int64_t i = 0; i < static_cast<int64_t>(values.size()); ++i)
    values[i] *= affine.scale[channelOf(i)];
  Tensor result = fromDoubles(weights.dtype, weights.shape, values);
  if (!allFinite(result))
    return std::nullopt;
  return result;
}

struct FoldAffinePass : impl::FoldAffineBase<FoldAffinePass> {
  using FoldAffineBase::FoldAffineBase;

  void runOnOperation() override {
    SmallVector<Operation *> contractions;
    getOperation().walk([&](Operation *op) {
      if (isa<graph::ConvOp, graph::ConvTransposeOp, graph::MatmulOp>(op))
        contractions.push_back(op);
    });
    for (Operation *op : contractions) {
      if (auto conv = dyn_cast<graph::ConvOp>(op))
        foldIntoConvolution(conv);
      else if (auto transposed = dyn_cast<graph::ConvTransposeOp>(op))
        foldIntoConvolution(transposed);
      else
        foldIntoMatmul(cast<graph::MatmulOp>(op));
    }

    // Heads before tails: the walk is in order, and a chain is taken from its first link.
    SmallVector<BinaryOp> binaries;
    getOperation().walk([&](BinaryOp op) { binaries.push_back(op); });
    DenseSet<Operation *> gone;
    for (BinaryOp op : binaries)
      if (!gone.contains(op))
        mergeChain(op, gone);
    for (BinaryOp op : llvm::reverse(binaries))
      if (gone.contains(op))
        op.erase();
    getOperation().walk([](graph::ConstantOp op) {
      if (op->use_empty())
        op.erase();
    });
    graph::WeightStore::of(&getContext()).collect(getOperation());
  }

  template <typename Op> void foldIntoConvolution(Op op) {
    if (!isFoldableType(typeOf(op.getOutput()).getElementType()) || !graph::constantOf(op.getWeights()) ||
        (op.getBias() && !graph::constantOf(op.getBias())))
      return;
    bool transposed = std::is_same_v<Op, graph::ConvTransposeOp>;
    RankedTensorType weightsType = typeOf(op.getWeights());
    int64_t group = op.getGroup(), rank = weightsType.getRank();
    int64_t channels = transposed ? weightsType.getDimSize(1) * group : weightsType.getDimSize(0);
    Chain chain(op.getOutput(), op.getChannelsLast() ? rank - 1 : 1, channels);
    if (chain.ops.empty())
      return;

    Tensor old = *graph::constantTensor(op.getWeights());
    std::optional<Tensor> weights;
    if (chain.affine.scales()) {
      if (!op.getWeights().hasOneUse())
        return;
      int64_t kernel = 1;
      for (int64_t size : weightsType.getShape().drop_front(2))
        kernel *= size;
      int64_t perGroup = weightsType.getDimSize(1), inputs = weightsType.getDimSize(0) / group;
      weights = scaled(old, chain.affine, [&](int64_t i) {
        if (!transposed)
          return i / (kernel * perGroup);
        // [C, M/group, kernel]: input channel c belongs to group c / (C/group).
        return i / (kernel * perGroup) / inputs * perGroup + i / kernel % perGroup;
      });
      if (!weights)
        return;
    }
    std::vector<double> bias = chain.affine.offset;
    if (op.getBias()) {
      std::vector<double> before = doubles(*graph::constantTensor(op.getBias()));
      for (int64_t i = 0; i < channels; ++i)
        bias[i] += before[i] * chain.affine.scale[i];
    }
    Tensor newBias = fromDoubles(old.dtype, {channels}, bias);
    if (!allFinite(newBias))
      return;

    OpBuilder builder(op);
    if (weights)
      op.getWeightsMutable().assign(graph::makeConstant(builder, op.getWeights().getLoc(), *weights).getOutput());
    if (op.getBias() || llvm::any_of(bias, [](double value) { return value != 0.0; }))
      op.getBiasMutable().assign(graph::makeConstant(builder, op.getLoc(), newBias).getOutput());
    replaceChain(chain, op.getOutput());
  }

  // matmul(a, w) * s + t is matmul(a, w * s) + t.
  void foldIntoMatmul(graph::MatmulOp op) {
    RankedTensorType weightsType = typeOf(op.getRhs());
    if (!isFoldableType(weightsType.getElementType()) || !graph::constantOf(op.getRhs()) || weightsType.getRank() < 2 ||
        typeOf(op.getLhs()).getRank() < 2)
      return;
    int64_t rank = typeOf(op.getOutput()).getRank(), channels = weightsType.getShape().back();
    Chain chain(op.getOutput(), rank - 1, channels);
    bool adds = llvm::any_of(chain.affine.offset, [](double value) { return value != 0.0; });
    if (chain.ops.empty() || (chain.ops.size() == 1 && !chain.affine.scales()))
      return;
    std::optional<Tensor> weights;
    if (chain.affine.scales()) {
      if (!op.getRhs().hasOneUse())
        return;
      weights = scaled(*graph::constantTensor(op.getRhs()), chain.affine, [&](int64_t i) { return i % channels; });
      if (!weights)
        return;
    }
    DType dtype = graph::dtypeOf(weightsType.getElementType());
    Tensor term = fromDoubles(dtype, {channels}, chain.affine.offset);
    if (!allFinite(term))
      return;
    OpBuilder builder(op);
    if (weights)
      op.getRhsMutable().assign(graph::makeConstant(builder, op.getRhs().getLoc(), *weights).getOutput());
    if (!adds)
      return replaceChain(chain, op.getOutput());
    BinaryOp last = chain.ops.back();
    builder.setInsertionPoint(last);
    Value constant = graph::makeConstant(builder, last.getLoc(), term);
    // The first link becomes the one addition; the result keeps its type.
    auto sum = BinaryOp::create(builder, last.getLoc(), last.getType(), BinaryKind::Add, op.getOutput(), constant);
    last.getOutput().replaceAllUsesWith(sum.getOutput());
    eraseChain(chain);
  }

  void replaceChain(Chain &chain, Value value) {
    Value end = chain.ops.back().getOutput();
    value.setType(end.getType());
    end.replaceAllUsesWith(value);
    eraseChain(chain);
  }

  void eraseChain(Chain &chain) {
    folded += chain.ops.size();
    for (BinaryOp op : llvm::reverse(chain.ops))
      op.erase();
  }

  static bool isFactor(BinaryKind kind) { return kind == BinaryKind::Mul || kind == BinaryKind::Div; }
  static bool isTerm(BinaryKind kind) { return kind == BinaryKind::Add || kind == BinaryKind::Sub; }

  // x * c1 / c2 … or x + c1 - c2 … with constants of one element becomes one op.
  void mergeChain(BinaryOp first, DenseSet<Operation *> &gone) {
    if (!isFoldableType(typeOf(first.getOutput()).getElementType()) ||
        !(isFactor(first.getKind()) || isTerm(first.getKind())))
      return;
    Value input = graph::constantOf(first.getLhs()) ? first.getRhs() : first.getLhs();
    double total = isFactor(first.getKind()) ? 1.0 : 0.0;
    SmallVector<BinaryOp> chain;
    for (Value value = input;;) {
      BinaryOp op = chain.empty() ? first : nullptr;
      if (!op && value.hasOneUse())
        op = dyn_cast<BinaryOp>(*value.user_begin());
      if (!op || op->getBlock() != first->getBlock() || isFactor(op.getKind()) != isFactor(first.getKind()) ||
          isTerm(op.getKind()) != isTerm(first.getKind()))
        break;
      Value constant = constantOperand(op, value);
      auto scalar = constant ? graph::constantScalar(constant) : std::nullopt;
      bool inverse = op.getKind() == BinaryKind::Div || op.getKind() == BinaryKind::Sub;
      if (!scalar || typeOf(constant).getRank() > typeOf(value).getRank() || (inverse && op.getLhs() != value))
        break;
      switch (op.getKind()) {
      case BinaryKind::Mul:
        total *= *scalar;
        break;
      case BinaryKind::Div:
        total /= *scalar;
        break;
      case BinaryKind::Add:
        total += *scalar;
        break;
      default:
        total -= *scalar;
      }
      chain.push_back(op);
      value = op.getOutput();
    }
    if (chain.size() < 2)
      return;
    BinaryOp last = chain.back();
    DType dtype = graph::dtypeOf(typeOf(first.getOutput()).getElementType());
    Tensor merged = fromDoubles(dtype, {}, {total});
    if (!allFinite(merged) || (isFactor(first.getKind()) && doubles(merged)[0] == 0.0))
      return;
    OpBuilder builder(last);
    Value constant = graph::makeConstant(builder, last.getLoc(), merged);
    auto op = BinaryOp::create(builder, last.getLoc(), last.getType(),
                               isFactor(first.getKind()) ? BinaryKind::Mul : BinaryKind::Add, input, constant);
    last.getOutput().replaceAllUsesWith(op.getOutput());
    folded += chain.size() - 1;
    gone.insert(chain.begin(), chain.end());
  }
};

} // namespace
} // namespace mlc
