// Which layers keep more than 8 bits: the search for the fastest mix of precisions within an accuracy budget.
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

struct SearchLayer {
  std::string name;
  /// Milliseconds of its kernels in each precision, by Precision; infinite where it has no such form.
  std::array<double, 3> milliseconds;
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
};

struct SearchedMix {
  Mix mix;
  MixAccuracy accuracy;
};

struct SearchResult {
  /// All that were measured on all samples, from the fastest by the layers' times to the slowest; never empty.
  std::vector<SearchedMix> mixes;
  /// By how much the output's error shrinks where the layer alone is taken out of the fastest mix; NaN: not measured.
  std::vector<double> harm;
  bool timedOut = false; ///< stopped before its end
};

/// Runs the model in a mix on the first samples. Errors end the search.
using MeasureMix = std::function<Result<MixAccuracy>(const Mix &mix, int64_t samples)>;

bool keeps(const SearchBudget &budget, const MixAccuracy &accuracy);

/// The fastest mix by the layers' times; a layer that is not faster in 8 bits has none of them.
Mix fastestMix(const std::vector<SearchLayer> &layers);

/// Begins with the fastest mix. Where that drops too much, measures what each of its 8-bit layers costs, gives them
/// back their best other precision in the order of error saved for time lost, and finds by bisection how many must be.
/// Stops early, with what it has, where `outOfTime` says so.
Result<SearchResult> searchPrecisions(const std::vector<SearchLayer> &layers, const SearchBudget &budget,
                                      const MeasureMix &measure, const std::function<bool()> &outOfTime);

/// Sum of the layers' times in a mix.
double timeOf(const std::vector<SearchLayer> &layers, const Mix &mix);

} // namespace mlc
