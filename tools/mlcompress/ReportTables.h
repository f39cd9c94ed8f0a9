// The reports as tables for people.
#pragma once

#include "mlcompress/Reports.h"

#include <ostream>
#include <string>
#include <vector>

namespace mlc {

/// All functions return lines with newlines, or "" where there is nothing to show.
std::string agreementTable(const CheckReport &report);
std::string metricTable(const std::vector<MetricRow> &metrics);
std::string gateTable(const std::vector<GateRow> &gates);
/// What a search under an accuracy budget measured, the fastest first.
std::string candidateTable(const std::vector<Candidate> &candidates);
/// The layers that lose most of their output where they alone are compressed; "" where that was not measured.
std::string sensitivityTable(const std::vector<LayerRow> &layers);
std::string fallbackTable(const std::vector<Fallback> &fallbacks);
/// The directory and its files; `more` are those that the report does not list.
std::string filesLine(const CompileReport &report, const std::vector<std::string> &more);

/// The kernels, slowest first, and the limits that they are measured against.
std::string profileTable(const BenchReport &report);

/// "warning: …" for each.
std::string warningLines(const std::vector<std::string> &warnings);

/// A line for each gate that failed or could not be decided, so that a reader of the log alone knows why the exit code
/// is 1 or 5.
void sayFailedGates(const std::vector<GateRow> &gates, std::ostream &err);

/// 0 where all gates passed, 1 where one failed, 5 where one could not be decided.
int exitCodeOf(const CheckReport &report);

/// "0.042 ms", "3.1 ms", "1.2 s".
std::string formatMilliseconds(double milliseconds);

} // namespace mlc
