/* The routine behind TopK: which elements of a row stand first, found with a heap, which linalg cannot express. */
#include <stdint.h>

/* Whether element x stands before element y: the smaller key, of equal ones the first. */
static int before(const int64_t *keys, int64_t x, int64_t y) { return keys[x] != keys[y] ? keys[x] < keys[y] : x < y; }

/* Moves the entry at `at` of a heap of `size` down until no entry below it stands behind it. */
static void sift(const int64_t *keys, int64_t *heap, int64_t size, int64_t at) {
  int64_t entry = heap[at];
  for (;;) {
    int64_t child = 2 * at + 1;
    if (child >= size)
      break;
    if (child + 1 < size && before(keys, heap[child], heap[child + 1]))
      ++child;
    if (!before(keys, entry, heap[child]))
      break;
    heap[at] = heap[child];
    at = child;
  }
  heap[at] = entry;
}

/* The indices of the k elements of keys[n] that stand first, in their order, to out[k]. O(n log k), no memory of its
 * own: `out` is a heap whose root stands last of those found so far. */
void mlc_routine_top_k(const int64_t *keys, int64_t n, int64_t k, int64_t *out) {
  if (k > n)
    k = n;
  if (k <= 0)
    return;
  for (int64_t i = 0; i < k; ++i)
    out[i] = i;
  for (int64_t i = k / 2; i-- > 0;)
    sift(keys, out, k, i);
  for (int64_t i = k; i < n; ++i)
    if (keys[i] < keys[out[0]]) {
      out[0] = i;
      sift(keys, out, k, 0);
    }
  for (int64_t size = k - 1; size > 0; --size) {
    int64_t last = out[0];
    out[0] = out[size];
    out[size] = last;
    sift(keys, out, size, 0);
  }
}
