#include "Check/Limits.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <vector>

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#include <sys/syscall.h>
#include <unistd.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

namespace mlc {
namespace {

constexpr int kSteps = 2000;

/// Operations (or bytes) a nanosecond: the best of many calls of `run`, each of which does `amount` of them.
template <typename Run> double best(double amount, Run run) {
  using Clock = std::chrono::steady_clock;
  double least = 1e30;
  auto end = Clock::now() + std::chrono::milliseconds(100);
  for (int i = 0; i < 3 || Clock::now() < end; ++i) {
    auto start = Clock::now();
    run();
    least = std::min(least, std::chrono::duration<double, std::nano>(Clock::now() - start).count());
  }
  return amount / least;
}

/// Keeps a result that nothing reads.
template <typename T> void keep(T &value) { asm volatile("" : : "m"(value) : "memory"); }

// Independent chains of one step, in registers: a macro, since a function would need the instruction set's attribute of
// its caller, and an array would live in memory. MLC_OPAQUE hides a value, so that two steps are not made one.
#define MLC_EACH(M) M(0) M(1) M(2) M(3) M(4) M(5) M(6) M(7) M(8) M(9) M(10) M(11) MLC_MORE(M)
#define MLC_START(n) auto c##n = zero;
#define MLC_STEP(n)                                                                                                    \
  c##n = step(c##n);                                                                                                   \
  MLC_OPAQUE(c##n);
#define MLC_KEEP(n) MLC_OPAQUE(c##n);
#define MLC_CHAINS                                                                                                     \
  MLC_EACH(MLC_START)                                                                                                  \
  for (int i = 0; i < kSteps; ++i) {                                                                                   \
    MLC_EACH(MLC_STEP)                                                                                                 \
  }                                                                                                                    \
  MLC_EACH(MLC_KEEP)

#if defined(__x86_64__)
#define MLC_OPAQUE(value) asm volatile("" : "+v"(value))
#define MLC_MORE(M) // AVX2 has 16 registers
constexpr int kChains = 12;

__attribute__((target("avx2,fma"))) void fmaAvx2() {
  __m256 x = _mm256_set1_ps(0.5f), y = _mm256_set1_ps(1e-3f), zero = _mm256_setzero_ps();
  MLC_OPAQUE(x);
#define step(c) _mm256_fmadd_ps(x, y, c)
  MLC_CHAINS
#undef step
}
__attribute__((target("avx512f"))) void fmaAvx512() {
  __m512 x = _mm512_set1_ps(0.5f), y = _mm512_set1_ps(1e-3f), zero = _mm512_setzero_ps();
  MLC_OPAQUE(x);
#define step(c) _mm512_fmadd_ps(x, y, c)
  MLC_CHAINS
#undef step
}
__attribute__((target("avx512f,avx512vnni"))) void vnni() {
  __m512i x = _mm512_set1_epi8(1), y = _mm512_set1_epi8(2), zero = _mm512_setzero_si512();
  MLC_OPAQUE(x);
#define step(c) _mm512_dpbusd_epi32(c, x, y)
  MLC_CHAINS
#undef step
}
__attribute__((target("avx512f,avx512bf16"))) void bf16() {
  __m512bh x = (__m512bh)_mm512_set1_epi16(0x3f00), y = (__m512bh)_mm512_set1_epi16(0x3a80);
  __m512 zero = _mm512_setzero_ps();
  MLC_OPAQUE(x);
#define step(c) _mm512_dpbf16_ps(c, x, y)
  MLC_CHAINS
#undef step
}
// Without VNNI 8-bit products are widened to 16 bits and added in pairs: 16 multiply-adds for two instructions.
__attribute__((target("avx2"))) void widenAvx2() {
  __m256i x = _mm256_set1_epi16(1), y = _mm256_set1_epi16(2), zero = _mm256_setzero_si256();
  MLC_OPAQUE(x);
#define step(c)                                                                                                        \
  _mm256_add_epi32(c, _mm256_madd_epi16(x, y));                                                                        \
  MLC_OPAQUE(x)
  MLC_CHAINS
#undef step
}

struct TileConfig {
  uint8_t palette = 1, start = 0, reserved[14] = {};
  uint16_t bytes[16] = {};
  uint8_t rows[16] = {};
};

__attribute__((target("amx-tile,amx-int8"))) void amxInt8() {
  TileConfig config;
  for (int i = 0; i < 8; ++i)
    config.bytes[i] = 64, config.rows[i] = 16;
  _tile_loadconfig(&config);
  for (int i = 0; i < kSteps; ++i) {
    _tile_dpbusd(0, 4, 6);
    _tile_dpbusd(1, 4, 7);
    _tile_dpbusd(2, 5, 6);
    _tile_dpbusd(3, 5, 7);
  }
  _tile_release();
}
__attribute__((target("amx-tile,amx-bf16"))) void amxBf16() {
  TileConfig config;
  for (int i = 0; i < 8; ++i)
    config.bytes[i] = 64, config.rows[i] = 16;
  _tile_loadconfig(&config);
  for (int i = 0; i < kSteps; ++i) {
    _tile_dpbf16ps(0, 4, 6);
    _tile_dpbf16ps(1, 4, 7);
    _tile_dpbf16ps(2, 5, 6);
    _tile_dpbf16ps(3, 5, 7);
  }
  _tile_release();
}

bool mayUseTiles() {
  constexpr int kRequestPermission = 0x1023, kTileData = 18;
  return syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
}

void measureArithmetic(MachineLimits &limits) {
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
    limits.f32 = best(2.0 * 8 * kChains * kSteps, fmaAvx2);
    limits.int8 = best(2.0 * 16 * kChains * kSteps, widenAvx2);
  }
  if (__builtin_cpu_supports("avx512f"))
    limits.f32 = std::max(limits.f32, best(2.0 * 16 * kChains * kSteps, fmaAvx512));
  if (__builtin_cpu_supports("avx512vnni"))
    limits.int8 = std::max(limits.int8, best(2.0 * 64 * kChains * kSteps, vnni));
  if (__builtin_cpu_supports("avx512bf16"))
    limits.bf16 = best(2.0 * 32 * kChains * kSteps, bf16);
  if (__builtin_cpu_supports("amx-int8") && mayUseTiles())
    limits.int8 = std::max(limits.int8, best(2.0 * 16 * 16 * 64 * 4 * kSteps, amxInt8));
  if (__builtin_cpu_supports("amx-bf16") && mayUseTiles())
    limits.bf16 = std::max(limits.bf16, best(2.0 * 16 * 16 * 32 * 4 * kSteps, amxBf16));
}
#elif defined(__aarch64__)
#define MLC_OPAQUE(value) asm volatile("" : "+w"(value))
#define MLC_MORE(M) M(12) M(13) M(14) M(15) M(16) M(17) M(18) M(19)
constexpr int kChains = 20;

void fmaNeon() {
  float32x4_t x = vdupq_n_f32(0.5f), y = vdupq_n_f32(1e-3f), zero = vdupq_n_f32(0);
  MLC_OPAQUE(x);
#define step(c) vfmaq_f32(c, x, y)
  MLC_CHAINS
#undef step
}
__attribute__((target("dotprod"))) void dot() {
  int8x16_t x = vdupq_n_s8(1), y = vdupq_n_s8(2);
  int32x4_t zero = vdupq_n_s32(0);
  MLC_OPAQUE(x);
#define step(c) vdotq_s32(c, x, y)
  MLC_CHAINS
#undef step
}
__attribute__((target("i8mm"))) void mmla() {
  int8x16_t x = vdupq_n_s8(1), y = vdupq_n_s8(2);
  int32x4_t zero = vdupq_n_s32(0);
  MLC_OPAQUE(x);
#define step(c) vmmlaq_s32(c, x, y)
  MLC_CHAINS
#undef step
}
__attribute__((target("bf16"))) void bfmmla() {
  bfloat16x8_t x = vreinterpretq_bf16_u16(vdupq_n_u16(0x3f00)), y = vreinterpretq_bf16_u16(vdupq_n_u16(0x3a80));
  float32x4_t zero = vdupq_n_f32(0);
  MLC_OPAQUE(x);
#define step(c) vbfmmlaq_f32(c, x, y)
  MLC_CHAINS
#undef step
}

void measureArithmetic(MachineLimits &limits) {
  unsigned long base = getauxval(AT_HWCAP), more = getauxval(AT_HWCAP2);
  limits.f32 = best(2.0 * 4 * kChains * kSteps, fmaNeon);
  if (base & HWCAP_ASIMDDP)
    limits.int8 = best(2.0 * 16 * kChains * kSteps, dot);
  if (more & HWCAP2_I8MM)
    limits.int8 = std::max(limits.int8, best(2.0 * 32 * kChains * kSteps, mmla));
  if (more & HWCAP2_BF16)
    limits.bf16 = best(2.0 * 16 * kChains * kSteps, bfmmla);
}
#else
void measureArithmetic(MachineLimits &) {}
#endif

double measureMemory() {
  // Far beyond the share of any cache.
  std::vector<uint64_t> data(size_t(256) << 17, 1);
  return best(static_cast<double>(data.size() * 8), [&] {
    uint64_t sums[8] = {};
    for (size_t i = 0; i < data.size(); i += 8)
      for (int j = 0; j < 8; ++j)
        sums[j] += data[i + j];
    keep(sums);
  });
}

} // namespace

MachineLimits measureLimits() {
  MachineLimits limits;
  measureArithmetic(limits);
  limits.memory = measureMemory();
  return limits;
}

} // namespace mlc
