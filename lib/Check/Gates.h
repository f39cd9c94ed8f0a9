// Limits on accuracy, size and speed.
#pragma once

#include "mlcompress/Options.h"
#include "mlcompress/Reports.h"

#include <optional>
#include <vector>

namespace mlc {

/// A cost of the compressed model, and the original's in the same unit.
struct Cost {
  double compressed = 0.0;
  std::optional<double> original;
};

/// What a check measured, for gates to judge.
struct Measurements {
  std::vector<OutputAgreement> outputs;
  std::vector<MetricRow> metrics; ///< those of the gates among them
  std::optional<Cost> size;       ///< bytes of the library; of the ONNX file with its weights
  std::optional<Cost> latency;    ///< milliseconds, the median
  std::optional<Cost> memory;     ///< bytes of the library and its arena
};

/// A row for each gate that is set and each output or metric that it applies to, and for each output with a NaN or
/// infinity on one side only a failed row "finite": that is never right. A gate that finds nothing to measure fails.
///
/// A gate on a metric of the task judges the samples that it saw, and what they tell of others: it fails where the
/// value is beyond the limit; it passes where also the worse end of the value's interval keeps the limit, and there are
/// at least ten items; else it is inconclusive.
std::vector<GateRow> evaluateGates(const Gates &gates, const Measurements &measured);

/// Sets `passed` and `inconclusive` from the report's gates.
void conclude(CheckReport &report);

} // namespace mlc
