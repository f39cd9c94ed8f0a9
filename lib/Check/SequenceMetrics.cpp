// tokens, divergence, perplexity, wer, cer: sequences of tokens.
#include "Check/ClassAnswers.h"
#include "Support/DTypeConversion.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace mlc {
namespace {

using Made = Result<std::unique_ptr<MetricState>>;
using Outputs = std::vector<TensorDescription>;
using Tokens = std::vector<int64_t>;

/// Scores [length, tokens] or [items, length, tokens], or token numbers [length] or [items, length].
struct Sequences {
  ClassScores rows;
  int64_t items = 0, length = 0;
};

Result<Sequences> sequencesOf(const std::string &sample, const Tensor &tensor) {
  Sequences sequences;
  size_t rank = tensor.shape.size(), single = isFloating(tensor.dtype) ? 2 : 1;
  if (rank != single && rank != single + 1)
    return badInput(
        fmt::format("sample '{}': the output is {}, which is no sequence: scores are [T,C] or [N,T,C], token "
                    "numbers [T] or [N,T]",
                    sample, describeType(tensor.dtype, tensor.shape)));
  sequences.rows = classScores(tensor);
  sequences.items = rank == single ? 1 : tensor.shape.front();
  sequences.length = tensor.shape[rank - single];
  return sequences;
}

/// Both models' sequences, and the token that is right at each position; -1 where none is.
struct Spoken {
  Sequences original, compressed;
  Tokens truth;
};

Result<Spoken> speak(const MetricSample &sample, size_t output, const MetricSpec &spec) {
  if (auto same = checkSameShape(sample, output); !same)
    return same.error();
  auto original = sequencesOf(sample.name, sample.original[output]),
       compressed = sequencesOf(sample.name, sample.compressed[output]);
  if (!original || !compressed)
    return original ? compressed.error() : original.error();
  Spoken spoken{std::move(*original), std::move(*compressed), {}};
  spoken.truth = spoken.original.rows.answers;
  if (!sample.labels)
    return spoken;
  std::optional<int64_t> ignored;
  if (spec.arguments.count("ignore"))
    ignored = int64_t(spec.number("ignore", 0));
  auto labels = classLabels(sample, spoken.original.rows, ignored);
  if (!labels)
    return labels.error();
  spoken.truth = std::move(*labels);
  // Where the labels are the text that was read, each position foretells a later one.
  int64_t shift = std::max<int64_t>(0, int64_t(spec.number("shift", 0))), length = spoken.original.length;
  for (int64_t i = 0; shift && i < int64_t(spoken.truth.size()); ++i)
    spoken.truth[size_t(i)] = i % length + shift < length ? spoken.truth[size_t(i + shift)] : -1;
  return spoken;
}

Made tokens(const MetricSpec &spec, size_t output) {
  auto add = [spec, output](const MetricSample &sample, std::vector<double> &rows) -> Result<void> {
    auto spoken = speak(sample, output, spec);
    if (!spoken)
      return spoken.error();
    int64_t length = spoken->original.length;
    for (int64_t item = 0; item < spoken->original.items; ++item) {
      double count = 0, original = 0, compressed = 0;
      for (size_t r = size_t(item * length); r < size_t((item + 1) * length); ++r) {
        if (spoken->truth[r] < 0)
          continue;
        ++count;
        original += spoken->original.rows.answers[r] == spoken->truth[r];
        compressed += spoken->compressed.rows.answers[r] == spoken->truth[r];
      }
      rows.insert(rows.end(), {count, original, compressed});
    }
    return {};
  };
  return Made(std::make_unique<SumState>(3, add, [](const double *sums, const double *) {
    // A sequence without any token that counts has lost none.
    double baseline = sums[0] > 0 ? sums[1] / sums[0] : 1, candidate = sums[0] > 0 ? sums[2] / sums[0] : 1;
    return MetricValues{baseline, candidate, fractionLost(baseline, candidate)};
  }));
}

Made divergence(const MetricSpec &, size_t output) {
  auto add = [output](const MetricSample &sample, std::vector<double> &rows) -> Result<void> {
    if (auto same = checkSameShape(sample, output); !same)
      return same.error();
    auto original = sequencesOf(sample.name, sample.original[output]),
         compressed = sequencesOf(sample.name, sample.compressed[output]);
    if (!original || !compressed)
      return original ? compressed.error() : original.error();
    for (int64_t item = 0; item < original->items; ++item) {
      int64_t first = 0;
      size_t begin = size_t(item * original->length);
      while (first < original->length &&
             original->rows.answers[begin + size_t(first)] == compressed->rows.answers[begin + size_t(first)])
        ++first;
      rows.insert(rows.end(), {1.0, double(original->length), double(first)});
    }
    return {};
  };
  return Made(std::make_unique<SumState>(3, add, [](const double *sums, const double *) {
    double baseline = sums[1] / sums[0], candidate = sums[2] / sums[0];
    return MetricValues{baseline, candidate, fractionLost(baseline, candidate)};
  }));
}

Made perplexity(const MetricSpec &spec, size_t output) {
  // Tokens; Σ of -log of what each model gave to the right token, or to the original's distribution.
  auto add = [spec, output](const MetricSample &sample, std::vector<double> &rows) -> Result<void> {
    auto spoken = speak(sample, output, spec);
    if (!spoken)
      return spoken.error();
    std::vector<double> original = spoken->original.rows.logProbabilities(),
                        compressed = spoken->compressed.rows.logProbabilities();
    int64_t length = spoken->original.length, classes = spoken->original.rows.classes;
    for (int64_t item = 0; item < spoken->original.items; ++item) {
      double sums[3] = {};
      for (int64_t r = item * length; r < (item + 1) * length; ++r) {
        int64_t truth = spoken->truth[size_t(r)];
        const double *p = original.data() + r * classes, *q = compressed.data() + r * classes;
        if (sample.labels && truth < 0)
          continue;
        sums[0] += 1;
        if (sample.labels) {
          sums[1] -= p[truth];
          sums[2] -= q[truth];
          continue;
        }
        for (int64_t c = 0; c < classes; ++c)
          if (double share = std::exp(p[c]); share > 0) {
            sums[1] -= share * p[c];
            sums[2] -= share * q[c];
          }
      }
      rows.insert(rows.end(), sums, sums + 3);
    }
    return {};
  };
  return Made(std::make_unique<SumState>(3, add, [](const double *sums, const double *) {
    double count = std::max(sums[0], 1.0), baseline = std::exp(sums[1] / count), candidate = std::exp(sums[2] / count);
    return MetricValues{baseline, candidate, std::expm1((sums[2] - sums[1]) / count)};
  }));
}

/// The best path without repetitions and blanks (Graves et al., Connectionist Temporal Classification, 2006); token
/// numbers as they are. `blank` and negative numbers are no token.
Tokens transcribe(const int64_t *begin, const int64_t *end, bool collapse, std::optional<int64_t> blank) {
  Tokens tokens;
  int64_t last = -1;
  for (const int64_t *token = begin; token != end; ++token) {
    bool repeated = collapse && *token == last;
    last = *token;
    if (!repeated && *token >= 0 && *token != blank)
      tokens.push_back(*token);
  }
  return tokens;
}

/// Insertions, deletions and substitutions (Levenshtein 1966) that turn one into the other.
template <typename T> size_t edits(const std::vector<T> &a, const std::vector<T> &b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j < row.size(); ++j)
    row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      size_t substitution = diagonal + (a[i - 1] != b[j - 1]);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substitution});
    }
  }
  return row.back();
}

