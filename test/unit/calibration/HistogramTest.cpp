#include "Calibration/Histogram.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <random>

using namespace mlc;

static void add(Histogram &histogram, const std::vector<float> &values) {
  auto [low, high] = std::minmax_element(values.begin(), values.end());
  histogram.add(values.data(), static_cast<int64_t>(values.size()), *low, *high);
}

TEST_CASE("bins hold what falls into them, and are as fine as their number allows") {
  Histogram histogram;
  std::vector<float> values;
  for (int i = -700; i <= 1000; ++i)
    values.push_back(static_cast<float>(i) / 100);
  add(histogram, values);
  auto bins = histogram.bins();
  CHECK(bins.size() <= Histogram::kBins);
  CHECK(bins.size() > Histogram::kBins / 2);
  CHECK(bins.front().low <= -7);
  CHECK(bins.back().high > 10);
  for (const Histogram::Bin &bin : bins)
    CHECK(bin.count ==
          std::count_if(values.begin(), values.end(), [&](float v) { return v >= bin.low && v < bin.high; }));
}

TEST_CASE("the order of the values does not matter, nor that they came in parts") {
  std::mt19937 random(3);
  std::uniform_real_distribution<float> exponent(-12, 12);
  std::vector<float> values(4000);
  for (float &value : values)
    value = std::exp(exponent(random)) * (random() % 2 ? 1.0f : -1.0f);
  Histogram whole;
  add(whole, values);
  Histogram streamed;
  for (size_t i = 0; i < values.size(); i += 7)
    add(streamed, std::vector<float>(values.begin() + i, values.begin() + std::min(i + 7, values.size())));
  CHECK(streamed == whole);
  std::shuffle(values.begin(), values.end(), random);
  Histogram first, second;
  add(first, std::vector<float>(values.begin(), values.begin() + 1000));
  add(second, std::vector<float>(values.begin() + 1000, values.end()));
  first.add(second);
  CHECK(first == whole);
  first.add(Histogram());
  CHECK(first == whole);
}

TEST_CASE("extreme values have bins too") {
  for (std::vector<float> values : std::vector<std::vector<float>>{
           {0}, {1e-45f, 2e-45f}, {3.4e38f, -3.4e38f}, {3.4e38f, 1e-45f}, {5e20f}, {-0.0f, 0.0f}}) {
    Histogram histogram;
    add(histogram, values);
    CHECK(histogram.total() == static_cast<int64_t>(values.size()));
    CHECK(histogram.bins().size() <= Histogram::kBins);
  }
}
