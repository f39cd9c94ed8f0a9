// Limits on accuracy and size.
#pragma once

#include "mlcompress/Options.h"
#include "mlcompress/Reports.h"

#include <vector>

namespace mlc {

/// A row for each gate that is set and each output that it applies to, and for each output with a NaN or infinity
/// on one side only a failed row "finite": that is never right. A gate that finds nothing to measure fails.
std::vector<GateRow> evaluateGates(const Gates &gates, const std::vector<OutputAgreement> &outputs,
                                   int64_t libraryBytes);

/// True where every row passed.
bool allPassed(const std::vector<GateRow> &rows);

} // namespace mlc
