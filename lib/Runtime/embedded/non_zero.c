/* The routine behind ONNX NonZero: linalg cannot express a result whose size depends on the data. */
#include <stddef.h>
#include <stdint.h>

/* Counts the elements of `flags` (one byte each, row-major, `rank` dimensions) that are not 0. With `out` writes
 * their indices, in row-major order, as int64[rank][count]. Returns the count. */
int64_t mlc_routine_non_zero(const unsigned char *flags, const int64_t *dims, int64_t rank, int64_t *out) {
  int64_t total = 1, count = 0, at = 0;
  for (int64_t d = 0; d < rank; ++d)
    total *= dims[d];
  for (int64_t i = 0; i < total; ++i)
    count += flags[i] != 0;
  if (out == NULL)
    return count;
  for (int64_t i = 0; i < total; ++i) {
    if (flags[i] == 0)
      continue;
    int64_t rest = i;
    for (int64_t d = rank - 1; d >= 0; --d) {
      out[d * count + at] = rest % dims[d];
      rest /= dims[d];
    }
    ++at;
  }
  return count;
}
