/* Checks a compiled contraction row (RowKernel.h) against the definition of its arithmetic, to the bit.
 * Built with -DM0 -DN0 -DK0 and one of -DF32, -DU8S8, -DS8U4, -DS16S8, -DBF16; exit code 0: right, 1: wrong, and what.
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined U8S8
typedef uint8_t lhs_t;
typedef int8_t rhs_t;
typedef int32_t acc_t;
#elif defined S8U4 /* 0 to 15 */
typedef int8_t lhs_t;
typedef uint8_t rhs_t;
typedef int32_t acc_t;
#elif defined S16S8
typedef int16_t lhs_t;
typedef int8_t rhs_t;
typedef int32_t acc_t;
#elif defined BF16
typedef uint16_t lhs_t, rhs_t;
typedef float acc_t;
#else
typedef float lhs_t, rhs_t, acc_t;
#endif

void block(const void *lhs, const void *rhs, void *acc, int64_t steps, int64_t lhs_stride);

static uint32_t state = 12345;
static uint32_t next(void) { return state = state * 1664525u + 1013904223u, state >> 8; }

/* Pattern 0: random; 1: largest times most negative; 2: largest times largest; 3: random extremes. */
#if defined BF16
/* How products of bf16 are rounded on their way into a sum differs between CPUs: all sums here are exact. */
static uint16_t bf16(int value) {
  float f = value;
  uint32_t bits;
  memcpy(&bits, &f, sizeof bits);
  return bits >> 16;
}
static float f32(uint16_t value) {
  uint32_t bits = (uint32_t)value << 16;
  float f;
  memcpy(&f, &bits, sizeof f);
  return f;
}
#endif
static lhs_t left(int pattern) {
#if defined BF16
  return bf16(pattern == 0 ? (int)(next() % 201) - 100 : 100);
#elif defined U8S8
  return pattern == 0 ? next() : pattern == 3 ? (next() & 1 ? 255 : 0) : 255;
#elif defined S8U4
  return pattern == 0 ? next() : pattern == 3 ? (next() & 1 ? 127 : -128) : pattern == 2 ? 127 : -128;
#elif defined S16S8 /* a byte less its zero point */
  return pattern == 0 ? (int)(next() % 511) - 255 : pattern == 3 ? (next() & 1 ? 255 : -255) : 255;
#else
  return pattern == 0 ? (int)(next() % 2001 - 1000) / 512.0f : 1.0f + (next() & 7) * 0x1p-23f;
#endif
}
static rhs_t right(int pattern) {
#if defined BF16
  return bf16(pattern == 0 ? (int)(next() % 201) - 100 : pattern == 3 ? (next() & 1 ? 127 : -127) : -100);
#elif defined S8U4
  return pattern == 0 ? next() & 15 : pattern == 3 ? (next() & 1 ? 15 : 0) : 15;
#elif defined U8S8 || defined S16S8
  return pattern == 0 ? next() : pattern == 1 ? -128 : pattern == 2 ? 127 : next() & 1 ? -128 : 127;
#else
  return pattern == 0 ? (int)(next() % 2001 - 1000) / 777.0f : -1.0f - (next() & 7) * 0x1p-23f;
#endif
}

int main(void) {
  const int lengths[] = {1, 2, 7, 64, 513};
  for (int pattern = 0; pattern < 4; ++pattern) {
    for (size_t l = 0; l < sizeof lengths / sizeof *lengths; ++l) {
      int steps = lengths[l], k = steps * K0, stride = k + 3; /* odd stride: the left operand has no alignment */
      lhs_t *a = malloc(M0 * stride * sizeof(lhs_t));
      rhs_t *b = malloc(sizeof(rhs_t) * N0 * k);
      acc_t *c = malloc(sizeof(acc_t) * (M0 * N0 + 32)), *expected = malloc(sizeof(acc_t) * (M0 * N0 + 32));
      for (int i = 0; i < M0 * stride; ++i)
        a[i] = left(pattern);
      for (int i = 0; i < N0 * k; ++i)
        b[i] = right(pattern);
      for (int i = 0; i < M0 * N0 + 32; ++i)
        c[i] = expected[i] = (acc_t)(next() % 1000);
      for (int m = 0; m < M0; ++m)
        for (int n = 0; n < N0; ++n)
          for (int i = 0; i < k; ++i) {
            lhs_t x = a[m * stride + i];
            rhs_t w = b[(i / K0 * N0 + n) * K0 + i % K0];
            acc_t *sum = &expected[16 + m * N0 + n];
#if defined BF16
            *sum += f32(x) * f32(w);
#elif defined U8S8 || defined S16S8
            *sum = (int32_t)((uint32_t)*sum + (uint32_t)(x * w));
#else
            *sum = fmaf(x, w, *sum);
#endif
          }
      block(a, b, c + 16, steps, stride * (int64_t)sizeof(lhs_t));
      for (int i = 0; i < M0 * N0 + 32; ++i)
        if (memcmp(&c[i], &expected[i], sizeof(acc_t))) {
          printf("pattern %d, %d steps, element %d: %.9g instead of %.9g\n", pattern, steps, i - 16, (double)c[i],
                 (double)expected[i]);
          return 1;
        }
      free(a), free(b), free(c), free(expected);
    }
  }
  return 0;
}
