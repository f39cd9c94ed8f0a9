// report.json of an output directory. Schema in docs/formats.md.
#pragma once

#include "mlcompress/Reports.h"
#include "mlcompress/Result.h"

#include <string>

namespace mlc {

/// report.json's text: what toJson gives, under the version of the tool and the schema.
std::string formatReport(const OptimizeReport &report);

/// The kernels that DIRECTORY/report.json lists; none where it is missing or malformed.
std::vector<KernelRow> readReportedKernels(const std::string &directory);

/// Writes DIRECTORY/report.json.
Result<void> writeReport(const std::string &directory, const OptimizeReport &report);

} // namespace mlc
