#include "Check/TaskMetrics.h"
#include "TestTensors.h"

#include <catch2/catch.hpp>
#include <cmath>

using namespace mlc;

namespace {
Tensor floats(std::vector<int64_t> shape, std::vector<float> values) {
  return makeTensor<float>(DType::Float32, std::move(shape), std::move(values));
}
Tensor integers(std::vector<int64_t> shape, std::vector<int64_t> values) {
  return makeTensor<int64_t>(DType::Int64, std::move(shape), std::move(values));
}
TensorDescription output(const char *name, std::vector<int64_t> shape = {-1, 3}) {
  return {name, DType::Float32, std::move(shape), {}};
}

// One sample through a metric.
MetricRow measured(const std::string &spec, const Tensor &original, const Tensor &compressed,
                   const std::optional<Tensor> &truth = {}) {
  auto metric = TaskMetric::create(spec, {output("y", original.shape)});
  INFO((metric ? "" : metric.error().message));
  REQUIRE(metric);
  std::vector<NamedTensor> labels;
  if (truth)
    labels.push_back({"label", *truth});
  auto added = metric->add("sample", labels, {original}, {compressed});
  INFO((added ? "" : added.error().message));
  REQUIRE(added);
  return metric->finish();
}

// Rows of scores for classes 0, 1, 2, 1, 0; the compressed model gets the last two wrong.
const Tensor kOriginal = floats({5, 3}, {5, 1, 0, 0, 4, 1, 0, 1, 3, 1, 2, 0, 3, 1, 2});
const Tensor kCompressed = floats({5, 3}, {4, 1, 0, 0, 4, 1, 0, 1, 3, 2, 1, 0, 1, 2, 3});
const Tensor kTruth = integers({5}, {0, 1, 2, 1, 2});
} // namespace

TEST_CASE("classes against labels, and against the original without them") {
  MetricRow row = measured("top1", kOriginal, kCompressed, kTruth);
  CHECK(row.truth == "labels");
  CHECK(row.baseline == Approx(0.8));
  CHECK(row.candidate == Approx(0.8)); // another row is wrong
  CHECK(row.drop == Approx(0).margin(1e-12));
  CHECK(row.samples == 5);

  row = measured("top1", kOriginal, kCompressed);
  CHECK(row.truth == "original");
  CHECK(row.baseline == 1);
  CHECK(row.candidate == Approx(0.6));
  CHECK(row.drop == Approx(0.4));
  CHECK(row.worstSample == "sample[3]");
  CHECK(row.worstDrop == 1);

  row = measured("flips", kOriginal, kCompressed, kTruth);
  CHECK_FALSE(row.higherIsBetter);
  CHECK(row.candidate == Approx(0.4));
  CHECK(row.drop == Approx(0.4));
}

TEST_CASE("a row with equal scores is right for each of the classes that share the place") {
  Tensor tie = floats({1, 3}, {2, 2, 1});
  CHECK(measured("top1", tie, tie, integers({1}, {1})).candidate == 1);
  CHECK(measured("top1", tie, tie, integers({1}, {2})).candidate == 0);
  Tensor nan = floats({1, 3}, {NAN, 2, 1});
  CHECK(measured("top1", tie, nan, integers({1}, {1})).candidate == 0);
}

TEST_CASE("f1, auc and log loss of known answers") {
  // Original answers 0 1 2 1 0 for 0 1 2 1 2: f1 of the classes 2/3, 1, 2/3.
  MetricRow row = measured("f1", kOriginal, kCompressed, kTruth);
  CHECK(row.baseline == Approx((2.0 / 3 + 1 + 2.0 / 3) / 3));
  // Compressed answers 0 1 2 0 2: 2/3, 2/3, 1.
  CHECK(row.candidate == Approx((2.0 / 3 + 2.0 / 3 + 1) / 3));

  // Of the pairs (negative, positive) three of four are in order; in the compressed model two and a tie.
  Tensor truth = integers({4}, {0, 0, 1, 1});
  row = measured("auc", floats({4, 1}, {0.1f, 0.4f, 0.35f, 0.8f}), floats({4, 1}, {0.1f, 0.8f, 0.35f, 0.8f}), truth);
  CHECK(row.baseline == Approx(0.75));
  CHECK(row.candidate == Approx((1 + 1 + 0 + 0.5) / 4));
  CHECK(row.drop == Approx((0.75 - 0.625) / 0.75));

  row = measured("logloss", floats({1, 2}, {0.8f, 0.2f}), floats({1, 2}, {0.5f, 0.5f}), integers({1}, {0}));
  CHECK(row.baseline == Approx(-std::log(0.8)).epsilon(1e-6));
  CHECK(row.candidate == Approx(-std::log(0.5)).epsilon(1e-6));
  CHECK(row.drop == Approx(std::log(0.5) / std::log(0.8) - 1).epsilon(1e-5));
}

