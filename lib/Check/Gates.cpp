#include "Check/Gates.h"

#include "Support/DTypeConversion.h"

#include <algorithm>
#include <limits>

namespace mlc {

std::vector<GateRow> evaluateGates(const Gates &gates, const std::vector<OutputAgreement> &outputs,
                                   int64_t libraryBytes) {
  std::vector<GateRow> rows;
  // Comparisons are written so that NaN fails.
  auto atLeast = [&](const char *gate, const std::string &output, double limit, double measured) {
    rows.push_back({gate, output, limit, measured, std::nullopt, measured >= limit});
  };
  auto atMost = [&](const char *gate, const std::string &output, double limit, double measured) {
    rows.push_back({gate, output, limit, measured, std::nullopt, measured <= limit});
  };
  auto nothingMeasured = [&](const char *gate, double limit) {
    rows.push_back({gate, "", limit, std::numeric_limits<double>::quiet_NaN(), std::nullopt, false});
  };
  for (const OutputAgreement &output : outputs)
    if (output.nonFiniteMismatches)
      atMost("finite", output.name, 0, double(output.nonFiniteMismatches));
  if (gates.minCosine) {
    size_t before = rows.size();
    for (const OutputAgreement &output : outputs)
      if (isFloating(output.dtype) && output.samples)
        atLeast("min-cosine", output.name, *gates.minCosine, output.minCosine);
    if (rows.size() == before)
      nothingMeasured("min-cosine", *gates.minCosine);
  }
  if (gates.maxAbs) {
    size_t before = rows.size();
    for (const OutputAgreement &output : outputs)
      if (output.samples)
        atMost("max-abs", output.name, *gates.maxAbs, output.maxAbs);
    if (rows.size() == before)
      nothingMeasured("max-abs", *gates.maxAbs);
  }
  if (gates.minTop1) {
    size_t before = rows.size();
    for (const OutputAgreement &output : outputs)
      if (output.top1)
        atLeast("min-top1", output.name, *gates.minTop1, *output.top1);
    if (rows.size() == before)
      nothingMeasured("min-top1", *gates.minTop1);
  }
  if (gates.maxSize)
    atMost("max-size", "", gates.maxSize->value, double(libraryBytes));
  return rows;
}

bool allPassed(const std::vector<GateRow> &rows) {
  return std::all_of(rows.begin(), rows.end(), [](const GateRow &row) { return row.passed; });
}

} // namespace mlc
