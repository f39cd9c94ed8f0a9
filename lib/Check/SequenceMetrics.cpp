// Metrics of sequences: scores [time, classes] or [batch, time, classes], or symbols as integers, [time] or [batch,
// time].
#include "Check/Measure.h"

#include "Support/DTypeConversion.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/format.h>

namespace mlc {
namespace {

// The symbols of each sequence: the best class at each step.
std::vector<std::vector<int64_t>> symbolsOf(const Tensor &tensor) {
  std::vector<std::vector<int64_t>> sequences;
  Rows rows = rowsOf(tensor);
  if (!isFloating(tensor.dtype)) {
    for (int64_t i = 0; i < rows.count; ++i)
      sequences.emplace_back(rows.row(i).begin(), rows.row(i).end());
    return sequences;
  }
  int64_t steps = tensor.shape.size() < 2 ? 1 : tensor.shape[tensor.shape.size() - 2];
  for (int64_t i = 0; i < rows.count; ++i) {
    if (steps && i % steps == 0)
      sequences.emplace_back();
    sequences.back().push_back(argmax(rows.row(i)));
  }
  return sequences;
}

// Symbols of label arrays: padding below 0 is left out.
std::vector<std::vector<int64_t>> labelsOf(const Tensor &tensor) {
  std::vector<std::vector<int64_t>> sequences = symbolsOf(tensor);
  for (auto &sequence : sequences)
    std::erase_if(sequence, [](int64_t symbol) { return symbol < 0; });
  return sequences;
}

Result<void> sameCount(size_t truth, size_t answers) {
  if (truth == answers)
    return {};
  return badInput(fmt::format("{} sequences of labels were given for {} of answers", truth, answers));
}

// Insertions, deletions and substitutions (V. Levenshtein, 1966).
template <typename T> double edits(const std::vector<T> &a, const std::vector<T> &b) {
  std::vector<double> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j)
    row[j] = static_cast<double>(j);
  for (size_t i = 1; i <= a.size(); ++i) {
    double diagonal = row[0];
    row[0] = static_cast<double>(i);
    for (size_t j = 1; j <= b.size(); ++j) {
      double best = std::min({row[j] + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
      diagonal = row[j];
      row[j] = best;
    }
  }
  return row[b.size()];
}

// Errors a symbol of the truth, over all sequences. Scores are read greedily: repeats become one, blanks go (A. Graves
// et al., Connectionist Temporal Classification, 2006). Words are what stands between separators.
class ErrorRate : public SumMeasure {
public:
  ErrorRate(int64_t blank, std::optional<int64_t> separator) : blank_(blank), separator_(separator) {}
  DropRule rule() const override { return DropRule::ErrorRate; }
  bool needsEqualShapes() const override { return false; } // sequences as long as each made them
  Result<void> add(const Tensor *truth, std::span<const Tensor *const> original,
                   std::span<const Tensor *const> compressed) override {
    auto a = decoded(*original[0]), b = decoded(*compressed[0]), t = truth ? labelsOf(*truth) : a;
    if (auto same = sameCount(t.size(), a.size()); !same)
      return same.error();
    if (b.size() != a.size())
      return badInput(fmt::format("the models gave {} and {} sequences", a.size(), b.size()));
    for (size_t i = 0; i < a.size(); ++i) {
      double length = separator_ ? static_cast<double>(words(t[i]).size()) : static_cast<double>(t[i].size());
      append(std::array{distance(t[i], a[i]), length}, std::array{distance(t[i], b[i]), length});
    }
    return {};
  }

protected:
  MetricValues of(std::span<const double> a, std::span<const double> b) const override {
    auto rate = [](double errors, double length) { return length > 0 ? errors / length : errors > 0 ? 1.0 : 0.0; };
    return {rate(a[0], a[1]), rate(b[0], b[1])};
  }

private:
  std::vector<std::vector<int64_t>> decoded(const Tensor &tensor) const {
    std::vector<std::vector<int64_t>> sequences = symbolsOf(tensor);
    if (!isFloating(tensor.dtype))
      return sequences;
    for (auto &sequence : sequences) {
      sequence.erase(std::unique(sequence.begin(), sequence.end()), sequence.end());
      std::erase(sequence, blank_);
    }
    return sequences;
  }
  std::vector<std::vector<int64_t>> words(const std::vector<int64_t> &symbols) const {
    std::vector<std::vector<int64_t>> result(1);
    for (int64_t symbol : symbols) {
      if (symbol != *separator_)
        result.back().push_back(symbol);
      else if (!result.back().empty())
        result.emplace_back();
    }
    if (result.back().empty())
      result.pop_back();
    return result;
  }
  double distance(const std::vector<int64_t> &truth, const std::vector<int64_t> &answer) const {
    return separator_ ? edits(words(truth), words(answer)) : edits(truth, answer);
  }
  int64_t blank_;
  std::optional<int64_t> separator_;
};

// Positions with the right symbol; an item is a sequence.
class Tokens : public SumMeasure {
public:
  DropRule rule() const override { return DropRule::Fraction; }
  Result<void> add(const Tensor *truth, std::span<const Tensor *const> original,
                   std::span<const Tensor *const> compressed) override {
    auto a = symbolsOf(*original[0]), b = symbolsOf(*compressed[0]), t = truth ? symbolsOf(*truth) : a;
    if (auto same = sameCount(t.size(), a.size()); !same)
      return same.error();
    for (size_t i = 0; i < a.size(); ++i) {
      if (t[i].size() != a[i].size())
        return badInput(fmt::format("{} labels were given for a sequence of {}", t[i].size(), a[i].size()));
      double right[2] = {}, all = 0;
      for (size_t step = 0; step < t[i].size(); ++step) {
        if (t[i][step] < 0) // padding
          continue;
        right[0] += a[i][step] == t[i][step];
        right[1] += step < b[i].size() && b[i][step] == t[i][step];
        all += 1;
      }
      append(std::array{right[0], all}, std::array{right[1], all});
    }
    return {};
  }

protected:
  MetricValues of(std::span<const double> a, std::span<const double> b) const override {
    return {a[1] > 0 ? a[0] / a[1] : 1, b[1] > 0 ? b[0] / b[1] : 1};
  }
};

// How far sequences agree with the original's before the first symbol that differs, as a share of their length.
class Divergence : public SumMeasure {
public:
  DropRule rule() const override { return DropRule::Fraction; }
  Result<void> add(const Tensor *, std::span<const Tensor *const> original,
                   std::span<const Tensor *const> compressed) override {
    auto a = symbolsOf(*original[0]), b = symbolsOf(*compressed[0]);
    for (size_t i = 0; i < a.size(); ++i) {
      size_t length = i < b.size() ? std::min(a[i].size(), b[i].size()) : 0, same = 0;
      while (same < length && a[i][same] == b[i][same])
        ++same;
      append(std::array{1.0, 1.0},
             std::array{a[i].empty() ? 1.0 : static_cast<double>(same) / static_cast<double>(a[i].size()), 1.0});
    }
    return {};
  }

protected:
  MetricValues of(std::span<const double>, std::span<const double> b) const override { return {1.0, b[0] / b[1]}; }
};

// exp of the mean of -log p(symbol); scores are logits. Without labels the original's own best symbols are the truth.
class Perplexity : public SumMeasure {
public:
  DropRule rule() const override { return DropRule::RelativeError; }
  Result<void> add(const Tensor *truth, std::span<const Tensor *const> original,
                   std::span<const Tensor *const> compressed) override {
    Rows a = rowsOf(*original[0]), b = rowsOf(*compressed[0]);
    if (truth && truth->numElements() != a.count)
      return badInput(fmt::format("{} labels were given for {} positions", truth->numElements(), a.count));
    std::vector<double> symbols = truth ? doublesOf(*truth) : std::vector<double>();
    double sums[2] = {}, count = 0;
    for (int64_t i = 0; i < a.count; ++i) {
      double symbol = truth ? symbols[i] : static_cast<double>(argmax(a.row(i)));
      if (symbol < 0) // padding
        continue;
      if (!(symbol < static_cast<double>(a.width)))
        return badInput(fmt::format("label {} is none of the {} symbols", symbol, a.width));
      sums[0] += loss(a.row(i), static_cast<int64_t>(symbol));
      sums[1] += loss(b.row(i), static_cast<int64_t>(symbol));
      count += 1;
    }
    append(std::array{sums[0], count}, std::array{sums[1], count});
    return {};
  }

protected:
  MetricValues of(std::span<const double> a, std::span<const double> b) const override {
    return {std::exp(a[0] / std::max(a[1], 1.0)), std::exp(b[0] / std::max(b[1], 1.0)), 1.0};
  }

private:
  static double loss(std::span<const double> row, int64_t label) {
    double largest = *std::max_element(row.begin(), row.end()), total = 0;
    for (double score : row)
      total += std::exp(score - largest);
    return std::log(total) + largest - row[label];
  }
};

template <typename M> std::unique_ptr<Measure> make(const MeasureArguments &) { return std::make_unique<M>(); }

} // namespace

std::vector<MeasureKind> sequenceMeasures() {
  return {{"tokens", make<Tokens>, {}},
          {"divergence", make<Divergence>, {}},
          {"perplexity", make<Perplexity>, {}},
          {"cer",
           [](const MeasureArguments &arguments) -> std::unique_ptr<Measure> {
             return std::make_unique<ErrorRate>(static_cast<int64_t>(arguments.number("blank", 0)), std::nullopt);
           },
           {"blank"}},
          {"wer",
           [](const MeasureArguments &arguments) -> std::unique_ptr<Measure> {
             return std::make_unique<ErrorRate>(static_cast<int64_t>(arguments.number("blank", 0)),
                                                static_cast<int64_t>(arguments.number("space", -1)));
           },
           {"blank", "space"}}};
}

} // namespace mlc
