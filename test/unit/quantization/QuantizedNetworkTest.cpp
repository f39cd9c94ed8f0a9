// One network through all quantization passes: how far each form is from f32, and from the form before it.
#include "Calibration/Calibrate.h"
#include "Graph/Constants.h"
#include "Reference/Evaluate.h"
#include "passes/Precision/Layers.h"
#include "passes/Precision/PrecisionSwitch.h"
#include "passes/QuantizeDynamic/QuantizeDynamic.h"
#include "passes/QuantizeStatic/QuantizeStatic.h"

#include "mlir/IR/Verifier.h"
#include "mlir/Pass/PassManager.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <random>

using namespace mlc;

namespace {
constexpr const char *kNetwork = R"(
func.func @main(%x: tensor<?x4x8x8xf32>, %w1: tensor<8x4x3x3xf32>, %b1: tensor<8xf32>, %wd: tensor<8x1x3x3xf32>,
                %wt: tensor<8x6x2x2xf32>, %bt: tensor<6xf32>, %wm: tensor<10x5xf32>) -> tensor<?x10x8x5xf32> {
  %c1 = graph.conv %x, %w1, %b1 {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<?x4x8x8xf32>, tensor<8x4x3x3xf32>, tensor<8xf32>) -> tensor<?x8x8x8xf32>
  %r1 = graph.unary relu %c1 : (tensor<?x8x8x8xf32>) -> tensor<?x8x8x8xf32>
  %cd = graph.conv %r1, %wd {strides = array<i64: 2, 2>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, group = 8 : i64} : (tensor<?x8x8x8xf32>, tensor<8x1x3x3xf32>) -> tensor<?x8x4x4xf32>
  %h = graph.unary hard_swish %cd : (tensor<?x8x4x4xf32>) -> tensor<?x8x4x4xf32>
  %t = graph.conv_transpose %h, %wt, %bt {strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, output_padding = array<i64: 0, 0>, group = 1 : i64} : (tensor<?x8x4x4xf32>, tensor<8x6x2x2xf32>, tensor<6xf32>) -> tensor<?x6x8x8xf32>
  %k = graph.concat %t, %x {axis = 1 : i64} : (tensor<?x6x8x8xf32>, tensor<?x4x8x8xf32>) -> tensor<?x10x8x8xf32>
  %p = graph.transpose %k {perm = array<i64: 0, 2, 3, 1>} : (tensor<?x10x8x8xf32>) -> tensor<?x8x8x10xf32>
  %m = graph.matmul %p, %wm : (tensor<?x8x8x10xf32>, tensor<10x5xf32>) -> tensor<?x8x8x5xf32>
  %s = graph.reduce mean %m {axes = array<i64: 1>, keepdims} : (tensor<?x8x8x5xf32>) -> tensor<?x1x8x5xf32>
  %n = graph.constant dense<0.0> : tensor<1x10x1x1xf32>
  %y = graph.binary add %s, %n : (tensor<?x1x8x5xf32>, tensor<1x10x1x1xf32>) -> tensor<?x10x8x5xf32>
  return %y : tensor<?x10x8x5xf32>
})";

Tensor random(std::mt19937 &generator, llvm::ArrayRef<int64_t> shape) {
  Tensor tensor(DType::Float32, std::vector<int64_t>(shape.begin(), shape.end()));
  std::normal_distribution<float> normal;
  for (int64_t i = 0; i < tensor.numElements(); ++i)
    tensor.data<float>()[i] = normal(generator);
  return tensor;
}

struct Network {
  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  Tensor input;

