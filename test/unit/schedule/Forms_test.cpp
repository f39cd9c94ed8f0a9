// The other forms of a schedule: straight, branches, a result whose size only running it tells; and compilations side
// by side.
#include "CompiledText.h"
#include "Support/TemporaryFile.h"

#include <catch2/catch.hpp>

#include <fstream>
#include <iterator>
#include <thread>

using namespace mlc;
using namespace mlc::test;

static const std::string kStraight = R"(
  func.func @main(%x: tensor<?x16xf32>) -> tensor<?x4xf32> {
    %w = graph.constant dense<0.25> : tensor<16x4xf32>
    %y = graph.matmul %x, %w : (tensor<?x16xf32>, tensor<16x4xf32>) -> tensor<?x4xf32>
    %z = graph.unary relu %y : (tensor<?x4xf32>) -> tensor<?x4xf32>
    return %z : tensor<?x4xf32>
  })";

static const std::string kBranch = R"(
  func.func @main(%c: tensor<i1>, %x: tensor<?x3xf32>) -> tensor<?x3xf32> {
    %r = graph.if %c {
      %twice = graph.binary add %x, %x : (tensor<?x3xf32>, tensor<?x3xf32>) -> tensor<?x3xf32>
      graph.yield %twice : tensor<?x3xf32>
    } else {
      %both = graph.concat %x, %x {axis = 0 : i64} : (tensor<?x3xf32>, tensor<?x3xf32>) -> tensor<?x3xf32>
      graph.yield %both : tensor<?x3xf32>
    } : (tensor<i1>) -> tensor<?x3xf32>
    %y = graph.unary neg %r : (tensor<?x3xf32>) -> tensor<?x3xf32>
    return %y : tensor<?x3xf32>
  })";

static const std::string kUnbounded = R"(
  func.func @main(%x: tensor<?xf32>) -> (tensor<1x?xi64>, tensor<?xf32>) {
    %zero = graph.constant dense<0.0> : tensor<f32>
    %positive = graph.compare gt %x, %zero : (tensor<?xf32>, tensor<f32>) -> tensor<?xi1>
    %at = graph.non_zero %positive : (tensor<?xi1>) -> tensor<1x?xi64>
    %flat = graph.squeeze %at {axes = array<i64: 0>} : (tensor<1x?xi64>) -> tensor<?xi64>
    %found = graph.gather %x, %flat {axis = 0 : i64} : (tensor<?xf32>, tensor<?xi64>) -> tensor<?xf32>
    return %at, %found : tensor<1x?xi64>, tensor<?xf32>
  })";

TEST_CASE("a straight schedule runs for every batch, also an empty one") {
  CompiledText straight(kStraight);
  for (int64_t rows : {1, 2, 15, 33, 0})
    CHECK(straight.check({ramp({rows, 16})})[0].shape == std::vector<int64_t>{rows, 4});
}

TEST_CASE("a branch gives the shape of the side that was taken") {
  CompiledText branch(kBranch);
  CHECK(branch.check({boolean(true), ramp({5, 3})})[0].shape == std::vector<int64_t>{5, 3});
  CHECK(branch.check({boolean(false), ramp({5, 3})})[0].shape == std::vector<int64_t>{10, 3});
}

TEST_CASE("a result of unknown size is an output, and feeds kernels") {
  CompiledText unbounded(kUnbounded);
  auto results = unbounded.check({ramp({9})});
  CHECK(results[0].shape == std::vector<int64_t>{1, 5});
  CHECK(results[1].shape == std::vector<int64_t>{5});
  CHECK(unbounded.check({floats({3}, {-1, -2, -3})})[1].shape == std::vector<int64_t>{0});
}

static std::string bytesOf(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST_CASE("two compilations at once, and with one thread or several, give the same bytes") {
  auto directory = TemporaryFile::create("library");
  REQUIRE(directory);
  const std::string texts[] = {kStraight, kUnbounded};
  std::string errors[2], alone[2], together[2];
  for (int i = 0; i < 2; ++i) {
    std::string path = directory->path() + std::to_string(i);
    REQUIRE(compileText(texts[i], path, /*multithreaded=*/false) == "");
    alone[i] = bytesOf(path);
    REQUIRE(alone[i].size() > 1000);
  }
  std::thread threads[2];
  for (int i = 0; i < 2; ++i)
    threads[i] = std::thread(
        [&, i] { errors[i] = compileText(texts[i], directory->path() + std::to_string(i), /*multithreaded=*/true); });
  for (std::thread &thread : threads)
    thread.join();
  for (int i = 0; i < 2; ++i) {
    CHECK(errors[i] == "");
    CHECK(bytesOf(directory->path() + std::to_string(i)) == alone[i]);
  }
}
