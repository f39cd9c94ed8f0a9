// A report as JUnit XML, which continuous integration shows as tests.
#pragma once

#include "mlcompress/Reports.h"

#include <string>

namespace mlc {

/// One suite for the model on its target, a case for each gate: a failed one as `failure` with limit and measured
/// value, one that the samples cannot decide as `skipped` with a message. Without gates one case says whether there was
/// a check.
std::string formatJUnit(const OptimizeReport &report);

} // namespace mlc
