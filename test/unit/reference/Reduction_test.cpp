#include "GraphText.h"

#include <catch2/catch.hpp>

using namespace mlc;
using namespace mlc::test;

TEST_CASE("reductions over inner, outer and all dimensions", "[reference]") {
  auto reduce = [](const std::string &kind, const std::string &axes, const std::string &type) {
    return values<int32_t>(evaluateOne("%x = graph.constant dense<[[1, -2, 3], [4, 5, -7]]> : tensor<2x3xi32>\n"
                                       "%r = graph.reduce " +
                                           kind + " %x {axes = array<i64" + axes + ">} : (tensor<2x3xi32>) -> " + type,
                                       type));
  };
  CHECK(reduce("sum", ": 1", "tensor<2xi32>") == std::vector<int32_t>{2, 2});
  CHECK(reduce("sum", ": 0", "tensor<3xi32>") == std::vector<int32_t>{5, 3, -4});
  CHECK(reduce("max", ": 0, 1", "tensor<i32>") == std::vector<int32_t>{5});
  CHECK(reduce("prod", ": 1", "tensor<2xi32>") == std::vector<int32_t>{-6, -140});
  CHECK(reduce("mean", ": 0", "tensor<3xi32>") == std::vector<int32_t>{2, 1, -2});
  CHECK(reduce("min", "", "tensor<2x3xi32>") == std::vector<int32_t>{1, -2, 3, 4, 5, -7});
}

TEST_CASE("softmax and its logarithm do not overflow", "[reference]") {
  Tensor result = evaluateOne("%x = graph.constant dense<[[1000.0, 1001.0]]> : tensor<1x2xf32>\n"
                              "%r = graph.softmax %x {axis = 1 : i64} : (tensor<1x2xf32>) -> tensor<1x2xf32>",
                              "tensor<1x2xf32>");
  CHECK(values<float>(result) == std::vector<float>{0.268941432f, 0.731058598f});
  Tensor logarithm = evaluateOne("%x = graph.constant dense<[[1000.0, 1001.0]]> : tensor<1x2xf32>\n"
                                 "%r = graph.softmax %x {axis = 1 : i64, log} : (tensor<1x2xf32>) -> tensor<1x2xf32>",
                                 "tensor<1x2xf32>");
  CHECK(values<float>(logarithm) == std::vector<float>{-1.31326163f, -0.31326169f});
}

TEST_CASE("layer normalisation", "[reference]") {
  // [1, 2, 3]: mean 2, variance 2/3; scale 2, bias 1.
  Tensor result =
      evaluateOne("%x = graph.constant dense<[[1.0, 2.0, 3.0]]> : tensor<1x3xf32>\n"
                  "%s = graph.constant dense<2.0> : tensor<3xf32>\n%b = graph.constant dense<1.0> : tensor<3xf32>\n"
                  "%r = graph.layer_norm %x, %s, %b {axis = 1 : i64, epsilon = 0.0 : f32} : (tensor<1x3xf32>, "
                  "tensor<3xf32>, "
                  "tensor<3xf32>) -> tensor<1x3xf32>",
                  "tensor<1x3xf32>");
  CHECK(values<float>(result) == std::vector<float>{-1.44948974f, 1.0f, 3.44948974f});
}

TEST_CASE("running sums", "[reference]") {
  auto sum = [](const std::string &flags) {
    return values<int32_t>(evaluateOne("%x = graph.constant dense<[1, 2, 3]> : tensor<3xi32>\n"
                                       "%r = graph.cumsum %x {axis = 0 : i64" +
                                           flags + "} : (tensor<3xi32>) -> tensor<3xi32>",
                                       "tensor<3xi32>"));
  };
  CHECK(sum("") == std::vector<int32_t>{1, 3, 6});
  CHECK(sum(", exclusive") == std::vector<int32_t>{0, 1, 3});
  CHECK(sum(", reverse") == std::vector<int32_t>{6, 5, 3});
  CHECK(sum(", exclusive, reverse") == std::vector<int32_t>{5, 3, 0});
}

TEST_CASE("extremes: the first of equals, or the last", "[reference]") {
  auto arg = [](const std::string &op) {
    return values<int64_t>(evaluateOne("%x = graph.constant dense<[3.0, 7.0, 7.0, 1.0]> : tensor<4xf32>\n"
                                       "%r = graph.arg_reduce " +
                                           op + "} : (tensor<4xf32>) -> tensor<i64>",
                                       "tensor<i64>"));
  };
  CHECK(arg("max %x {axis = 0 : i64") == std::vector<int64_t>{1});
  CHECK(arg("max %x {axis = 0 : i64, select_last") == std::vector<int64_t>{2});
  CHECK(arg("min %x {axis = 0 : i64") == std::vector<int64_t>{3});
}

TEST_CASE("topk is sorted, the lower index first among equals", "[reference]") {
  auto results = evaluateText("func.func @main(%x: tensor<5xf32>) -> (tensor<3xf32>, tensor<3xi64>) {\n"
                              "  %k = graph.constant dense<3> : tensor<1xi64>\n"
                              "  %v, %i = graph.topk %x, %k {axis = 0 : i64} : (tensor<5xf32>, "
                              "tensor<1xi64>) -> (tensor<3xf32>, tensor<3xi64>)\n"
                              "  return %v, %i : tensor<3xf32>, tensor<3xi64>\n}",
                              {tensor<float>({5}, {1, 9, 4, 9, 0})});
  REQUIRE(results);
  CHECK(values<float>((*results)[0]) == std::vector<float>{9, 9, 4});
  CHECK(values<int64_t>((*results)[1]) == std::vector<int64_t>{1, 3, 2});
}
