// The time of each launch of a library.
#pragma once

#include "Pipeline/LibraryFiles.h"

namespace mlc {

/// Runs a library for about `seconds` on one sample: averages of an inference, a row for each launch of its schedule,
/// with the nodes that `kernels` lists where those are the library's. `limitFraction` stays 0.
Result<std::vector<KernelProfile>> profileLibrary(const std::string &library, const std::vector<KernelRow> &kernels,
                                                  const std::vector<NamedTensor> &inputs, int threads, double seconds);

} // namespace mlc
