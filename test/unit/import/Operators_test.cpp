// Operators whose versions or options need a decision at import; plain rows are covered by the conformance cases.
#include "OnnxText.h"

#include <catch2/catch.hpp>

using namespace mlc;
using namespace mlc::test;

static std::string imported(const std::string &graph, int opset = 17) {
  Imported r = importOf(modelOf(graph, opset));
  INFO((r.error ? r.error->message : ""));
  REQUIRE_FALSE(r.error);
  return r.text;
}
static std::string refused(const std::string &graph, ExitCode code, int opset = 17) {
  Imported r = importOf(modelOf(graph, opset));
  REQUIRE(r.error);
  CHECK(r.error->code == code);
  return r.error->message;
}
static std::string x(const std::string &dims) { return value("input", "x", 1, dims); }
static const std::string y = value("output", "y", 1, "?");
static std::string ints(const std::string &name, const std::string &list) {
  return "attribute { name: \"" + name + "\" type: INTS ints: [" + list + "] } ";
}
static std::string integer(const std::string &name, int64_t number) {
  return "attribute { name: \"" + name + "\" type: INT i: " + std::to_string(number) + " } ";
}
static std::string text(const std::string &name, const std::string &content) {
  return "attribute { name: \"" + name + "\" type: STRING s: \"" + content + "\" } ";
}

TEST_CASE("broadcasting before opset 7 follows axis", "[import][ops]") {
  std::string r = imported(x("2 3 4") + value("input", "b", 1, "3") + y +
                               node("Add", "x b", "y", integer("broadcast", 1) + integer("axis", 1)),
                           6);
  CHECK(contains(r, "graph.unsqueeze %arg1 {axes = array<i64: 1>} : (tensor<3xf32>) -> tensor<3x1xf32>"));
}

TEST_CASE("softmax before opset 13 sees a matrix", "[import][ops]") {
  std::string r = imported(x("2 3 4") + y + node("Softmax", "x", "y", integer("axis", 1)), 12);
  CHECK(contains(r, "-> tensor<2x12xf32>"));
  CHECK(contains(r, "{axis = 1 : i64} : (tensor<2x12xf32>) -> tensor<2x12xf32>"));
  CHECK(contains(imported(x("2 3 4") + y + node("Softmax", "x", "y", integer("axis", 2)), 12),
                 "graph.softmax %arg0 {axis = 2 : i64}"));
  CHECK(contains(imported(x("2 3 4") + y + node("Softmax", "x", "y"), 13), "graph.softmax %arg0 {axis = 2 : i64}"));
}

TEST_CASE("axes of reductions", "[import][ops]") {
  CHECK(contains(imported(x("2 3") + y + node("ReduceMean", "x", "y", ints("axes", "-1"))),
                 "graph.reduce mean %arg0 {axes = array<i64: 1>, keepdims} : (tensor<2x3xf32>) -> tensor<2x1xf32>"));
  CHECK(contains(imported(x("2 3") + indices("a", "0") + y + node("ReduceSum", "x a", "y", integer("keepdims", 0))),
                 "graph.reduce sum %arg0 {axes = array<i64: 0>} : (tensor<2x3xf32>) -> tensor<3xf32>"));
  CHECK(contains(imported(x("2 3") + y + node("ReduceSum", "x", "y")), "axes = array<i64: 0, 1>"));
  CHECK(contains(imported(x("2 3") + y + node("ReduceSum", "x", "y", integer("noop_with_empty_axes", 1))),
                 "return %arg0"));
  CHECK(contains(refused(x("2 3") + y + node("ReduceMean", "x", "y", ints("axes", "2")), ExitCode::BadInput),
                 "axis 2 is out of range for rank 2"));
}

TEST_CASE("auto_pad", "[import][ops]") {
  auto conv = [](const std::string &dims, const std::string &stride, const std::string &pad) {
    return x(dims) + value("input", "w", 1, "8 3 3 3") + y +
           node("Conv", "x w", "y", text("auto_pad", pad) + ints("strides", stride));
  };
  CHECK(contains(imported(conv("1 3 10 10", "2, 2", "SAME_UPPER")), "pads = array<i64: 0, 0, 1, 1>"));
  CHECK(contains(imported(conv("1 3 10 10", "2, 2", "SAME_LOWER")), "pads = array<i64: 1, 1, 0, 0>"));
  CHECK(contains(imported(conv("1 3 h w", "1, 1", "SAME_UPPER")), "pads = array<i64: 1, 1, 1, 1>"));
  CHECK(contains(imported(conv("1 3 10 10", "1, 1", "VALID")), "-> tensor<1x8x8x8xf32>"));
  CHECK(contains(imported(conv("1 3 h w", "2, 2", "SAME_UPPER")), "graph.pad constant"));
  CHECK(contains(
      refused(x("1 3 h w") + y +
                  node("AveragePool", "x", "y",
                       text("auto_pad", "SAME_UPPER") + ints("strides", "2, 2") + ints("kernel_shape", "3, 3")),
              ExitCode::Unsupported),
      "auto_pad with a stride on a dynamic dimension"));
}

