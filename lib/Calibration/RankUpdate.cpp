#include "Calibration/RankUpdate.h"

#include <algorithm>
#include <cstring>
#include <vector>

#pragma clang fp contract(off)

namespace mlc {
namespace {

constexpr int64_t kLanes = 16, kDepth = 256, kColumns = 512;
using Vector [[gnu::vector_size(kLanes * sizeof(float)), gnu::aligned(sizeof(float))]] = float;

// sums[Rows, kLanes] += leftᵀ right of packed panels [depth, Rows] and [depth, kLanes].
template <int Rows>
[[gnu::always_inline]] inline void tile(int64_t depth, const float *left, const float *right, float *sums,
                                        int64_t stride) {
  Vector acc[Rows];
  for (int i = 0; i < Rows; ++i)
    acc[i] = *reinterpret_cast<const Vector *>(sums + i * stride);
  for (int64_t k = 0; k < depth; ++k) {
    Vector row = *reinterpret_cast<const Vector *>(right + k * kLanes);
    for (int i = 0; i < Rows; ++i)
      acc[i] = acc[i] + left[k * Rows + i] * row;
  }
  for (int i = 0; i < Rows; ++i)
    *reinterpret_cast<Vector *>(sums + i * stride) = acc[i];
}

// [depth, width] of `from`, filled up with zeros to [depth, Width].
template <int64_t Width>
[[gnu::always_inline]] inline void pack(int64_t depth, int64_t width, const float *from, int64_t stride, float *to) {
  for (int64_t k = 0; k < depth; ++k) {
    std::memcpy(to + k * Width, from + k * stride, width * sizeof(float));
    std::fill(to + k * Width + width, to + (k + 1) * Width, 0.0f);
  }
}

template <int Rows>
[[gnu::always_inline]] inline void add(int64_t depth, int64_t rows, int64_t columns, const float *left,
                                       int64_t leftStride, const float *right, int64_t rightStride, float *sums,
                                       int64_t sumsStride) {
  std::vector<float> leftPanel(kDepth * Rows), rightPanels(kDepth * kColumns);
  for (int64_t k = 0; k < depth; k += kDepth) {
    int64_t part = std::min(kDepth, depth - k);
    for (int64_t begin = 0; begin < columns; begin += kColumns) {
      int64_t end = std::min(columns, begin + kColumns);
      for (int64_t n = begin; n < end; n += kLanes)
        pack<kLanes>(part, std::min(kLanes, end - n), right + k * rightStride + n, rightStride,
                     rightPanels.data() + (n - begin) * part);
      for (int64_t m = 0; m < rows; m += Rows) {
        int64_t high = std::min<int64_t>(Rows, rows - m);
        pack<Rows>(part, high, left + k * leftStride + m, leftStride, leftPanel.data());
        for (int64_t n = begin; n < end; n += kLanes) {
          int64_t wide = std::min(kLanes, end - n);
          const float *panel = rightPanels.data() + (n - begin) * part;
          float *own = sums + m * sumsStride + n;
          if (high == Rows && wide == kLanes) {
            tile<Rows>(part, leftPanel.data(), panel, own, sumsStride);
            continue;
          }
          float edge[Rows * kLanes] = {};
          for (int64_t i = 0; i < high; ++i)
            std::memcpy(edge + i * kLanes, own + i * sumsStride, wide * sizeof(float));
          tile<Rows>(part, leftPanel.data(), panel, edge, kLanes);
          for (int64_t i = 0; i < high; ++i)
            std::memcpy(own + i * sumsStride, edge + i * kLanes, wide * sizeof(float));
        }
      }
    }
  }
}

using Add = void(int64_t, int64_t, int64_t, const float *, int64_t, const float *, int64_t, float *, int64_t);

#ifdef __x86_64__
[[gnu::target("avx512f")]] void addAvx512(int64_t depth, int64_t rows, int64_t columns, const float *left,
                                          int64_t leftStride, const float *right, int64_t rightStride, float *sums,
                                          int64_t sumsStride) {
  add<12>(depth, rows, columns, left, leftStride, right, rightStride, sums, sumsStride);
}
[[gnu::target("avx2")]] void addAvx2(int64_t depth, int64_t rows, int64_t columns, const float *left,
                                     int64_t leftStride, const float *right, int64_t rightStride, float *sums,
                                     int64_t sumsStride) {
  add<6>(depth, rows, columns, left, leftStride, right, rightStride, sums, sumsStride);
}
#endif
void addPlain(int64_t depth, int64_t rows, int64_t columns, const float *left, int64_t leftStride, const float *right,
              int64_t rightStride, float *sums, int64_t sumsStride) {
  add<3>(depth, rows, columns, left, leftStride, right, rightStride, sums, sumsStride);
}

Add *choose() {
#ifdef __x86_64__
  if (__builtin_cpu_supports("avx512f"))
    return addAvx512;
  if (__builtin_cpu_supports("avx2"))
    return addAvx2;
#endif
  return addPlain;
}

} // namespace

void addOuterProducts(int64_t depth, int64_t rows, int64_t columns, const float *left, int64_t leftStride,
                      const float *right, int64_t rightStride, float *sums, int64_t sumsStride) {
  static Add *const chosen = choose();
  chosen(depth, rows, columns, left, leftStride, right, rightStride, sums, sumsStride);
}

} // namespace mlc
