// The figures are scikit-learn's (mean_absolute_error, mean_squared_error, r2_score).
#include "MeasureMetric.h"

#include <cmath>

using namespace mlc;

namespace {
std::vector<MetricCase> numbers(bool withLabels) {
  MetricCase sample{{floats({4, 1}, {2.5f, 0, 2, 8})}, {floats({4, 1}, {2, 0.5f, 2, 9})}};
  if (withLabels)
    sample.labels = labelled(floats({4}, {3, -0.5f, 2, 7}));
  return {sample};
}
} // namespace

TEST_CASE("errors of numbers against labels") {
  MetricRow mae = measure("mae", numbers(true)), rmse = measure("rmse", numbers(true)),
            r2 = measure("r2", numbers(true));
  CHECK(mae.baseline == 0.5);
  CHECK(mae.candidate == 1);
  CHECK(mae.drop == 1); // twice the error
  CHECK(mae.items == 4);
  CHECK(rmse.baseline == Approx(0.6123724356957945));
  CHECK(rmse.candidate == Approx(1.224744871391589));
  CHECK(rmse.drop == Approx(1));
  CHECK(r2.baseline == Approx(0.9486081370449679));
  CHECK(r2.candidate == Approx(0.7944325481798715));
  CHECK(r2.drop == Approx(1 - 0.7944325481798715 / 0.9486081370449679));
}

TEST_CASE("errors of numbers against the original are relative to its magnitude") {
  MetricRow mae = measure("mae", numbers(false)), rmse = measure("rmse", numbers(false)),
            r2 = measure("r2", numbers(false)), sqnr = measure("sqnr", numbers(false));
  CHECK(mae.baseline == 0);
  CHECK(mae.candidate == 0.5);
  CHECK(mae.drop == Approx(0.5 / 4.3084219849035215));
  CHECK(rmse.drop == Approx(0.6123724356957945 / 4.3084219849035215));
  CHECK(r2.baseline == 1);
  CHECK(r2.candidate == Approx(0.9573712255772646));
  CHECK(std::isinf(sqnr.baseline));
  CHECK(sqnr.candidate == Approx(20 * std::log10(4.3084219849035215 / 0.6123724356957945)));
  CHECK(sqnr.drop == Approx(0.6123724356957945 / 4.3084219849035215));
}

TEST_CASE("an original without an error gives the scale to its magnitude") {
  MetricCase sample{{floats({2}, {3, 4})}, {floats({2}, {3, 5})}, labelled(floats({2}, {3, 4}))};
  CHECK(measure("rmse", {sample}).drop == Approx(std::sqrt(0.5) / std::sqrt(12.5)));
}

TEST_CASE("NaN is never good") {
  MetricCase good{{floats({1}, {1})}, {floats({1}, {1})}}, bad{{floats({1}, {1})}, {floats({1}, {NAN})}};
  MetricRow mae = measure("mae", {good, bad, good});
  CHECK(std::isnan(mae.drop));
  CHECK_FALSE(mae.interval);
  CHECK(mae.worstSample == "s1");
}
