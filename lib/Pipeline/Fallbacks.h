// What quantization did, in the API's words.
#pragma once

#include "Pipeline/Pipeline.h"
#include "mlcompress/Reports.h"

namespace mlc {

/// Counts the nodes that became int8 and lists those that did not, with the reason.
QuantizeReport quantizeReport(const QuantizeOutcome &outcome, const std::string &model,
                              const std::string &quantizedFile);

} // namespace mlc
