#include "RandomNetwork.h"

#include "Graph/Constants.h"
#include "Graph/Inference.h"

#include <random>

using namespace mlir;
using namespace mlc::graph;

namespace mlc::test {
namespace {

class Network {
public:
  Network(OpBuilder &b, Location loc, unsigned seed, Value input) : b(b), loc(loc), random(seed) {
    images.push_back(input);
    images.push_back(conv(input, 4, 3, 1, 1));
  }

  void addOp() {
    Value x = pick();
    auto shape = tensorType(x).getShape();
    int64_t n = shape[0], c = shape[1], h = shape[2], w = shape[3], axis = number(0, 3);
    switch (number(0, 23)) {
    case 0:
    case 1:
      return push(conv(x, number(1, 3) * 2, 3, 1, 1));
    case 2:
      return push(conv(x, c, 3, 1, c)); // depthwise
    case 3:
      return push(conv(x, 4, 1, h > 3 && w > 3 ? 2 : 1, 1));
    case 4:
      return push(PoolOp::create(b, loc, PoolKind::Max, x, ints({3, 3}), ints({1, 1}), ints({1, 1, 1, 1}), ints({1, 1}),
                                 false, false, false));
    case 5:
      return push(ConvTransposeOp::create(b, loc, x, weights({c, 2, 2, 2}), Value(), ints({1, 1}), ints({1, 0, 0, 1}),
                                          ints({1, 1}), ints({0, 0}), 1, false));
    case 6:
      return push(unary(UnaryKind::Relu, x));
    case 7: // a partner of the same shape, or the value itself
      for (Value y : images)
        if (y != x && y.getType() == x.getType())
          return push(binary(BinaryKind::Add, x, y));
      return push(binary(BinaryKind::Mul, x, x));
    case 8:
      return push(binary(BinaryKind::Add, weights({c, 1, 1}), x));
    case 9:
      return push(binary(BinaryKind::Mul, x, weights({1, c, 1, 1})));
    case 10:
      return push(binary(BinaryKind::Sub, x, weights({h, w})));
    case 11: {
      Value condition = CompareOp::create(b, loc, CompareKind::Lt, x, weights({}));
      return push(SelectOp::create(b, loc, condition, x, weights({1, 1, 1, w})));
    }
    case 12:
      return push(ConcatOp::create(b, loc, ValueRange{x, x, unary(UnaryKind::Neg, x)}, axis));
    case 13: {
      Value pads = makeIndexConstant(b, loc, {1, 0, 0, 1});
      return push(PadOp::create(b, loc, x, pads, weights({}), {axis, (axis + 1) % 4}, PadMode::Constant));
    }
    case 14: {
      Value starts = makeIndexConstant(b, loc, {0}), ends = makeIndexConstant(b, loc, {shape[axis]}),
            steps = makeIndexConstant(b, loc, {2});
      return push(SliceOp::create(b, loc, x, starts, ends, steps, ints({axis})));
    }
    case 15: {
      Value sizes = makeIndexConstant(b, loc, {2 * h, w});
      return push(ResizeOp::create(b, loc, ResizeMode::Nearest, x, sizes, Value(), ints({2, 3}),
                                   CoordinateMode::Asymmetric, NearestMode::Floor, llvm::APFloat(-0.75f), false));
    }
    case 16:
      return push(binary(BinaryKind::Add, x,
                         unary(UnaryKind::Sign, ReduceOp::create(b, loc, ReduceKind::Sum, x, ints({2, 3}), true))));
    case 17: {
      Value reduced = ReduceOp::create(b, loc, ReduceKind::Max, x, ints({axis}), false);
      return push(UnsqueezeOp::create(b, loc, reduced, ints({number(0, 3)})));
    }
    case 18: {
      SmallVector<int64_t> perm{0, 1, 2, 3};
      std::shuffle(perm.begin(), perm.end(), random);
      return push(TransposeOp::create(b, loc, x, perm));
    }
    case 19: { // merges height and width, then splits them again
      Value merged = reshape(x, {n, c, -1});
      merged = unary(UnaryKind::Abs, merged);
      return push(reshape(merged, {0, c, h, w}));
    }
    case 20: { // channel shuffle
      if (c % 2)
        return;
      Value split = reshape(x, {0, 2, c / 2, h, w});
      Value turned = TransposeOp::create(b, loc, split, ints({0, 2, 1, 3, 4}));
      return push(reshape(turned, {n, -1, h, w}));
    }
    case 21: {
      Value one = gather(x, {}, axis), two = gather(x, {3}, axis), back = gather(x, {1, 2}, axis);
      results.push_back(two);
      results.push_back(back);
      return push(UnsqueezeOp::create(b, loc, one, ints({(axis + 1) % 4})));
    }
    case 22: {
      Value scale = weights({shape[axis]}, 1), zero = makeConstant(b, loc, Tensor(DType::Int8, {shape[axis]}));
      scale = unary(UnaryKind::Exp, binary(BinaryKind::Mul, scale, makeScalarConstant(b, loc, b.getF32Type(), 0)));
      Value q = QuantizeOp::create(b, loc, x, scale, zero, axis, 0);
      return push(DequantizeOp::create(b, loc, q, scale, zero, axis, 0));
    }
    case 23:
      return addResult(x, axis);
    }
  }

