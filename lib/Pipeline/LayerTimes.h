// How long each layer takes on a target.
#pragma once

#include "mlcompress/Reports.h"
#include "passes/Precision/LayerForms.h"
#include "targets/Target.h"

#include <map>

namespace mlc {

/// Milliseconds by ONNX node of the kernels that compute it; a kernel's time is shared by the nodes in it among
/// `nodes`.
std::map<std::string, double> timesByNode(const std::vector<KernelProfile> &profile,
                                          const std::vector<std::string> &nodes);

/// Replaces the times of a profile taken on this machine by a model of the target: the longer of what its arithmetic
/// and its memory need, from the kernels' operations and bytes (S. Williams et al., Roofline, 2009), at the share of
/// the peak that kernels commonly reach. Of one core. `precision` is what contractions are computed in.
void modelTimes(std::vector<KernelProfile> &profile, const Target &target, Precision precision);

} // namespace mlc
