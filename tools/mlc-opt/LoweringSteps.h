// The pipeline's steps after the graph passes as passes of mlc-opt, so that tests can look at each by itself.
#pragma once

namespace mlc {

/// --lower-graph=target=NAME, --fuse-elementwise, --outline-kernels, --emit-kernels=target=NAME, --emit-schedule.
void registerLoweringSteps();

} // namespace mlc
