#include "Check/DataGuards.h"
#include "TestTensors.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

using namespace mlc;
using Catch::Contains;

namespace {
Sample sampleOf(const std::string &name, Tensor tensor) { return {name, {{"x", std::move(tensor)}}, {}, {}}; }

/// Values of `low` … `high` without regularity, others for each seed.
Tensor scattered(std::vector<int64_t> shape, double low, double high, uint32_t seed, bool whole = false) {
  Tensor tensor(DType::Float32, std::move(shape));
  uint32_t state = seed * 2654435761u + 1;
  for (int64_t i = 0; i < tensor.numElements(); ++i) {
    state = state * 1664525u + 1013904223u;
    double value = low + (high - low) * double(state >> 8) / double(1 << 24);
    tensor.data<float>()[i] = float(whole ? std::round(value) : value);
  }
  return tensor;
}

InputSurvey survey(std::vector<int64_t> shape, double low, double high, uint32_t seed, bool whole = false) {
  InputSurvey result;
  for (uint32_t i = 0; i < 4; ++i)
    result.add(sampleOf("s" + std::to_string(i), scattered(shape, low, high, seed + i, whole)));
  return result;
}

const std::vector<int64_t> row{1, 8}, image{1, 3, 4, 4};
} // namespace

TEST_CASE("good data raise no warning") {
  InputSurvey calibration = survey(image, -1, 1, 1), validation = survey(image, -1, 1, 100);
  CHECK(guardWarnings(calibration, &validation).empty());
  CHECK(guardWarnings(calibration, nullptr).empty());
  CHECK(guardWarnings(InputSurvey(), nullptr).empty());
}

TEST_CASE("figures of samples seen one at a time") {
  InputSurvey result;
  float infinity = std::numeric_limits<float>::infinity();
  result.add(sampleOf("a", makeTensor<float>(DType::Float32, {2, 2}, {1000000, 1000001, 1000002.5, -infinity})));
  result.add(sampleOf("b", makeTensor<float>(DType::Float32, {1, 2}, {999998, std::nanf("")})));
  REQUIRE(result.inputs().size() == 1);
  const InputSurvey::Input &input = result.inputs()[0];
  CHECK(result.samples() == 2);
  CHECK(input.count == 4);
  CHECK(input.whole == 3);
  CHECK(input.range.min == 999998);
  CHECK(input.range.max == 1000002.5);
  CHECK(input.mean == Approx(1000000.375).epsilon(1e-12));
  CHECK(input.std == Approx(std::sqrt(10.6875 / 4)).epsilon(1e-9)); // of -0.375, 0.625, 2.125, -2.375
  REQUIRE(input.channels.size() == 2);
  CHECK(input.channels[0].min == 999998);
  CHECK(input.channels[0].max == 1000002.5);
  CHECK(input.channels[1].min == 1000001);
  CHECK(input.channels[1].max == 1000001);
}

TEST_CASE("samples that are in both sets") {
  InputSurvey calibration = survey(row, -1, 1, 1), validation = survey(row, -1, 1, 100);
  validation.add(sampleOf("again", scattered(row, -1, 1, 2))); // the calibration's "s1"
  validation.add(sampleOf("again", scattered(row, -1, 1, 2)));
  std::vector<std::string> warnings = guardWarnings(calibration, &validation);
  REQUIRE(warnings.size() == 1);
  CHECK_THAT(warnings[0], Contains("1 of 5 different samples to check with is also among") &&
                              Contains("'again' (there 's1')") && !Contains("…"));
  warnings = guardWarnings(calibration, &calibration);
  REQUIRE(warnings.size() == 1);
  CHECK_THAT(warnings[0], Contains("4 of 4 different samples") && Contains("('s0', 's1', 's2', 's3')"));
  // The same bytes in another shape or type are another sample.
  Tensor other = scattered(row, -1, 1, 1);
  other.shape = {2, 4};
  InputSurvey reshaped;
  reshaped.add(sampleOf("s0", other));
  CHECK(guardWarnings(calibration, &reshaped).empty());
}

