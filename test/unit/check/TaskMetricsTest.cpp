#include "MeasureMetric.h"

using namespace mlc;
using Catch::Contains;

namespace {
const std::vector<TensorDescription> outputs = {{"count", DType::Int64, {}, {}},
                                                {"logits", DType::Float32, {-1, 3}, {}},
                                                {"features", DType::Float32, {-1, 8}, {}}};
std::string error(const std::string &spec) {
  Result<TaskMetric> metric = TaskMetric::create(spec, outputs);
  if (metric)
    return "";
  CHECK(metric.error().code == ExitCode::Usage);
  return metric.error().message;
}
} // namespace

TEST_CASE("a metric's name and arguments are checked") {
  CHECK(error("top1") == "");
  CHECK(error("recall@10:output=features") == "");
  CHECK_THAT(error("topp1"), Contains("no metric 'topp1' (did you mean 'top1'?)") && Contains("recall@K"));
  CHECK_THAT(error("recall"), Contains("needs a number, as in recall@10"));
  CHECK_THAT(error("top1@3"), Contains("takes no '@'"));
  CHECK_THAT(error("recall@x"), Contains("whole number"));
  CHECK_THAT(error("recall@0"), Contains("whole number"));
  CHECK_THAT(error("top1:output=logit"), Contains("no output 'logit' (did you mean 'logits'?)"));
  CHECK_THAT(error("top1:output=count"), Contains("cannot be taken from the output 'count', which is int64[]"));
  CHECK_THAT(error("top1:class=3"), Contains("has no argument 'class'"));
  CHECK_THAT(error("cer:blank=none"), Contains("not a number for blank"));
  CHECK_THAT(error("cer:blank"), Contains("not ARGUMENT=VALUE"));
  CHECK_THAT(error("flips:labels=y"), Contains("no argument 'labels'"));
  CHECK_THAT(error("miou"), Contains("no output that it could be taken from"));
}

TEST_CASE("the first output that suits is taken") {
  CHECK(TaskMetric::create("top1", outputs)->finish().output == "logits");
  CHECK(TaskMetric::create("cosine:output=features", outputs)->finish().output == "features");
}

TEST_CASE("labels are found by name, or because there is one array only") {
  MetricCase sample{{floats({1, 2}, {1, 0})}, {floats({1, 2}, {1, 0})}};
  sample.labels = {{"other", integers({1}, {0})}, {"label", integers({1}, {1})}};
  CHECK(measure("top1", {sample}).baseline == 0);
  CHECK(measure("top1:labels=other", {sample}).baseline == 1);
  CHECK(measure("top1:labels=none", {sample}).truth == "original");
  sample.labels = {{"class", integers({1}, {1})}};
  CHECK(measure("top1", {sample}).baseline == 0);
  sample.labels = {{"class", integers({1}, {1})}, {"id", integers({1}, {7})}};
  CHECK_THAT(refusal("top1", sample), Contains("'class', 'id'") && Contains("top1:labels=class"));
  CHECK_THAT(refusal("top1:labels=clas", sample), Contains("no array 'clas' (did you mean 'class'?)"));
  CHECK(refusal("flips", sample) == ""); // needs none
}

TEST_CASE("all samples have labels, or none") {
  MetricCase without{{floats({1, 2}, {1, 0})}, {floats({1, 2}, {1, 0})}}, with = without;
  with.labels = labelled(integers({1}, {1}));
  TaskMetric metric = fed("top1", {with});
  auto added = metric.add("next", {}, without.original, without.compressed);
  REQUIRE_FALSE(added);
  CHECK_THAT(added.error().message, Contains("'next' has no labels"));
  CHECK(added.error().code == ExitCode::BadInput);
}

TEST_CASE("a metric without samples has no values") {
  for (const char *spec : {"top1", "f1", "auc", "map", "miou", "cosine", "cosine@1", "recall@1", "wer", "r2", "sqnr"}) {
    INFO(spec);
    Result<TaskMetric> metric =
        TaskMetric::create(spec, {{"y", DType::Float32, {-1, 6}, {}}, {"z", DType::Float32, {1, 2, 3}, {}}});
    REQUIRE(metric);
    CHECK_FALSE(metric->finish().interval);
    CHECK(metric->finish().items == 0);
  }
}
