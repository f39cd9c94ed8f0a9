// Limits on accuracy and size.
#pragma once

#include "mlcompress/Options.h"
#include "mlcompress/Reports.h"

#include <vector>

namespace mlc {

/// A row for each gate that is set and each output that it applies to, and for each output with a NaN or infinity
/// on one side only a failed row "finite": that is never right. A gate that finds nothing to measure fails.
///
/// On a metric the gates `max-drop` and `METRIC>=VALUE` have three answers: beyond the limit is a fail; within it, but
/// with the worse end of the 95 % interval beyond, is inconclusive: with so few samples the loss may be larger than
/// allowed.
std::vector<GateRow> evaluateGates(const Gates &gates, const std::vector<OutputAgreement> &outputs,
                                   const std::vector<MetricRow> &metrics, int64_t libraryBytes);

/// True where every row passed.
bool allPassed(const std::vector<GateRow> &rows);
/// True where no row failed and one could not be decided.
bool isInconclusive(const std::vector<GateRow> &rows);

} // namespace mlc
