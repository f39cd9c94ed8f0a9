#include "Pipeline/LayerTimes.h"

#include <algorithm>
#include <set>

namespace mlc {

std::map<std::string, double> timesByNode(const std::vector<KernelProfile> &profile,
                                          const std::vector<std::string> &nodes) {
  std::set<std::string> wanted(nodes.begin(), nodes.end());
  std::map<std::string, double> times;
  for (const KernelProfile &row : profile) {
    std::vector<std::string> own;
    std::copy_if(row.kernel.nodes.begin(), row.kernel.nodes.end(), std::back_inserter(own),
                 [&](const std::string &node) { return wanted.contains(node); });
    for (const std::string &node : own)
      times[node] += row.milliseconds / static_cast<double>(own.size());
  }
  return times;
}

void modelTimes(std::vector<KernelProfile> &profile, const Target &target, Precision precision) {
  // Where a CPU's file does not say: a core of 2.5 GHz with two 128-bit pipes, and what one core commonly draws from
  // memory.
  constexpr double kClock = 2.5, kF32Macs = 8, kCoreMemory = 16, kReached = 0.7;
  double clock = target.clockGHz > 0 ? target.clockGHz : kClock;
  double f32 = target.f32MacsPerCycle > 0 ? target.f32MacsPerCycle : kF32Macs, macs = f32;
  if ((precision == Precision::Int8 || precision == Precision::Int4) && target.byteRow())
    macs = target.i8MacsPerCycle > 0 ? target.i8MacsPerCycle : f32 * target.byteRow()->k0;
  if (const ContractionRow *row = target.row(ElementKind::BF16, ElementKind::BF16); precision == Precision::BF16 && row)
    macs = f32 * row->k0;
  double memory = target.memoryGBs > 0 ? std::min(target.memoryGBs, kCoreMemory) : kCoreMemory;
  for (KernelProfile &row : profile) {
    bool contraction = row.kernel.instructionSet != "generic" && !row.kernel.instructionSet.empty();
    double rate = (contraction && row.kernel.precision != "float32" ? macs : f32) * clock * kReached;
    row.milliseconds = std::max(row.operations / 2 / rate, row.bytes / memory) * 1e-6;
  }
}

} // namespace mlc