TEST_CASE("windows that cannot be are errors", "[import][ops][errors]") {
  auto pool = [](const std::string &more) { return x("1 3 8 8") + y + node("MaxPool", "x", "y", more); };
  CHECK(
      contains(refused(pool(""), ExitCode::BadInput), "kernel_shape must hold one number for each spatial dimension"));
  CHECK(contains(refused(pool(ints("kernel_shape", "2, 2") + ints("strides", "0, 1")), ExitCode::BadInput),
                 "strides must hold one positive number"));
  CHECK(contains(refused(pool(ints("kernel_shape", "2, 2") + ints("pads", "1, 1")), ExitCode::BadInput),
                 "pads must hold two numbers"));
  CHECK(contains(refused(pool(ints("kernel_shape", "2, 2") + text("auto_pad", "SAME")), ExitCode::BadInput),
                 "unknown auto_pad 'SAME'"));
}

TEST_CASE("slice takes its operands from attributes or inputs", "[import][ops]") {
  CHECK(contains(
      imported(x("5 6") + y + node("Slice", "x", "y", ints("starts", "1") + ints("ends", "-1") + ints("axes", "1")), 9),
      "(tensor<5x6xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<5x4xf32>"));
  CHECK(contains(imported(x("5 6") + indices("s", "-1") + indices("e", "-100") + indices("a", "0") +
                          indices("t", "-2") + y + node("Slice", "x s e a t", "y")),
                 "-> tensor<3x6xf32>"));
}

TEST_CASE("split without sizes, and with a smaller last part", "[import][ops]") {
  std::string two = value("output", "y", 1, "?") + value("output", "z", 1, "?");
  CHECK(contains(imported(x("6 2") + two + node("Split", "x", "y z")),
                 "return %3, %7 : tensor<3x2xf32>, tensor<3x2xf32>"));
  CHECK(contains(imported(x("7 2") + two + node("Split", "x", "y z", integer("num_outputs", 2)), 18),
                 ": tensor<4x2xf32>, tensor<3x2xf32>"));
  CHECK(contains(refused(x("7 2") + two + node("Split", "x", "y z"), ExitCode::BadInput), "does not divide"));
  CHECK(contains(refused(x("7 2") + indices("s", "3 3") + two + node("Split", "x s", "y z"), ExitCode::BadInput),
                 "do not add up"));
}

TEST_CASE("resize keeps only the axes that change", "[import][ops]") {
  std::string scales = "initializer { name: \"s\" data_type: 1 dims: 4 float_data: [1, 1, 2, 2] } ";
  std::string r = imported(x("1 3 h w") + scales + y +
                           node("Resize", "x _ s", "y",
                                text("mode", "nearest") + text("coordinate_transformation_mode", "asymmetric") +
                                    text("nearest_mode", "floor")));
  CHECK(contains(r, "graph.binary mul"));
  CHECK(contains(r, "axes = array<i64: 2, 3>"));
  CHECK(contains(r, "-> tensor<1x3x?x?xf32>"));
  CHECK(contains(imported(x("1 3 4 5") + scales + y + node("Upsample", "x s", "y"), 9), "-> tensor<1x3x8x10xf32>"));
  CHECK(
      contains(refused(x("1 3 4 5") + scales + y +
                           node("Resize", "x _ s", "y", text("coordinate_transformation_mode", "tf_half_pixel_for_nn")),
                       ExitCode::Unsupported, 11),
               "tf_half_pixel_for_nn"));
}

TEST_CASE("antialiased resizing is a product with weights for each axis", "[import][ops]") {
  std::string scales = "initializer { name: \"s\" data_type: 1 dims: 4 float_data: [1, 1, 0.5, 0.5] } ";
  std::string r = imported(
      x("1 3 8 6") + scales + y + node("Resize", "x _ s", "y", text("mode", "linear") + integer("antialias", 1)), 18);
  CHECK(contains(r, "-> tensor<1x3x4x3xf32>"));
  CHECK_FALSE(contains(r, "graph.resize"));
}

