// What the profile says of a kernel's work.
#include "CompiledText.h"

#include <catch2/catch.hpp>

using namespace mlc;
using namespace mlc::test;

// The kernels' work in one run.
static std::vector<KernelTime> profileOf(const std::string &text, const std::vector<Tensor> &inputs) {
  CompiledText compiled(text);
  SessionOptions options;
  options.threads = 1;
  options.profile = true;
  auto model = LoadedModel::open(compiled.path(), options);
  REQUIRE(model);
  REQUIRE(model->run(inputs));
  return model->profile();
}

TEST_CASE("a matrix product is two operations for each row, column and step, its epilogue one an element") {
  auto profile = profileOf(R"(
  func.func @main(%x: tensor<?x40xf32>, %w: tensor<40x24xf32>) -> tensor<?x24xf32> {
    %one = graph.constant dense<1.0> : tensor<f32>
    %0 = graph.matmul %x, %w : (tensor<?x40xf32>, tensor<40x24xf32>) -> tensor<?x24xf32>
    %1 = graph.binary add %0, %one : (tensor<?x24xf32>, tensor<f32>) -> tensor<?x24xf32>
    return %1 : tensor<?x24xf32>
  })",
                           {ramp({6, 40}), ramp({40, 24})});
  REQUIRE(profile.size() == 1);
  CHECK(profile[0].calls == 1);
  CHECK(profile[0].operations == 2 * 6 * 40 * 24 + 6 * 24);
  CHECK(profile[0].bytes == 4 * (6 * 40 + 40 * 24 + 6 * 24));
}

TEST_CASE("a grouped convolution counts the channels of one group, a depthwise one its window") {
  const std::string attributes =
      "strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, channels_last";
  Tensor x = ramp({1, 5, 7, 32});
  auto grouped = profileOf(R"(
  func.func @main(%x: tensor<1x5x7x32xf32>) -> tensor<1x5x7x64xf32> {
    %w = graph.constant dense<0.5> : tensor<64x16x3x3xf32>
    %0 = graph.conv %x, %w {group = 2 : i64, )" +
                               attributes + R"(} : (tensor<1x5x7x32xf32>, tensor<64x16x3x3xf32>) -> tensor<1x5x7x64xf32>
    return %0 : tensor<1x5x7x64xf32>
  })",
                           {x});
  CHECK(grouped.back().operations == 2 * 5 * 7 * 64 * 9 * 16);
  auto depthwise =
      profileOf(R"(
  func.func @main(%x: tensor<1x5x7x32xf32>) -> tensor<1x5x7x32xf32> {
    %w = graph.constant dense<0.5> : tensor<32x1x3x3xf32>
    %0 = graph.conv %x, %w {group = 32 : i64, )" +
                    attributes + R"(} : (tensor<1x5x7x32xf32>, tensor<32x1x3x3xf32>) -> tensor<1x5x7x32xf32>
    return %0 : tensor<1x5x7x32xf32>
  })",
                {x});
  CHECK(depthwise.back().operations == 2 * 5 * 7 * 32 * 9);
}

TEST_CASE("what is looked up counts once for each element of the result") {
  Tensor indices(DType::Int64, {5});
  auto profile = profileOf(R"(
  func.func @main(%i: tensor<5xi64>, %t: tensor<1000x16xf32>) -> tensor<5x16xf32> {
    %0 = graph.gather %t, %i {axis = 0 : i64} : (tensor<1000x16xf32>, tensor<5xi64>) -> tensor<5x16xf32>
    return %0 : tensor<5x16xf32>
  })",
                           {indices, ramp({1000, 16})});
  REQUIRE(profile.size() == 1);
  CHECK(profile[0].bytes == 5 * 16 * (8 + 4 + 4)); // index, entry, result
}