std::vector<Tokens> wordsOf(const Tokens &tokens, std::optional<int64_t> space) {
  std::vector<Tokens> words;
  bool open = false;
  for (int64_t token : tokens) {
    if (token == space) {
      open = false;
      continue;
    }
    if (!open || !space)
      words.emplace_back();
    open = true;
    words.back().push_back(token);
  }
  return words;
}

/// `words`: tokens between two `space` count as one, or, without such a token, each by itself.
Made errorRate(const MetricSpec &spec, size_t output, bool words) {
  // Edits of both models, length of the truth.
  auto add = [spec, output, words](const MetricSample &sample, std::vector<double> &rows) -> Result<void> {
    auto original = sequencesOf(sample.name, sample.original[output]),
         compressed = sequencesOf(sample.name, sample.compressed[output]);
    if (!original || !compressed)
      return original ? compressed.error() : original.error();
    if (original->items != compressed->items)
      return checkSameShape(sample, output);
    bool scores = original->rows.classes > 0;
    std::optional<int64_t> blank, space;
    if (scores || spec.arguments.count("blank"))
      blank = int64_t(spec.number("blank", 0));
    if (blank && *blank < 0) // counted from the end, as axes are
      *blank += original->rows.classes;
    if (words && spec.arguments.count("space"))
      space = int64_t(spec.number("space", 0));
    Tokens labels;
    int64_t labelled = 0;
    if (sample.labels) {
      const Tensor &tensor = sample.labels->tensor;
      labels = integersOf(tensor);
      int64_t rowsOfLabels = tensor.shape.size() < 2 ? 1 : tensor.shape.front();
      if (rowsOfLabels != original->items || tensor.shape.size() > 2)
        return labelsDoNotFit(
            sample,
            fmt::format("but there are {} sequences: one row each is needed, filled up with -1", original->items));
      labelled = rowsOfLabels ? int64_t(labels.size()) / rowsOfLabels : 0;
    }
    auto read = [&](const Sequences &sequences, int64_t item) {
      const int64_t *begin = sequences.rows.answers.data() + item * sequences.length;
      return transcribe(begin, begin + sequences.length, scores, blank);
    };
    for (int64_t item = 0; item < original->items; ++item) {
      Tokens baseline = read(*original, item), candidate = read(*compressed, item), truth = baseline;
      if (sample.labels)
        truth = transcribe(labels.data() + item * labelled, labels.data() + (item + 1) * labelled, false, blank);
      if (words) {
        std::vector<Tokens> right = wordsOf(truth, space);
        rows.insert(rows.end(), {double(edits(wordsOf(baseline, space), right)),
                                 double(edits(wordsOf(candidate, space), right)), double(right.size())});
      } else {
        rows.insert(rows.end(),
                    {double(edits(baseline, truth)), double(edits(candidate, truth)), double(truth.size())});
      }
    }
    return {};
  };
  return Made(std::make_unique<SumState>(3, add, [](const double *sums, const double *) {
    double length = std::max(sums[2], 1.0), baseline = sums[0] / length, candidate = sums[1] / length;
    return MetricValues{baseline, candidate, fractionLost(1 - baseline, 1 - candidate)};
  }));
}

} // namespace

