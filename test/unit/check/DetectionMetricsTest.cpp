// The figures of "map" are pycocotools' (COCOeval, bbox), others by hand.
#include "MeasureMetric.h"

using namespace mlc;

namespace {
// image, x1, y1, x2, y2, class
const std::vector<std::vector<float>> truth = {{0, 52, 22, 82, 38, 1}, {0, 24, 6, 63, 26, 0},  {0, 33, 11, 70, 42, 1},
                                               {1, 35, 41, 59, 69, 0}, {1, 48, 31, 81, 52, 0}, {1, 54, 45, 84, 71, 0},
                                               {2, 50, 7, 80, 34, 0},  {2, 7, 55, 42, 92, 1},  {2, 41, 1, 64, 39, 1}};
// image, x1, y1, x2, y2, score, class
const std::vector<std::vector<float>> original = {
    {0, 52.9f, 21.7f, 83, 37.9f, 0.94f, 1},    {0, 22.8f, 7, 60, 25.3f, 0.39f, 0},
    {0, 33, 10.3f, 71.7f, 43, 0.87f, 1},       {0, 7, 58, 27, 78, 0.63f, 1},
    {1, 34.7f, 42.1f, 59.8f, 67.4f, 0.3f, 0},  {1, 44.8f, 32.3f, 78.4f, 53.1f, 0.67f, 0},
    {1, 53.9f, 43.8f, 83.1f, 69.1f, 0.58f, 0}, {1, 58, 20, 78, 40, 0.42f, 1},
    {2, 49.7f, 6.1f, 77.4f, 35.1f, 0.71f, 0},  {2, 6.3f, 54.2f, 42.9f, 91.5f, 0.31f, 1},
    {2, 42.4f, 0.3f, 66.3f, 37.1f, 0.67f, 1},  {2, 7, 38, 27, 58, 0.74f, 1}};
const std::vector<std::vector<float>> compressed = {
    {0, 49.3f, 22.8f, 80.1f, 38.5f, 0.59f, 1}, {0, 26.8f, 4.7f, 61.5f, 25, 0.43f, 1},
    {0, 31.6f, 15.2f, 70, 44.3f, 0.54f, 1},    {0, 26, 31, 46, 51, 0.8f, 1},
    {1, 30.8f, 42, 55.6f, 72.9f, 0.31f, 0},    {1, 48.5f, 24.9f, 86, 57.8f, 0.64f, 0},
    {1, 57.9f, 45.1f, 81.2f, 69.7f, 0.77f, 0}, {1, 3, 13, 23, 33, 0.83f, 0},
    {2, 47, 8.8f, 77.8f, 33.4f, 0.83f, 0},     {2, 11.7f, 57.7f, 43.5f, 89.7f, 0.68f, 1},
    {2, 44.5f, 8.5f, 69.9f, 34.4f, 0.52f, 1},  {2, 19, 52, 39, 72, 0.74f, 0}};

/// The rows of one image without its number.
Tensor rowsOf(const std::vector<std::vector<float>> &all, int image) {
  std::vector<float> values;
  for (const auto &row : all)
    if (int(row[0]) == image)
      values.insert(values.end(), row.begin() + 1, row.end());
  int64_t width = int64_t(all[0].size()) - 1;
  return floats({int64_t(values.size()) / width, width}, values);
}

std::vector<MetricCase> images(bool withLabels) {
  std::vector<MetricCase> samples;
  for (int image = 0; image < 3; ++image) {
    samples.push_back({{rowsOf(original, image)}, {rowsOf(compressed, image)}});
    if (withLabels)
      samples.back().labels = labelled(rowsOf(truth, image));
  }
  return samples;
}
} // namespace

TEST_CASE("average precision as COCO counts it") {
  MetricRow map = measure("map", images(true)), map50 = measure("map@50", images(true)),
            map75 = measure("map@75", images(true));
  CHECK(map.baseline == Approx(0.69459335).epsilon(1e-6));
  CHECK(map.candidate == Approx(0.24966997).epsilon(1e-6));
  CHECK(map.drop == Approx(1 - 0.24966997 / 0.69459335).epsilon(1e-6));
  CHECK(map.interval);
  CHECK(map50.baseline == Approx(0.91601839).epsilon(1e-6));
  CHECK(map50.candidate == Approx(0.54950495).epsilon(1e-6));
  CHECK(map75.baseline == Approx(0.91601839).epsilon(1e-6));
  CHECK(map75.candidate == Approx(0.17821782).epsilon(1e-6));
}

TEST_CASE("average precision against the original's boxes") {
  MetricRow map = measure("map", images(false)), map50 = measure("map@50", images(false));
  CHECK(map.baseline == 1);
  CHECK(map.candidate == Approx(0.18339934).epsilon(1e-6));
  CHECK(map50.candidate == Approx(0.41452145).epsilon(1e-6));
  // A box of the original below the least score is no truth, and costs it nothing.
  std::vector<MetricCase> samples = {
      {{floats({2, 6}, {0, 0, 10, 10, 0.9f, 0, 50, 50, 60, 60, 0.1f, 0})}, {floats({1, 6}, {0, 0, 10, 10, 0.9f, 0})}}};
  CHECK(measure("map", samples).baseline == 1);
  CHECK(measure("map", samples).candidate == 1);
  CHECK(measure("map:score=0.05", samples).candidate == Approx(51.0 / 101));
}

