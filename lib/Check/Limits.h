// What one core of this machine can do at most: the roofline that kernels are measured against.
#pragma once

#include "mlcompress/Reports.h"

namespace mlc {

/// Runs, for about a tenth of a second each, loops of nothing but independent multiply-adds of the widest kind that
/// this CPU has, and reads of memory far beyond its caches. What the CPU lacks stays 0. One thread.
MachineLimits measureLimits();

} // namespace mlc