  Network() : context(mlir::MLIRContext::Threading::DISABLED) {
    context.loadDialect<graph::GraphDialect, mlir::func::FuncDialect>();
    module = mlir::parseSourceString<mlir::ModuleOp>(kNetwork, &context);
    REQUIRE(module);
    // All arguments but the first become random constants.
    std::mt19937 generator(7);
    auto main = function();
    mlir::OpBuilder builder(&context);
    builder.setInsertionPointToStart(&main.getBody().front());
    for (mlir::BlockArgument argument : main.getArguments().drop_front()) {
      auto type = llvm::cast<mlir::RankedTensorType>(argument.getType());
      argument.replaceAllUsesWith(graph::makeConstant(builder, main.getLoc(), random(generator, type.getShape())));
    }
    llvm::BitVector weights(main.getNumArguments(), true);
    weights.reset(0);
    REQUIRE(mlir::succeeded(main.eraseArguments(weights)));
    input = random(generator, {3, 4, 8, 8});
  }
  mlir::func::FuncOp function() { return module->lookupSymbol<mlir::func::FuncOp>("main"); }
  Tensor run(mlir::ModuleOp of, size_t output = 0) {
    auto outputs = evaluate(of.lookupSymbol<mlir::func::FuncOp>("main"), {input});
    INFO((outputs ? "" : outputs.error().message));
    REQUIRE(outputs);
    return (*outputs)[output];
  }
  Tensor run() { return run(*module); }
  void apply(std::unique_ptr<mlir::Pass> pass) {
    mlir::PassManager manager(&context);
    if (pass->getOpName() == mlir::func::FuncOp::getOperationName())
      manager.addNestedPass<mlir::func::FuncOp>(std::move(pass));
    else
      manager.addPass(std::move(pass));
    REQUIRE(mlir::succeeded(manager.run(*module)));
  }
  template <typename Op> int count() {
    int n = 0;
    module->walk([&](Op) { ++n; });
    return n;
  }
  void calibrateByInput() {
    auto values = valuesToCalibrate(*module, {});
    TappedModule tapped = onlyTaps(*module, values);
    std::vector<TensorStatistics> statistics(values.size());
    for (size_t i = 0; i < values.size(); ++i)
      REQUIRE(statistics[i].add(run(*tapped.module, i)));
    annotateRanges(values, statistics, calibrators().front());
  }
};

double relativeError(const Tensor &expected, const Tensor &actual) {
  REQUIRE(expected.shape == actual.shape);
  double difference = 0, norm = 0;
  for (int64_t i = 0; i < expected.numElements(); ++i) {
    double e = expected.data<float>()[i], a = actual.data<float>()[i];
    difference += (e - a) * (e - a);
    norm += e * e;
  }
  return std::sqrt(difference / norm);
}
} // namespace

TEST_CASE("static quantization is near f32, and its integer form near its QDQ form") {
  Network network;
  Tensor real = network.run();
  network.calibrateByInput();
  QuantizationReport report;
  network.apply(createQuantizeStatic({}, &report));
  REQUIRE(report.nodes.size() == 4);
  for (const QuantizationDecision &node : report.nodes)
    CHECK(node.decision == "int8");
  Tensor quantized = network.run();
  double error = relativeError(real, quantized);
  CHECK(error < 0.03);
  CHECK(error > 1e-5); // something was quantized

  network.apply(createLowerQuantization());
  CHECK(network.count<graph::ConvIntegerOp>() == 2);
  CHECK(network.count<graph::MatmulIntegerOp>() == 2); // the transposed convolution is one
  CHECK(network.count<graph::ConvOp>() + network.count<graph::ConvTransposeOp>() + network.count<graph::MatmulOp>() ==
        0);
  // Ties between two quantized values may fall differently, nothing else.
  CHECK(relativeError(quantized, network.run()) < 0.003);
}

TEST_CASE("dynamic quantization is near f32, and its integer form near its QDQ form") {
  Network network;
  Tensor real = network.run();
  network.apply(createQuantizeDynamic({}, nullptr));
  CHECK(network.count<graph::DynamicRangeOp>() == 4);
  Tensor quantized = network.run();
  CHECK(relativeError(real, quantized) < 0.03);
  network.apply(createLowerQuantization());
  CHECK(network.count<graph::ConvOp>() + network.count<graph::ConvTransposeOp>() + network.count<graph::MatmulOp>() ==
        0);
  CHECK(relativeError(quantized, network.run()) < 0.003);
}

