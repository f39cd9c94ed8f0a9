// Which layers keep more bits than others: the search for the cheapest mix of precisions within an accuracy budget.
#pragma once

#include "mlcompress/Result.h"
#include "passes/Precision/LayerForms.h"

#include <array>
#include <functional>
#include <string>
#include <vector>

namespace mlc {

/// A precision for each layer.
using Mix = std::vector<Precision>;

/// What each layer costs in each precision, by Precision: milliseconds of its kernels, or bytes of its weights;
/// infinite where it has no such form.
using Costs = std::array<double, kPrecisions>;

struct SearchLayer {
  std::string name;
  Costs cost;
};

/// How far a mix is from the original on some samples.
struct MixAccuracy {
  double drop = 0.0;  ///< by the budget's metric
  double worst = 0.0; ///< the upper end of its 95 % interval
  double error = 0.0; ///< relative error of the outputs: tells mixes apart that a coarse metric finds equal
};

struct SearchBudget {
  double maxDrop = 0.01;
  /// The interval too must keep the budget, not the drop alone: with few samples that leaves few mixes or none.
  bool surely = true;
  int64_t samples = 0;           ///< there are
  int64_t samplesForRanking = 0; ///< of these, to measure what each layer does
  /// What layers shall become where accuracy and cost allow: Int8 or Int4.
  Precision narrowest = Precision::Int8;
};

struct SearchedMix {
  Mix mix;
  MixAccuracy accuracy;
};

struct SearchResult {
  /// All that were measured on all samples, from the cheapest to the dearest; never empty.
  std::vector<SearchedMix> mixes;
  /// By how much the output's error shrinks where the layer alone is taken out of the cheapest mix; NaN: not measured.
  std::vector<double> harm;
  bool timedOut = false; ///< stopped before its end
};

/// Runs the model in a mix on the first samples. Errors end the search.
using MeasureMix = std::function<Result<MixAccuracy>(const Mix &mix, int64_t samples)>;

bool keeps(const SearchBudget &budget, const MixAccuracy &accuracy);

/// The cheapest mix; a layer that costs no less in the narrowest precision is not in it.
Mix cheapestMix(const std::vector<SearchLayer> &layers, Precision narrowest);

/// Begins with the cheapest mix. Where that drops too much, measures what each of its layers in the narrowest precision
/// harms, gives them back their cheapest other precision in the order of error saved for cost added, and finds by
/// bisection how many must be. Stops early, with what it has, where `outOfTime` says so.
Result<SearchResult> searchPrecisions(const std::vector<SearchLayer> &layers, const SearchBudget &budget,
                                      const MeasureMix &measure, const std::function<bool()> &outOfTime);

/// Sum of the layers' costs in a mix.
double costOf(const std::vector<SearchLayer> &layers, const Mix &mix);

} // namespace mlc
