#include "Calibration/Calibrators.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <random>

using namespace mlc;

static TensorStatistics statisticsOf(std::vector<std::vector<float>> samples) {
  TensorStatistics seen;
  for (const std::vector<float> &values : samples) {
    Tensor tensor(DType::Float32, {static_cast<int64_t>(values.size())});
    std::copy(values.begin(), values.end(), tensor.data<float>());
    REQUIRE(observe(seen, tensor));
  }
  return seen;
}

// Mostly within ±4, and one value far out.
static TensorStatistics withOutlier(float outlier) {
  std::mt19937 random(5);
  std::normal_distribution<float> normal;
  std::vector<float> values(20000);
  for (float &value : values)
    value = normal(random);
  values.push_back(outlier);
  return statisticsOf({values});
}

TEST_CASE("min-max gives the range seen, and no calibrator gives one without a finite element") {
  auto range = minMaxRange(statisticsOf({{-1, 2}, {3}}));
  REQUIRE(range);
  CHECK(range->min == -1);
  CHECK(range->max == 3);
  for (const Calibrator &calibrator : calibrators()) {
    INFO(calibrator.name);
    CHECK_FALSE(calibrator.range(statisticsOf({{NAN}}), calibrator.parameter));
    auto zero = calibrator.range(statisticsOf({{0, 0}}), calibrator.parameter);
    REQUIRE(zero);
    CHECK(std::fabs(zero->max) < 1e-30);
  }
}

TEST_CASE("the moving average is that of each sample's ends") {
  auto range = movingAverageRange(statisticsOf({{-1, 2}, {-3, 8}}));
  REQUIRE(range);
  CHECK(range->min == -2);
  CHECK(range->max == 5);
}

TEST_CASE("a percentile leaves out values at the ends, but not the end at 0") {
  std::vector<float> values;
  for (int i = 0; i < 10000; ++i)
    values.push_back(static_cast<float>(i));
  auto oneSided = percentileRange(statisticsOf({values}), 99);
  REQUIRE(oneSided);
  CHECK(oneSided->min == 0);
  CHECK(oneSided->max == Approx(9900).margin(8)); // a bin
  for (float &value : values)
    value -= 5000;
  auto twoSided = percentileRange(statisticsOf({values}), 99);
  CHECK(twoSided->min == Approx(-4950).margin(8));
  CHECK(twoSided->max == Approx(4950).margin(8));
  CHECK(percentileRange(statisticsOf({values}), 100)->max == 4999);
}

TEST_CASE("entropy clips a lone outlier, and hardly a plain distribution") {
  auto clipped = entropyRange(withOutlier(60));
  REQUIRE(clipped);
  CHECK(clipped->max < 30);
  CHECK(clipped->max > 2.5);
  CHECK(clipped->min < -2.5);
  CHECK(entropyRange(withOutlier(0))->max > 2.5);
}

TEST_CASE("entropy does not clip for the sake of a relu's zeros") {
  std::mt19937 random(5);
  std::normal_distribution<float> normal;
  std::vector<float> values(200000);
  for (float &value : values)
    value = std::max(0.0f, normal(random));
  CHECK(entropyRange(statisticsOf({values}))->max > 3);
}

TEST_CASE("entropy clips nothing where there are too few values to tell") {
  std::mt19937 random(5);
  std::normal_distribution<float> normal;
  std::vector<float> values(3000);
  for (float &value : values)
    value = normal(random);
  TensorStatistics seen = statisticsOf({values});
  CHECK(entropyRange(seen)->max == seen.max);
}