TEST_CASE("values that differ between the sets") {
  InputSurvey calibration = survey(row, -1, 1, 1);
  auto warnings = [&](double low, double high) {
    InputSurvey validation = survey(row, low, high, 100);
    return guardWarnings(calibration, &validation);
  };
  CHECK(warnings(-1.3, 1.2).empty());
  // Wider, narrower, and moved.
  for (auto [low, high] : std::vector<std::pair<double, double>>{{-4, 4}, {-0.1, 0.1}, {1, 3}, {0.8, 0.9}}) {
    INFO(low << " to " << high);
    std::vector<std::string> found = warnings(low, high);
    REQUIRE(found.size() == 1);
    CHECK_THAT(
        found[0],
        Contains("input 'x' is -0.8222 to 0.9909 (mean -0.1103, std 0.5247) in the samples of the calibration, but") &&
            Contains("preprocessed alike"));
  }
  // Too few elements to tell, and identifiers, whose ranges mean nothing.
  InputSurvey few, fewer;
  few.add(sampleOf("a", makeTensor<float>(DType::Float32, {1, 2}, {0, 1})));
  fewer.add(sampleOf("b", makeTensor<float>(DType::Float32, {1, 2}, {100, 101})));
  CHECK(guardWarnings(few, &fewer).empty());
  InputSurvey ids, others;
  for (int64_t i = 0; i < 20; ++i) {
    ids.add(sampleOf("a" + std::to_string(i), makeTensor<int64_t>(DType::Int64, {1, 2}, {0, i})));
    others.add(sampleOf("b" + std::to_string(i), makeTensor<int64_t>(DType::Int64, {1, 2}, {1000, 1000 + i})));
  }
  CHECK(guardWarnings(ids, &others).empty());
}

TEST_CASE("channels that never change") {
  InputSurvey columns, last;
  for (uint32_t i = 0; i < 16; ++i) {
    Tensor features = scattered(row, -1, 1, i);
    features.data<float>()[2] = 0.25f;
    features.data<float>()[7] = -3;
    columns.add(sampleOf("s", features));
    Tensor pixels = scattered({1, 6, 5, 3}, -1, 1, i);
    for (int64_t p = 1; p < 90; p += 3)
      pixels.data<float>()[p] = 0;
    last.add(sampleOf("s", pixels));
  }
  std::vector<std::string> warnings = guardWarnings(columns, nullptr);
  REQUIRE(warnings.size() == 1);
  CHECK_THAT(warnings[0], Contains("2 of 8 channels of input 'x' are constant in all samples (channel 2 always 0.25, "
                                   "7 always -3)"));
  warnings = guardWarnings(last, nullptr);
  REQUIRE(warnings.size() == 1);
  CHECK_THAT(warnings[0], Contains("1 of 3 channels of input 'x' is constant in all samples (channel 1 always 0)"));
  // A sample or two cannot tell.
  InputSurvey one;
  one.add(sampleOf("s", scattered(row, -1, 1, 1)));
  CHECK(guardWarnings(one, nullptr).empty());

  std::vector<ValueRange> activation(8, ValueRange{0, 1});
  CHECK_FALSE(deadChannelWarning("the activation of node 'relu'", activation, 100));
  for (size_t c = 1; c < 8; ++c)
    activation[c] = {0, 0};
  CHECK_FALSE(deadChannelWarning("the activation of node 'relu'", activation, 15));
  auto warning = deadChannelWarning("the activation of node 'relu'", activation, 100);
  REQUIRE(warning);
  CHECK_THAT(*warning, Contains("7 of 8 channels of the activation of node 'relu' are constant") &&
                           Contains("5 always 0, …)") && !Contains("6 always"));
}

TEST_CASE("data that were not preprocessed") {
  // Images above 50, whatever else is known.
  InputSurvey raw = survey(image, 0, 255, 1, true);
  std::vector<std::string> warnings = guardWarnings(raw, nullptr);
  REQUIRE(warnings.size() == 1);
  CHECK_THAT(warnings[0], Contains("input 'x' is an image with values of ") && Contains("samples of the calibration"));
  CHECK(guardWarnings(survey(image, 0, 40, 1), nullptr).empty());
  // One sentence where both sets are raw.
  InputSurvey alsoRaw = survey(image, 0, 255, 100, true);
  CHECK(guardWarnings(raw, &alsoRaw).size() == 1);

  // Whole numbers of 0 … 255 where about ±1 is expected: here by the calibration, there by the caller.
  InputSurvey scaled = survey(row, -1, 1, 1), bytes = survey(row, 0, 255, 100, true);
  warnings = guardWarnings(scaled, &bytes);
  REQUIRE(warnings.size() == 1);
  CHECK_THAT(warnings[0], Contains("input 'x' holds whole numbers of ") && Contains("samples of the check") &&
                              Contains("look as if they were not preprocessed"));
  CHECK(guardWarnings(bytes, nullptr).empty());
  warnings = guardWarnings(bytes, nullptr, {{"x", {-1, 1}}});
  REQUIRE(warnings.size() == 1);
  CHECK_THAT(warnings[0], Contains("samples of the calibration, where values of -1 to 1 are expected"));
  CHECK(guardWarnings(bytes, nullptr, {{"x", {0, 255}}}).empty());
  // Integer inputs are raw by nature.
  InputSurvey integers;
  Tensor pixels(DType::UInt8, image);
  for (size_t i = 0; i < pixels.bytes.size(); ++i)
    pixels.bytes[i] = std::byte(i * 5);
  integers.add(sampleOf("s", pixels));
  CHECK(guardWarnings(integers, nullptr, {{"x", {-1, 1}}}).empty());
}
