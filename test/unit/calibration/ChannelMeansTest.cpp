#include "Calibration/ChannelMeans.h"

#include <catch2/catch.hpp>

#include <cmath>

using namespace mlc;

static Tensor tensor(std::vector<int64_t> shape, std::vector<float> values) {
  Tensor result(DType::Float32, std::move(shape));
  std::copy(values.begin(), values.end(), result.data<float>());
  return result;
}

TEST_CASE("channels are averaged over samples of any size, without what is not finite") {
  ChannelMeans means(1);
  CHECK(means.means().empty());
  REQUIRE(means.add(tensor({2, 2, 2}, {1, 3, 10, 20, 5, 7, 30, NAN})));
  REQUIRE(means.add(tensor({1, 2, 1}, {4, 40})));
  CHECK(means.means() == std::vector<double>{4, 25});
}

TEST_CASE("a channel without a finite element leaves no means") {
  ChannelMeans means(0);
  REQUIRE(means.add(tensor({2}, {1, INFINITY})));
  CHECK(means.means().empty());
}

TEST_CASE("tensors that do not fit are errors") {
  ChannelMeans means(1);
  REQUIRE(means.add(tensor({1, 2}, {1, 2})));
  CHECK(means.add(tensor({1, 3}, {1, 2, 3})).error().message == "a tensor with 2 channels has 3 in another sample");
  CHECK(means.add(tensor({2}, {1, 2})).error().message ==
        "channels along dimension 1 of float32 are averaged, not of float32[2]");
}
