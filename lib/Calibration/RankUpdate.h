// Sums of outer products, which is what calibration spends its time on.
#pragma once

#include <cstdint>

namespace mlc {

/// sums[m, n] += Σ_k left[k, m] * right[k, n]: K in ascending order, products rounded before they are added, so that
/// the bits are the same on every CPU. Runs on this thread, with the widest vectors that the CPU has (Eigen, as a
/// distribution builds it, knows SSE2 alone). Strides are in elements.
void addOuterProducts(int64_t depth, int64_t rows, int64_t columns, const float *left, int64_t leftStride,
                      const float *right, int64_t rightStride, float *sums, int64_t sumsStride);

} // namespace mlc
