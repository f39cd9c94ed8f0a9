// map, iou, boxf1: boxes around things.
#include "Check/ClassAnswers.h"
#include "Support/DTypeConversion.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <map>

namespace mlc {
namespace {

using Made = Result<std::unique_ptr<MetricState>>;
using Outputs = std::vector<TensorDescription>;

struct Box {
  double x1, y1, x2, y2;
  double score;
  int64_t label;
};
using Boxes = std::vector<Box>;

double overlap(const Box &a, const Box &b) {
  double width = std::min(a.x2, b.x2) - std::max(a.x1, b.x1), height = std::min(a.y2, b.y2) - std::max(a.y1, b.y1);
  if (!(width > 0 && height > 0))
    return 0;
  double both = width * height;
  return both / ((a.x2 - a.x1) * (a.y2 - a.y1) + (b.x2 - b.x1) * (b.y2 - b.y1) - both);
}

/// Which outputs hold the boxes.
struct Layout {
  std::optional<size_t> rows; ///< x1, y1, x2, y2, score, class
  size_t boxes = 0, scores = 0, classes = 0;
  std::optional<size_t> count; ///< how many of the boxes of each image are meant
  double least = 0.25;         ///< score from which a box counts as an answer
};

std::string lowered(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return char(std::tolower(c)); });
  return text;
}

bool holdsRows(const TensorDescription &output) {
  return isFloating(output.dtype) && (output.shape.size() == 2 || output.shape.size() == 3) &&
         (output.shape.back() == 6 || output.shape.back() < 0);
}

Result<Layout> layoutOf(const MetricSpec &spec, const Outputs &outputs) {
  Layout layout;
  layout.least = spec.number("score", layout.least);
  auto named = [&](const std::string &argument, std::vector<std::string> parts) -> std::optional<size_t> {
    auto given = spec.arguments.find(argument);
    for (size_t o = 0; o < outputs.size(); ++o) {
      if (given != spec.arguments.end() ? outputs[o].name == given->second
                                        : std::any_of(parts.begin(), parts.end(), [&](const std::string &part) {
                                            return lowered(outputs[o].name).find(part) != std::string::npos;
                                          }))
        return o;
    }
    return std::nullopt;
  };
  if (!spec.arguments.count("output")) {
    auto boxes = named("boxes", {"box"}), scores = named("scores", {"score"}),
         classes = named("classes", {"class", "label"});
    if (boxes && scores && classes && *boxes != *scores && *scores != *classes && *boxes != *classes) {
      layout.boxes = *boxes;
      layout.scores = *scores;
      layout.classes = *classes;
      layout.count = named("count", {"num_det", "num_box"});
      return layout;
    }
  }
  for (size_t o = 0; o < outputs.size(); ++o) {
    auto given = spec.arguments.find("output");
    if (given != spec.arguments.end() ? outputs[o].name == given->second : holdsRows(outputs[o])) {
      layout.rows = o;
      return layout;
    }
  }
  return usageError(
      fmt::format("metric '{}': no output is [N,6] (x1, y1, x2, y2, score, class); name the outputs, as in "
                  "{}:boxes=B,scores=S,classes=C",
                  spec.text, spec.name));
}

/// The boxes of each image of a sample, those with the highest score first.
Result<std::vector<Boxes>> detectionsOf(const std::string &sample, const std::vector<Tensor> &outputs,
                                        const Layout &layout) {
  std::vector<Boxes> images;
  auto add = [&](int64_t image, const double *corners, double score, double label) {
    // What fills up a fixed number of rows has no score, or no class.
    if (score > 0 && label >= 0)
      images[size_t(image)].push_back({corners[0], corners[1], corners[2], corners[3], score, std::llround(label)});
  };
  const Tensor &main = outputs[layout.rows.value_or(layout.boxes)];
  size_t width = layout.rows ? 6 : 4;
  bool batch = main.shape.size() == 3;
  if (main.shape.size() < 2 || main.shape.size() > 3 || main.shape.back() != int64_t(width))
    return badInput(fmt::format("sample '{}': the boxes are {}, not [N,{}] or [B,N,{}]", sample,
                                describeType(main.dtype, main.shape), width, width));
  int64_t count = batch ? main.shape[0] : 1, each = main.shape[batch ? 1 : 0];
  images.resize(size_t(count));
  std::vector<double> rows = elementsOf(main), scores, classes, meant;
  if (!layout.rows) {
    scores = elementsOf(outputs[layout.scores]);
    classes = elementsOf(outputs[layout.classes]);
    if (int64_t(scores.size()) != count * each || scores.size() != classes.size())
      return badInput(fmt::format("sample '{}': there are {} boxes, {} scores and {} classes", sample, count * each,
                                  scores.size(), classes.size()));
    if (layout.count)
      meant = elementsOf(outputs[*layout.count]);
  }
  for (int64_t image = 0; image < count; ++image)
    for (int64_t i = 0; i < each; ++i) {
      size_t row = size_t(image * each + i);
      if (size_t(image) < meant.size() && double(i) >= meant[size_t(image)])
        break;
      if (layout.rows)
        add(image, &rows[row * 6], rows[row * 6 + 4], rows[row * 6 + 5]);
      else
        add(image, &rows[row * 4], scores[row], classes[row]);
    }
  for (Boxes &boxes : images)
    std::stable_sort(boxes.begin(), boxes.end(), [](const Box &a, const Box &b) { return a.score > b.score; });
  return images;
}

