// The reports as tables for people.
#pragma once

#include "mlcompress/Reports.h"

#include <string>

namespace mlc {

/// All functions return lines with newlines, or "" where there is nothing to show.
std::string agreementTable(const CheckReport &report);
std::string gateTable(const std::vector<GateRow> &gates);
std::string fallbackTable(const std::vector<Fallback> &fallbacks);
std::string filesLine(const CompileReport &report);

/// "0.042 ms", "3.1 ms", "1.2 s".
std::string formatMilliseconds(double milliseconds);

} // namespace mlc
