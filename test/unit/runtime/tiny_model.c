/* A model written by hand in place of what the code generator makes:
 *   x, y: float32[N,3]   sum = (x + y) * weights: float32[N,3]
 *                        rows = the rows of sum with a positive first column: int64[?], an unbounded output
 * The kernel works on rows, through scratch memory of its thread. N = 13 is refused, to test that path. */
#include "Runtime/ModelDescriptor.h"

#ifndef TINY_FEATURES
#define TINY_FEATURES 0
#endif
#ifndef TINY_SVE_BITS
#define TINY_SVE_BITS 0
#endif

extern const float tiny_weights[3] __attribute__((visibility("hidden")));

static void add_scale(void *const *buffers, const int64_t *scalars, int64_t begin, int64_t end, void *scratch) {
  const float *x = buffers[0], *y = buffers[1];
  float *result = buffers[2], *row = scratch;
  int64_t width = scalars[0];
  for (int64_t i = begin; i < end; ++i) {
    for (int64_t j = 0; j < width; ++j)
      row[j] = x[i * width + j] + y[i * width + j];
    for (int64_t j = 0; j < width; ++j)
      result[i * width + j] = row[j] * tiny_weights[j];
  }
}

static int32_t workspace(const struct mlc_argument *inputs, int64_t threads, int64_t *bytes, int32_t *exact) {
  *bytes = threads * 64 + inputs[0].dims[0] * 12;
  *exact = 0;
  return 0;
}

static int32_t run(struct mlc_session *session, const struct mlc_argument *inputs) {
  int64_t rows = inputs[0].dims[0], width = 3, bytes;
  int32_t exact;
  if (rows == 13)
    return mlc_rt_fail_shape(session, "node 'reshape': %lld rows cannot be %lld", rows, rows + 1);
  workspace(inputs, mlc_rt_threads(session), &bytes, &exact);
  char *arena = mlc_rt_reserve(session, bytes);
  int64_t dims[2] = {rows, width};
  float *sum = mlc_rt_output(session, 0, 2, dims);
  if (!arena || !sum)
    return mlc_rt_status(session);
  void *buffers[3] = {inputs[0].data, inputs[1].data, sum};
  mlc_rt_launch(session, add_scale, 0, buffers, &width, rows, rows * 64000, rows * 36, arena, 64);

  int64_t *found = mlc_rt_segment(session, rows * 8), count = 0;
  if (!found)
    return mlc_rt_status(session);
  for (int64_t i = 0; i < rows; ++i)
    if (sum[i * width] > 0)
      found[count++] = i;
  int64_t *out = mlc_rt_output(session, 1, 1, &count);
  if (!out)
    return mlc_rt_status(session);
  for (int64_t i = 0; i < count; ++i)
    out[i] = found[i];
  return 0;
}

static const int64_t matrix[2] = {-1, 3}, list[1] = {-1};
static const char *const matrix_symbols[2] = {"N", 0};
static const struct mlc_tensor_info inputs[2] = {{"x", 1, 2, matrix, matrix_symbols},
                                                 {"y", 1, 2, matrix, matrix_symbols}};
static const struct mlc_tensor_info outputs[2] = {{"sum", 1, 2, matrix, matrix_symbols}, {"rows", 7, 1, list, 0}};
static const char *const kernel_names[1] = {"add_scale"};

__attribute__((visibility("hidden"))) const struct mlc_model_descriptor mlc_model_descriptor = {
    1, 2,   2,         1,           "tiny model", "a test", "0.0", inputs, outputs, TINY_FEATURES, TINY_SVE_BITS,
    0, run, workspace, kernel_names};