/// Labels are [M,5] (x1, y1, x2, y2, class), or [B,M,5] for a batch, filled up with rows of class -1.
Result<std::vector<Boxes>> truthOf(const MetricSample &sample, const std::vector<Boxes> &original, double least) {
  constexpr size_t kMost = 100; // of a class; as many as are looked at
  std::vector<Boxes> images(original.size());
  if (!sample.labels) {
    for (size_t image = 0; image < images.size(); ++image) {
      std::map<int64_t, size_t> taken;
      for (const Box &box : original[image])
        if (box.score >= least && taken[box.label]++ < kMost)
          images[image].push_back(box);
    }
    return images;
  }
  const Tensor &tensor = sample.labels->tensor;
  bool batch = tensor.shape.size() == 3;
  if ((tensor.shape.size() != 2 && !batch) || tensor.shape.back() != 5 ||
      (batch ? tensor.shape[0] : 1) != int64_t(images.size()))
    return labelsDoNotFit(sample, fmt::format("not [M,5] (x1, y1, x2, y2, class) or [B,M,5] for {} image{}",
                                              images.size(), images.size() == 1 ? "" : "s"));
  std::vector<double> rows = elementsOf(tensor);
  size_t each = size_t(tensor.shape[batch ? 1 : 0]);
  for (size_t row = 0; row < each * images.size(); ++row)
    if (const double *box = &rows[row * 5]; box[4] >= 0)
      images[row / each].push_back({box[0], box[1], box[2], box[3], 1, std::llround(box[4])});
  return images;
}

/// The truth that each detection finds, or -1: the best one of its class that no better detection took (cocoeval.py).
std::vector<int64_t> match(const Boxes &detections, const Boxes &truth, double threshold) {
  std::vector<int64_t> matches;
  std::vector<bool> taken(truth.size());
  for (const Box &detection : detections) {
    int64_t found = -1;
    double best = std::min(threshold, 1 - 1e-10);
    for (size_t t = 0; t < truth.size(); ++t) {
      if (taken[t] || truth[t].label != detection.label)
        continue;
      double iou = overlap(detection, truth[t]);
      if (iou < best)
        continue;
      best = iou;
      found = int64_t(t);
    }
    if (found >= 0)
      taken[size_t(found)] = true;
    matches.push_back(found);
  }
  return matches;
}

/// Calls `each` with the detections of both models and the truth of every image.
template <typename Each> Result<void> forImages(const MetricSample &sample, const Layout &layout, Each each) {
  auto original = detectionsOf(sample.name, sample.original, layout),
       compressed = detectionsOf(sample.name, sample.compressed, layout);
  if (!original || !compressed)
    return original ? compressed.error() : original.error();
  if (original->size() != compressed->size())
    return badInput(fmt::format("sample '{}': the original answers for {} images, the compressed model for {}",
                                sample.name, original->size(), compressed->size()));
  auto truth = truthOf(sample, *original, layout.least);
  if (!truth)
    return truth.error();
  for (size_t image = 0; image < original->size(); ++image)
    each((*original)[image], (*compressed)[image], (*truth)[image]);
  return {};
}

/// Average precision as the COCO benchmark counts it (Lin et al. 2014; pycocotools, area "all", at most 100 detections
/// of a class in an image): over 101 levels of recall, the thresholds of overlap, and the classes of the truth.
class PrecisionState : public MetricState {
public:
  PrecisionState(Layout layout, std::vector<double> thresholds)
      : layout_(layout), thresholds_(std::move(thresholds)), firsts_{{0}, {0}}, firstTruth_{0} {}

