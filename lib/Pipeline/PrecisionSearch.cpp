#include "Pipeline/PrecisionSearch.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace mlc {

// Costs that differ by less are equal: then the smaller weights win.
static constexpr double kNoise = 1.05;

static double costOf(const SearchLayer &layer, Precision precision) {
  return layer.cost[static_cast<size_t>(precision)];
}

double costOf(const std::vector<SearchLayer> &layers, const Mix &mix) {
  double sum = 0;
  for (size_t i = 0; i < layers.size(); ++i)
    sum += costOf(layers[i], mix[i]);
  return sum;
}

// What a layer becomes that must not be as narrow as that.
static Precision bestOther(const SearchLayer &layer, Precision narrowest) {
  Precision best = Precision::F32;
  for (Precision other : {Precision::BF16, Precision::Int8})
    if (other != narrowest && costOf(layer, other) < costOf(layer, best))
      best = other;
  return best;
}

bool keeps(const SearchBudget &budget, const MixAccuracy &accuracy) {
  return (budget.surely ? std::max(accuracy.worst, accuracy.drop) : accuracy.drop) <= budget.maxDrop;
}

Mix cheapestMix(const std::vector<SearchLayer> &layers, Precision narrowest) {
  Mix mix;
  for (const SearchLayer &layer : layers) {
    Precision other = bestOther(layer, narrowest);
    bool isCheap = costOf(layer, narrowest) <= kNoise * costOf(layer, other);
    mix.push_back(isCheap ? narrowest : other);
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
    Mix cheapest = cheapestMix(layers_, budget_.narrowest);
    auto passes = measured(cheapest);
    if (!passes)
      return passes.error();
    if (!*passes) {
      if (auto ranked = rank(cheapest); !ranked)
        return ranked.error();
      // The cheapest other precision first; where even that is too coarse for all of them, f32.
      auto found = bisect(cheapest, /*onlyF32=*/false);
      if (!found)
        return found.error();
      if (!*found)
        if (auto last = bisect(cheapest, /*onlyF32=*/true); !last)
          return last.error();
    }
    std::sort(result_.mixes.begin(), result_.mixes.end(), [&](const SearchedMix &a, const SearchedMix &b) {
      double left = costOf(layers_, a.mix), right = costOf(layers_, b.mix);
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

  Result<void> rank(const Mix &cheapest) {
    auto base = measure_(cheapest, budget_.samplesForRanking);
    if (!base)
      return base.error();
    std::vector<double> value(layers_.size(), 0);
    for (size_t i = 0; i < layers_.size(); ++i) {
      if (cheapest[i] != budget_.narrowest)
        continue;
      order_.push_back(i);
      if (outOfTime_()) {
        result_.timedOut = true;
        continue;
      }
      Mix without = cheapest;
      without[i] = bestOther(layers_[i], budget_.narrowest);
      auto accuracy = measure_(without, budget_.samplesForRanking);
      if (!accuracy)
        return accuracy.error();
      result_.harm[i] = base->error - accuracy->error;
      double lost = costOf(layers_[i], without[i]) - costOf(layers_[i], budget_.narrowest);
      value[i] = result_.harm[i] / std::max(lost, 1e-6);
    }
    std::sort(order_.begin(), order_.end(),
              [&](size_t a, size_t b) { return value[a] != value[b] ? value[a] > value[b] : a < b; });
    return {};
  }

  // The mix in which the first `count` layers of the order are not as narrow as they could be.
  Mix given(const Mix &cheapest, size_t count, bool onlyF32) const {
    Mix mix = cheapest;
    for (size_t i = 0; i < count; ++i)
      mix[order_[i]] = onlyF32 ? Precision::F32 : bestOther(layers_[order_[i]], budget_.narrowest);
    if (onlyF32)
      for (Precision &precision : mix)
        if (precision != budget_.narrowest)
          precision = Precision::F32;
    return mix;
  }

  // Whether some count passes. More layers given back are taken to be more accurate, which holds but for noise: what is
  // taken in the end was measured itself.
  Result<bool> bisect(const Mix &cheapest, bool onlyF32) {
    size_t low = 0, high = order_.size();
    auto all = measured(given(cheapest, high, onlyF32));
    if (!all || !*all)
      return all;
    while (high - low > 1) {
      if (outOfTime_()) {
        result_.timedOut = true;
        break;
      }
      size_t middle = std::midpoint(low, high);
      auto passes = measured(given(cheapest, middle, onlyF32));
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
