// cosine, recall: vectors that stand for what they were made from.
#include "Check/ClassAnswers.h"
#include "Support/DTypeConversion.h"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <numeric>

namespace mlc {
namespace {

using Made = Result<std::unique_ptr<MetricState>>;
using Outputs = std::vector<TensorDescription>;

double cosineOf(const double *a, const double *b, size_t count) {
  double aa = 0, bb = 0, ab = 0, difference = 0;
  for (size_t i = 0; i < count; ++i) {
    aa += a[i] * a[i];
    bb += b[i] * b[i];
    ab += a[i] * b[i];
    difference += (a[i] - b[i]) * (a[i] - b[i]);
  }
  if (difference == 0) // what the quotient below rounds to is not quite 1
    return 1;
  return aa == 0 || bb == 0 ? 0 : std::clamp(ab / std::sqrt(aa) / std::sqrt(bb), -1.0, 1.0);
}

/// Calls `each(begin, count)` for the elements of each item.
template <typename Each> void forItems(const Tensor &tensor, Each each) {
  size_t items = size_t(batchOf(tensor)), count = items ? size_t(tensor.numElements()) / items : 0;
  for (size_t item = 0; item < items; ++item)
    each(item * count, count);
}

/// The mean, or with K the K-th percentile, of the items' cosines.
class CosineState : public MetricState {
public:
  CosineState(size_t output, std::optional<int64_t> percentile) : output_(output), percentile_(percentile) {}

  Result<void> add(const MetricSample &sample) override {
    if (auto same = checkSameShape(sample, output_); !same)
      return same.error();
    std::vector<double> original = elementsOf(sample.original[output_]),
                        compressed = elementsOf(sample.compressed[output_]);
    forItems(sample.original[output_], [&](size_t begin, size_t count) {
      cosines_.push_back(cosineOf(original.data() + begin, compressed.data() + begin, count));
    });
    return {};
  }
  size_t items() const override { return cosines_.size(); }

  Evaluator evaluator() const override {
    std::vector<uint32_t> order(cosines_.size());
    std::iota(order.begin(), order.end(), 0);
    // NaN is the worst.
    auto key = [&](uint32_t i) { return std::isnan(cosines_[i]) ? -2 : cosines_[i]; };
    std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) { return key(a) < key(b); });
    return [this, order = std::move(order)](const std::vector<uint32_t> &counts) {
      double total = 0, sum = 0;
      for (size_t i = 0; i < counts.size(); ++i) {
        total += counts[i];
        if (counts[i])
          sum += counts[i] * cosines_[i];
      }
      double value = percentile_ ? percentile(order, counts, total) : sum / total;
      return MetricValues{1, value, 1 - value};
    };
  }
  std::optional<double> dropOf(size_t begin, size_t end) const override {
    double sum = 0;
    for (size_t i = begin; i < end; ++i)
      sum += cosines_[i];
    return begin == end ? std::nullopt : std::optional(1 - sum / double(end - begin));
  }

private:
  /// Between the two nearest, as numpy.percentile does.
  double percentile(const std::vector<uint32_t> &order, const std::vector<uint32_t> &counts, double total) const {
    double place = double(*percentile_) / 100 * (total - 1), seen = 0, below = NAN;
    for (uint32_t i : order) {
      if (!counts[i])
        continue;
      seen += counts[i];
      if (std::isnan(below) && seen > std::floor(place))
        below = cosines_[i];
      if (seen > std::ceil(place))
        return std::isnan(below) ? below : below + (place - std::floor(place)) * (cosines_[i] - below);
    }
    return below;
  }

  size_t output_;
  std::optional<int64_t> percentile_;
  std::vector<double> cosines_;
};

/// How many of an item's K nearest neighbours by cosine stay among them.
class RecallState : public MetricState {
public:
  RecallState(size_t output, int64_t k) : output_(output), k_(k) {}
  // Comparing all pairs of these takes seconds.
  static constexpr size_t kMostItems = 4096;

