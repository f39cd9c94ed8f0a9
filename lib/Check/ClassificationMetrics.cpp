// top1, top5, flips, f1, auc, logloss.
#include "Check/ClassAnswers.h"
#include "Support/DTypeConversion.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace mlc {
namespace {

/// Both models' rows and the truth of one sample.
struct Classified {
  ClassScores original, compressed;
  std::vector<int64_t> truth; ///< -1: none
};

Result<Classified> classify(const MetricSample &sample, size_t output) {
  if (auto same = checkSameShape(sample, output); !same)
    return same.error();
  Classified result{classScores(sample.original[output]), classScores(sample.compressed[output]), {}};
  result.truth = result.original.answers;
  if (sample.labels) {
    auto labels = classLabels(sample, result.original);
    if (!labels)
      return labels.error();
    result.truth = std::move(*labels);
  }
  return result;
}

/// A sum over the rows of each item: `row` gives `width` numbers.
template <typename Row> SumState::Add addRows(size_t output, size_t width, Row row) {
  return [=](const MetricSample &sample, std::vector<double> &rows) -> Result<void> {
    auto classified = classify(sample, output);
    if (!classified)
      return classified.error();
    int64_t each = classified->original.rowsPerItem();
    for (int64_t item = 0; item < classified->original.items; ++item) {
      size_t begin = rows.size();
      rows.resize(begin + width);
      for (int64_t r = item * each; r < (item + 1) * each; ++r)
        if (classified->truth[size_t(r)] >= 0)
          row(*classified, r, rows.data() + begin);
    }
    return {};
  };
}

using Made = Result<std::unique_ptr<MetricState>>;
using Outputs = std::vector<TensorDescription>;

Made accuracy(size_t output, int64_t best) {
  auto row = [best](const Classified &classified, int64_t r, double *sums) {
    int64_t truth = classified.truth[size_t(r)];
    auto right = [&](const ClassScores &scores) {
      bool first = scores.answers[size_t(r)] == truth;
      return first || (best > 1 && scores.classes && !scores.single && scores.rank(r, truth) < best);
    };
    sums[0] += 1;
    sums[1] += right(classified.original);
    sums[2] += right(classified.compressed);
  };
  return Made(std::make_unique<SumState>(3, addRows(output, 3, row), [](const double *sums, const double *) {
    double baseline = sums[1] / sums[0], candidate = sums[2] / sums[0];
    return MetricValues{baseline, candidate, fractionLost(baseline, candidate)};
  }));
}

Made flips(size_t output) {
  auto add = [output](const MetricSample &sample, std::vector<double> &rows) -> Result<void> {
    if (auto same = checkSameShape(sample, output); !same)
      return same.error();
    ClassScores original = classScores(sample.original[output]), compressed = classScores(sample.compressed[output]);
    for (int64_t item = 0; item < original.items; ++item) {
      double changed = 0;
      int64_t each = original.rowsPerItem();
      for (int64_t r = item * each; r < (item + 1) * each; ++r)
        changed += original.answers[size_t(r)] != compressed.answers[size_t(r)];
      rows.insert(rows.end(), {double(each), changed});
    }
    return {};
  };
  return Made(std::make_unique<SumState>(2, add, [](const double *sums, const double *) {
    return MetricValues{0, sums[1] / sums[0], sums[1] / sums[0]};
  }));
}

Made logLoss(size_t output) {
  // Σ of rows; of the loss by labels on both sides; of the divergence from the original's distribution.
  auto add = [output](const MetricSample &sample, std::vector<double> &rows) -> Result<void> {
    auto classified = classify(sample, output);
    if (!classified)
      return classified.error();
    std::vector<double> original = classified->original.logProbabilities(),
                        compressed = classified->compressed.logProbabilities();
    int64_t classes = classified->original.classes, each = classified->original.rowsPerItem();
    for (int64_t item = 0; item < classified->original.items; ++item) {
      double sums[3] = {};
      for (int64_t r = item * each; r < (item + 1) * each; ++r) {
        int64_t truth = classified->truth[size_t(r)];
        const double *p = original.data() + r * classes, *q = compressed.data() + r * classes;
        if (sample.labels && truth < 0)
          continue;
        sums[0] += 1;
        if (sample.labels) {
          sums[1] -= p[truth];
          sums[2] -= q[truth];
        } else {
          for (int64_t c = 0; c < classes; ++c)
            sums[2] += std::exp(p[c]) > 0 ? std::exp(p[c]) * (p[c] - q[c]) : 0;
        }
      }
      // The last is above 0 where labels were the truth: the two kinds of values have drops of their own.
      rows.insert(rows.end(), {sums[0], sums[1], sums[2], sample.labels ? sums[0] : 0.0});
    }
    return {};
  };
  return Made(std::make_unique<SumState>(4, add, [](const double *sums, const double *all) {
    double baseline = sums[1] / sums[0], candidate = sums[2] / sums[0];
    bool labelled = all[3] > 0;
    return MetricValues{baseline, candidate,
                        labelled ? errorGrowth(baseline, candidate, all[1] / all[0]) : 1 - std::exp(-candidate)};
  }));
}

/// Macro average over the classes that are a truth or an answer.
class F1State : public MetricState {
public:
  explicit F1State(size_t output) : output_(output) {}