TEST_CASE("errors of numbers") {
  Tensor truth = floats({2, 1}, {3, -4}), a = floats({2, 1}, {4, -4}), b = floats({2, 1}, {4, -7});
  MetricRow row = measured("mae", a, b, truth);
  CHECK(row.baseline == Approx(0.5));
  CHECK(row.candidate == Approx(2));
  CHECK(row.drop == Approx(3));
  row = measured("rmse", a, b, truth);
  CHECK(row.baseline == Approx(std::sqrt(0.5)));
  CHECK(row.candidate == Approx(std::sqrt(5)));
  row = measured("r2", a, b, truth);
  CHECK(row.baseline == Approx(1 - 1 / 24.5));
  CHECK(row.candidate == Approx(1 - 10 / 24.5));
  // Without labels the original is perfect, and the drop relative to its size.
  row = measured("rmse", truth, a);
  CHECK(row.baseline == 0);
  CHECK(row.drop == Approx(std::sqrt(0.5) / std::sqrt(12.5)));
  row = measured("sqnr", truth, a);
  CHECK(row.candidate == Approx(10 * std::log10(25)));
  CHECK(row.drop == Approx(0.2));
}

TEST_CASE("embeddings: cosine of rows, and neighbours kept") {
  MetricRow row = measured("cosine", floats({2, 2}, {1, 0, 0, 1}), floats({2, 2}, {1, 1, 0, 2}));
  CHECK(row.candidate == Approx((std::sqrt(0.5) + 1) / 2));
  CHECK(row.drop == Approx(1 - row.candidate));
  CHECK(row.worstSample == "sample[0]");
  // Four directions on a circle; the compressed model moves the second beside the third.
  Tensor near = floats({4, 2}, {1, 0, 0.9f, 0.1f, 0, 1, 0.1f, 0.9f}),
         moved = floats({4, 2}, {1, 0, 0, 1, 0.1f, 1, 0.8f, 0.2f});
  row = measured("recall@1", near, near);
  CHECK(row.candidate == 1);
  row = measured("recall@1", near, moved);
  CHECK(row.candidate == Approx(0));
  CHECK(measured("recall@3", near, moved).candidate == 1); // all others
}

TEST_CASE("sequences: edits a symbol after greedy decoding, words, tokens, perplexity") {
  // Best classes 1 1 0 2 3 decode to 1 2 3; the compressed model reads 1 0 2 2 0: 1 2.
  auto scores = [](std::vector<int64_t> classes) {
    std::vector<float> values;
    for (int64_t best : classes)
      for (int64_t symbol = 0; symbol < 4; ++symbol)
        values.push_back(symbol == best);
    return floats({1, static_cast<int64_t>(classes.size()), 4}, values);
  };
  MetricRow row =
      measured("cer", scores({1, 1, 0, 2, 3}), scores({1, 0, 2, 2, 0}), integers({1, 5}, {1, 2, 3, -1, -1}));
  CHECK(row.baseline == 0);
  CHECK(row.candidate == Approx(1.0 / 3));
  CHECK(row.drop == Approx(1.0 / 3));
  CHECK(measured("cer:blank=3", scores({1, 3}), scores({1, 1}), integers({1, 1}, {1})).candidate == 0);
  // Symbol 3 parts words: 1 | 2 against 1 2.
  row = measured("wer:space=3", scores({1, 3, 2}), scores({1, 0, 2}));
  CHECK(row.candidate == Approx(1)); // one word changed, one lost, of two
  row = measured("tokens", scores({1, 2, 3, 1}), scores({1, 2, 2, 1}));
  CHECK(row.candidate == Approx(0.75));
  row = measured("divergence", scores({1, 2, 3, 1}), scores({1, 2, 2, 1}));
  CHECK(row.candidate == Approx(0.5));
  // Logits 1 for the true symbol and 0 for three others: loss log(e + 3) - 1.
  row = measured("perplexity", scores({1, 2}), scores({1, 3}), integers({1, 2}, {1, 2}));
  double right = std::log(std::exp(1) + 3) - 1, wrong = std::log(std::exp(1) + 3);
  CHECK(row.baseline == Approx(std::exp(right)));
  CHECK(row.candidate == Approx(std::exp((right + wrong) / 2)));
}

TEST_CASE("boxes: average precision, matched boxes, overlap") {
  // Two true boxes of class 1. The answers: one exact, one beside everything, one that covers half of the second.
  Tensor truth = floats({2, 5}, {0, 0, 10, 10, 1, 20, 0, 30, 10, 1});
  Tensor exact = floats({2, 6}, {0, 0, 10, 10, 0.9f, 1, 20, 0, 30, 10, 0.8f, 1});
  Tensor some = floats({3, 6}, {0, 0, 10, 10, 0.9f, 1, 50, 50, 60, 60, 0.8f, 1, 20, 0, 30, 5, 0.7f, 1});
  MetricRow row = measured("map@50", exact, some, truth);
  CHECK(row.baseline == Approx(1));
  // Precision 1 up to a recall of 0.5, then 2/3: 51 points of one and 50 of the other.
  CHECK(row.candidate == Approx((51 + 50 * 2.0 / 3) / 101));
  // An overlap of one half counts at the first of the ten thresholds alone.
  CHECK(measured("map", exact, some, truth).candidate == Approx(((51 + 50 * 2.0 / 3) + 9 * 51.0) / 1010));
  CHECK(measured("boxf1@50", exact, some, truth).candidate == Approx(2.0 * 2 / 5));
  CHECK(measured("iou", exact, some, truth).candidate == Approx(0.75));
  CHECK(measured("boxf1@50", exact, some).candidate == Approx(2.0 * 2 / 5)); // the original's boxes are the truth
}

