// Metrics of class scores: rows of the output's last dimension.
#include "Check/Measure.h"

#include "Support/DTypeConversion.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <numeric>
#include <set>

namespace mlc {
namespace {

// The class of each row: of the labels, or what the original answers.
Result<std::vector<int64_t>> truthOf(const Tensor *truth, const Rows &original) {
  std::vector<int64_t> classes;
  if (!truth) {
    for (int64_t i = 0; i < original.count; ++i)
      classes.push_back(original.width > 1 ? argmax(original.row(i)) : original.row(i)[0] > 0.5);
    return classes;
  }
  if (truth->numElements() != original.count)
    return badInput(fmt::format("{} labels were given for {} rows of scores", truth->numElements(), original.count));
  int64_t classesKnown = std::max<int64_t>(original.width, 2);
  for (double label : doublesOf(*truth)) {
    if (!(label >= 0 && label < static_cast<double>(classesKnown)))
      return badInput(fmt::format("label {} is none of the {} classes", label, classesKnown));
    classes.push_back(static_cast<int64_t>(label));
  }
  return classes;
}

// The class a row stands for: the highest score, or for a single one whether it is above one half.
int64_t answerOf(std::span<const double> row) { return row.size() > 1 ? argmax(row) : row[0] > 0.5; }

class TopK : public SumMeasure {
public:
  explicit TopK(int64_t k) : k_(k) {}
  bool countsHits() const override { return true; }
  DropRule rule() const override { return DropRule::Fraction; }
  Result<void> add(const Tensor *truth, std::span<const Tensor *const> original,
                   std::span<const Tensor *const> compressed) override {
    Rows a = rowsOf(*original[0]), b = rowsOf(*compressed[0]);
    auto classes = truthOf(truth, a);
    if (!classes)
      return classes.error();
    for (int64_t i = 0; i < a.count; ++i)
      append(std::array{hit(a.row(i), (*classes)[i]), 1.0}, std::array{hit(b.row(i), (*classes)[i]), 1.0});
    return {};
  }

protected:
  MetricValues of(std::span<const double> baseline, std::span<const double> candidate) const override {
    return {baseline[0] / baseline[1], candidate[0] / candidate[1]};
  }

private:
  // Classes with the same score share a place: the true one counts if fewer than k are above it.
  double hit(std::span<const double> row, int64_t label) const {
    if (row.size() == 1)
      return (row[0] > 0.5) == label;
    if (std::any_of(row.begin(), row.end(), [](double score) { return std::isnan(score); }))
      return 0;
    return std::count_if(row.begin(), row.end(), [&](double score) { return score > row[label]; }) < k_;
  }
  int64_t k_;
};

// Answers that are not the original's.
class Flips : public SumMeasure {
public:
  bool countsHits() const override { return true; }
  DropRule rule() const override { return DropRule::ErrorRate; }
  Result<void> add(const Tensor *, std::span<const Tensor *const> original,
                   std::span<const Tensor *const> compressed) override {
    Rows a = rowsOf(*original[0]), b = rowsOf(*compressed[0]);
    for (int64_t i = 0; i < a.count; ++i)
      append(std::array{0.0, 1.0}, std::array{double(answerOf(a.row(i)) != answerOf(b.row(i))), 1.0});
    return {};
  }

protected:
  MetricValues of(std::span<const double>, std::span<const double> candidate) const override {
    return {0, candidate[0] / candidate[1]};
  }
};

// Macro-averaged over the classes that occur in truth or answer: harmonic mean of precision and recall.
class F1 : public Measure {
public:
  bool countsHits() const override { return true; }
  DropRule rule() const override { return DropRule::Fraction; }
  bool itemsHaveValues() const override { return false; }
  size_t items() const override { return rows_.size(); }
  Result<void> add(const Tensor *truth, std::span<const Tensor *const> original,
                   std::span<const Tensor *const> compressed) override {
    Rows a = rowsOf(*original[0]), b = rowsOf(*compressed[0]);
    auto classes = truthOf(truth, a);
    if (!classes)
      return classes.error();
    for (int64_t i = 0; i < a.count; ++i)
      rows_.push_back({(*classes)[i], answerOf(a.row(i)), answerOf(b.row(i))});
    return {};
  }
  MetricValues value(std::span<const uint32_t> chosen) const override {
    return {score(chosen, &Row::baseline), score(chosen, &Row::candidate)};
  }

private:
  struct Row {
    int64_t truth, baseline, candidate;
  };
  double score(std::span<const uint32_t> chosen, int64_t Row::*answer) const {
    struct Counts {
      double both = 0, truth = 0, answer = 0;
    };
    std::map<int64_t, Counts> counts;
    for (uint32_t item : chosen) {
      const Row &row = rows_[item];
      ++counts[row.truth].truth;
      ++counts[row.*answer].answer;
      if (row.truth == row.*answer)
        ++counts[row.truth].both;
    }
    double sum = 0;
    for (auto &[label, count] : counts)
      sum += 2 * count.both / (count.truth + count.answer);
    return counts.empty() ? 0 : sum / static_cast<double>(counts.size());
  }
  std::vector<Row> rows_;
};

// Area under the curve of true against false positives: the probability that a row of a class scores higher for it than
// one of another class; of more than two classes the mean of each against the rest.
class Auc : public Measure {
public:
  DropRule rule() const override { return DropRule::Fraction; }
  bool itemsHaveValues() const override { return false; }
  size_t items() const override { return truth_.size(); }
  Result<void> add(const Tensor *truth, std::span<const Tensor *const> original,
                   std::span<const Tensor *const> compressed) override {
    Rows a = rowsOf(*original[0]), b = rowsOf(*compressed[0]);
    auto classes = truthOf(truth, a);
    if (!classes)
      return classes.error();
    width_ = a.width;
    truth_.insert(truth_.end(), classes->begin(), classes->end());
    baseline_.insert(baseline_.end(), a.values.begin(), a.values.end());
    candidate_.insert(candidate_.end(), b.values.begin(), b.values.end());
    return {};
  }
  MetricValues value(std::span<const uint32_t> chosen) const override {
    return {area(chosen, baseline_), area(chosen, candidate_)};
  }

private:
  double area(std::span<const uint32_t> chosen, const std::vector<double> &scores) const {
    double sum = 0;
    int64_t measured = 0;
    for (int64_t label = width_ > 2 ? 0 : 1; label < std::max<int64_t>(width_, 2); ++label) {
      int64_t column = width_ == 1 ? 0 : label;
      std::vector<std::pair<double, bool>> rows;
      for (uint32_t item : chosen)
        rows.emplace_back(scores[item * width_ + column], truth_[item] == label);
      std::sort(rows.begin(), rows.end(), [](auto &x, auto &y) { return x.first < y.first; });
      // Mann-Whitney: the positives' ranks, equal scores at their mean rank.
      double ranks = 0, positives = 0;
      for (size_t i = 0; i < rows.size();) {
        size_t end = i;
        double own = 0;
        for (; end < rows.size() && rows[end].first == rows[i].first; ++end)
          own += rows[end].second;
        ranks += own * (static_cast<double>(i + end) + 1) / 2;
        positives += own;
        i = end;
      }
      double negatives = static_cast<double>(rows.size()) - positives;
      if (positives == 0 || negatives == 0)
        continue;
      sum += (ranks - positives * (positives + 1) / 2) / (positives * negatives);
      ++measured;
    }
    return measured ? sum / static_cast<double>(measured) : 0.5;
  }
  int64_t width_ = 0;
  std::vector<int64_t> truth_;
  std::vector<double> baseline_, candidate_;
};

// Mean of -log p(truth). Rows that are no probabilities go through a softmax.
class LogLoss : public SumMeasure {
public:
  DropRule rule() const override { return DropRule::RelativeError; }
  Result<void> add(const Tensor *truth, std::span<const Tensor *const> original,
                   std::span<const Tensor *const> compressed) override {
    Rows a = rowsOf(*original[0]), b = rowsOf(*compressed[0]);
    auto classes = truthOf(truth, a);
    if (!classes)
      return classes.error();
    for (int64_t i = 0; i < a.count; ++i)
      append(std::array{loss(a.row(i), (*classes)[i]), 1.0}, std::array{loss(b.row(i), (*classes)[i]), 1.0});
    return {};
  }

protected:
  MetricValues of(std::span<const double> baseline, std::span<const double> candidate) const override {
    return {baseline[0] / baseline[1], candidate[0] / candidate[1], 1.0};
  }

private:
  static double loss(std::span<const double> row, int64_t label) {
    constexpr double kLeast = 1e-15;
    if (row.size() == 1)
      return -std::log(std::max(kLeast, label ? row[0] : 1 - row[0]));
    double sum = std::accumulate(row.begin(), row.end(), 0.0);
    bool isDistribution = std::abs(sum - 1) < 1e-3 && *std::min_element(row.begin(), row.end()) >= 0;
    if (isDistribution)
      return -std::log(std::max(kLeast, row[label]));
    double largest = *std::max_element(row.begin(), row.end()), total = 0;
    for (double score : row)
      total += std::exp(score - largest);
    return std::log(total) + largest - row[label];
  }
};

} // namespace

std::vector<MeasureKind> classificationMeasures() {
  return {
      {"top1",
       [](const MeasureArguments &) -> std::unique_ptr<Measure> { return std::make_unique<TopK>(1); },
       {},
       1,
       true},
      {"top5",
       [](const MeasureArguments &) -> std::unique_ptr<Measure> { return std::make_unique<TopK>(5); },
       {},
       1,
       true},
      {"flips",
       [](const MeasureArguments &) -> std::unique_ptr<Measure> { return std::make_unique<Flips>(); },
       {},
       1,
       true},
      {"f1", [](const MeasureArguments &) -> std::unique_ptr<Measure> { return std::make_unique<F1>(); }, {}, 1, true},
      {"auc",
       [](const MeasureArguments &) -> std::unique_ptr<Measure> { return std::make_unique<Auc>(); },
       {},
       1,
       true},
      {"logloss",
       [](const MeasureArguments &) -> std::unique_ptr<Measure> { return std::make_unique<LogLoss>(); },
       {},
       1,
       true}};
}

} // namespace mlc
