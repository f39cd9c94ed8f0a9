#include "GraphText.h"

#include <catch2/catch.hpp>

using namespace mlc;
using namespace mlc::test;

TEST_CASE("unary functions of float32 are rounded once", "[reference]") {
  // numpy 2, float64 formulas rounded to float32
  Tensor gelu = evaluateOne("%a = graph.constant dense<[-1.0, 0.5, 2.0]> : tensor<3xf32>\n"
                            "%r = graph.unary gelu %a : (tensor<3xf32>) -> tensor<3xf32>",
                            "tensor<3xf32>");
  CHECK(values<float>(gelu) == std::vector<float>{-0.158655254f, 0.345731238f, 1.95449974f});
  Tensor swish = evaluateOne("%a = graph.constant dense<[-1.0, 0.0, 3.0]> : tensor<3xf32>\n"
                             "%r = graph.unary hard_swish %a : (tensor<3xf32>) -> tensor<3xf32>",
                             "tensor<3xf32>");
  CHECK(values<float>(swish) == std::vector<float>{-1.0f / 3.0f, 0.0f, 3.0f});
  Tensor rounded = evaluateOne("%a = graph.constant dense<[0.5, 1.5, 2.5, -0.5, -1.5]> : tensor<5xf32>\n"
                               "%r = graph.unary round %a : (tensor<5xf32>) -> tensor<5xf32>",
                               "tensor<5xf32>");
  CHECK(values<float>(rounded) == std::vector<float>{0, 2, 2, -0.0f, -2});
}

TEST_CASE("float16 is computed wide and rounded once", "[reference]") {
  // 1 + 2^-11 lies halfway between 1 and the next half: to even; 3 * 2^-11 is above the next halfway point.
  Tensor sum = evaluateOne("%a = graph.constant dense<1.0> : tensor<2xf16>\n"
                           "%b = graph.constant dense<[0x1000, 0x1600]> : tensor<2xf16>\n"
                           "%r = graph.binary add %a, %b : (tensor<2xf16>, tensor<2xf16>) -> tensor<2xf16>",
                           "tensor<2xf16>");
  CHECK(sum.data<uint16_t>()[0] == 0x3c00);
  CHECK(sum.data<uint16_t>()[1] == 0x3c02);
}

TEST_CASE("integer arithmetic truncates and wraps", "[reference]") {
  const std::string operands = "%a = graph.constant dense<[7, -7, 7, -7, -128]> : tensor<5xi8>\n"
                               "%b = graph.constant dense<[3, 3, -3, -3, -1]> : tensor<5xi8>\n";
  auto binary = [&](const std::string &kind) {
    return values<int8_t>(
        evaluateOne(operands + "%r = graph.binary " + kind + " %a, %b : (tensor<5xi8>, tensor<5xi8>) -> tensor<5xi8>",
                    "tensor<5xi8>"));
  };
  CHECK(binary("div") == std::vector<int8_t>{2, -2, -2, 2, -128});
  CHECK(binary("mod") == std::vector<int8_t>{1, 2, -2, -1, 0});
  CHECK(binary("fmod") == std::vector<int8_t>{1, -1, 1, -1, 0});
  CHECK(binary("mul") == std::vector<int8_t>{21, -21, -21, 21, -128});
  CHECK(binary("sub") == std::vector<int8_t>{4, -10, 10, -4, -127});
}

TEST_CASE("minimum and maximum keep NaN", "[reference]") {
  for (std::string kind : {"min", "max"}) {
    Tensor result = evaluateOne("%a = graph.constant dense<[0x7fc00000, 1.0]> : tensor<2xf32>\n"
                                "%b = graph.constant dense<[1.0, 0x7fc00000]> : tensor<2xf32>\n"
                                "%r = graph.binary " +
                                    kind + " %a, %b : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>",
                                "tensor<2xf32>");
    CHECK(std::isnan(result.data<float>()[0]));
    CHECK(std::isnan(result.data<float>()[1]));
  }
}

TEST_CASE("operands are broadcast", "[reference]") {
  Tensor sum = evaluateOne("%a = graph.constant dense<[[[1], [2]]]> : tensor<1x2x1xi64>\n"
                           "%b = graph.constant dense<[[[10, 20, 30]], [[40, 50, 60]]]> : tensor<2x1x3xi64>\n"
                           "%r = graph.binary add %a, %b : (tensor<1x2x1xi64>, tensor<2x1x3xi64>) -> tensor<2x2x3xi64>",
                           "tensor<2x2x3xi64>");
  CHECK(values<int64_t>(sum) == std::vector<int64_t>{11, 21, 31, 12, 22, 32, 41, 51, 61, 42, 52, 62});
}

TEST_CASE("casts truncate, wrap between integers and saturate from floats", "[reference]") {
  Tensor fromFloat = evaluateOne("%a = graph.constant dense<[-3.7, 3.7, 300.0, -300.0, 0x7fc00000]> : tensor<5xf32>\n"
                                 "%r = graph.cast %a {to = i8} : (tensor<5xf32>) -> tensor<5xi8>",
                                 "tensor<5xi8>");
  CHECK(values<int8_t>(fromFloat) == std::vector<int8_t>{-3, 3, 127, -128, 0});
  Tensor wrapped = evaluateOne("%a = graph.constant dense<[300, -1]> : tensor<2xi64>\n"
                               "%r = graph.cast %a {to = ui8} : (tensor<2xi64>) -> tensor<2xui8>",
                               "tensor<2xui8>");
  CHECK(values<uint8_t>(wrapped) == std::vector<uint8_t>{44, 255});
  // 2^24 + 1 and 2^62 + 2^38 + 1: one rounding, not one to double and one to float.
  Tensor toFloat = evaluateOne("%a = graph.constant dense<[16777217, 4611686293305294849]> : tensor<2xi64>\n"
                               "%r = graph.cast %a {to = f32} : (tensor<2xi64>) -> tensor<2xf32>",
                               "tensor<2xf32>");
  CHECK(values<float>(toFloat) == std::vector<float>{16777216.0f, 4.61168684e18f});
}

TEST_CASE("an error names the node and the shapes", "[reference]") {
  auto result =
      evaluateText("func.func @main(%a: tensor<?xf32>, %b: tensor<?xf32>) -> tensor<?xf32> {\n"
                   "  %r = graph.binary add %a, %b : (tensor<?xf32>, tensor<?xf32>) -> tensor<?xf32> loc(\"/sum\")\n"
                   "  return %r : tensor<?xf32>\n}",
                   {tensor<float>({2}, {1, 2}), tensor<float>({3}, {1, 2, 3})});
  REQUIRE_FALSE(result);
  CHECK(result.error().message == "node '/sum' (graph.binary): shapes cannot be broadcast: [2] and [3]");
  CHECK(result.error().code == ExitCode::BadInput);
}

TEST_CASE("inputs are checked against the model's", "[reference]") {
  const std::string text = "func.func @main(%a: tensor<?x2xf32> {graph.name = \"pixels\"}) -> tensor<?x2xf32> {\n"
                           "  return %a : tensor<?x2xf32>\n}";
  auto wrong = evaluateText(text, {tensor<float>({1, 3}, {1, 2, 3})});
  REQUIRE_FALSE(wrong);
  CHECK(wrong.error().message == "input 'pixels' is float32[1,3], the model takes float32[?,2]");
  auto right = evaluateText(text, {tensor<float>({1, 2}, {1, 2})});
  REQUIRE(right);
  CHECK(values<float>(right->front()) == std::vector<float>{1, 2});
}