  SmallVector<Value> finish() {
    results.push_back(images.back());
    results.push_back(pick());
    return results;
  }

private:
  int64_t number(int64_t low, int64_t high) { return std::uniform_int_distribution<int64_t>(low, high)(random); }
  Value pick() { return images[images.size() - 1 - number(0, std::min<int64_t>(2, images.size() - 1))]; }
  static SmallVector<int64_t> ints(std::initializer_list<int64_t> values) { return values; }

  // Small numbers and small images only, so that sums stay exact and tests quick.
  void push(Value value) {
    if (tensorType(value).getNumElements() > 4096 || tensorType(value).getNumElements() == 0)
      return;
    Value low = makeScalarConstant(b, loc, b.getF32Type(), -8), high = makeScalarConstant(b, loc, b.getF32Type(), 8);
    images.push_back(binary(BinaryKind::Min, binary(BinaryKind::Max, value, low), high));
  }

  void addResult(Value x, int64_t axis) {
    switch (number(0, 5)) {
    case 0:
      return results.push_back(SoftmaxOp::create(b, loc, x, axis, false));
    case 1:
      return results.push_back(LayerNormOp::create(b, loc, x, weights({tensorType(x).getDimSize(3)}), Value(), 3,
                                                   llvm::APFloat(1e-3f), false));
    case 2:
      return results.push_back(ArgReduceOp::create(b, loc, ArgReduceKind::Max, x, axis, false, false));
    case 3:
      return results.push_back(CumSumOp::create(b, loc, x, axis, true, false));
    case 4: {
      auto shape = tensorType(x).getShape();
      Value sizes = makeIndexConstant(b, loc, {shape[0], shape[1], shape[2], shape[3]});
      Value expanded =
          ExpandOp::create(b, loc, ReduceOp::create(b, loc, ReduceKind::Sum, x, ints({axis}), true), sizes);
      return results.push_back(TileOp::create(b, loc, expanded, makeIndexConstant(b, loc, {1, 2, 1, 3})));
    }
    case 5:
      results.push_back(ShapeOfOp::create(b, loc, x, 1, 3));
      return results.push_back(
          ConcatOp::create(b, loc, ValueRange{x, unary(UnaryKind::Sqrt, unary(UnaryKind::Abs, x))}, axis));
    }
  }

