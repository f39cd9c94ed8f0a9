// Loops: the schedule form scf.while.
#include "CompiledText.h"

#include <catch2/catch.hpp>

#include <sys/resource.h>

using namespace mlc;
using namespace mlc::test;

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

TEST_CASE("a loop ends by its trip count, by its condition, or does not begin") {
  CompiledText loop(kFibonacci);
  auto results = loop.check({integer(4), integer(1000)});
  CHECK(results[2].shape == std::vector<int64_t>{4});
  results = loop.check({integer(INT64_MAX), integer(20)});
  CHECK(results[1].data<int64_t>()[0] == 21);
  CHECK(results[2].shape == std::vector<int64_t>{6});
  results = loop.check({integer(0), integer(20)});
  CHECK(results[2].shape == std::vector<int64_t>{0});
  loop.check({integer(-5), integer(20)});
  loop.check({integer(80), integer(INT64_MAX)});
}

TEST_CASE("a loop carries a batch whose size the run knows, and reads values from outside") {
  CompiledText loop(R"(
  func.func @main(%n: tensor<i64>, %h: tensor<?x8xf32> {graph.dims = ["N", ""]}, %x: tensor<?x8xf32> {graph.dims = ["N", ""]})
      -> (tensor<?x8xf32>, tensor<?x?x8xf32>) {
    %true = graph.constant dense<true> : tensor<i1>
    %half = graph.constant dense<0.5> : tensor<f32>
    %outside = graph.binary add %x, %half : (tensor<?x8xf32>, tensor<f32>) -> tensor<?x8xf32>
    %twice = graph.unary exp %outside : (tensor<?x8xf32>) -> tensor<?x8xf32>
    %last, %all = graph.loop %n, %true, %h {
    ^body(%i: tensor<i64>, %c: tensor<i1>, %s: tensor<?x8xf32>):
      %d = graph.binary mul %s, %half : (tensor<?x8xf32>, tensor<f32>) -> tensor<?x8xf32>
      %t = graph.unary tanh %d : (tensor<?x8xf32>) -> tensor<?x8xf32>
      %sum = graph.binary add %t, %twice : (tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
      graph.yield %c, %sum, %t : tensor<i1>, tensor<?x8xf32>, tensor<?x8xf32>
    } : (tensor<i64>, tensor<i1>, tensor<?x8xf32>) -> (tensor<?x8xf32>, tensor<?x?x8xf32>)
    return %last, %all : tensor<?x8xf32>, tensor<?x?x8xf32>
  })");
  for (int64_t n : {0, 1, 2, 7})
    for (int64_t batch : {1, 3})
      loop.check({integer(n), ramp({batch, 8}), floats({batch, 8}, std::vector<float>(batch * 8, -0.25f))});
}

TEST_CASE("carried values change places") {
  CompiledText loop(R"(
  func.func @main(%n: tensor<i64>, %x: tensor<3xf32>, %y: tensor<3xf32>) -> (tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) {
    %true = graph.constant dense<true> : tensor<i1>
    %a, %b, %s = graph.loop %n, %true, %x, %y, %x {
    ^body(%i: tensor<i64>, %c: tensor<i1>, %p: tensor<3xf32>, %q: tensor<3xf32>, %same: tensor<3xf32>):
      graph.yield %c, %q, %p, %same : tensor<i1>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>
    } : (tensor<i64>, tensor<i1>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) -> (tensor<3xf32>, tensor<3xf32>, tensor<3xf32>)
    return %a, %b, %s : tensor<3xf32>, tensor<3xf32>, tensor<3xf32>
  })");
  for (int64_t n : {0, 1, 2, 5})
    loop.check({integer(n), ramp({3}), floats({3}, {7, 8, 9})});
}

// The carried value grows by a concat; its size is another in every iteration.
static const std::string kGrowing = R"(
  func.func @main(%n: tensor<i64>, %x: tensor<?xf32>) -> tensor<?xf32> {
    %true = graph.constant dense<true> : tensor<i1>
    %r = graph.loop %n, %true, %x {
    ^body(%i: tensor<i64>, %c: tensor<i1>, %v: tensor<?xf32>):
      %e = graph.unary neg %v : (tensor<?xf32>) -> tensor<?xf32>
      %w = graph.concat %v, %e {axis = 0 : i64} : (tensor<?xf32>, tensor<?xf32>) -> tensor<?xf32>
      graph.yield %c, %w : tensor<i1>, tensor<?xf32>
    } : (tensor<i64>, tensor<i1>, tensor<?xf32>) -> tensor<?xf32>
    return %r : tensor<?xf32>
  })";