  Result<void> add(const MetricSample &sample) override {
    return forImages(sample, layout_, [&](const Boxes &original, const Boxes &compressed, const Boxes &truth) {
      std::map<int64_t, uint32_t> counts;
      for (const Box &box : truth)
        ++counts[box.label];
      for (auto [label, count] : counts)
        truth_.push_back({uint32_t(items_), int32_t(label), count});
      firstTruth_.push_back(truth_.size());
      keep(0, original, truth);
      keep(1, compressed, truth);
      ++items_;
    });
  }
  size_t items() const override { return items_; }

  Evaluator evaluator() const override {
    auto ranked = std::make_shared<Ranking>(rank(0, items_));
    return [this, ranked](const std::vector<uint32_t> &counts) { return values(*ranked, counts.data(), 0); };
  }
  std::optional<double> dropOf(size_t begin, size_t end) const override {
    std::vector<uint32_t> counts(end - begin, 1);
    return begin == end ? std::nullopt : std::optional(values(rank(begin, end), counts.data(), begin).drop);
  }

private:
  struct Kept {
    float score;
    int32_t label;
    uint32_t item;
    uint32_t found; ///< a bit for each threshold
  };
  struct Truth {
    uint32_t item;
    int32_t label;
    uint32_t count;
  };
  struct Class {
    std::vector<const Truth *> truth;
    std::vector<const Kept *> kept[2];
  };
  using Ranking = std::map<int32_t, Class>;

  void keep(int side, const Boxes &all, const Boxes &truth) {
    constexpr size_t kMost = 100;
    Boxes boxes;
    std::map<int64_t, size_t> taken;
    for (const Box &box : all)
      if (taken[box.label]++ < kMost)
        boxes.push_back(box);
    size_t begin = kept_[side].size();
    for (const Box &box : boxes)
      kept_[side].push_back({float(box.score), int32_t(box.label), uint32_t(items_), 0});
    for (size_t t = 0; t < thresholds_.size(); ++t) {
      std::vector<int64_t> matches = match(boxes, truth, thresholds_[t]);
      for (size_t i = 0; i < matches.size(); ++i)
        kept_[side][begin + i].found |= uint32_t(matches[i] >= 0) << t;
    }
    firsts_[side].push_back(kept_[side].size());
  }

  /// Detections of the items [begin, end) by class, the surest first.
  Ranking rank(size_t begin, size_t end) const {
    Ranking ranking;
    for (size_t t = firstTruth_[begin]; t < firstTruth_[end]; ++t)
      ranking[truth_[t].label].truth.push_back(&truth_[t]);
    for (int side = 0; side < 2; ++side) {
      for (size_t i = firsts_[side][begin]; i < firsts_[side][end]; ++i)
        if (auto found = ranking.find(kept_[side][i].label); found != ranking.end())
          found->second.kept[side].push_back(&kept_[side][i]);
      for (auto &[label, of] : ranking)
        std::sort(of.kept[side].begin(), of.kept[side].end(),
                  [](const Kept *a, const Kept *b) { return a->score != b->score ? a->score > b->score : a < b; });
    }
    return ranking;
  }

  /// `counts` begin at the item `first`.
  MetricValues values(const Ranking &ranking, const uint32_t *counts, size_t first) const {
    double sums[2] = {};
    int64_t classes = 0;
    std::vector<double> recalls, precisions;
    for (const auto &[label, of] : ranking) {
      double positives = 0;
      for (const Truth *truth : of.truth)
        positives += double(truth->count) * counts[truth->item - first];
      if (positives == 0)
        continue;
      ++classes;
      for (int side = 0; side < 2; ++side)
        for (size_t t = 0; t < thresholds_.size(); ++t) {
          recalls.clear();
          precisions.clear();
          double right = 0, all = 0;
          for (const Kept *kept : of.kept[side]) {
            double count = counts[kept->item - first];
            if (count == 0)
              continue;
            all += count;
            right += kept->found >> t & 1 ? count : 0;
            recalls.push_back(right / positives);
            precisions.push_back(right / all);
          }
          for (size_t i = precisions.size(); i-- > 1;)
            precisions[i - 1] = std::max(precisions[i - 1], precisions[i]);
          double sum = 0;
          size_t at = 0;
          for (int level = 0; level <= 100; ++level) {
            // The product, and no quotient, is what COCO's levels are: recall often lies exactly on one.
            while (at < recalls.size() && recalls[at] < level * 0.01)
              ++at;
            sum += at < recalls.size() ? precisions[at] : 0;
          }
          sums[side] += sum;
        }
    }
    // Without any truth there is nothing to find.
    double all = 101 * double(thresholds_.size()) * double(classes);
    double baseline = classes ? sums[0] / all : 0, candidate = classes ? sums[1] / all : 0;
    return {baseline, candidate, fractionLost(baseline, candidate)};
  }

