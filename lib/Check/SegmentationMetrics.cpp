// miou: a class for each pixel.
#include "Check/MetricState.h"
#include "Support/DTypeConversion.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <map>

namespace mlc {
namespace {

using Made = Result<std::unique_ptr<MetricState>>;
using Outputs = std::vector<TensorDescription>;

/// Pixels of a batch of masks: the best class along `axis` of scores, or class numbers as they are.
struct Masks {
  int64_t items = 0;
  std::vector<int64_t> classes; ///< -1 where a score is NaN
};

Result<Masks> masksOf(const std::string &sample, const Tensor &tensor, int64_t axis) {
  Masks masks;
  if (tensor.shape.size() < 2)
    return badInput(fmt::format("sample '{}': the output is {}, which is no mask", sample,
                                describeType(tensor.dtype, tensor.shape)));
  int64_t rank = int64_t(tensor.shape.size());
  if (!isFloating(tensor.dtype)) {
    masks.items = rank == 2 ? 1 : tensor.shape.front();
    masks.classes = integersOf(tensor);
    return masks;
  }
  if (axis < 0)
    axis += rank;
  if (rank < 3 || axis < 0 || axis >= rank)
    return badInput(fmt::format("sample '{}': the output is {}, and has no classes along axis {}", sample,
                                describeType(tensor.dtype, tensor.shape), axis));
  masks.items = axis == 0 ? 1 : tensor.shape.front();
  std::vector<double> scores = elementsOf(tensor);
  int64_t outer = 1, inner = 1, classes = tensor.shape[size_t(axis)];
  for (int64_t d = 0; d < rank; ++d)
    (d < axis ? outer : inner) *= d == axis ? 1 : tensor.shape[size_t(d)];
  bool probabilities =
      std::all_of(scores.begin(), scores.end(), [](double s) { return std::isnan(s) || (s >= 0 && s <= 1); });
  for (int64_t o = 0; o < outer; ++o)
    for (int64_t i = 0; i < inner; ++i) {
      const double *first = scores.data() + o * classes * inner + i;
      int64_t best = 0;
      bool nan = false;
      for (int64_t c = 0; c < classes; ++c) {
        nan |= std::isnan(first[c * inner]);
        if (first[c * inner] > first[best * inner])
          best = c;
      }
      if (classes == 1) // a mask of one thing
        best = *first >= (probabilities ? 0.5 : 0.0);
      masks.classes.push_back(nan ? -1 : best);
    }
  return masks;
}

/// Mean over classes of intersection over union (Everingham et al., The Pascal VOC Challenge, 2015), with the pixels of
/// all items counted together; classes that neither truth nor answer names are left out.
class OverlapState : public MetricState {
public:
  OverlapState(size_t output, int64_t axis, int64_t ignored) : output_(output), axis_(axis), ignored_(ignored) {}

  Result<void> add(const MetricSample &sample) override {
    if (auto same = checkSameShape(sample, output_); !same)
      return same.error();
    auto original = masksOf(sample.name, sample.original[output_], axis_),
         compressed = masksOf(sample.name, sample.compressed[output_], axis_);
    if (!original || !compressed)
      return original ? compressed.error() : original.error();
    std::vector<int64_t> truth = original->classes;
    if (sample.labels) {
      truth = integersOf(sample.labels->tensor);
      if (truth.size() != original->classes.size())
        return labelsDoNotFit(
            sample, fmt::format("but the output has {} pixels: a class each is needed", original->classes.size()));
    }
    size_t items = size_t(original->items), each = items ? truth.size() / items : 0;
    for (size_t item = 0; item < items; ++item) {
      std::map<int64_t, Counts> counts;
      for (size_t i = item * each; i < (item + 1) * each; ++i) {
        if (truth[i] < 0 || (sample.labels && truth[i] == ignored_))
          continue;
        ++counts[truth[i]].truth;
        for (int side = 0; side < 2; ++side) {
          int64_t answer = (side ? *compressed : *original).classes[i];
          if (answer < 0)
            continue;
          ++counts[answer].answer[side];
          counts[answer].both[side] += answer == truth[i];
        }
      }
      for (auto &[label, of] : counts) {
        of.label = uint32_t(label);
        counts_.push_back(of);
        classes_ = std::max(classes_, size_t(label) + 1);
      }
      firsts_.push_back(counts_.size());
    }
    return {};
  }
  size_t items() const override { return firsts_.size() - 1; }

  Evaluator evaluator() const override {
    return [this](const std::vector<uint32_t> &counts) { return values(0, items(), counts.data()); };
  }
  std::optional<double> dropOf(size_t begin, size_t end) const override {
    std::vector<uint32_t> counts(end - begin, 1);
    return begin == end ? std::nullopt : std::optional(values(begin, end, counts.data()).drop);
  }

private:
  /// Pixels of one class in one item.
  struct Counts {
    uint32_t label = 0, truth = 0, answer[2] = {}, both[2] = {};
  };

  MetricValues values(size_t begin, size_t end, const uint32_t *drawn) const {
    std::vector<double> both[2], either[2];
    for (int side = 0; side < 2; ++side) {
      both[side].resize(classes_);
      either[side].resize(classes_);
    }
    for (size_t item = begin; item < end; ++item)
      for (size_t i = firsts_[item]; i < firsts_[item + 1]; ++i)
        for (int side = 0; side < 2; ++side) {
          const Counts &of = counts_[i];
          double times = drawn[item - begin];
          both[side][of.label] += times * of.both[side];
          either[side][of.label] += times * (double(of.truth) + of.answer[side] - of.both[side]);
        }
    double result[2] = {};
    for (int side = 0; side < 2; ++side) {
      int64_t seen = 0;
      for (size_t c = 0; c < classes_; ++c)
        if (either[side][c] > 0) {
          result[side] += both[side][c] / either[side][c];
          ++seen;
        }
      result[side] = seen ? result[side] / double(seen) : 1;
    }
    return {result[0], result[1], fractionLost(result[0], result[1])};
  }

  size_t output_, classes_ = 0;
  int64_t axis_, ignored_;
  std::vector<Counts> counts_;
  std::vector<size_t> firsts_ = {0}; ///< where each item's counts begin
};

} // namespace

std::vector<MetricKind> segmentationMetrics() {
  MetricKind miou;
  miou.name = "miou";
  miou.numbers = {"axis", "ignore"};
  miou.suits = [](const TensorDescription &output) {
    return isFloating(output.dtype) ? output.shape.size() >= 3 : isInteger(output.dtype) && output.shape.size() >= 2;
  };
  miou.make = [](const MetricSpec &spec, const Outputs &, size_t output) -> Made {
    return Made(
        std::make_unique<OverlapState>(output, int64_t(spec.number("axis", 1)), int64_t(spec.number("ignore", 255))));
  };
  return {miou};
}

} // namespace mlc
