// Metrics of numbers: every element of the output counts.
#include "Check/Measure.h"

#include <array>
#include <cmath>
#include <fmt/format.h>
#include <limits>

namespace mlc {
namespace {

// Sums from which all of them follow: n, Σt, Σt², Σ|e|, Σe². An item is a row of the first dimension.
class Errors : public SumMeasure {
public:
  Result<void> add(const Tensor *truth, std::span<const Tensor *const> original,
                   std::span<const Tensor *const> compressed) override {
    std::vector<double> a = doublesOf(*original[0]), b = doublesOf(*compressed[0]), t = truth ? doublesOf(*truth) : a;
    if (t.size() != a.size())
      return badInput(fmt::format("{} true values were given for {} elements", t.size(), a.size()));
    const auto &shape = original[0]->shape;
    size_t items = shape.empty() || shape[0] == 0 ? 1 : static_cast<size_t>(shape[0]), size = a.size() / items;
    for (size_t i = 0; i < items; ++i) {
      std::array<double, 5> sums[2] = {};
      for (size_t at = i * size; at < (i + 1) * size; ++at) {
        double errors[2] = {a[at] - t[at], b[at] - t[at]};
        for (int side = 0; side < 2; ++side) {
          sums[side][0] += 1;
          sums[side][1] += t[at];
          sums[side][2] += t[at] * t[at];
          sums[side][3] += std::abs(errors[side]);
          sums[side][4] += errors[side] * errors[side];
        }
      }
      append(sums[0], sums[1]);
    }
    return {};
  }

protected:
  static double meanSquare(std::span<const double> s) { return s[0] > 0 ? s[2] / s[0] : 0; }
};

class MeanAbsoluteError : public Errors {
public:
  DropRule rule() const override { return DropRule::RelativeError; }

protected:
  MetricValues of(std::span<const double> a, std::span<const double> b) const override {
    return {a[3] / a[0], b[3] / b[0], std::sqrt(meanSquare(a))};
  }
};

class RootMeanSquareError : public Errors {
public:
  DropRule rule() const override { return DropRule::RelativeError; }

protected:
  MetricValues of(std::span<const double> a, std::span<const double> b) const override {
    return {std::sqrt(a[4] / a[0]), std::sqrt(b[4] / b[0]), std::sqrt(meanSquare(a))};
  }
};

// The share of the truth's variance that is explained.
class Determination : public Errors {
public:
  DropRule rule() const override { return DropRule::Fraction; }
  bool itemsHaveValues() const override { return false; }

protected:
  MetricValues of(std::span<const double> a, std::span<const double> b) const override {
    double variance = a[2] - a[1] * a[1] / a[0];
    auto explained = [&](double squares) { return variance > 0 ? 1 - squares / variance : squares == 0 ? 1.0 : 0.0; };
    return {explained(a[4]), explained(b[4])};
  }
};

// Signal over noise in decibels.
class SignalToNoise : public Errors {
public:
  DropRule rule() const override { return DropRule::Decibels; }

protected:
  MetricValues of(std::span<const double> a, std::span<const double> b) const override {
    auto ratio = [&](double noise) {
      return noise == 0 ? std::numeric_limits<double>::infinity() : 10 * std::log10(a[2] / noise);
    };
    return {ratio(a[4]), ratio(b[4])};
  }
};

template <typename M> std::unique_ptr<Measure> make(const MeasureArguments &) { return std::make_unique<M>(); }

} // namespace

std::vector<MeasureKind> regressionMeasures() {
  return {{"mae", make<MeanAbsoluteError>, {}},
          {"rmse", make<RootMeanSquareError>, {}},
          {"r2", make<Determination>, {}},
          {"sqnr", make<SignalToNoise>, {}}};
}

} // namespace mlc
