// The figures are scikit-learn's (jaccard_score, average="macro", without the pixels that are ignored).
#include "MeasureMetric.h"

using namespace mlc;

namespace {
const std::vector<int64_t> truth = {0, 0, 1, 1, 0, 2, 1, 1, 255, 2, 2, 0}, first = {0, 1, 1, 1, 0, 2, 1, 0, 0, 2, 1, 0},
                           second = {0, 1, 1, 1, 0, 2, 2, 0, 0, 1, 1, 0};

/// Scores [1,3,3,4] or [1,3,4,3] whose best class is the mask's.
Tensor scoresOf(const std::vector<int64_t> &mask, bool channelsLast) {
  Tensor scores(DType::Float32, channelsLast ? std::vector<int64_t>{1, 3, 4, 3} : std::vector<int64_t>{1, 3, 3, 4});
  for (size_t i = 0; i < 12; ++i)
    scores.data<float>()[channelsLast ? i * 3 + size_t(mask[i]) : size_t(mask[i]) * 12 + i] = 2;
  return scores;
}
} // namespace

TEST_CASE("mean intersection over union of masks and of scores") {
  MetricCase masks{{integers({1, 3, 4}, first)}, {integers({1, 3, 4}, second)}, labelled(integers({3, 4}, truth))};
  MetricCase scores{{scoresOf(first, false)}, {scoresOf(second, false)}, masks.labels};
  MetricCase last{{scoresOf(first, true)}, {scoresOf(second, true)}, masks.labels};
  for (const MetricRow &row : {measure("miou", {masks}), measure("miou", {scores}), measure("miou:axis=-1", {last})}) {
    CHECK(row.baseline == Approx(0.5888888888888889));
    CHECK(row.candidate == Approx(0.37857142857142856));
    CHECK(row.drop == Approx(1 - 0.37857142857142856 / 0.5888888888888889));
  }
  masks.labels = {};
  CHECK(measure("miou", {masks}).baseline == 1);
  CHECK(measure("miou", {masks}).candidate == Approx(0.6666666666666666));
}

TEST_CASE("masks of several images are counted together") {
  MetricCase good{{integers({1, 1, 4}, {0, 0, 1, 1})}, {integers({1, 1, 4}, {0, 0, 1, 1})}},
      bad{{integers({1, 1, 4}, {0, 0, 1, 1})}, {integers({1, 1, 4}, {0, 0, 0, 0})}};
  MetricRow row = measure("miou", {good, bad});
  CHECK(row.candidate == Approx((4.0 / 6 + 2.0 / 4) / 2));
  CHECK(row.worstSample == "s1");
  CHECK(row.worstDrop == Approx(1 - (0.5 + 0) / 2));
}