TEST_CASE("a carried value changes its size") {
  CompiledText loop(kGrowing);
  for (int64_t n : {0, 1, 5, 10})
    CHECK(loop.check({integer(n), ramp({3})})[0].shape == std::vector<int64_t>{3 << n});
}

TEST_CASE("a loop in a loop, and a branch in it") {
  CompiledText loop(R"(
  func.func @main(%n: tensor<i64>, %m: tensor<i64>, %x: tensor<4xf32>) -> (tensor<4xf32>, tensor<?x?x4xf32>) {
    %true = graph.constant dense<true> : tensor<i1>
    %two = graph.constant dense<2> : tensor<i64>
    %one = graph.constant dense<1.0> : tensor<f32>
    %r, %rows = graph.loop %n, %true, %x {
    ^body(%i: tensor<i64>, %c: tensor<i1>, %v: tensor<4xf32>):
      %s, %inner = graph.loop %m, %true, %v {
      ^body(%j: tensor<i64>, %d: tensor<i1>, %u: tensor<4xf32>):
        %first = graph.compare lt %j, %two : (tensor<i64>, tensor<i64>) -> tensor<i1>
        %w = graph.if %first {
          %p = graph.binary add %u, %one : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
          graph.yield %p : tensor<4xf32>
        } else {
          graph.yield %v : tensor<4xf32>
        } : (tensor<i1>) -> tensor<4xf32>
        graph.yield %d, %w, %u : tensor<i1>, tensor<4xf32>, tensor<4xf32>
      } : (tensor<i64>, tensor<i1>, tensor<4xf32>) -> (tensor<4xf32>, tensor<?x4xf32>)
      graph.yield %c, %s, %inner : tensor<i1>, tensor<4xf32>, tensor<?x4xf32>
    } : (tensor<i64>, tensor<i1>, tensor<4xf32>) -> (tensor<4xf32>, tensor<?x?x4xf32>)
    return %r, %rows : tensor<4xf32>, tensor<?x?x4xf32>
  })");
  loop.check({integer(3), integer(2), ramp({4})});
  loop.check({integer(3), integer(4), ramp({4})});
  loop.check({integer(1), integer(1), ramp({4})});
}

// Rows of as many elements as the iteration has.
TEST_CASE("stacked rows of two shapes are an error") {
  CompiledText loop(R"(
  func.func @main(%n: tensor<i64>) -> tensor<?x?xi64> {
    %true = graph.constant dense<true> : tensor<i1>
    %zero = graph.constant dense<0> : tensor<i64>
    %one = graph.constant dense<1> : tensor<i64>
    %r = graph.loop %n, %true {
    ^body(%i: tensor<i64>, %c: tensor<i1>):
      %k = graph.range %zero, %i, %one : (tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<?xi64>
      graph.yield %c, %k : tensor<i1>, tensor<?xi64>
    } : (tensor<i64>, tensor<i1>) -> tensor<?x?xi64>
    return %r : tensor<?x?xi64>
  })");
  loop.check({integer(1)});
  auto wrong = loop.model().run({integer(3)});
  REQUIRE(!wrong);
  CHECK(wrong.error().message.find("has a dimension of 1, the first one had 0") != std::string::npos);
}

TEST_CASE("a long loop uses the memory of its first iterations") {
  CompiledText loop(R"(
  func.func @main(%n: tensor<i64>, %k: tensor<i64>) -> tensor<i64> {
    %true = graph.constant dense<true> : tensor<i1>
    %zero = graph.constant dense<0> : tensor<i64>
    %one = graph.constant dense<1> : tensor<i64>
    %r = graph.loop %n, %true, %zero {
    ^body(%i: tensor<i64>, %c: tensor<i1>, %sum: tensor<i64>):
      %v = graph.range %sum, %k, %one : (tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<?xi64>
      %s = graph.reduce max %v {axes = array<i64: 0>} : (tensor<?xi64>) -> tensor<i64>
      %low = graph.binary min %s, %one : (tensor<i64>, tensor<i64>) -> tensor<i64>
      graph.yield %c, %low : tensor<i1>, tensor<i64>
    } : (tensor<i64>, tensor<i1>, tensor<i64>) -> tensor<i64>
    return %r : tensor<i64>
  })");
  loop.check({integer(2), integer(1000)});
  rusage before{}, after{};
  getrusage(RUSAGE_SELF, &before);
  REQUIRE(loop.model().run({integer(20000), integer(1000)})); // 160 MB if each iteration kept its 8 KB
  getrusage(RUSAGE_SELF, &after);
  CHECK(after.ru_maxrss - before.ru_maxrss < 8 << 10);
}
