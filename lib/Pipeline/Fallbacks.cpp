#include "Pipeline/Fallbacks.h"
#include "Pipeline/Emit.h"

namespace mlc {

QuantizeReport quantizeReport(const QuantizeOutcome &outcome, const std::string &model,
                              const std::string &quantizedFile) {
  QuantizeReport report;
  report.path = quantizedFile;
  report.dynamic = outcome.dynamic;
  report.calibrationSamples = outcome.samples;
  report.modelBytes = modelFileBytes(model);
  report.quantizedBytes = modelFileBytes(quantizedFile);
  for (const QuantizationDecision &decision : outcome.decisions.nodes) {
    if (decision.reason.empty())
      ++report.quantizedNodes;
    else
      report.fallbacks.push_back({decision.node, decision.op, "int8", decision.decision, decision.reason});
  }
  return report;
}

} // namespace mlc