TEST_CASE("boxes of several outputs, in batches that are filled up") {
  std::vector<MetricCase> samples(1);
  for (auto [all, into] : {std::pair(&original, &samples[0].original), {&compressed, &samples[0].compressed}}) {
    Tensor boxes(DType::Float32, {3, 5, 4}), scores(DType::Float32, {3, 5}), classes(DType::Float32, {3, 5});
    for (int image = 0; image < 3; ++image) {
      Tensor rows = rowsOf(*all, image);
      for (int64_t i = 0; i < rows.shape[0]; ++i) {
        std::copy_n(rows.data<float>() + i * 6, 4, boxes.data<float>() + (image * 5 + i) * 4);
        scores.data<float>()[image * 5 + i] = rows.data<float>()[i * 6 + 4];
        classes.data<float>()[image * 5 + i] = rows.data<float>()[i * 6 + 5];
      }
    }
    *into = {classes, boxes, scores};
  }
  std::vector<float> filled;
  for (int image = 0; image < 3; ++image) {
    Tensor rows = rowsOf(truth, image);
    filled.insert(filled.end(), rows.data<float>(), rows.data<float>() + rows.numElements());
    filled.insert(filled.end(), {0, 0, 0, 0, -1});
  }
  samples[0].labels = labelled(floats({3, 4, 5}, filled));
  MetricRow map = measure("map:boxes=y1,scores=y2,classes=y0", samples);
  CHECK(map.items == 3);
  CHECK(map.output == "");
  CHECK(map.candidate == Approx(0.24966997).epsilon(1e-6));
}

TEST_CASE("overlap and number of boxes that match") {
  // The first box is found with an overlap of 90/100, the second missed (its class is wrong), the third is below the
  // least score.
  MetricCase sample{{floats({3, 6}, {0, 0, 10, 10, 0.9f, 0, 20, 20, 30, 30, 0.8f, 1, 40, 40, 50, 50, 0.7f, 1})},
                    {floats({3, 6}, {0, 0, 9, 10, 0.9f, 0, 20, 20, 30, 30, 0.8f, 0, 40, 40, 50, 50, 0.2f, 1})}};
  MetricRow iou = measure("iou", {sample}), f1 = measure("boxf1@50", {sample}), strict = measure("boxf1@95", {sample});
  CHECK(iou.baseline == 1);
  CHECK(iou.candidate == Approx(0.9));
  CHECK(f1.baseline == 1);
  CHECK(f1.candidate == Approx(2.0 * 1 / (2 + 3)));
  CHECK(strict.candidate == 0);
}

TEST_CASE("a box is found once") {
  MetricCase twice{{floats({1, 6}, {0, 0, 10, 10, 0.9f, 0})},
                   {floats({2, 6}, {0, 0, 10, 10, 0.9f, 0, 0, 0, 10, 10, 0.8f, 0})}};
  CHECK(measure("boxf1", {twice}).candidate == Approx(2.0 * 1 / (2 + 1)));
  // The better of two goes to the box that it overlaps most, the other to what is left.
  MetricCase two{{floats({2, 6}, {0, 0, 10, 10, 0.9f, 0, 2, 0, 12, 10, 0.8f, 0})},
                 {floats({2, 6}, {2, 0, 12, 10, 0.9f, 0, 1, 0, 11, 10, 0.8f, 0})}};
  CHECK(measure("boxf1", {two}).candidate == 1);
  CHECK(measure("iou", {two}).candidate == Approx((1 + 90.0 / 110) / 2));
}

TEST_CASE("nothing to find and nothing found") {
  MetricCase empty{{floats({0, 6}, {})}, {floats({0, 6}, {})}},
      wrong{{floats({0, 6}, {})}, {floats({1, 6}, {0, 0, 1, 1, 1, 0})}};
  CHECK(measure("boxf1@50", {empty}).drop == 0);
  CHECK(measure("boxf1@50", {wrong}).candidate == 0);
  CHECK(measure("map", {empty}).drop == 0);
  CHECK(measure("iou", {empty}).drop == 0);
  using Catch::Contains;
  CHECK_THAT(refusal("map", {{floats({2, 5}, {1, 2, 3, 4, 5, 1, 2, 3, 4, 5})}, {}, {}}),
             Contains("no output is [N,6]"));
  MetricCase misfit = empty;
  misfit.labels = labelled(floats({1, 4}, {0, 0, 1, 1}));
  CHECK_THAT(refusal("map", misfit), Contains("[M,5] (x1, y1, x2, y2, class)"));
}
