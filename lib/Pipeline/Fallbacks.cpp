#include "Pipeline/Fallbacks.h"
#include "Pipeline/Emit.h"

#include <algorithm>
#include <fmt/format.h>

namespace mlc {

QuantizeReport quantizeReport(const QuantizationReport &decisions, const Calibration &calibration,
                              const Int8Options &options, const std::string &model, const std::string &quantizedFile) {
  QuantizeReport report;
  report.path = quantizedFile;
  report.dynamic = calibration.dynamic;
  report.blocks = calibration.blocks;
  report.calibrationSamples = calibration.samples;
  report.calibrationCached = calibration.samples;
  for (const Observation &pass : calibration.passes) {
    report.calibrationCached = std::min(report.calibrationCached, pass.cached * calibration.samples / pass.samples);
    report.notes.insert(report.notes.end(), pass.warnings.begin(), pass.warnings.end());
  }
  if (int64_t known = report.calibrationCached; known > 0)
    report.notes.push_back(
        known == calibration.samples
            ? fmt::format("calibration did not run: an earlier run saw these {} samples (--no-calib-cache runs it)",
                          known)
            : fmt::format("calibration went on after {} of {} samples, where an earlier run had come to", known,
                          calibration.samples));
  if (calibration.samples > 0)
    report.calibrator = calibration.blocks ? "gptq" : options.calibrator;
  report.modelBytes = modelFileBytes(model);
  report.quantizedBytes = modelFileBytes(quantizedFile);
  report.fallbacks = fallbacksOf(decisions, calibration.blocks ? "int4" : "int8");
  report.quantizedNodes = static_cast<int64_t>(decisions.nodes.size() - report.fallbacks.size());
  return report;
}

std::vector<Fallback> fallbacksOf(const QuantizationReport &decisions, const std::string &wanted) {
  std::vector<Fallback> fallbacks;
  for (const QuantizationDecision &decision : decisions.nodes)
    if (!decision.reason.empty())
      fallbacks.push_back({decision.node, decision.op, wanted, decision.decision, decision.reason});
  return fallbacks;
}

} // namespace mlc
