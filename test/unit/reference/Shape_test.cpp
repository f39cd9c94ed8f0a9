#include "GraphText.h"

#include <catch2/catch.hpp>

using namespace mlc;
using namespace mlc::test;

// %x: [[0, 1, 2], [3, 4, 5]]
static const std::string kMatrix = "%x = graph.constant dense<[[0, 1, 2], [3, 4, 5]]> : tensor<2x3xi32>\n";

TEST_CASE("slices count from the end, are clamped and may run backwards", "[reference]") {
  Tensor result = evaluateOne(kMatrix + "%starts = graph.constant dense<[-1, 9]> : tensor<2xi64>\n"
                                        "%ends = graph.constant dense<[-9223372036854775808, 0]> : tensor<2xi64>\n"
                                        "%steps = graph.constant dense<[-1, -2]> : tensor<2xi64>\n"
                                        "%r = graph.slice %x, %starts, %ends, %steps {axes = array<i64: 0, 1>} : "
                                        "(tensor<2x3xi32>, tensor<2xi64>, "
                                        "tensor<2xi64>, tensor<2xi64>) -> tensor<2x1xi32>",
                              "tensor<2x1xi32>");
  CHECK(values<int32_t>(result) == std::vector<int32_t>{5, 2});
}

TEST_CASE("padding in all modes, and cropping", "[reference]") {
  auto pad = [](const std::string &mode, const std::string &pads, int64_t size) {
    std::string type = "tensor<" + std::to_string(size) + "xi32>";
    return values<int32_t>(evaluateOne("%x = graph.constant dense<[1, 2, 3]> : tensor<3xi32>\n"
                                       "%v = graph.constant dense<9> : tensor<i32>\n"
                                       "%p = graph.constant dense<" +
                                           pads +
                                           "> : tensor<2xi64>\n"
                                           "%r = graph.pad " +
                                           mode +
                                           " %x, %p, %v {axes = array<i64: 0>} : (tensor<3xi32>, "
                                           "tensor<2xi64>, tensor<i32>) -> " +
                                           type,
                                       type));
  };
  CHECK(pad("constant", "[2, 1]", 6) == std::vector<int32_t>{9, 9, 1, 2, 3, 9});
  CHECK(pad("reflect", "[2, 1]", 6) == std::vector<int32_t>{3, 2, 1, 2, 3, 2});
  CHECK(pad("edge", "[2, 1]", 6) == std::vector<int32_t>{1, 1, 1, 2, 3, 3});
  CHECK(pad("wrap", "[2, 1]", 6) == std::vector<int32_t>{2, 3, 1, 2, 3, 1});
  CHECK(pad("edge", "[-1, 2]", 4) == std::vector<int32_t>{2, 3, 3, 3});
}

TEST_CASE("gathers", "[reference]") {
  Tensor columns = evaluateOne(
      kMatrix + "%i = graph.constant dense<[-1, 0]> : tensor<2xi64>\n"
                "%r = graph.gather %x, %i {axis = 1 : i64} : (tensor<2x3xi32>, tensor<2xi64>) -> tensor<2x2xi32>",
      "tensor<2x2xi32>");
  CHECK(values<int32_t>(columns) == std::vector<int32_t>{2, 0, 5, 3});
  Tensor elements = evaluateOne(kMatrix + "%i = graph.constant dense<[[1, 0, 1]]> : tensor<1x3xi64>\n"
                                          "%r = graph.gather_elements %x, %i {axis = 0 : i64} : "
                                          "(tensor<2x3xi32>, tensor<1x3xi64>) -> tensor<1x3xi32>",
                                "tensor<1x3xi32>");
  CHECK(values<int32_t>(elements) == std::vector<int32_t>{3, 1, 5});
  Tensor points =
      evaluateOne(kMatrix + "%i = graph.constant dense<[[1, -1], [0, 1]]> : tensor<2x2xi64>\n"
                            "%r = graph.gather_nd %x, %i : (tensor<2x3xi32>, tensor<2x2xi64>) -> tensor<2xi32>",
                  "tensor<2xi32>");
  CHECK(values<int32_t>(points) == std::vector<int32_t>{5, 1});
}

TEST_CASE("an index out of range is an error", "[reference]") {
  auto result = evaluateText("func.func @main(%i: tensor<1xi64>) -> tensor<1xi32> {\n"
                             "  %x = graph.constant dense<[1, 2]> : tensor<2xi32>\n"
                             "  %r = graph.gather %x, %i {axis = 0 : i64} : (tensor<2xi32>, tensor<1xi64>) "
                             "-> tensor<1xi32> loc(\"pick\")\n"
                             "  return %r : tensor<1xi32>\n}",
                             {tensor<int64_t>({1}, {2})});
  REQUIRE_FALSE(result);
  CHECK(result.error().message == "node 'pick' (graph.gather): index 2 is out of range for a dimension of size 2");
}

TEST_CASE("ops whose result's size depends on data", "[reference]") {
  Tensor found = evaluateOne("%x = graph.constant dense<[[0.0, 1.0], [2.0, 0.0]]> : tensor<2x2xf32>\n"
                             "%r = graph.non_zero %x : (tensor<2x2xf32>) -> tensor<2x?xi64>",
                             "tensor<2x?xi64>");
  CHECK(found.shape == std::vector<int64_t>{2, 2});
  CHECK(values<int64_t>(found) == std::vector<int64_t>{0, 1, 1, 0});
  Tensor range = evaluateOne("%a = graph.constant dense<10> : tensor<i64>\n%b = graph.constant dense<0> : tensor<i64>\n"
                             "%d = graph.constant dense<-3> : tensor<i64>\n"
                             "%r = graph.range %a, %b, %d : (tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<?xi64>",
                             "tensor<?xi64>");
  CHECK(values<int64_t>(range) == std::vector<int64_t>{10, 7, 4, 1});
}

TEST_CASE("a reshape keeps, copies and infers dimensions", "[reference]") {
  Tensor result = evaluateOne("%x = graph.constant dense<0> : tensor<2x3x4xi32>\n"
                              "%s = graph.constant dense<[0, -1, 2]> : tensor<3xi64>\n"
                              "%r = graph.reshape %x, %s : (tensor<2x3x4xi32>, tensor<3xi64>) -> tensor<2x6x2xi32>",
                              "tensor<2x6x2xi32>");
  CHECK(result.shape == std::vector<int64_t>{2, 6, 2});
}
