// Graphs written as ONNX, read back, and evaluated: the answers are the same to the bit.
#include "Export/Export.h"
#include "Import/Import.h"
#include "Reference/Evaluate.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <filesystem>
#include <unistd.h>

using namespace mlc;

namespace {
struct File {
  std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("mlc-export-" + std::to_string(getpid()) + ".onnx");
  ~File() { std::filesystem::remove(path); }
};

struct Graph {
  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;

  explicit Graph(const std::string &text) : context(mlir::MLIRContext::Threading::DISABLED) {
    context.loadDialect<graph::GraphDialect, mlir::func::FuncDialect>();
    module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
    REQUIRE(module);
  }
  std::vector<Tensor> run(mlir::ModuleOp of, const std::vector<Tensor> &inputs) {
    auto outputs = evaluate(of.lookupSymbol<mlir::func::FuncOp>("main"), inputs);
    INFO((outputs ? "" : outputs.error().message));
    REQUIRE(outputs);
    return std::move(*outputs);
  }
  void roundTrip(const std::vector<Tensor> &inputs) {
    File file;
    auto written = exportOnnx(*module, file.path.string(), "1.2");
    INFO((written ? "" : written.error().message));
    REQUIRE(written);
    auto read = importModel(context, file.path.string());
    INFO((read ? "" : read.error().message));
    REQUIRE(read);
    auto expected = run(*module, inputs), actual = run(**read, inputs);
    REQUIRE(expected.size() == actual.size());
    for (size_t i = 0; i < expected.size(); ++i) {
      INFO("output " << i);
      CHECK(expected[i].dtype == actual[i].dtype);
      CHECK(expected[i].shape == actual[i].shape);
      CHECK(expected[i].bytes == actual[i].bytes);
    }
  }
};

Tensor ramp(std::vector<int64_t> shape) {
  Tensor tensor(DType::Float32, std::move(shape));
  for (int64_t i = 0; i < tensor.numElements(); ++i)
    tensor.data<float>()[i] = std::sin(static_cast<float>(i * 7 + 1)) * 2;
  return tensor;
}
} // namespace

TEST_CASE("every unary kind survives") {
  auto kind = GENERATE("neg", "abs", "exp", "sqrt", "reciprocal", "floor", "ceil", "round", "sign", "sin", "cos", "tan",
                       "atan", "sinh", "cosh", "tanh", "asinh", "erf", "relu", "leaky_relu", "elu", "celu", "selu",
                       "sigmoid", "hard_sigmoid", "hard_swish", "softplus", "softsign", "mish", "gelu", "gelu_tanh",
                       "thresholded_relu", "shrink");
  INFO(kind);
  Graph graph("func.func @main(%x: tensor<?x5xf32>) -> tensor<?x5xf32> {\n %y = graph.unary " + std::string(kind) +
              " %x {alpha = 0.3 : f32, beta = 0.6 : f32} : (tensor<?x5xf32>) -> tensor<?x5xf32>\n return %y "
              ": tensor<?x5xf32>\n}");
  graph.roundTrip({ramp({3, 5})});
}

