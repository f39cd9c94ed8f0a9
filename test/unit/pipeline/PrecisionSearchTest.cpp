// The search for a mix of precisions, on layers whose harm is known.
#include "Pipeline/PrecisionSearch.h"

#include <catch2/catch.hpp>

#include <limits>

using namespace mlc;

namespace {
constexpr double kNone = std::numeric_limits<double>::infinity();

// Layers of 4 ms in f32, 1 in int8 and, with `bf16`, 2 in bf16.
std::vector<SearchLayer> layersOf(size_t count, bool bf16) {
  std::vector<SearchLayer> layers;
  for (size_t i = 0; i < count; ++i)
    layers.push_back({"layer" + std::to_string(i), {4, 1, bf16 ? 2 : kNone, kNone}});
  return layers;
}

// What a mix loses is the sum over its 8-bit layers of their harm, and a tenth of that in bf16.
struct Model {
  std::vector<double> harm;
  int64_t measured = 0;
  MeasureMix measure() {
    return [this](const Mix &mix, int64_t) -> Result<MixAccuracy> {
      ++measured;
      double lost = 0;
      for (size_t i = 0; i < mix.size(); ++i)
        lost += mix[i] == Precision::Int8 ? harm[i] : mix[i] == Precision::BF16 ? harm[i] / 10 : 0;
      return MixAccuracy{lost, lost, lost};
    };
  }
};

SearchedMix fastestThatKeeps(const SearchResult &result, const SearchBudget &budget) {
  for (const SearchedMix &mix : result.mixes)
    if (keeps(budget, mix.accuracy))
      return mix;
  FAIL("no mix keeps the budget");
  return {};
}

SearchBudget budgetOf(double drop) {
  SearchBudget budget;
  budget.maxDrop = drop;
  budget.samples = budget.samplesForRanking = 10;
  return budget;
}
const std::function<bool()> never = [] { return false; };
} // namespace

TEST_CASE("where all of int8 keeps the budget, nothing else is tried") {
  Model model{{0.001, 0.001, 0.001}};
  auto result = searchPrecisions(layersOf(3, true), budgetOf(0.01), model.measure(), never);
  REQUIRE(result);
  REQUIRE(result->mixes.size() == 1);
  CHECK(result->mixes[0].mix == Mix(3, Precision::Int8));
  CHECK(model.measured == 1);
}

TEST_CASE("the layers that cost most accuracy are given back, and no more than must be") {
  Model model{{0.001, 0.5, 0.001, 0.2, 0.002, 0.001}};
  for (bool bf16 : {false, true}) {
    SearchBudget budget = budgetOf(0.1);
    auto result = searchPrecisions(layersOf(6, bf16), budget, model.measure(), never);
    REQUIRE(result);
    Precision other = bf16 ? Precision::BF16 : Precision::F32;
    Mix expected(6, Precision::Int8);
    expected[1] = expected[3] = other;
    CHECK(fastestThatKeeps(*result, budget).mix == expected);
    CHECK(result->harm[1] == Approx(bf16 ? 0.45 : 0.5));
  }
}

TEST_CASE("where bf16 loses too much as well, f32 is what remains") {
  Model model{{0.3, 0.4, 0.2}};
  SearchBudget budget = budgetOf(0.01);
  auto result = searchPrecisions(layersOf(3, true), budget, model.measure(), never);
  REQUIRE(result);
  CHECK(fastestThatKeeps(*result, budget).mix == Mix(3, Precision::F32));
}

TEST_CASE("a layer that 8 bits do not make faster has none of them") {
  std::vector<SearchLayer> layers = layersOf(3, false);
  layers[1].cost = {1, 1.2, kNone, kNone};
  layers[2].cost = {1, 1.02, kNone, kNone}; // noise: the smaller weights win
  CHECK(cheapestMix(layers, Precision::Int8) == Mix{Precision::Int8, Precision::F32, Precision::Int8});
  CHECK(costOf(layers, cheapestMix(layers, Precision::Int8)) == Approx(1 + 1 + 1.02));
}

TEST_CASE("weights of 4 bits give way to 8 bits, and to f32 where those do not do") {
  std::vector<SearchLayer> layers = layersOf(4, false);
  for (SearchLayer &layer : layers)
    layer.cost = {40, 10, kNone, 6};
  // 8 bits lose a hundredth of what 4 do.
  std::vector<double> harm = {0.001, 0.2, 0.001, 0.001};
  MeasureMix measure = [&](const Mix &mix, int64_t) -> Result<MixAccuracy> {
    double lost = 0;
    for (size_t i = 0; i < mix.size(); ++i)
      lost += mix[i] == Precision::Int4 ? harm[i] : mix[i] == Precision::Int8 ? harm[i] / 100 : 0;
    return MixAccuracy{lost, lost, lost};
  };
  SearchBudget budget = budgetOf(0.01);
  budget.narrowest = Precision::Int4;
  auto result = searchPrecisions(layers, budget, measure, never);
  REQUIRE(result);
  Mix expected(4, Precision::Int4);
  expected[1] = Precision::Int8;
  CHECK(fastestThatKeeps(*result, budget).mix == expected);

  harm = {0.001, 2.0, 0.001, 0.001};
  result = searchPrecisions(layers, budget, measure, never);
  REQUIRE(result);
  expected[1] = Precision::F32;
  CHECK(fastestThatKeeps(*result, budget).mix == expected);
}

TEST_CASE("a search that is out of time still gives a mix that keeps the budget") {
  Model model{{0.1, 0.5, 0.1, 0.2, 0.1, 0.1}};
  SearchBudget budget = budgetOf(0.3);
  auto result = searchPrecisions(layersOf(6, false), budget, model.measure(), [] { return true; });
  REQUIRE(result);
  CHECK(result->timedOut);
  CHECK(keeps(budget, fastestThatKeeps(*result, budget).accuracy));
  CHECK(model.measured <= 3);
}

TEST_CASE("an interval that reaches beyond the budget does not keep it surely") {
  SearchBudget budget = budgetOf(0.1);
  CHECK_FALSE(keeps(budget, {0.05, 0.12, 0}));
  CHECK(keeps(budget, {0.05, 0.1, 0}));
  budget.surely = false;
  CHECK(keeps(budget, {0.05, 0.12, 0}));
  CHECK_FALSE(keeps(budget, {0.11, 0.12, 0}));
}
