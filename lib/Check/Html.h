// A report as one page of HTML that needs nothing else: styles, plots and all.
#pragma once

#include "mlcompress/Reports.h"

#include <string>

namespace mlc {

/// Verdict and gates, size and latency, metrics, error by layer, time by layer, the candidates of a search as a plot of
/// time against drop, and what fell back.
std::string formatHtml(const OptimizeReport &report);

} // namespace mlc