TEST_CASE("contractions, windows and quantization survive") {
  Graph graph(R"(
func.func @main(%x: tensor<1x2x4x4xf32>) -> (tensor<1x3x4x4xf32>, tensor<1x3x2x2xf32>, tensor<1x1x8x8xf32>, tensor<1x2x8x8xf32>, tensor<1x2x4x3xf32>) {
  %s = graph.constant dense<0.02> : tensor<f32>
  %z = graph.constant dense<120> : tensor<ui8>
  %q = graph.quantize %x, %s, %z : (tensor<1x2x4x4xf32>, tensor<f32>, tensor<ui8>) -> tensor<1x2x4x4xui8>
  %d = graph.dequantize %q, %s, %z : (tensor<1x2x4x4xui8>, tensor<f32>, tensor<ui8>) -> tensor<1x2x4x4xf32>
  %wq = graph.constant dense<[[[[3]], [[5]]], [[[-4]], [[1]]], [[[7]], [[-9]]]]> : tensor<3x2x1x1xi8>
  %ws = graph.constant dense<[0.1, 0.2, 0.3]> : tensor<3xf32>
  %wz = graph.constant dense<0> : tensor<3xi8>
  %w = graph.dequantize %wq, %ws, %wz : (tensor<3x2x1x1xi8>, tensor<3xf32>, tensor<3xi8>) -> tensor<3x2x1x1xf32>
  %b = graph.constant dense<[0.5, 0.0, -1.0]> : tensor<3xf32>
  %c = graph.conv %d, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<1x2x4x4xf32>, tensor<3x2x1x1xf32>, tensor<3xf32>) -> tensor<1x3x4x4xf32>
  %p = graph.pool max %c {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>} : (tensor<1x3x4x4xf32>) -> tensor<1x3x2x2xf32>
  %tw = graph.constant dense<0.5> : tensor<2x1x2x2xf32>
  %t = graph.conv_transpose %x, %tw {strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, output_padding = array<i64: 0, 0>, group = 1 : i64} : (tensor<1x2x4x4xf32>, tensor<2x1x2x2xf32>) -> tensor<1x1x8x8xf32>
  %sizes = graph.constant dense<[8, 8]> : tensor<2xi64>
  %r = graph.resize linear %x, %sizes {axes = array<i64: 2, 3>, coordinates = #graph<coordinate_mode half_pixel>, nearest = #graph<nearest_mode floor>} : (tensor<1x2x4x4xf32>, tensor<2xi64>) -> tensor<1x2x8x8xf32>
  %range:2 = graph.dynamic_range %x : (tensor<1x2x4x4xf32>) -> (tensor<f32>, tensor<ui8>)
  %dq = graph.quantize %x, %range#0, %range#1 : (tensor<1x2x4x4xf32>, tensor<f32>, tensor<ui8>) -> tensor<1x2x4x4xui8>
  %dd = graph.dequantize %dq, %range#0, %range#1 : (tensor<1x2x4x4xui8>, tensor<f32>, tensor<ui8>) -> tensor<1x2x4x4xf32>
  %mw = graph.constant dense<0.25> : tensor<4x3xf32>
  %m = graph.matmul %dd, %mw : (tensor<1x2x4x4xf32>, tensor<4x3xf32>) -> tensor<1x2x4x3xf32>
  return %c, %p, %t, %r, %m : tensor<1x3x4x4xf32>, tensor<1x3x2x2xf32>, tensor<1x1x8x8xf32>, tensor<1x2x8x8xf32>, tensor<1x2x4x3xf32>
})");
  graph.roundTrip({ramp({1, 2, 4, 4})});
}