  Layout layout_;
  std::vector<double> thresholds_;
  size_t items_ = 0;
  std::vector<Kept> kept_[2];
  std::vector<size_t> firsts_[2]; ///< where each item's detections begin
  std::vector<Truth> truth_;
  std::vector<size_t> firstTruth_;
};

Boxes answersOf(const Boxes &boxes, double least) {
  Boxes answers;
  for (const Box &box : boxes)
    if (box.score >= least)
      answers.push_back(box);
  return answers;
}

Made matchedOverlap(Layout layout) {
  // Σ overlap and number of matches, on both sides.
  auto add = [layout](const MetricSample &sample, std::vector<double> &rows) {
    return forImages(sample, layout, [&](const Boxes &original, const Boxes &compressed, const Boxes &truth) {
      for (const Boxes *side : {&original, &compressed}) {
        Boxes answers = answersOf(*side, layout.least);
        std::vector<int64_t> matches = match(answers, truth, 0.5);
        double sum = 0, count = 0;
        for (size_t i = 0; i < matches.size(); ++i)
          if (matches[i] >= 0) {
            sum += overlap(answers[i], truth[size_t(matches[i])]);
            ++count;
          }
        rows.insert(rows.end(), {sum, count});
      }
    });
  };
  return Made(std::make_unique<SumState>(4, add, [](const double *sums, const double *) {
    double baseline = sums[1] > 0 ? sums[0] / sums[1] : 0, candidate = sums[3] > 0 ? sums[2] / sums[3] : 0;
    return MetricValues{baseline, candidate, fractionLost(baseline, candidate)};
  }));
}

Made boxF1(Layout layout, double threshold) {
  // Twice the matches, and all boxes of answer and truth, on both sides.
  auto add = [layout, threshold](const MetricSample &sample, std::vector<double> &rows) {
    return forImages(sample, layout, [&](const Boxes &original, const Boxes &compressed, const Boxes &truth) {
      for (const Boxes *side : {&original, &compressed}) {
        Boxes answers = answersOf(*side, layout.least);
        std::vector<int64_t> matches = match(answers, truth, threshold);
        double found = double(std::count_if(matches.begin(), matches.end(), [](int64_t m) { return m >= 0; }));
        rows.insert(rows.end(), {2 * found, double(answers.size() + truth.size())});
      }
    });
  };
  return Made(std::make_unique<SumState>(4, add, [](const double *sums, const double *) {
    // No box where there is none to find is right.
    double baseline = sums[1] > 0 ? sums[0] / sums[1] : 1, candidate = sums[3] > 0 ? sums[2] / sums[3] : 1;
    return MetricValues{baseline, candidate, fractionLost(baseline, candidate)};
  }));
}

} // namespace

std::vector<MetricKind> detectionMetrics() {
  auto kind = [](const char *name, MetricKind::Number number, auto make) {
    MetricKind result;
    result.name = name;
    result.number = number;
    result.numbers = {"score"};
    result.names = {"boxes", "scores", "classes", "count"};
    result.severalOutputs = true;
    result.suits = holdsRows;
    result.make = [make](const MetricSpec &spec, const Outputs &outputs, size_t) -> Made {
      auto layout = layoutOf(spec, outputs);
      if (!layout)
        return layout.error();
      if (spec.k.value_or(1) > 99)
        return usageError("metric '" + spec.text + "': what follows '@' is an overlap in percent, 1 … 99");
      return make(*layout, spec.k);
    };
    return result;
  };
  using Number = MetricKind::Number;
  auto map = [](const Layout &layout, std::optional<int64_t> k) -> Made {
    std::vector<double> thresholds;
    for (int64_t percent = k.value_or(50); percent <= k.value_or(95); percent += 5)
      thresholds.push_back(double(percent) / 100);
    return Made(std::make_unique<PrecisionState>(layout, thresholds));
  };
  auto iou = [](const Layout &layout, std::optional<int64_t>) { return matchedOverlap(layout); };
  auto f1 = [](const Layout &layout, std::optional<int64_t> k) { return boxF1(layout, double(k.value_or(50)) / 100); };
  return {kind("map", Number::Optional, map), kind("iou", Number::None, iou), kind("boxf1", Number::Optional, f1)};
}

} // namespace mlc
