// The figures are scikit-learn's (accuracy_score, f1_score and roc_auc_score with average="macro", log_loss).
#include "MeasureMetric.h"

#include <cmath>

using namespace mlc;

namespace {
const std::vector<int64_t> truth = {0, 1, 2, 2, 1, 0, 2, 1};
const std::vector<float> original = {1.2f, 0.3f, -0.3f, -0.9f, 0.7f,  -1,    0.1f,  1.3f,  0.7f,  -0.6f, 0.5f,  1.6f,
                                     0.1f, 0.3f, 0,     1.9f,  -1.3f, -0.5f, -1.9f, -1.3f, -0.6f, -0.2f, -0.1f, 0.3f};
const std::vector<float> compressed = {1.3f, 0.2f, -2.1f, -1.3f, 0.7f,  -0.9f, -1,    1,     0,    -1.2f, 1.2f, 1,
                                       0.1f, 0.9f, -0.4f, 1.8f,  -1.2f, -0.5f, -2.8f, -1.2f, 0.4f, -1.3f, 0.5f, 0.4f};

/// As one batch, or as samples of one row each.
std::vector<MetricCase> rows(bool batch, bool withLabels) {
  std::vector<MetricCase> samples;
  int64_t each = batch ? 8 : 1;
  for (int64_t i = 0; i < 8; i += each) {
    auto part = [&](const std::vector<float> &all) {
      return floats({each, 3}, {all.begin() + 3 * i, all.begin() + 3 * (i + each)});
    };
    samples.push_back({{part(original)}, {part(compressed)}});
    if (withLabels)
      samples.back().labels = labelled(integers({each}, {truth.begin() + i, truth.begin() + i + each}));
  }
  return samples;
}
} // namespace

TEST_CASE("classification with labels, as a batch and one by one") {
  for (bool batch : {true, false}) {
    INFO(batch);
    auto samples = rows(batch, true);
    MetricRow top1 = measure("top1", samples), f1 = measure("f1", samples), auc = measure("auc", samples),
              loss = measure("logloss", samples), flips = measure("flips", samples);
    CHECK(top1.truth == "labels");
    CHECK(top1.output == "y0");
    CHECK(top1.items == 8);
    CHECK(top1.samples == (batch ? 1 : 8));
    CHECK(top1.baseline == 0.75);
    CHECK(top1.candidate == 0.75);
    CHECK(top1.drop == 0);
    CHECK(f1.baseline == Approx(0.7777777777777777));
    CHECK(f1.candidate == Approx(0.75));
    CHECK(f1.drop == Approx(1 - 0.75 / 0.7777777777777777));
    CHECK(auc.baseline == Approx(0.9333333333333332));
    CHECK(auc.candidate == Approx(0.888888888888889));
    CHECK(loss.baseline == Approx(0.6566005587352092));
    CHECK(loss.candidate == Approx(0.5606453612005584));
    CHECK(loss.drop == Approx(0.5606453612005584 / 0.6566005587352092 - 1));
    CHECK_FALSE(loss.higherIsBetter);
    CHECK(flips.candidate == 0.25);
    CHECK(flips.drop == 0.25);
    CHECK(flips.truth == "original");
  }
}

TEST_CASE("without labels the original is right") {
  auto samples = rows(false, false);
  MetricRow top1 = measure("top1", samples);
  CHECK(top1.truth == "original");
  CHECK(top1.baseline == 1);
  CHECK(top1.candidate == 0.75);
  CHECK(top1.drop == 0.25);
  CHECK(top1.worstSample == "s3");
  CHECK(top1.worstDrop == 1);
  CHECK(measure("f1", samples).candidate == Approx(0.75));
  CHECK(measure("f1", samples).worstSample == "s3");
  // The divergence of the two distributions.
  MetricRow loss = measure("logloss", samples);
  CHECK(loss.baseline == 0);
  CHECK(loss.candidate == Approx(0.10257607581991941));
  CHECK(loss.drop == Approx(1 - std::exp(-0.10257607581991941)));
}

