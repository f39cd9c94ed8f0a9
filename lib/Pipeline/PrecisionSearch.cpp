#include "Pipeline/PrecisionSearch.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace mlc {

// Times that differ by less are equal: then the smaller weights win.
static constexpr double kNoise = 1.05;

static double timeOf(const SearchLayer &layer, Precision precision) {
  return layer.milliseconds[static_cast<size_t>(precision)];
}

double timeOf(const std::vector<SearchLayer> &layers, const Mix &mix) {
  double sum = 0;
  for (size_t i = 0; i < layers.size(); ++i)
    sum += timeOf(layers[i], mix[i]);
  return sum;
}

// What a layer becomes that must not be int8.
static Precision bestOther(const SearchLayer &layer) {
  return timeOf(layer, Precision::BF16) < timeOf(layer, Precision::F32) ? Precision::BF16 : Precision::F32;
}

bool keeps(const SearchBudget &budget, const MixAccuracy &accuracy) {
  return (budget.surely ? std::max(accuracy.worst, accuracy.drop) : accuracy.drop) <= budget.maxDrop;
}

Mix fastestMix(const std::vector<SearchLayer> &layers) {
  Mix mix;
  for (const SearchLayer &layer : layers) {
    Precision other = bestOther(layer);
    bool isFast = timeOf(layer, Precision::Int8) <= kNoise * timeOf(layer, other);
    mix.push_back(isFast ? Precision::Int8 : other);
  }
  return mix;
}

namespace {

class Search {
public:
  Search(const std::vector<SearchLayer> &layers, const SearchBudget &budget, const MeasureMix &measure,
         const std::function<bool()> &outOfTime)
      : layers_(layers), budget_(budget), measure_(measure), outOfTime_(outOfTime) {
    result_.harm.assign(layers.size(), std::nan(""));
  }

  Result<SearchResult> run() {
    Mix fastest = fastestMix(layers_);
    auto passes = measured(fastest);
    if (!passes)
      return passes.error();
    if (!*passes) {
      if (auto ranked = rank(fastest); !ranked)
        return ranked.error();
      // bf16 first, where it is faster than f32; where even that is too coarse for all of them, f32.
      auto found = bisect(fastest, /*onlyF32=*/false);
      if (!found)
        return found.error();
      if (!*found)
        if (auto last = bisect(fastest, /*onlyF32=*/true); !last)
          return last.error();
    }
    std::sort(result_.mixes.begin(), result_.mixes.end(), [&](const SearchedMix &a, const SearchedMix &b) {
      double left = timeOf(layers_, a.mix), right = timeOf(layers_, b.mix);
      return left != right ? left < right : a.accuracy.drop < b.accuracy.drop;
    });
    return std::move(result_);
  }

private:
  // Measures on all samples; whether the drop is within the budget.
  Result<bool> measured(const Mix &mix) {
    for (const SearchedMix &known : result_.mixes)
      if (known.mix == mix)
        return keeps(budget_, known.accuracy);
    auto accuracy = measure_(mix, budget_.samples);
    if (!accuracy)
      return accuracy.error();
    result_.mixes.push_back({mix, *accuracy});
    return keeps(budget_, *accuracy);
  }

  Result<void> rank(const Mix &fastest) {
    auto base = measure_(fastest, budget_.samplesForRanking);
    if (!base)
      return base.error();
    std::vector<double> value(layers_.size(), 0);
    for (size_t i = 0; i < layers_.size(); ++i) {
      if (fastest[i] != Precision::Int8)
        continue;
      order_.push_back(i);
      if (outOfTime_()) {
        result_.timedOut = true;
        continue;
      }
      Mix without = fastest;
      without[i] = bestOther(layers_[i]);
      auto accuracy = measure_(without, budget_.samplesForRanking);
      if (!accuracy)
        return accuracy.error();
      result_.harm[i] = base->error - accuracy->error;
      double lost = timeOf(layers_[i], without[i]) - timeOf(layers_[i], Precision::Int8);
      value[i] = result_.harm[i] / std::max(lost, 1e-6);
    }
    std::sort(order_.begin(), order_.end(),
              [&](size_t a, size_t b) { return value[a] != value[b] ? value[a] > value[b] : a < b; });
    return {};
  }

  // The mix in which the first `count` layers of the order are not int8.
  Mix given(const Mix &fastest, size_t count, bool onlyF32) const {
    Mix mix = fastest;
    for (size_t i = 0; i < count; ++i)
      mix[order_[i]] = onlyF32 ? Precision::F32 : bestOther(layers_[order_[i]]);
    if (onlyF32)
      std::replace(mix.begin(), mix.end(), Precision::BF16, Precision::F32);
    return mix;
  }

  // Whether some count passes. More layers given back are taken to be more accurate, which holds but for noise: what is
  // taken in the end was measured itself.
  Result<bool> bisect(const Mix &fastest, bool onlyF32) {
    size_t low = 0, high = order_.size();
    auto all = measured(given(fastest, high, onlyF32));
    if (!all || !*all)
      return all;
    while (high - low > 1) {
      if (outOfTime_()) {
        result_.timedOut = true;
        break;
      }
      size_t middle = std::midpoint(low, high);
      auto passes = measured(given(fastest, middle, onlyF32));
      if (!passes)
        return passes.error();
      (*passes ? high : low) = middle;
    }
    return true;
  }

  const std::vector<SearchLayer> &layers_;
  const SearchBudget &budget_;
  const MeasureMix &measure_;
  const std::function<bool()> &outOfTime_;
  std::vector<size_t> order_;
  SearchResult result_;
};

} // namespace

Result<SearchResult> searchPrecisions(const std::vector<SearchLayer> &layers, const SearchBudget &budget,
                                      const MeasureMix &measure, const std::function<bool()> &outOfTime) {
  return Search(layers, budget, measure, outOfTime).run();
}

} // namespace mlc
