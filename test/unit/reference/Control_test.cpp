#include "GraphText.h"

#include <catch2/catch.hpp>

using namespace mlc;
using namespace mlc::test;

static Tensor boolean(bool value) {
  Tensor result(DType::Bool, {});
  result.bytes[0] = std::byte(value);
  return result;
}

TEST_CASE("if takes one region, which sees the values outside", "[reference]") {
  const std::string text = R"(func.func @main(%c: tensor<i1>, %x: tensor<2xf32>) -> tensor<2xf32> {
    %one = graph.constant dense<1.0> : tensor<2xf32>
    %r = graph.if %c {
      %y = graph.binary add %x, %one : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
      graph.yield %y : tensor<2xf32>
    } else {
      graph.yield %x : tensor<2xf32>
    } : (tensor<i1>) -> tensor<2xf32>
    return %r : tensor<2xf32>
  })";
  auto taken = evaluateText(text, {boolean(true), tensor<float>({2}, {1, 2})});
  REQUIRE(taken);
  CHECK(values<float>(taken->front()) == std::vector<float>{2, 3});
  auto other = evaluateText(text, {boolean(false), tensor<float>({2}, {1, 2})});
  REQUIRE(other);
  CHECK(values<float>(other->front()) == std::vector<float>{1, 2});
}

// Fibonacci numbers while they are below a limit: carries two, stacks one.
static const std::string kFibonacci = R"(
  func.func @main(%n: tensor<i64>, %limit: tensor<i64>) -> (tensor<i64>, tensor<i64>, tensor<?xi64>) {
    %true = graph.constant dense<true> : tensor<i1>
    %one = graph.constant dense<1> : tensor<i64>
    %a, %b, %all = graph.loop %n, %true, %one, %one {
    ^body(%i: tensor<i64>, %c: tensor<i1>, %x: tensor<i64>, %y: tensor<i64>):
      %z = graph.binary add %x, %y : (tensor<i64>, tensor<i64>) -> tensor<i64>
      %go = graph.compare lt %z, %limit : (tensor<i64>, tensor<i64>) -> tensor<i1>
      graph.yield %go, %y, %z, %x : tensor<i1>, tensor<i64>, tensor<i64>, tensor<i64>
    } : (tensor<i64>, tensor<i1>, tensor<i64>, tensor<i64>) -> (tensor<i64>, tensor<i64>, tensor<?xi64>)
    return %a, %b, %all : tensor<i64>, tensor<i64>, tensor<?xi64>
  })";

TEST_CASE("loop ends by its trip count", "[reference]") {
  auto results = evaluateText(kFibonacci, {tensor<int64_t>({}, {4}), tensor<int64_t>({}, {1000})});
  REQUIRE(results);
  CHECK(values<int64_t>((*results)[0]) == std::vector<int64_t>{5});
  CHECK(values<int64_t>((*results)[2]) == std::vector<int64_t>{1, 1, 2, 3});
}

TEST_CASE("loop ends by its condition", "[reference]") {
  auto results = evaluateText(kFibonacci, {tensor<int64_t>({}, {INT64_MAX}), tensor<int64_t>({}, {20})});
  REQUIRE(results);
  CHECK(values<int64_t>((*results)[1]) == std::vector<int64_t>{21});
  CHECK(values<int64_t>((*results)[2]) == std::vector<int64_t>{1, 1, 2, 3, 5, 8});
}

TEST_CASE("loop without iterations gives the initial values and nothing stacked", "[reference]") {
  auto results = evaluateText(kFibonacci, {tensor<int64_t>({}, {0}), tensor<int64_t>({}, {20})});
  REQUIRE(results);
  CHECK(values<int64_t>((*results)[0]) == std::vector<int64_t>{1});
  CHECK((*results)[2].shape == std::vector<int64_t>{0});
}