  Value weights(std::vector<int64_t> shape, int64_t magnitude = 2) {
    Tensor tensor(DType::Float32, std::move(shape));
    for (int64_t i = 0; i < tensor.numElements(); ++i)
      tensor.data<float>()[i] = static_cast<float>(number(-magnitude, magnitude));
    return makeConstant(b, loc, tensor);
  }
  Value conv(Value x, int64_t out, int64_t kernel, int64_t stride, int64_t group) {
    int64_t c = tensorType(x).getDimSize(1), pad = kernel / 2;
    return ConvOp::create(b, loc, x, weights({out, c / group, kernel, kernel}), weights({out}), ints({stride, stride}),
                          ints({pad, pad, pad, pad}), ints({1, 1}), group, false);
  }
  Value unary(UnaryKind kind, Value x) {
    return UnaryOp::create(b, loc, kind, x, llvm::APFloat(0.0f), llvm::APFloat(0.0f));
  }
  Value binary(BinaryKind kind, Value x, Value y) { return BinaryOp::create(b, loc, kind, x, y); }
  Value reshape(Value x, std::initializer_list<int64_t> shape) {
    return ReshapeOp::create(b, loc, x, makeIndexConstant(b, loc, shape), false);
  }
  Value gather(Value x, std::vector<int64_t> shape, int64_t axis) {
    Tensor indices(DType::Int64, std::move(shape));
    for (int64_t i = 0; i < indices.numElements(); ++i)
      indices.data<int64_t>()[i] = number(0, tensorType(x).getDimSize(axis) - 1);
    return GatherOp::create(b, loc, x, makeConstant(b, loc, indices), axis);
  }

  OpBuilder &b;
  Location loc;
  std::mt19937 random;
  SmallVector<Value> images, results;
};

// Forgets sizes of the argument and infers all types again.
void makeDynamic(func::FuncOp function) {
  constexpr int64_t any = ShapedType::kDynamic;
  Value argument = function.getArgument(0);
  argument.setType(cast<RankedTensorType>(argument.getType()).clone({any, 4, any, any}));
  for (Operation &op : function.getBody().front()) {
    auto inferred = dyn_cast<InferTypeOpInterface>(&op);
    if (!inferred)
      continue;
    SmallVector<Type> types;
    if (succeeded(inferred.inferReturnTypes(op.getContext(), op.getLoc(), op.getOperands(), op.getAttrDictionary(),
                                            op.getPropertiesStorage(), op.getRegions(), types)))
      for (auto [result, type] : llvm::zip(op.getResults(), types))
        result.setType(type);
  }
}

} // namespace

OwningOpRef<ModuleOp> randomNetwork(MLIRContext &context, unsigned seed, bool dynamic) {
  context.loadDialect<GraphDialect, func::FuncDialect>();
  Location loc = UnknownLoc::get(&context);
  OwningOpRef<ModuleOp> module = ModuleOp::create(loc);
  OpBuilder b(&context);
  b.setInsertionPointToEnd(module->getBody());
  auto input = RankedTensorType::get({2, 4, 6, 6}, b.getF32Type());
  auto function = func::FuncOp::create(b, loc, "main", b.getFunctionType({input}, {}));
  b.setInsertionPointToStart(function.addEntryBlock());
  Network network(b, loc, seed, function.getArgument(0));
  for (int i = 0; i < 14; ++i)
    network.addOp();
  SmallVector<Value> results = network.finish();
  func::ReturnOp::create(b, loc, results);
  if (dynamic)
    makeDynamic(function);
  SmallVector<Type> types;
  for (Value result : results)
    types.push_back(result.getType());
  function.setFunctionType(b.getFunctionType({function.getArgument(0).getType()}, types));
  return module;
}

Tensor randomNetworkInput(unsigned seed) {
  std::mt19937 random(seed);
  Tensor tensor(DType::Float32, {2, 4, 6, 6});
  for (int64_t i = 0; i < tensor.numElements(); ++i)
    tensor.data<float>()[i] = static_cast<float>(std::uniform_int_distribution<int>(-2, 2)(random));
  return tensor;
}

} // namespace mlc::test