TEST_CASE("the clips of least squared error are those that a search over real roundings finds") {
  std::mt19937 random(5);
  std::normal_distribution<float> normal;
  std::vector<float> values(20000);
  for (float &value : values) {
    value = normal(random);
    value = value * value * value * value * value; // a heavy tail
  }
  TensorStatistics seen = statisticsOf({values});
  auto error = [&](Range range) {
    QuantParams params = asymmetricUi8(range);
    double sum = 0;
    for (float value : values) {
      double level = std::clamp<double>(std::nearbyint(value / params.scale) + params.zero_point, 0, 255);
      double difference = value - (level - params.zero_point) * params.scale;
      sum += difference * difference;
    }
    return sum;
  };
  double least = error({seen.min, seen.max});
  for (int i = 10; i <= 100; ++i)
    for (int j = 10; j <= 100; ++j)
      least = std::min(least, error({seen.min * i / 100, seen.max * j / 100}));
  Range found = *meanSquaredErrorRange(seen);
  CHECK(error(found) < 1.05 * least);
  CHECK(error(found) <= error({seen.min, seen.max}));
}

TEST_CASE("least squared error clips what costs more levels than it is worth") {
  std::mt19937 random(5);
  std::uniform_real_distribution<float> spread(-1, 1);
  std::vector<float> values(200000);
  for (float &value : values)
    value = spread(random);
  values.push_back(1.4f);
  auto range = meanSquaredErrorRange(statisticsOf({values}));
  REQUIRE(range);
  CHECK(range->max == Approx(1).margin(0.1));
  CHECK(range->min == Approx(-1).margin(0.02));
}

TEST_CASE("the larger the power, the more of the outermost values stay") {
  std::mt19937 random(5);
  std::normal_distribution<float> normal;
  std::vector<float> values(200000);
  for (float &value : values)
    value = normal(random) * normal(random);
  TensorStatistics seen = statisticsOf({values});
  double last = 0;
  for (double power : {1.0, 2.0, 2.4, 4.0, 8.0}) {
    Range range = *powerErrorRange(seen, power);
    CHECK(range.max - range.min > last);
    last = range.max - range.min;
  }
  CHECK(last <= seen.max - seen.min);
  CHECK(powerErrorRange(seen, 2)->max == meanSquaredErrorRange(seen)->max);
}

TEST_CASE("calibrators are found by name, with a parameter where they take one") {
  auto found = findCalibrator("min-max");
  REQUIRE(found);
  CHECK(found->range == minMaxRange);
  CHECK(findCalibrator("percentile")->parameter == 99.99);
  CHECK(findCalibrator("percentile:99.5")->parameter == 99.5);
  auto message = [](const char *text) {
    auto missing = findCalibrator(text);
    REQUIRE_FALSE(missing);
    CHECK(missing.error().code == ExitCode::Usage);
    return missing.error().message;
  };
  CHECK(message("minmax") ==
        "unknown calibrator 'minmax'; there are: min-max, moving-average, percentile, entropy, mse, lp");
  CHECK(message("mse:3") == "calibrator 'mse' takes no parameter");
  for (const char *text : {"percentile:", "percentile:49", "percentile:99x", "percentile:101", "percentile:nan"})
    CHECK(message(text) == "'" + std::string(text).substr(11) +
                               "' is no parameter of calibrator 'percentile', which takes a number from 50 to 100");
}

TEST_CASE("asymmetric ui8 represents 0 exactly and covers the range within half a step") {
  auto [low, high] =
      GENERATE(table<double, double>({{-1, 1}, {0, 6}, {2, 5}, {-3, -1}, {-0.001, 1000}, {-1e-3, 1e-3}}));
  QuantParams params = asymmetricUi8({low, high});
  CHECK(params.zero_point >= 0);
  CHECK(params.zero_point <= 255);
  CHECK((0 - params.zero_point) * params.scale <= std::min(low, 0.0) + 0.5001 * params.scale);
  CHECK((255 - params.zero_point) * params.scale >= std::max(high, 0.0) - 0.5001 * params.scale);
}

TEST_CASE("ranges of one sign end at 0") {
  CHECK(asymmetricUi8({2, 5.1}).zero_point == 0);
  CHECK(asymmetricUi8({2, 5.1}).scale == 0.02f);
  CHECK(asymmetricUi8({-5.1, -2}).zero_point == 255);
}

TEST_CASE("an empty range still has a usable scale") {
  QuantParams params = asymmetricUi8({0, 0});
  CHECK(params.scale == 1.0f);
  CHECK(params.zero_point == 0);
  CHECK(symmetricI8Scale(0) == 1.0f);
}
