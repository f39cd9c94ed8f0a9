#include "Check/Collapse.h"
#include "MeasureMetric.h"

#include <cmath>

using namespace mlc;
using Catch::Contains;

namespace {
/// Scores of three classes for items whose classes are 0, 1, 2, 0, …; `all`: of class `all` instead.
std::vector<Tensor> answers(int items, int all = -1) {
  std::vector<Tensor> tensors;
  for (int i = 0; i < items; ++i) {
    std::vector<float> scores = {0.1f * float(i % 2), 0.2f, 0.1f * float(i % 5)};
    scores[size_t(all < 0 ? i % 3 : all)] = 2;
    tensors.push_back(floats({1, 3}, scores));
  }
  return tensors;
}

/// Vectors of 64 numbers about a common one, `spread` apart.
std::vector<Tensor> vectors(int items, float spread, float common = 1) {
  std::vector<Tensor> tensors;
  for (int i = 0; i < items; ++i) {
    Tensor tensor(DType::Float32, {1, 4, 16});
    for (int d = 0; d < 64; ++d)
      tensor.data<float>()[d] = common + spread * std::sin(float(i * 64 + d * d));
    tensors.push_back(std::move(tensor));
  }
  return tensors;
}

std::string warningOf(const std::vector<Tensor> &original, const std::vector<Tensor> &compressed) {
  CollapseDetector detector("y");
  for (size_t i = 0; i < original.size(); ++i)
    detector.add(original[i], compressed[i]);
  return collapseWarning(detector);
}
} // namespace

TEST_CASE("one class for all where the original has several") {
  CHECK(warningOf(answers(30), answers(30)) == "");
  CHECK_THAT(warningOf(answers(30), answers(30, 1)),
             Contains("output 'y'") && Contains("class 1 for 100 % of 30 items") && Contains("more than 33 %"));
  CHECK(warningOf(answers(30, 1), answers(30, 1)) == ""); // the data has no other
  CHECK(warningOf(answers(9), answers(9, 1)) == "");      // too few to say
  std::vector<Tensor> most = answers(60, 2);
  most[0] = answers(1)[0];
  CHECK_THAT(warningOf(answers(60), most), Contains("class 2 for 98 %"));
  CollapseDetector detector("y");
  for (const Tensor &tensor : answers(30))
    detector.add(tensor, answers(1, 1)[0]);
  REQUIRE(detector.finding());
  CHECK(detector.finding()->gate.gate == "collapse");
  CHECK_FALSE(detector.finding()->gate.passed);
  CHECK(detector.finding()->gate.measured == 1);
}

TEST_CASE("answers of a batch, and integers") {
  std::vector<int64_t> several(20), one(20, 4);
  for (size_t i = 0; i < 20; ++i)
    several[i] = int64_t(i % 4);
  CHECK_THAT(warningOf({integers({20}, several)}, {integers({20}, one)}), Contains("class 4 for 100 %"));
}

TEST_CASE("nearly one vector for all where the original's differ") {
  CHECK(warningOf(vectors(20, 1), vectors(20, 0.5f)) == "");
  CHECK_THAT(warningOf(vectors(20, 1), vectors(20, 0.01f)), Contains("nearly the same vector"));
  CHECK(warningOf(vectors(20, 0.001f), vectors(20, 0)) == "");   // they never differed by more than rounding
  CHECK(warningOf(vectors(20, 1), vectors(20, 100, 100)) == ""); // length does not matter
}
