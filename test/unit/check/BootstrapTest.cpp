#include "Check/Bootstrap.h"
#include "MeasureMetric.h"

#include <cmath>

using namespace mlc;

TEST_CASE("levels widen for few items") {
  // scipy.stats: norm.cdf(-t.ppf(0.975, n - 1) * sqrt(n / (n - 1)))
  CHECK(percentileLevel(5) == Approx(0.000954).epsilon(0.05));
  CHECK(percentileLevel(30) == Approx(0.018765).epsilon(0.01));
  CHECK(percentileLevel(100000) == Approx(0.025).epsilon(0.001));
}

TEST_CASE("the interval of a mean is that of its standard error") {
  // 200 values 0 … 199: mean 99.5, standard deviation 57.73; 1.96 · 57.73 / √200 = 8.0.
  std::vector<double> values(200);
  for (size_t i = 0; i < values.size(); ++i)
    values[i] = double(i);
  auto mean = [&](const std::vector<uint32_t> &counts) {
    double sum = 0, drawn = 0;
    for (size_t i = 0; i < counts.size(); ++i) {
      sum += counts[i] * values[i];
      drawn += counts[i];
    }
    CHECK(drawn == 200);
    return std::vector<double>{sum / drawn, NAN};
  };
  auto intervals = bootstrapIntervals(200, 2, mean);
  REQUIRE(intervals[0]);
  CHECK(intervals[0]->low == Approx(99.5 - 8.0).margin(1));
  CHECK(intervals[0]->high == Approx(99.5 + 8.0).margin(1));
  CHECK_FALSE(intervals[1]);
  auto again = bootstrapIntervals(200, 2, mean);
  CHECK(again[0]->low == intervals[0]->low);
  CHECK(again[0]->high == intervals[0]->high);
  CHECK_FALSE(bootstrapIntervals(1, 1, [](const auto &) { return std::vector<double>{1}; })[0]);
}

TEST_CASE("all items are drawn alike") {
  std::vector<uint32_t> drawn(20);
  int resamples = 0;
  bootstrapIntervals(20, 1, [&](const std::vector<uint32_t> &counts) {
    ++resamples;
    for (size_t i = 0; i < counts.size(); ++i)
      drawn[i] += counts[i];
    return std::vector<double>{0};
  });
  CHECK(resamples == 1000);
  for (uint32_t count : drawn) { // each about 1000 times, ± 31
    CHECK(count > 850);
    CHECK(count < 1150);
  }
}

namespace {
/// Rows of two classes; of every hundred, `lost` flip.
std::vector<MetricCase> flipping(int rows, int lost) {
  std::vector<MetricCase> samples;
  for (int i = 0; i < rows; ++i) {
    float flipped = i % 100 < lost ? 1 : 0;
    samples.push_back({{floats({1, 2}, {1, 0})}, {floats({1, 2}, {1 - flipped, flipped})}});
  }
  return samples;
}
} // namespace

TEST_CASE("the drop's interval holds the drop") {
  MetricRow row = measure("top1", flipping(400, 10));
  CHECK(row.drop == Approx(0.1));
  REQUIRE(row.interval);
  // 0.1 ± 1.96 √(0.1 · 0.9 / 400)
  CHECK(row.interval->low == Approx(0.0706).margin(0.006));
  CHECK(row.interval->high == Approx(0.1294).margin(0.006));
  REQUIRE(row.candidateInterval);
  CHECK(row.candidateInterval->low == Approx(1 - row.interval->high));
  CHECK(row.candidateInterval->high == Approx(1 - row.interval->low));
}

TEST_CASE("no loss seen is no proof that there is none") {
  MetricRow row = measure("top1", flipping(100, 0));
  CHECK(row.drop == 0);
  REQUIRE(row.interval);
  CHECK(row.interval->low == 0);
  CHECK(row.interval->high == Approx(1 - std::pow(0.05, 0.01))); // about 3/100
  CHECK(row.candidateInterval->low == Approx(std::pow(0.05, 0.01)));
  CHECK(measure("flips", flipping(100, 0)).candidateInterval->high == Approx(1 - std::pow(0.05, 0.01)));
  // What is measured rather than counted shows its spread by itself.
  CHECK(measure("cosine", flipping(100, 0)).interval->high == 0);
}