TEST_CASE("shapes, reductions and repeated results survive") {
  Graph graph(R"(
func.func @main(%x: tensor<?x6xf32> {graph.name = "in", graph.dims = ["n", ""]}) -> (tensor<?x3xf32> {graph.name = "out"}, tensor<?x3xf32>, tensor<?x6xf32>, tensor<1xi64>, tensor<?xi64>, tensor<6xf32>, tensor<?x8xf32>) {
  %st = graph.constant dense<1> : tensor<1xi64>
  %en = graph.constant dense<6> : tensor<1xi64>
  %step = graph.constant dense<2> : tensor<1xi64>
  %a = graph.slice %x, %st, %en, %step {axes = array<i64: 1>} : (tensor<?x6xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<?x3xf32>
  %s = graph.softmax %a {axis = 1 : i64} : (tensor<?x3xf32>) -> tensor<?x3xf32>
  %n = graph.shape_of %x {start = 0 : i64, end = 1 : i64} : (tensor<?x6xf32>) -> tensor<1xi64>
  %i = graph.arg_reduce max %x {axis = 1 : i64} : (tensor<?x6xf32>) -> tensor<?xi64>
  %m = graph.reduce mean %x {axes = array<i64: 0>} : (tensor<?x6xf32>) -> tensor<6xf32>
  %pads = graph.constant dense<[1, 1]> : tensor<2xi64>
  %v = graph.constant dense<0.5> : tensor<f32>
  %p = graph.pad constant %x, %pads, %v {axes = array<i64: 1>} : (tensor<?x6xf32>, tensor<2xi64>, tensor<f32>) -> tensor<?x8xf32>
  return %s, %s, %x, %n, %i, %m, %p : tensor<?x3xf32>, tensor<?x3xf32>, tensor<?x6xf32>, tensor<1xi64>, tensor<?xi64>, tensor<6xf32>, tensor<?x8xf32>
})");
  graph.roundTrip({ramp({4, 6})});
}

TEST_CASE("a recurrence survives as one scan for each direction") {
  Tensor lengths(DType::Int64, {3});
  std::copy_n(std::initializer_list<int64_t>{4, 1, 3}.begin(), 3, lengths.data<int64_t>());
  Graph(R"(
    func.func @main(%x: tensor<4x3x12xf32>, %h: tensor<2x3x2xf32>, %l: tensor<3xi64>) -> (tensor<4x2x3x2xf32>, tensor<2x3x2xf32>) {
      %w = graph.constant dense<[[[0.5, -1.0, 0.25, 2.0], [1.0, 0.75, -0.5, 0.1]], [[0.3, 0.2, 0.1, 0.0], [0.4, 0.5, 0.6, 0.7]]]> : tensor<2x2x4xf32>
      %u = graph.constant dense<0.5> : tensor<2x2x2xf32>
      %e = graph.constant dense<[[0.1, 0.2], [0.3, 0.4]]> : tensor<2x2xf32>
      %0, %1 = graph.recurrent %x weights(%w, %u) initial(%h) extras(%e) lengths(%l) {
      ^phase(%xa: tensor<f32>, %xb: tensor<f32>, %pa: tensor<f32>, %pb: tensor<f32>, %s: tensor<f32>, %v: tensor<f32>):
        %2 = graph.binary add %xa, %pa : (tensor<f32>, tensor<f32>) -> tensor<f32>
        %3 = graph.binary mul %xb, %pb : (tensor<f32>, tensor<f32>) -> tensor<f32>
        graph.yield %2, %3 : tensor<f32>, tensor<f32>
      }, {
      ^phase(%xc: tensor<f32>, %pc: tensor<f32>, %s: tensor<f32>, %k: tensor<f32>, %v: tensor<f32>):
        %2 = graph.binary add %xc, %pc : (tensor<f32>, tensor<f32>) -> tensor<f32>
        %3 = graph.binary mul %2, %v : (tensor<f32>, tensor<f32>) -> tensor<f32>
        %4 = graph.binary add %3, %k : (tensor<f32>, tensor<f32>) -> tensor<f32>
        %5 = graph.unary tanh %4 : (tensor<f32>) -> tensor<f32>
        graph.yield %5 : tensor<f32>
      } {reversed = array<i1: false, true>} : (tensor<4x3x12xf32>, tensor<2x2x4xf32>, tensor<2x2x2xf32>, tensor<2x3x2xf32>, tensor<2x2xf32>, tensor<3xi64>) -> (tensor<4x2x3x2xf32>, tensor<2x3x2xf32>)
      return %0, %1 : tensor<4x2x3x2xf32>, tensor<2x3x2xf32>
    })")
      .roundTrip({ramp({4, 3, 12}), ramp({2, 3, 2}), lengths});
}

TEST_CASE("names and symbolic dimensions survive") {
  Graph graph(R"(
func.func @main(%x: tensor<?x6xf32> {graph.name = "in", graph.dims = ["n", ""]}) -> (tensor<?x6xf32> {graph.name = "out", graph.dims = ["n", ""]}) {
  %y = graph.unary relu %x : (tensor<?x6xf32>) -> tensor<?x6xf32>
  return %y : tensor<?x6xf32>
})");
  File file;
  REQUIRE(exportOnnx(*graph.module, file.path.string(), "1.2"));
  auto info = inspectModel(file.path.string());
  REQUIRE(info);
  REQUIRE(info->inputs.size() == 1);
  CHECK(info->inputs[0].name == "in");
  CHECK(info->inputs[0].dims == std::vector<std::string>{"n", "6"});
  CHECK(info->outputs[0].name == "out");
  CHECK(info->outputs[0].dims == std::vector<std::string>{"n", "6"});
  CHECK(info->producerName == "mlcompress");
  CHECK(info->producerVersion == "1.2");
}

TEST_CASE("what has no ONNX form is refused, and no file is left") {
  Graph graph(R"(
func.func @main(%x: tensor<1x4x4x2xf32>) -> tensor<1x2x2x2xf32> {
  %p = graph.pool max %x {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, channels_last} : (tensor<1x4x4x2xf32>) -> tensor<1x2x2x2xf32> loc("pool1")
  return %p : tensor<1x2x2x2xf32>
})");
  File file;
  auto written = exportOnnx(*graph.module, file.path.string());
  REQUIRE_FALSE(written);
  CHECK(written.error().code == ExitCode::Unsupported);
  CHECK(written.error().message ==
        "these nodes cannot be written as ONNX:\n  pool1 (graph.pool): ONNX has no channels-last layout");
  CHECK_FALSE(std::filesystem::exists(file.path));
}

TEST_CASE("a folder that does not exist is an error") {
  Graph graph("func.func @main(%x: tensor<1xf32>) -> tensor<1xf32> { return %x : tensor<1xf32> }");
  auto written = exportOnnx(*graph.module, "/nonexistent/model.onnx");
  REQUIRE_FALSE(written);
  CHECK(written.error().code == ExitCode::BadInput);
  CHECK(written.error().message.find("/nonexistent/model.onnx") != std::string::npos);
}