  Result<void> add(const MetricSample &sample) override {
    auto classified = classify(sample, output_);
    if (!classified)
      return classified.error();
    int64_t each = classified->original.rowsPerItem();
    for (int64_t r = 0; r < classified->original.rows; ++r) {
      Row row{int32_t(items_ + size_t(r / each)), int32_t(classified->truth[size_t(r)]),
              int32_t(classified->original.answers[size_t(r)]), int32_t(classified->compressed.answers[size_t(r)])};
      classes_ = std::max({classes_, row.truth + 1, row.original + 1, row.compressed + 1});
      if (row.truth >= 0)
        rows_.push_back(row);
    }
    items_ += size_t(classified->original.items);
    return {};
  }
  size_t items() const override { return items_; }

  Evaluator evaluator() const override {
    return [this](const std::vector<uint32_t> &counts) {
      // Twice the rows that are right, and rows that are truth or answer, by class.
      std::vector<double> right[2], named[2];
      for (int side = 0; side < 2; ++side) {
        right[side].resize(size_t(classes_));
        named[side].resize(size_t(classes_));
      }
      for (const Row &row : rows_)
        for (int side = 0; side < 2; ++side) {
          int32_t answer = side ? row.compressed : row.original;
          double count = counts[size_t(row.item)];
          named[side][size_t(row.truth)] += count;
          if (answer >= 0)
            named[side][size_t(answer)] += count;
          if (answer == row.truth)
            right[side][size_t(answer)] += 2 * count;
        }
      double values[2];
      for (int side = 0; side < 2; ++side) {
        double sum = 0;
        int64_t seen = 0;
        for (size_t c = 0; c < size_t(classes_); ++c) {
          if (named[side][c] == 0)
            continue;
          sum += right[side][c] / named[side][c];
          ++seen;
        }
        values[side] = sum / double(seen);
      }
      return MetricValues{values[0], values[1], fractionLost(values[0], values[1])};
    };
  }

  std::optional<double> dropOf(size_t begin, size_t end) const override {
    // Of one sample the share of right answers stands for it: few classes are in it.
    double baseline = 0, candidate = 0, count = 0;
    for (size_t i = rowsBefore(begin); i < rowsBefore(end); ++i) {
      baseline += rows_[i].original == rows_[i].truth;
      candidate += rows_[i].compressed == rows_[i].truth;
      count += 1;
    }
    if (count == 0)
      return std::nullopt;
    return fractionLost(baseline / count, candidate / count);
  }

private:
  struct Row {
    int32_t item, truth, original, compressed;
  };
  size_t rowsBefore(size_t item) const {
    return size_t(
        std::partition_point(rows_.begin(), rows_.end(), [&](const Row &row) { return size_t(row.item) < item; }) -
        rows_.begin());
  }
  size_t output_, items_ = 0;
  int32_t classes_ = 0;
  std::vector<Row> rows_;
};

/// Area under the ROC curve (Hanley & McNeil 1982: the chance that a positive row scores above a negative one).
class AucState : public MetricState {
public:
  explicit AucState(size_t output) : output_(output) {}

  Result<void> add(const MetricSample &sample) override {
    auto classified = classify(sample, output_);
    if (!classified)
      return classified.error();
    classes_ = classified->original.classes;
    int64_t each = classified->original.rowsPerItem();
    for (int side = 0; side < 2; ++side) {
      const ClassScores &scores = side ? classified->compressed : classified->original;
      std::vector<double> logs = classes_ > 2 ? scores.logProbabilities() : scores.scores;
      for (int64_t r = 0; r < scores.rows; ++r) {
        if (classified->truth[size_t(r)] < 0)
          continue;
        if (scores.single)
          scores_[side].push_back(float(logs[size_t(r)]));
        else if (classes_ == 2) // the difference orders logits and probabilities alike
          scores_[side].push_back(float(logs[size_t(2 * r + 1)] - logs[size_t(2 * r)]));
        else
          for (int64_t c = 0; c < classes_; ++c)
            scores_[side].push_back(float(logs[size_t(r * classes_ + c)]));
      }
    }
    for (int64_t r = 0; r < classified->original.rows; ++r) {
      if (classified->truth[size_t(r)] < 0)
        continue;
      truth_.push_back(int32_t(classified->truth[size_t(r)]));
      item_.push_back(uint32_t(items_ + size_t(r / each)));
    }
    items_ += size_t(classified->original.items);
    return {};
  }
  size_t items() const override { return items_; }

