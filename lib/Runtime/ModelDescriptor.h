/* What the compiler's code generator and the embedded run-time part agree on. Private to the two:
 * both sides of it are built by the same version of mlcompress, so it may change with every one.
 *
 * A generated library is linked from four objects:
 *   - the run-time part (lib/Runtime/embedded, C, baseline code of the architecture): the C ABI
 *     of include/mlcompress/model.h, sessions, arena, thread pool, CPU checks;
 *   - the kernels, compiled for the named CPU;
 *   - the schedule, baseline code, and the descriptor `mlc_model_descriptor` below;
 *   - the weights: a read-only page-aligned section.
 * Symbols below are hidden in the finished library. */
#ifndef MLCOMPRESS_MODEL_DESCRIPTOR_H
#define MLCOMPRESS_MODEL_DESCRIPTOR_H

#include <stdint.h>

struct mlc_session;

/* A kernel works on the items [begin, end) of its range. `buffers` are the base addresses of its
 * operands, `scalars` its dynamic dimensions and other index operands. `scratch` is memory of the
 * calling thread, of the size that the launch named, 64-byte aligned. */
typedef void (*mlc_kernel)(void *const *buffers, const int64_t *scalars, int64_t begin, int64_t end, void *scratch);

struct mlc_tensor_info {
  const char *name;
  int32_t dtype; /* DType / mlc_dtype */
  int32_t rank;
  const int64_t *dims;        /* -1: dynamic */
  const char *const *symbols; /* name of a dynamic dimension, or NULL where it has none */
};

/* One caller's tensor, as the schedule sees it. */
struct mlc_argument {
  void *data;
  const int64_t *dims; /* checked against mlc_tensor_info by the run-time part: rank, dtype, static dims,
                          and equal symbols */
};

struct mlc_model_descriptor {
  uint32_t abi_version;
  uint32_t num_inputs;
  uint32_t num_outputs;
  uint32_t num_kernels;
  const char *name;
  const char *target;
  const char *tool_version;
  const struct mlc_tensor_info *inputs;
  const struct mlc_tensor_info *outputs;
  uint64_t required_features; /* bits of mlc_cpu_feature */
  uint32_t sve_bits;          /* the SVE vector length that kernels were compiled for, 0: none */
  uint32_t reserved;
  /* The whole inference: evaluates sizes, reserves the arena, launches kernels. 0 or an mlc_status. */
  int32_t (*run)(struct mlc_session *session, const struct mlc_argument *inputs);
  /* Bytes of arena that `run` needs for inputs of these dimensions; *exact is 0 where growing values
   * come on top. 0 or an mlc_status. */
  int32_t (*workspace)(const struct mlc_argument *inputs, int64_t threads, int64_t *bytes, int32_t *exact);
  /* Kernel names, by the index that launches give: for profiles and reports. */
  const char *const *kernel_names;
};

/* Bits of required_features. The order is kept: append only. */
enum mlc_cpu_feature {
  /* x86-64 */
  MLC_CPU_AVX2 = 0,
  MLC_CPU_FMA = 1,
  MLC_CPU_F16C = 2,
  MLC_CPU_BMI2 = 3,
  MLC_CPU_AVX512F = 4,
  MLC_CPU_AVX512VL = 5,
  MLC_CPU_AVX512DQ = 6,
  MLC_CPU_AVX512BW = 7,
  MLC_CPU_AVX512VNNI = 8,
  MLC_CPU_AVX512BF16 = 9,
  MLC_CPU_AVX512FP16 = 10,
  MLC_CPU_AMX_TILE = 11,
  MLC_CPU_AMX_INT8 = 12,
  MLC_CPU_AMX_BF16 = 13,
  MLC_CPU_AVXVNNI = 14,
  MLC_CPU_AVX512CD = 15,
  MLC_CPU_AVX512VBMI = 16,
  MLC_CPU_BMI = 17,
  MLC_CPU_LZCNT = 18,
  MLC_CPU_POPCNT = 19,
  /* AArch64 */
  MLC_CPU_ASIMDDP = 32, /* dot product */
  MLC_CPU_ASIMDHP = 33, /* fp16 arithmetic */
  MLC_CPU_I8MM = 34,
  MLC_CPU_BF16 = 35,
  MLC_CPU_SVE = 36,
  MLC_CPU_SVE2 = 37,
  MLC_CPU_SVEI8MM = 38,
  MLC_CPU_SVEBF16 = 39,
  MLC_CPU_ATOMICS = 40, /* LSE */
};

/* ---- what the schedule calls; implemented by the run-time part ---- */

/* At least `bytes` of 64-byte aligned arena, kept by the session until a call needs more; NULL: out of
 * memory (the error is set). Called once at the start of `run`. */
void *mlc_rt_reserve(struct mlc_session *session, int64_t bytes);

/* Memory for a value whose size is known only here; lives until the run ends. NULL: out of memory. */
void *mlc_rt_segment(struct mlc_session *session, int64_t bytes);

/* A value that the schedule makes again in every iteration of a loop: its memory is used again. Starts as zeros. */
struct mlc_growable {
  void *data;
  int64_t capacity;
};

/* Memory of at least `bytes` for the value, which begins with the first `keep` bytes of what it held; lives until the
 * run ends or the value needs more. NULL: out of memory. */
void *mlc_rt_grow(struct mlc_session *session, struct mlc_growable *growable, int64_t bytes, int64_t keep);

/* Threads that a launch may use (for per-thread scratch). */
int64_t mlc_rt_threads(struct mlc_session *session);

/* Runs `kernel` on [0, count) on as many of the session's threads as the work is worth. `operations` and `bytes`
 * are those of the whole launch (see lib/Codegen/Schedule/Work.h).
 * `scratch` is the base of threads * scratch_bytes bytes (scratch_bytes a multiple of 64). */
void mlc_rt_launch(struct mlc_session *session, mlc_kernel kernel, int64_t kernel_index, void *const *buffers,
                   const int64_t *scalars, int64_t count, int64_t operations, int64_t bytes, void *scratch,
                   int64_t scratch_bytes);

/* The caller's buffer for output `index` once its shape is known: where the caller gave one, checked for
 * size; else from the caller's allocator callback; else owned by the session until its next run.
 * NULL: too small or out of memory (the error is set, the required shape recorded). */
void *mlc_rt_output(struct mlc_session *session, int64_t index, int64_t rank, const int64_t *dims);

/* The status that the last failing call set (never 0). */
int32_t mlc_rt_status(struct mlc_session *session);

/* Records that shapes contradict the model: `message` (with up to two %lld of `a` and `b`). Returns the
 * status for `run` to return. */
int32_t mlc_rt_fail_shape(struct mlc_session *session, const char *message, int64_t a, int64_t b);

#endif