TEST_CASE("batch normalisation folds its constants", "[import][ops]") {
  auto vec = [](const std::string &name, const std::string &numbers) {
    return "initializer { name: \"" + name + "\" data_type: 1 dims: 2 float_data: [" + numbers + "] } ";
  };
  std::string r =
      imported(x("1 2 4") + vec("s", "2, 3") + vec("b", "1, 1") + vec("m", "0, 1") + vec("v", "4, 9") + y +
               node("BatchNormalization", "x s b m v", "y", "attribute { name: \"epsilon\" type: FLOAT f: 0 }"));
  CHECK(contains(r, "dense<1.000000e+00> : tensor<2xf32>"));                 // 2 / sqrt(4), 3 / sqrt(9)
  CHECK(contains(r, "dense<[1.000000e+00, 0.000000e+00]> : tensor<2xf32>")); // 1 - 0, 1 - 1
  std::string training =
      imported(x("1 2 4") + vec("s", "2, 3") + vec("b", "1, 1") + vec("m", "0, 1") + vec("v", "4, 9") + y +
               node("BatchNormalization", "x s b m v", "y", integer("training_mode", 1)));
  CHECK(contains(training, "graph.reduce mean")); // of this batch
}

TEST_CASE("shape arithmetic stays in the graph and its rank is known", "[import][ops]") {
  std::string r = imported(x("batch 8") + indices("i", "0") + indices("c", "2 4") + y + node("Shape", "x", "s") +
                           node("Gather", "s i", "b") + node("Concat", "b c", "t", integer("axis", 0)) +
                           node("Reshape", "x t", "y"));
  CHECK(contains(r, "graph.shape_of %arg0 {end = 2 : i64, start = 0 : i64}"));
  CHECK(contains(r, "-> tensor<?x2x4xf32>"));
  std::string unknown = x("4") + value("input", "t", 7, "n") + y;
  CHECK(contains(refused(unknown + node("Reshape", "x t", "z") + node("Relu", "z", "y"), ExitCode::Unsupported),
                 "the rank of the result is not known when compiling"));
  // The rank that the file gives the result will do.
  CHECK(contains(imported(unknown + node("Reshape", "x t", "y")), "-> tensor<?xf32>"));
}

TEST_CASE("axes that only a run knows", "[import][ops]") {
  std::string axes = x("2 3 4") + value("input", "a", 7, "1") + y;
  CHECK(contains(imported(axes + node("ReduceSum", "x a", "y"), 18), "axes = array<i64: 1, 3, 5>"));
  CHECK(contains(imported(axes + node("Unsqueeze", "x a", "y"), 18), "-> tensor<?x?x?x?xf32>"));
  CHECK(contains(imported(axes + node("Squeeze", "x a", "y"), 18), "-> tensor<?x?xf32>"));
  std::string many = x("2 3 4") + value("input", "a", 7, "n") + y;
  CHECK(contains(refused(many + node("ReduceSum", "x a", "z", integer("keepdims", 0)) + node("Relu", "z", "y"),
                         ExitCode::Unsupported, 18),
                 "the number of axes, and so the result's rank, is not known when compiling"));
}

TEST_CASE("sequences that are known when compiling leave nothing in the graph", "[import][ops]") {
  std::string r = imported(x("6 2") + y + node("SplitToSequence", "x", "s") + node("SequenceErase", "s", "t") +
                           node("ConcatFromSequence", "t", "y", integer("axis", 0)));
  CHECK(contains(r, "-> tensor<5x2xf32>"));
  CHECK_FALSE(contains(r, "unrealized_conversion_cast"));
  CHECK(contains(refused(x("6 2") + y + node("SplitToSequence", "x", "y"), ExitCode::Unsupported),
                 "output 'y' is no tensor"));
  CHECK(contains(
      refused(x("6 2") + y + node("SplitToSequence", "x", "s") + node("Relu", "s", "y"), ExitCode::Unsupported),
      "operand 0 is a sequence or optional"));
}

TEST_CASE("element types that an operator does not take", "[import][ops][errors]") {
  CHECK(contains(refused(value("input", "x", 7, "2") + y + node("Exp", "x", "y"), ExitCode::Unsupported),
                 "element type int64 of operand 0; supported: float16, bfloat16, float32, float64"));
  CHECK(contains(refused(x("2") + y + node("Cast", "x", "y", integer("to", 8)), ExitCode::Unsupported),
                 "element type string"));
}

TEST_CASE("quantized operators become pairs of quantize and dequantize", "[import][ops]") {
  std::string scale = "initializer { name: \"s\" data_type: 1 float_data: 0.5 } ";
  std::string zero = "initializer { name: \"z\" data_type: 2 int32_data: 3 } ";
  std::string r = imported(value("input", "x", 2, "2 4") + value("input", "w", 2, "4 5") + scale + zero + y +
                           node("QLinearMatMul", "x s z w s z s z", "y"));
  CHECK(contains(r, "graph.dequantize %arg0"));
  CHECK(contains(r, "graph.matmul"));
  CHECK(contains(r, "graph.quantize"));
  CHECK(contains(r, "-> tensor<2x5xui8>"));
}
