// The figures of "wer" and "cer" are jiwer's, others by hand.
#include "MeasureMetric.h"

#include <cmath>

using namespace mlc;

namespace {
std::vector<int64_t> letters(const std::string &text) { return {text.begin(), text.end()}; }

/// Frames of scores whose best path is `path`.
Tensor frames(const std::vector<int64_t> &path, int64_t classes) {
  Tensor scores(DType::Float32, {1, int64_t(path.size()), classes});
  for (size_t t = 0; t < path.size(); ++t)
    scores.data<float>()[t * size_t(classes) + size_t(path[t])] = 3;
  return scores;
}
} // namespace

TEST_CASE("transcripts of token numbers") {
  auto text = [](const std::string &t) { return integers({int64_t(t.size())}, letters(t)); };
  std::vector<MetricCase> samples = {{{text("the cat sat")}, {text("the bat sat")}, labelled(text("the cat sat"))},
                                     {{text("on a mat")}, {text("on mat")}, labelled(text("on a mat"))}};
  MetricRow cer = measure("cer", samples), wer = measure("wer:space=32", samples);
  CHECK(cer.baseline == 0);
  CHECK(cer.candidate == Approx(0.15789473684210525));
  CHECK(cer.drop == Approx(0.15789473684210525));
  CHECK(wer.candidate == Approx(0.3333333333333333));
  // Letters are words where nothing separates them.
  CHECK(measure("wer", samples).candidate == cer.candidate);
  CHECK(cer.worstSample == "s1");
  CHECK(cer.worstDrop == Approx(2.0 / 8));
}

TEST_CASE("transcripts of frames") {
  // "ab" and "aab": a blank between two equal tokens keeps both.
  std::vector<MetricCase> samples = {{{frames({0, 1, 1, 0, 2, 2, 0}, 3)}, {frames({1, 0, 1, 0, 2, 0, 0}, 3)}}};
  MetricRow cer = measure("cer", samples);
  CHECK(cer.truth == "original");
  CHECK(cer.baseline == 0);
  CHECK(cer.candidate == Approx(1.0 / 2));
  samples[0].labels = labelled(integers({1, 4}, {1, 2, -1, -1}));
  CHECK(measure("cer", samples).candidate == Approx(1.0 / 2));
  samples[0].labels = labelled(integers({1, 2}, {2, 2}));
  CHECK(measure("cer", samples).baseline == Approx(1.0 / 2)); // "ab" for "bb"
  CHECK(measure("cer", samples).candidate == 1);
  CHECK(measure("cer", samples).drop == 1); // of one half right nothing is left
  // With the last token as the blank: "x a x b x" without its repetitions.
  samples[0].labels = {};
  CHECK(measure("cer:blank=-1", samples).candidate == Approx(1.0 / 4)); // 0 1 0 0 against 1 0 1 0 0
}

TEST_CASE("tokens and where they part") {
  std::vector<MetricCase> samples = {
      {{integers({2, 4}, {1, 2, 3, 4, 5, 6, 7, 8})}, {integers({2, 4}, {1, 2, 9, 4, 5, 6, 7, 8})}}};
  MetricRow tokens = measure("tokens", samples), divergence = measure("divergence", samples);
  CHECK(tokens.items == 2);
  CHECK(tokens.candidate == Approx(7.0 / 8));
  CHECK(divergence.baseline == 4);
  CHECK(divergence.candidate == 3); // (2 + 4) / 2
  CHECK(divergence.drop == Approx(1.0 / 4));
  samples[0].labels = labelled(integers({2, 4}, {1, 2, 3, 0, -100, 6, 0, 8}));
  CHECK(measure("tokens", samples).baseline == Approx(5.0 / 7));
  CHECK(measure("tokens:ignore=0", samples).baseline == 1);
  CHECK(measure("tokens:ignore=0", samples).candidate == Approx(4.0 / 5));
  // Labels that are the text itself: position t foretells t + 1.
  samples[0].labels = labelled(integers({2, 4}, {7, 1, 2, 3, 7, 5, 6, 7}));
  CHECK(measure("tokens:shift=1", samples).baseline == 1);
  CHECK(measure("tokens:shift=1", samples).candidate == Approx(5.0 / 6));
}

TEST_CASE("perplexity") {
  // Probabilities of the right tokens: 0.5 and 0.25, and 0.25 and 0.125.
  std::vector<MetricCase> samples = {{{floats({1, 2, 2}, {0.5f, 0.5f, 0.75f, 0.25f})},
                                      {floats({1, 2, 2}, {0.25f, 0.75f, 0.875f, 0.125f})},
                                      labelled(integers({1, 2}, {0, 1}))}};
  MetricRow row = measure("perplexity", samples);
  CHECK(row.baseline == Approx(std::sqrt(8.0)));
  CHECK(row.candidate == Approx(std::sqrt(32.0)));
  CHECK(row.drop == Approx(1));
  samples[0].labels = {};
  row = measure("perplexity", samples);
  double entropy = std::log(2) / 2 - (0.75 * std::log(0.75) + 0.25 * std::log(0.25)) / 2;
  double cross = -0.25 * std::log(0.25 * 0.75) - (0.75 * std::log(0.875) + 0.25 * std::log(0.125)) / 2;
  CHECK(row.baseline == Approx(std::exp(entropy)));
  CHECK(row.candidate == Approx(std::exp(cross)));
  CHECK(row.drop == Approx(std::exp(cross - entropy) - 1));
}

TEST_CASE("what is no sequence is refused") {
  using Catch::Contains;
  MetricCase sample{{integers({2, 2, 2}, {1, 2, 3, 4, 5, 6, 7, 8})}, {integers({2, 2, 2}, {1, 2, 3, 4, 5, 6, 7, 8})}};
  CHECK_THAT(refusal("tokens", sample), Contains("could be taken from"));
  sample = {{integers({2, 2}, {1, 2, 3, 4})}, {integers({2, 2}, {1, 2, 3, 4})}, labelled(integers({4}, {1, 2, 3, 4}))};
  CHECK_THAT(refusal("cer", sample), Contains("there are 2 sequences: one row each"));
}
