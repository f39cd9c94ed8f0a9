// What quantization did, in the API's words.
#pragma once

#include "Pipeline/Pipeline.h"
#include "mlcompress/Reports.h"

namespace mlc {

/// Counts the nodes that became int8 or int4 and lists those that did not, with the reason.
QuantizeReport quantizeReport(const QuantizationReport &decisions, const Calibration &calibration,
                              const Int8Options &options, const std::string &model, const std::string &quantizedFile);

/// The nodes that did not become what was wanted.
std::vector<Fallback> fallbacksOf(const QuantizationReport &decisions, const std::string &wanted);

} // namespace mlc