TEST_CASE("segmentation: mean overlap of the classes") {
  // Four pixels of classes 0 0 1 1; the compressed model takes one of the second for the first.
  Tensor a = floats({1, 2, 2, 2}, {1, 1, 0, 0, 0, 0, 1, 1}), b = floats({1, 2, 2, 2}, {1, 1, 1, 0, 0, 0, 0, 1});
  MetricRow row = measured("miou", a, b, integers({1, 2, 2}, {0, 0, 1, 1}));
  CHECK(row.baseline == 1);
  CHECK(row.candidate == Approx((2.0 / 3 + 1.0 / 2) / 2));
}

TEST_CASE("the interval is that of a paired bootstrap, and the same each time") {
  // 100 rows, of which the compressed model gets ten wrong: the drop's standard error is 0.03.
  auto run = [] {
    auto metric = TaskMetric::create("top1", {output("y", {-1, 2})});
    REQUIRE(metric);
    for (int i = 0; i < 100; ++i)
      REQUIRE(metric->add("s" + std::to_string(i), {}, {floats({1, 2}, {1, 0})},
                          {i % 10 ? floats({1, 2}, {1, 0}) : floats({1, 2}, {0, 1})}));
    return metric->finish();
  };
  MetricRow row = run();
  CHECK(row.drop == Approx(0.1));
  REQUIRE(row.interval);
  CHECK(row.interval->low == Approx(0.1 - 1.96 * 0.03).margin(0.015));
  CHECK(row.interval->high == Approx(0.1 + 1.96 * 0.03).margin(0.015));
  CHECK(row.interval->high == run().interval->high);
  CHECK(row.worstSample == "s0");
}

TEST_CASE("that nothing changed among few rows does not say that nothing will") {
  auto metric = TaskMetric::create("top1", {output("y", {-1, 2})});
  REQUIRE(metric);
  for (int i = 0; i < 60; ++i)
    REQUIRE(metric->add("s", {}, {floats({1, 2}, {1, 0})}, {floats({1, 2}, {1, 0})}));
  MetricRow row = metric->finish();
  CHECK(row.drop == 0);
  REQUIRE(row.interval);
  CHECK(row.interval->low == 0);
  CHECK(row.interval->high == Approx(3.0 / 60));
}

TEST_CASE("what a metric refuses") {
  auto why = [](const std::string &spec) {
    auto metric = TaskMetric::create(spec, {output("y"), output("z")});
    REQUIRE_FALSE(metric);
    CHECK(metric.error().code == ExitCode::Usage);
    return metric.error().message;
  };
  CHECK(why("top2").starts_with("there is no metric 'top2' (did you mean 'top1'?); there are top1, top5, flips,"));
  CHECK(why("recall@x") == "'recall@x' needs a number behind '@', as in recall@10");
  CHECK(why("top1:y") == "'y' in the metric 'top1:y' is not KEY=VALUE");
  CHECK(why("top1:blank=2") == "the metric 'top1' knows no 'blank'; it knows output, labels");
  CHECK(why("top1:output=x") == "the model has no output 'x'; it has y, z");

  auto metric = TaskMetric::create("top1:labels=class", {output("y")});
  REQUIRE(metric);
  auto added =
      metric->add("s", {{"label", integers({1}, {0})}}, {floats({1, 3}, {1, 0, 0})}, {floats({1, 3}, {1, 0, 0})});
  REQUIRE_FALSE(added);
  CHECK(added.error().message == "sample 's' has no array 'class', which the metric top1:labels=class asks for");
  metric = TaskMetric::create("top1", {output("y")});
  added =
      metric->add("s", {{"label", integers({2}, {0, 1})}}, {floats({1, 3}, {1, 0, 0})}, {floats({1, 3}, {1, 0, 0})});
  REQUIRE_FALSE(added);
  CHECK(added.error().message == "metric top1, sample 's': 2 labels were given for 1 rows of scores");
  metric = TaskMetric::create("top1", {output("y")});
  added = metric->add("s", {{"label", integers({1}, {7})}}, {floats({1, 3}, {1, 0, 0})}, {floats({1, 3}, {1, 0, 0})});
  REQUIRE_FALSE(added);
  CHECK(added.error().message == "metric top1, sample 's': label 7 is none of the 3 classes");
}

TEST_CASE("top1 stands for a task with labels, cosine for one without") {
  CHECK(TaskMetric::defaultFor({output("y")}, true) == "top1");
  CHECK(TaskMetric::defaultFor({output("y")}, false) == "cosine");
  CHECK(TaskMetric::defaultFor({output("y", {-1, 3, 8, 8})}, true) == "cosine");
}