TEST_CASE("one score a row is a class of two") {
  std::vector<int64_t> y = {0, 0, 1, 1, 1, 0};
  std::vector<float> s = {0.1f, 0.4f, 0.35f, 0.8f, 0.4f, 0.2f}, c = {0.3f, 0.4f, 0.3f, 0.8f, 0.2f, 0.2f};
  std::vector<MetricCase> samples = {{{floats({6, 1}, s)}, {floats({6, 1}, c)}, labelled(integers({6}, y))}};
  MetricRow auc = measure("auc", samples), loss = measure("logloss", samples), top1 = measure("top1", samples);
  CHECK(auc.baseline == Approx(0.8333333333333334)); // with a tie
  CHECK(auc.candidate == Approx(0.5555555555555556));
  CHECK(auc.worstSample == ""); // a row by itself has no such area
  CHECK(loss.baseline == Approx(0.5047643497375115));
  CHECK(loss.candidate == Approx(0.6878663978488632));
  CHECK(top1.baseline == Approx(4.0 / 6)); // only 0.8 is above one half
  // Two columns of probabilities say the same.
  std::vector<float> s2, c2;
  for (size_t i = 0; i < 6; ++i) {
    s2.insert(s2.end(), {1 - s[i], s[i]});
    c2.insert(c2.end(), {1 - c[i], c[i]});
  }
  samples = {{{floats({6, 2}, s2)}, {floats({6, 2}, c2)}, labelled(integers({6}, y))}};
  CHECK(measure("auc", samples).candidate == Approx(0.5555555555555556));
  CHECK(measure("logloss", samples).candidate == Approx(0.6878663978488632));
}

TEST_CASE("the five best, and one-hot labels") {
  std::vector<float> best = {9, 8, 7, 6, 5, 4}, worse = {9, 8, 7, 6, 4, 5};
  std::vector<MetricCase> samples = {{{floats({1, 6}, best)}, {floats({1, 6}, worse)}, labelled(integers({1}, {4}))}};
  CHECK(measure("top5", samples).baseline == 1);
  CHECK(measure("top5", samples).candidate == 0);
  CHECK(measure("top1", samples).baseline == 0);
  samples[0].labels = labelled(floats({1, 6}, {0, 0, 0, 0, 1, 0}));
  CHECK(measure("top5", samples).candidate == 0);
  samples[0].labels = labelled(integers({1}, {-1})); // no truth
  CHECK(std::isnan(measure("top5", samples).candidate));
}

TEST_CASE("answers of integers, and NaN") {
  std::vector<MetricCase> samples = {
      {{integers({4}, {1, 2, 3, 4})}, {integers({4}, {1, 2, 3, 5})}, labelled(integers({4}, {1, 2, 0, 4}))}};
  MetricRow top1 = measure("top1", samples);
  CHECK(top1.baseline == 0.75);
  CHECK(top1.candidate == 0.5);
  CHECK(top1.items == 4);
  CHECK(measure("flips", samples).candidate == 0.25);
  samples = {{{floats({1, 2}, {0, 1})}, {floats({1, 2}, {NAN, 1})}}};
  CHECK(measure("top1", samples).candidate == 0);
  CHECK(measure("flips", samples).candidate == 1);
  CHECK(measure("top5", {{{floats({1, 6}, {0, 1, 2, 3, 4, 5})}, {floats({1, 6}, {0, NAN, 2, 3, 4, 5})}}}).candidate ==
        0);
  CHECK(std::isnan(measure("logloss", samples).drop));
}

TEST_CASE("labels that do not fit are refused") {
  using Catch::Contains;
  MetricCase sample{{floats({2, 3}, {1, 0, 0, 0, 1, 0})}, {floats({2, 3}, {1, 0, 0, 0, 1, 0})}};
  sample.labels = labelled(integers({3}, {0, 1, 2}));
  CHECK_THAT(refusal("top1", sample), Contains("'label' are int64[3], but the output has 2 rows"));
  sample.labels = labelled(integers({2}, {0, 3}));
  CHECK_THAT(refusal("top1", sample), Contains("class 3, but the output has 3 classes"));
  sample.labels = {};
  sample.compressed = {floats({1, 3}, {1, 0, 0})};
  CHECK_THAT(refusal("top1", sample), Contains("needs equal shapes"));
}
