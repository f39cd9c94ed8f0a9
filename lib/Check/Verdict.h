// What all gates of a report say together.
#pragma once

#include "mlcompress/Reports.h"

namespace mlc {

enum class Verdict { Pass, Fail, Inconclusive, Unchecked };

inline Verdict verdictOf(const OptimizeReport &report) {
  if (!report.check)
    return Verdict::Unchecked;
  if (report.check->passed)
    return Verdict::Pass;
  return report.check->inconclusive ? Verdict::Inconclusive : Verdict::Fail;
}

/// What a gate is about, for people: "max-drop of top1", "min-cosine of y", "max-size".
inline std::string gateName(const GateRow &row) {
  const std::string &about = row.metric.empty() ? row.output : row.metric;
  return about.empty() ? row.gate : row.gate + " of " + about;
}

/// "pass", "fail", "inconclusive", "unchecked".
inline const char *verdictName(Verdict verdict) {
  switch (verdict) {
  case Verdict::Pass:
    return "pass";
  case Verdict::Fail:
    return "fail";
  case Verdict::Inconclusive:
    return "inconclusive";
  case Verdict::Unchecked:
    break;
  }
  return "unchecked";
}

} // namespace mlc
