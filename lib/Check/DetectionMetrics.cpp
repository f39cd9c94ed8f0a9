// Metrics of boxes and of maps of classes. Boxes are [boxes, 6] or [images, boxes, 6]: x1, y1, x2, y2, score, class; or
// three outputs in this order: boxes [boxes, 4], scores [boxes], classes [boxes].
#include "Check/Measure.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/format.h>
#include <set>

namespace mlc {
namespace {

struct Box {
  double x1, y1, x2, y2, score;
  int64_t label;
};
using Image = std::vector<Box>;

double overlap(const Box &a, const Box &b) {
  double width = std::min(a.x2, b.x2) - std::max(a.x1, b.x1), height = std::min(a.y2, b.y2) - std::max(a.y1, b.y1);
  if (!(width > 0 && height > 0))
    return 0;
  double both = width * height;
  return both / ((a.x2 - a.x1) * (a.y2 - a.y1) + (b.x2 - b.x1) * (b.y2 - b.y1) - both);
}

// Boxes below the score and those without an area are left out: padding.
Result<std::vector<Image>> imagesOf(std::span<const Tensor *const> outputs, double leastScore) {
  std::vector<Image> images;
  auto add = [&](Image &image, std::span<const double> box, double score, double label) {
    if (score >= leastScore && box[2] > box[0] && box[3] > box[1])
      image.push_back({box[0], box[1], box[2], box[3], score, static_cast<int64_t>(label)});
  };
  Rows rows = rowsOf(*outputs[0]);
  if (rows.width == 6) {
    const auto &shape = outputs[0]->shape;
    int64_t count = shape.size() == 3 ? shape[0] : 1, size = count ? rows.count / count : 0;
    images.resize(static_cast<size_t>(count));
    for (int64_t i = 0; i < size * count; ++i)
      add(images[i / size], rows.row(i), rows.row(i)[4], rows.row(i)[5]);
    return images;
  }
  if (rows.width != 4 || outputs.size() < 3 || outputs[1]->numElements() != rows.count ||
      outputs[2]->numElements() != rows.count)
    return badInput("boxes are rows of 6 (x1, y1, x2, y2, score, class), or three outputs: boxes [n, 4], scores [n], "
                    "classes [n]");
  std::vector<double> scores = doublesOf(*outputs[1]), labels = doublesOf(*outputs[2]);
  images.emplace_back();
  for (int64_t i = 0; i < rows.count; ++i)
    add(images.back(), rows.row(i), scores[i], labels[i]);
  return images;
}

// True boxes: rows of 5 (x1, y1, x2, y2, class), or of 6 as answers are.
Result<std::vector<Image>> trueImages(const Tensor &truth, size_t images) {
  Rows rows = rowsOf(truth);
  if (rows.width == 6) {
    const Tensor *one[] = {&truth};
    return imagesOf(one, -1);
  }
  if (rows.width != 5 || images == 0)
    return badInput("true boxes are rows of 5: x1, y1, x2, y2, class");
  std::vector<Image> result(images);
  int64_t size = std::max<int64_t>(rows.count / static_cast<int64_t>(images), 1);
  for (int64_t i = 0; i < rows.count; ++i) {
    auto row = rows.row(i);
    if (row[2] > row[0] && row[3] > row[1])
      result[std::min<size_t>(i / size, images - 1)].push_back(
          {row[0], row[1], row[2], row[3], 1, static_cast<int64_t>(row[4])});
  }
  return result;
}

// For each answer by falling score the true box of its class that it hits: the one it overlaps most among those still
// free, or -1.
std::vector<int> match(const Image &answers, const Image &truth, double threshold, std::vector<double> *overlaps) {
  std::vector<int> hits;
  std::vector<bool> taken(truth.size());
  for (const Box &box : answers) {
    int best = -1;
    double most = threshold;
    for (size_t i = 0; i < truth.size(); ++i)
      if (double own = overlap(box, truth[i]); !taken[i] && truth[i].label == box.label && own >= most) {
        most = own;
        best = static_cast<int>(i);
      }
    if (best >= 0)
      taken[static_cast<size_t>(best)] = true;
    hits.push_back(best);
    if (overlaps && best >= 0)
      overlaps->push_back(most);
  }
  return hits;
}

void sortByScore(Image &image) {
  std::sort(image.begin(), image.end(), [](const Box &a, const Box &b) { return a.score > b.score; });
}

// Common to all that compare boxes: three lists an image.
class Boxes : public Measure {
public:
  explicit Boxes(double leastScore) : leastScore_(leastScore) {}
  size_t items() const override { return truth_.size(); }
  bool needsEqualShapes() const override { return false; } // as many boxes as each found
  Result<void> add(const Tensor *truth, std::span<const Tensor *const> original,
                   std::span<const Tensor *const> compressed) override {
    auto a = imagesOf(original, leastScore_), b = imagesOf(compressed, leastScore_);
    if (!a || !b)
      return a ? b.error() : a.error();
    auto t = truth ? trueImages(*truth, a->size()) : a;
    if (!t)
      return t.error();
    if (t->size() != a->size() || b->size() != a->size())
      return badInput(fmt::format("boxes of {} images were given for {}", t->size(), a->size()));
    for (size_t i = 0; i < a->size(); ++i) {
      sortByScore((*a)[i]);
      sortByScore((*b)[i]);
      truth_.push_back(std::move((*t)[i]));
      baseline_.push_back(std::move((*a)[i]));
      candidate_.push_back(std::move((*b)[i]));
    }
    return {};
  }
  DropRule rule() const override { return DropRule::Fraction; }
  MetricValues value(std::span<const uint32_t> chosen) const override {
    return {of(chosen, baseline_), of(chosen, candidate_)};
  }

protected:
  virtual double of(std::span<const uint32_t> chosen, const std::vector<Image> &answers) const = 0;
  std::vector<Image> truth_, baseline_, candidate_;
  double leastScore_;
};

// Mean over classes (and over ten thresholds from 0.5 to 0.95, as COCO has it) of the area under the curve of precision
// against recall, interpolated at 101 points (T.-Y. Lin et al., Microsoft COCO, arXiv 1405.0312; pycocotools).
class MeanAveragePrecision : public Boxes {
public:
  MeanAveragePrecision(double leastScore, int64_t percent) : Boxes(leastScore) {
    for (int i = 0; percent == 0 && i < 10; ++i)
      thresholds_.push_back(0.5 + 0.05 * i);
    if (percent)
      thresholds_.push_back(static_cast<double>(percent) / 100);
  }

protected:
  double of(std::span<const uint32_t> chosen, const std::vector<Image> &answers) const override {
    std::map<int64_t, double> positives;
    for (uint32_t item : chosen)
      for (const Box &box : truth_[item])
        ++positives[box.label];
    if (positives.empty())
      return 1;
    double sum = 0;
    for (double threshold : thresholds_) {
      std::map<int64_t, std::vector<std::pair<double, bool>>> ranked;
      for (uint32_t item : chosen) {
        std::vector<int> hits = match(answers[item], truth_[item], threshold, nullptr);
        for (size_t i = 0; i < hits.size(); ++i)
          ranked[answers[item][i].label].emplace_back(answers[item][i].score, hits[i] >= 0);
      }
      for (auto &[label, count] : positives)
        sum += averagePrecision(ranked[label], count);
    }
    return sum / static_cast<double>(thresholds_.size() * positives.size());
  }

private:
  static double averagePrecision(std::vector<std::pair<double, bool>> &ranked, double positives) {
    std::sort(ranked.begin(), ranked.end(), [](auto &a, auto &b) { return a.first > b.first; });
    std::vector<double> precision, recall;
    double hits = 0;
    for (size_t i = 0; i < ranked.size(); ++i) {
      hits += ranked[i].second;
      precision.push_back(hits / static_cast<double>(i + 1));
      recall.push_back(hits / positives);
    }
    for (size_t i = precision.size(); i-- > 1;)
      precision[i - 1] = std::max(precision[i - 1], precision[i]);
    double sum = 0;
    for (int point = 0; point <= 100; ++point) {
      auto at = std::lower_bound(recall.begin(), recall.end(), point / 100.0 - 1e-12);
      if (at != recall.end())
        sum += precision[static_cast<size_t>(at - recall.begin())];
    }
    return sum / 101;
  }
  std::vector<double> thresholds_;
};

// 2 · hits / (answers + true boxes) at one threshold of overlap.
class BoxF1 : public Boxes {
public:
  BoxF1(double leastScore, int64_t percent) : Boxes(leastScore), threshold_(percent ? percent / 100.0 : 0.5) {}

protected:
  double of(std::span<const uint32_t> chosen, const std::vector<Image> &answers) const override {
    double hits = 0, all = 0;
    for (uint32_t item : chosen) {
      std::vector<int> found = match(answers[item], truth_[item], threshold_, nullptr);
      hits += static_cast<double>(std::count_if(found.begin(), found.end(), [](int hit) { return hit >= 0; }));
      all += static_cast<double>(found.size() + truth_[item].size());
    }
    return all > 0 ? 2 * hits / all : 1;
  }

private:
  double threshold_;
};

// Mean overlap of the true boxes with what hit them; one that nothing hit counts 0.
class MatchedOverlap : public Boxes {
public:
  explicit MatchedOverlap(double leastScore) : Boxes(leastScore) {}

protected:
  double of(std::span<const uint32_t> chosen, const std::vector<Image> &answers) const override {
    double sum = 0, all = 0;
    for (uint32_t item : chosen) {
      std::vector<double> overlaps;
      match(answers[item], truth_[item], 0.1, &overlaps);
      for (double own : overlaps)
        sum += own;
      all += static_cast<double>(truth_[item].size());
    }
    return all > 0 ? sum / all : 1;
  }
};

// Segmentation: scores [images, classes, height, width], or classes as integers [images, height, width]. Mean over the
// classes that occur of intersection over union.
class MeanOverlapOfClasses : public Measure {
public:
  DropRule rule() const override { return DropRule::Fraction; }
  bool itemsHaveValues() const override { return true; }
  size_t items() const override { return counts_.size(); }
  Result<void> add(const Tensor *truth, std::span<const Tensor *const> original,
                   std::span<const Tensor *const> compressed) override {
    std::vector<int64_t> a = classesOf(*original[0]), b = classesOf(*compressed[0]), t = a;
    if (truth) {
      std::vector<double> values = doublesOf(*truth);
      t.assign(values.begin(), values.end());
    }
    if (t.size() != a.size() || b.size() != a.size())
      return badInput(fmt::format("{} true classes were given for {} pixels", t.size(), a.size()));
    size_t images = original[0]->shape.empty() ? 1 : static_cast<size_t>(original[0]->shape[0]);
    size_t size = images ? a.size() / images : 0;
    for (size_t image = 0; image < images; ++image) {
      std::map<int64_t, std::array<double, 5>> &counts = counts_.emplace_back();
      for (size_t i = image * size; i < (image + 1) * size; ++i) {
        if (t[i] < 0 || t[i] == 255) // not labelled
          continue;
        ++counts[t[i]][0];
        ++counts[a[i]][1];
        ++counts[b[i]][2];
        counts[t[i]][3] += a[i] == t[i];
        counts[t[i]][4] += b[i] == t[i];
      }
    }
    return {};
  }
  MetricValues value(std::span<const uint32_t> chosen) const override {
    std::map<int64_t, std::array<double, 5>> total;
    for (uint32_t item : chosen)
      for (auto &[label, own] : counts_[item])
        for (size_t i = 0; i < own.size(); ++i)
          total[label][i] += own[i];
    MetricValues values;
    double counted[2] = {};
    for (auto &[label, sums] : total) {
      double unions[2] = {sums[0] + sums[1] - sums[3], sums[0] + sums[2] - sums[4]};
      if (unions[0] > 0)
        values.baseline += sums[3] / unions[0], ++counted[0];
      if (unions[1] > 0)
        values.candidate += sums[4] / unions[1], ++counted[1];
    }
    values.baseline /= std::max(counted[0], 1.0);
    values.candidate /= std::max(counted[1], 1.0);
    return values;
  }

private:
  static std::vector<int64_t> classesOf(const Tensor &tensor) {
    std::vector<double> values = doublesOf(tensor);
    if (tensor.shape.size() != 4)
      return std::vector<int64_t>(values.begin(), values.end());
    int64_t classes = tensor.shape[1], pixels = tensor.shape[2] * tensor.shape[3];
    std::vector<int64_t> result;
    for (int64_t image = 0; image < tensor.shape[0]; ++image)
      for (int64_t pixel = 0; pixel < pixels; ++pixel) {
        const double *first = values.data() + image * classes * pixels + pixel;
        int64_t best = 0;
        for (int64_t label = 1; label < classes; ++label)
          if (first[label * pixels] > first[best * pixels])
            best = label;
        result.push_back(classes == 1 ? first[0] > 0.5 : best);
      }
    return result;
  }
  std::vector<std::map<int64_t, std::array<double, 5>>> counts_; // truth, original, compressed, and both with truth
};

} // namespace

std::vector<MeasureKind> detectionMeasures() {
  // What a detector is not sure of counts little for a mean over all scores, and much for a count of boxes.
  return {
      {"map",
       [](const MeasureArguments &arguments) -> std::unique_ptr<Measure> {
         return std::make_unique<MeanAveragePrecision>(arguments.number("score", 0.001), arguments.k);
       },
       {"score"},
       3},
      {"boxf1",
       [](const MeasureArguments &arguments) -> std::unique_ptr<Measure> {
         return std::make_unique<BoxF1>(arguments.number("score", 0.25), arguments.k);
       },
       {"score"},
       3},
      {"iou",
       [](const MeasureArguments &arguments) -> std::unique_ptr<Measure> {
         return std::make_unique<MatchedOverlap>(arguments.number("score", 0.25));
       },
       {"score"},
       3},
      {"miou",
       [](const MeasureArguments &) -> std::unique_ptr<Measure> { return std::make_unique<MeanOverlapOfClasses>(); },
       {}}};
}

} // namespace mlc
