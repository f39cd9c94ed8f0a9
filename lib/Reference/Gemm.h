// Matrix products of the evaluator, row-major. No MLIR header here.
#pragma once

#include <cstdint>

namespace mlc::reference {

/// c[m, n] (row stride ldc) = a[m, k] (row stride lda) * b[k, n] (row stride ldb), added to c with
/// `accumulate`. T is float or double (Eigen), int32_t or uint64_t (wrapping).
template <typename T>
void gemm(int64_t m, int64_t n, int64_t k, const T *a, int64_t lda, const T *b, int64_t ldb, T *c, int64_t ldc,
          bool accumulate = false);

/// c[m, n] = transpose(a[k, m]) * b[k, n].
template <typename T>
void gemmTransposedLhs(int64_t m, int64_t n, int64_t k, const T *a, int64_t lda, const T *b, int64_t ldb, T *c,
                       int64_t ldc);

} // namespace mlc::reference
