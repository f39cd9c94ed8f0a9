#include "MeasureMetric.h"

#include <cmath>

using namespace mlc;

TEST_CASE("cosine of embeddings, and its percentiles") {
  std::vector<MetricCase> samples;
  // Turned by 0, 10, …, 90 degrees.
  for (int i = 0; i < 10; ++i) {
    float angle = float(i) * float(M_PI) / 18;
    samples.push_back({{floats({1, 2}, {2, 0})}, {floats({1, 2}, {std::cos(angle), std::sin(angle)})}});
  }
  double sum = 0;
  for (int i = 0; i < 10; ++i)
    sum += std::cos(i * M_PI / 18);
  MetricRow mean = measure("cosine", samples), worst = measure("cosine@1", samples),
            middle = measure("cosine@50", samples);
  CHECK(mean.baseline == 1);
  CHECK(mean.candidate == Approx(sum / 10));
  CHECK(mean.drop == Approx(1 - sum / 10));
  CHECK(mean.worstSample == "s9");
  CHECK(mean.worstDrop == Approx(1));
  // numpy.percentile(cos, [1, 50])
  CHECK(worst.candidate == Approx(0.09 * std::cos(8 * M_PI / 18)).margin(1e-6));
  CHECK(middle.candidate == Approx((std::cos(4 * M_PI / 18) + std::cos(5 * M_PI / 18)) / 2));
  CHECK(measure("cosine", {{{floats({2}, {0, 0})}, {floats({2}, {0, 0})}}}).candidate == 1);
  CHECK(refusal("cosine@100", samples[0]).find("percentile") != std::string::npos);
}

TEST_CASE("neighbours that stay") {
  // Angles of 0, 10, 25, 100, 130 degrees; the nearest neighbours are 1, 0, 1, 4, 3. Compressed: the third vector moves
  // to the fourth, so that the neighbours are 1, 0, 3, 2, 3.
  auto vectors = [](std::vector<double> angles) {
    std::vector<float> values;
    for (double angle : angles)
      values.insert(values.end(), {float(3 * std::cos(angle * M_PI / 180)), float(3 * std::sin(angle * M_PI / 180))});
    return floats({int64_t(angles.size()), 2}, values);
  };
  std::vector<MetricCase> samples = {{{vectors({0, 10, 25, 100, 130})}, {vectors({0, 10, 92, 100, 130})}}};
  MetricRow recall = measure("recall@1", samples);
  CHECK(recall.items == 5);
  CHECK(recall.candidate == Approx(3.0 / 5));
  CHECK(recall.drop == Approx(2.0 / 5));
  CHECK(measure("recall@4", samples).candidate == 1); // all others are always the same
  // The same five as samples of their own.
  std::vector<MetricCase> apart;
  for (auto [a, b] : {std::pair(0, 0), {10, 10}, {25, 92}, {100, 100}, {130, 130}})
    apart.push_back({{vectors({double(a)})}, {vectors({double(b)})}});
  CHECK(measure("recall@1", apart).candidate == Approx(3.0 / 5));
  CHECK(measure("recall@1", apart).worstSample == "s2");
}