  Result<void> add(const MetricSample &sample) override {
    if (auto same = checkSameShape(sample, output_); !same)
      return same.error();
    for (int side = 0; side < 2; ++side) {
      const Tensor &tensor = (side ? sample.compressed : sample.original)[output_];
      std::vector<double> values = elementsOf(tensor);
      size_t added = 0;
      bool fits = true;
      forItems(tensor, [&](size_t begin, size_t count) {
        if (items_ + added == kMostItems)
          return;
        fits &= !length_ || length_ == count;
        length_ = count;
        double norm =
            std::sqrt(std::inner_product(values.begin() + ptrdiff_t(begin), values.begin() + ptrdiff_t(begin + count),
                                         values.begin() + ptrdiff_t(begin), 0.0));
        for (size_t i = begin; i < begin + count; ++i)
          vectors_[side].push_back(float(norm > 0 ? values[i] / norm : 0));
        ++added;
      });
      if (!fits)
        return badInput("sample '" + sample.name + "': its vectors are of another length than those before");
      if (side == 1)
        items_ += added;
    }
    return {};
  }
  size_t items() const override { return items_; }

  Evaluator evaluator() const override {
    return [kept = kept()](const std::vector<uint32_t> &counts) {
      double total = 0, sum = 0;
      for (size_t i = 0; i < counts.size(); ++i) {
        total += counts[i];
        sum += counts[i] * kept[i];
      }
      return MetricValues{1, sum / total, 1 - sum / total};
    };
  }
  // The neighbours are those among all items: a sample has none of its own.
  std::optional<double> dropOf(size_t begin, size_t end) const override {
    if (begin == end)
      return std::nullopt;
    const std::vector<double> &all = kept();
    return 1 - std::accumulate(all.begin() + ptrdiff_t(begin), all.begin() + ptrdiff_t(end), 0.0) / double(end - begin);
  }

private:
  std::vector<std::vector<uint32_t>> neighbours(int side, size_t k) const {
    using Matrix = Eigen::Map<const Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>;
    Matrix all(vectors_[side].data(), Eigen::Index(items_), Eigen::Index(length_));
    std::vector<std::vector<uint32_t>> sets;
    for (size_t i = 0; i < items_; ++i) {
      Eigen::VectorXf similarity = all * all.row(Eigen::Index(i)).transpose();
      std::vector<uint32_t> order;
      for (size_t j = 0; j < items_; ++j)
        if (j != i)
          order.push_back(uint32_t(j));
      std::partial_sort(order.begin(), order.begin() + ptrdiff_t(k), order.end(), [&](uint32_t a, uint32_t b) {
        float x = similarity[Eigen::Index(a)], y = similarity[Eigen::Index(b)];
        if (std::isnan(x) || std::isnan(y))
          return std::isnan(x) == std::isnan(y) ? a < b : std::isnan(y);
        return x != y ? x > y : a < b;
      });
      order.resize(k);
      std::sort(order.begin(), order.end());
      sets.push_back(std::move(order));
    }
    return sets;
  }

  const std::vector<double> &kept() const {
    if (kept_.size() == items_)
      return kept_;
    size_t k = std::min(size_t(k_), items_ ? items_ - 1 : 0);
    auto original = neighbours(0, k), compressed = neighbours(1, k);
    kept_.clear();
    for (size_t i = 0; i < items_; ++i) {
      std::vector<uint32_t> both;
      std::set_intersection(original[i].begin(), original[i].end(), compressed[i].begin(), compressed[i].end(),
                            std::back_inserter(both));
      kept_.push_back(k ? double(both.size()) / double(k) : NAN);
    }
    return kept_;
  }

  size_t output_;
  int64_t k_;
  size_t items_ = 0, length_ = 0;
  std::vector<float> vectors_[2];    ///< of length 1, or 0
  mutable std::vector<double> kept_; ///< share of each item's neighbours, once asked for
};

} // namespace

std::vector<MetricKind> embeddingMetrics() {
  MetricKind cosine, recall;
  cosine.name = "cosine";
  cosine.labels = MetricKind::Labels::Unused;
  cosine.number = MetricKind::Number::Optional;
  cosine.suits = [](const TensorDescription &output) { return isFloating(output.dtype); };
  cosine.make = [](const MetricSpec &spec, const Outputs &, size_t output) -> Made {
    if (spec.k.value_or(1) > 99)
      return usageError("metric '" + spec.text + "': what follows '@' is a percentile, 1 … 99");
    return Made(std::make_unique<CosineState>(output, spec.k));
  };
  recall = cosine;
  recall.name = "recall";
  recall.number = MetricKind::Number::Required;
  recall.make = [](const MetricSpec &spec, const Outputs &, size_t output) -> Made {
    return Made(std::make_unique<RecallState>(output, *spec.k));
  };
  return {cosine, recall};
}

} // namespace mlc