std::vector<MetricKind> sequenceMetrics() {
  auto scores = [](const TensorDescription &output) {
    return isFloating(output.dtype) && (output.shape.size() == 2 || output.shape.size() == 3);
  };
  auto sequences = [scores](const TensorDescription &output) {
    return scores(output) || (isInteger(output.dtype) && (output.shape.size() == 1 || output.shape.size() == 2));
  };
  auto kind = [](const char *name, bool higher, auto suits, std::vector<std::string> numbers, auto make) {
    MetricKind result;
    result.name = name;
    result.higherIsBetter = higher;
    result.suits = suits;
    result.numbers = std::move(numbers);
    result.make = [make](const MetricSpec &spec, const Outputs &, size_t output) -> Made { return make(spec, output); };
    return result;
  };
  auto wer = [](const MetricSpec &spec, size_t output) { return errorRate(spec, output, true); };
  auto cer = [](const MetricSpec &spec, size_t output) { return errorRate(spec, output, false); };
  std::vector<MetricKind> kinds = {
      kind("tokens", true, sequences, {"ignore", "shift"}, tokens), kind("divergence", true, sequences, {}, divergence),
      kind("perplexity", false, scores, {"ignore", "shift"}, perplexity),
      kind("wer", false, sequences, {"blank", "space"}, wer), kind("cer", false, sequences, {"blank"}, cer)};
  kinds[1].labels = MetricKind::Labels::Unused;
  return kinds;
}

} // namespace mlc