  Evaluator evaluator() const override {
    size_t columns = classes_ > 2 ? size_t(classes_) : 1;
    // Rows by score, once: a resample only counts differently.
    auto orders = std::make_shared<std::vector<std::vector<uint32_t>>>();
    std::vector<bool> present(size_t(std::max<int64_t>(classes_, 2)));
    for (int32_t truth : truth_)
      present[size_t(truth)] = true;
    for (int side = 0; side < 2; ++side)
      for (size_t c = 0; c < columns; ++c) {
        std::vector<uint32_t> order;
        if (columns == 1 || present[c]) {
          order.resize(truth_.size());
          for (size_t i = 0; i < order.size(); ++i)
            order[i] = uint32_t(i);
          // NaN is below all, so that the order is one.
          auto key = [&, columns](uint32_t i) {
            float score = scores_[side][i * columns + c];
            return std::isnan(score) ? -std::numeric_limits<float>::infinity() : score;
          };
          std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) { return key(a) < key(b); });
        }
        orders->push_back(std::move(order));
      }
    return [this, columns, orders](const std::vector<uint32_t> &counts) {
      double values[2];
      for (int side = 0; side < 2; ++side) {
        double sum = 0;
        int64_t seen = 0;
        for (size_t c = 0; c < columns; ++c) {
          double area = areaOf(side, c, columns, (*orders)[size_t(side) * columns + c], counts);
          if (std::isnan(area))
            continue;
          sum += area;
          ++seen;
        }
        values[side] = sum / double(seen);
      }
      return MetricValues{values[0], values[1], fractionLost(values[0], values[1])};
    };
  }
  std::optional<double> dropOf(size_t, size_t) const override { return std::nullopt; }

private:
  double areaOf(int side, size_t column, size_t columns, const std::vector<uint32_t> &order,
                const std::vector<uint32_t> &counts) const {
    int32_t positive = columns == 1 ? 1 : int32_t(column);
    double above = 0, positives = 0, negatives = 0;
    for (size_t i = 0; i < order.size();) {
      // Rows of one score: half of their pairs count.
      double score = scores_[side][order[i] * columns + column], p = 0, n = 0;
      size_t j = i;
      for (; j < order.size() && (j == i || double(scores_[side][order[j] * columns + column]) == score); ++j)
        (truth_[order[j]] == positive ? p : n) += counts[item_[order[j]]];
      above += p * (negatives + n / 2);
      positives += p;
      negatives += n;
      i = j;
    }
    return above / (positives * negatives); // NaN where one of them is missing
  }

  size_t output_, items_ = 0;
  int64_t classes_ = 0;
  std::vector<float> scores_[2]; ///< [rows, columns]
  std::vector<int32_t> truth_;
  std::vector<uint32_t> item_;
};

bool namesClasses(const TensorDescription &output) {
  return !output.shape.empty() && (isFloating(output.dtype) || isInteger(output.dtype) || output.dtype == DType::Bool);
}
bool scoresClasses(const TensorDescription &output) { return !output.shape.empty() && isFloating(output.dtype); }

} // namespace

std::vector<MetricKind> classificationMetrics() {
  auto kind = [](const char *name, bool higher, bool counts, auto suits, auto make) {
    MetricKind result;
    result.name = name;
    result.higherIsBetter = higher;
    result.countsAnswers = counts;
    result.suits = suits;
    result.make = [make](const MetricSpec &, const Outputs &, size_t output) -> Made { return make(output); };
    return result;
  };
  std::vector<MetricKind> kinds = {
      kind("top1", true, true, namesClasses, [](size_t output) { return accuracy(output, 1); }),
      kind("top5", true, true, scoresClasses, [](size_t output) { return accuracy(output, 5); }),
      kind("flips", false, true, namesClasses, flips),
      kind("f1", true, true, namesClasses, [](size_t output) { return Made(std::make_unique<F1State>(output)); }),
      kind("auc", true, false, scoresClasses, [](size_t output) { return Made(std::make_unique<AucState>(output)); }),
      kind("logloss", false, false, scoresClasses, logLoss)};
  kinds[2].labels = MetricKind::Labels::Unused;
  return kinds;
}

} // namespace mlc
