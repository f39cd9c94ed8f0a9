#include "Reference/Gemm.h"

#include <Eigen/Core>

#include <algorithm>
#include <type_traits>

namespace mlc::reference {

template <typename T> using Matrix = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
template <typename T> using In = Eigen::Map<const Matrix<T>, 0, Eigen::OuterStride<>>;
template <typename T> using Out = Eigen::Map<Matrix<T>, 0, Eigen::OuterStride<>>;

template <typename T>
void gemm(int64_t m, int64_t n, int64_t k, const T *a, int64_t lda, const T *b, int64_t ldb, T *c, int64_t ldc,
          bool accumulate) {
  if constexpr (std::is_floating_point_v<T>) {
    In<T> lhs(a, m, k, Eigen::OuterStride<>(lda)), rhs(b, k, n, Eigen::OuterStride<>(ldb));
    Out<T> out(c, m, n, Eigen::OuterStride<>(ldc));
    if (accumulate)
      out.noalias() += lhs * rhs;
    else
      out.noalias() = lhs * rhs;
  } else {
    using U = std::make_unsigned_t<T>; // wraps instead of overflowing
    for (int64_t i = 0; i < m; ++i) {
      U *row = reinterpret_cast<U *>(c + i * ldc);
      if (!accumulate)
        std::fill_n(row, n, U(0));
      for (int64_t p = 0; p < k; ++p) {
        U factor = static_cast<U>(a[i * lda + p]);
        const U *other = reinterpret_cast<const U *>(b + p * ldb);
        if (factor == 0)
          continue;
        for (int64_t j = 0; j < n; ++j)
          row[j] += factor * other[j];
      }
    }
  }
}

template <typename T>
void gemmTransposedLhs(int64_t m, int64_t n, int64_t k, const T *a, int64_t lda, const T *b, int64_t ldb, T *c,
                       int64_t ldc) {
  In<T> lhs(a, k, m, Eigen::OuterStride<>(lda)), rhs(b, k, n, Eigen::OuterStride<>(ldb));
  Out<T>(c, m, n, Eigen::OuterStride<>(ldc)).noalias() = lhs.transpose() * rhs;
}

#define MLC_GEMM(T)                                                                                                    \
  template void gemm(int64_t, int64_t, int64_t, const T *, int64_t, const T *, int64_t, T *, int64_t, bool);
MLC_GEMM(float)
MLC_GEMM(double)
MLC_GEMM(int32_t)
MLC_GEMM(uint64_t)
template void gemmTransposedLhs(int64_t, int64_t, int64_t, const float *, int64_t, const float *, int64_t, float *,
                                int64_t);
template void gemmTransposedLhs(int64_t, int64_t, int64_t, const double *, int64_t, const double *, int64_t, double *,
                                int64_t);

} // namespace mlc::reference