TEST_CASE("the switch of precisions computes what the passes make of each mix") {
  using enum Precision;
  for (bool dynamic : {false, true}) {
    for (const std::vector<Precision> &mix : {std::vector{F32, F32, F32, F32}, std::vector{Int8, Int8, Int8, Int8},
                                              std::vector{Int8, F32, F32, Int8}, std::vector{F32, Int8, BF16, BF16}}) {
      Network network;
      Tensor real = network.run();
      if (!dynamic)
        network.calibrateByInput();
      PrecisionSwitch every = withPrecisionSwitch(*network.module, dynamic);
      REQUIRE(mlir::succeeded(mlir::verify(*every.module)));
      REQUIRE(every.layers.size() == 4);
      CHECK(every.hasBf16 == std::vector{true, false, false, true});
      Tensor choice(DType::Int64, {4});
      for (size_t i = 0; i < mix.size(); ++i)
        choice.data<int64_t>()[i] = static_cast<int64_t>(mix[i]);
      // Integer kernels too: the selects must not be in their way.
      mlir::PassManager lower(&network.context);
      lower.addNestedPass<mlir::func::FuncOp>(createLowerQuantization());
      REQUIRE(mlir::succeeded(lower.run(*every.module)));
      auto switched = evaluate(every.module->lookupSymbol<mlir::func::FuncOp>("main"), {network.input, choice});
      REQUIRE(switched);

      for (auto [layer, precision] : llvm::zip(layersOf(*network.module), mix))
        setPrecision(layer.op, precisionName(precision == BF16 ? F32 : precision));
      QuantizationReport report;
      if (dynamic)
        network.apply(createQuantizeDynamic({}, &report));
      else
        network.apply(createQuantizeStatic({/*skipDepthwise=*/false, /*shareQuantized=*/false}, &report));
      double error = relativeError(network.run(), switched->front());
      INFO((dynamic ? "dynamic" : "static")
           << ", error " << error << " where the mix itself has " << relativeError(real, network.run()));
      bool hasBf16 = llvm::is_contained(mix, BF16);
      CHECK(error < (hasBf16 ? 0.01 : 0.003));
    }
  }
}

TEST_CASE("a sensitivity probe tells what each layer loses alone and in the compressed model") {
  Network network;
  Tensor real = network.run();
  network.calibrateByInput();
  std::vector<Layer> layers = layersOf(*network.module);
  for (const Layer &layer : layers)
    setPrecision(layer.op, "int8");
  setPrecision(layers[2].op, "f32"); // the transposed convolution
  SensitivityProbe probe = withSensitivityProbe(*network.module, /*dynamic=*/false);
  REQUIRE(mlir::succeeded(mlir::verify(*probe.module)));
  CHECK(probe.layers.size() == 3);
  QuantizationReport report;
  mlir::PassManager manager(&network.context);
  manager.addPass(createQuantizeStatic({false, false}, &report));
  REQUIRE(mlir::succeeded(manager.run(*probe.module)));
  auto results = evaluate(probe.module->lookupSymbol<mlir::func::FuncOp>("main"), {network.input});
  REQUIRE(results);
  REQUIRE(results->size() == 2);
  const float *table = results->back().data<float>();
  for (int layer = 0; layer < 3; ++layer) {
    INFO("layer " << layer << ": " << table[3 * layer] << " " << table[3 * layer + 1] << " " << table[3 * layer + 2]);
    CHECK(table[3 * layer] > 1);
    CHECK(table[3 * layer + 1] > 0);
    CHECK(table[3 * layer + 1] < 1e-3 * table[3 * layer]);
  }
  // The first layer reads exact inputs in the compressed model too; the last one reads what the others lost.
  CHECK(table[1] == Approx(table[2]).epsilon(1e-3));
  CHECK(table[8] > table[7]);
  // The model's own result is the compressed one.
  network.apply(createQuantizeStatic({false, false}, &report));
  CHECK(relativeError(network.run(), results->front()) < 0.003);
}
