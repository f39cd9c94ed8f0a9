/* The inside of the embedded run-time part: what its files share.
 *
 * Quirks to know before changing anything here: this code becomes part of every generated library. It is
 * compiled for the architecture's baseline, has no constructors, no thread-local data and no writable static
 * data, and may call only what lib/Codegen/Link/StubLibrary.cpp lists. */
#ifndef MLCOMPRESS_EMBEDDED_RUNTIME_H
#define MLCOMPRESS_EMBEDDED_RUNTIME_H

#include "Runtime/ModelDescriptor.h"
#include "mlcompress/model.h"

#include <stdarg.h>
#include <stdbool.h>

extern const struct mlc_model_descriptor mlc_model_descriptor;

/* ---- errors (error.c) ---- */

/* The first failure of a call; code 0: none. */
struct mlc_failure {
  mlc_status code;
  char message[sizeof(((mlc_error *)0)->message)];
};

/* Sets the failure and returns `code`. */
mlc_status mlc_fail(struct mlc_failure *failure, mlc_status code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Copies the failure to the caller's struct, as far as that has room; returns the code. */
mlc_status mlc_report(const struct mlc_failure *failure, mlc_error *error);
const char *mlc_status_name(mlc_status status);

/* ---- tensors (tensor.c) ---- */

/* Bytes of one element, 0 for an unknown type. */
uint64_t mlc_dtype_bytes(mlc_dtype dtype);
const char *mlc_dtype_name(mlc_dtype dtype);
/* Bytes of a tensor; false where a dimension is negative or the size does not fit 63 bits. */
bool mlc_tensor_bytes(mlc_dtype dtype, int64_t rank, const int64_t *dims, uint64_t *bytes);
/* Element `index` of an array of structs that begin with struct_size. */
const void *mlc_element(const void *array, uint32_t index);
/* Checks the caller's inputs against the model and fills `arguments`. `with_data`: also types, sizes and
 * alignment of the data. */
mlc_status mlc_check_inputs(const struct mlc_model_descriptor *model, const mlc_input *inputs, uint32_t num_inputs,
                            bool with_data, struct mlc_argument *arguments, struct mlc_failure *failure);

/* ---- the CPU (cpu.c, cpu_x86.c, cpu_aarch64.c) ---- */

struct mlc_cpu {
  uint64_t features;    /* bits of mlc_cpu_feature that CPU and operating system both have */
  uint32_t sve_bits;    /* vector length of the calling thread, 0: no SVE */
  const char *os_lacks; /* a clause on what only the operating system refuses, or NULL */
};
/* `wanted`: bits that need a permission of the operating system are asked for only if wanted. */
void mlc_cpu_detect(uint64_t wanted, struct mlc_cpu *cpu);
/* The SVE vector length of the calling thread in bits; only where the CPU has SVE. */
uint32_t mlc_cpu_sve_bits(void);
mlc_status mlc_check_cpu(const struct mlc_model_descriptor *model, struct mlc_failure *failure);
/* Sets round-to-nearest-even with subnormal numbers and no traps, which the kernels' results are defined for;
 * returns the former control word. */
uint64_t mlc_cpu_enter_float(void);
void mlc_cpu_leave_float(uint64_t former);
/* Tells the core that this is a loop that waits. */
void mlc_cpu_relax(void);

/* ---- arena (arena.c) ---- */

struct mlc_segment;
struct mlc_arena {
  void *base;
  uint64_t size;
  struct mlc_segment *segments;
};
void *mlc_arena_reserve(struct mlc_arena *arena, uint64_t bytes);
void *mlc_arena_segment(struct mlc_arena *arena, uint64_t bytes);
void mlc_arena_drop_segments(struct mlc_arena *arena);
void mlc_arena_close(struct mlc_arena *arena);

/* ---- threads (pool.c) ---- */

/* One launch, cut into pieces: piece i works on items [i * count / pieces, (i + 1) * count / pieces). */
struct mlc_job {
  mlc_kernel kernel;
  void *const *buffers;
  const int64_t *scalars;
  int64_t count;
  int64_t pieces;
  char *scratch;
  int64_t scratch_bytes;
  uint32_t sve_bits;  /* vector length that the kernel needs, 0: any */
  uint32_t wrong_sve; /* set by a piece that met another one and did not run */
};
void mlc_job_piece(struct mlc_job *job, int64_t index);

struct mlc_pool;
/* CPUs that the calling thread may run on, at least 1. */
uint32_t mlc_usable_cpus(void);
uint64_t mlc_clock_ns(void);
/* A pool of `workers` threads; NULL: out of memory, or no thread could be started. */
struct mlc_pool *mlc_pool_open(uint32_t workers);
/* Runs all pieces (at most workers + 1): one on the calling thread, the others on the workers. */
void mlc_pool_run(struct mlc_pool *pool, struct mlc_job *job);
/* Stops and joins the threads. */
void mlc_pool_close(struct mlc_pool *pool);
/* In a child after fork, where the threads are gone: frees the memory only. */
void mlc_pool_abandon(struct mlc_pool *pool);

/* ---- models and sessions (session.c) ---- */

struct mlc_model {
  const struct mlc_model_descriptor *descriptor;
  uint32_t references; /* the handle itself and its sessions */
};

/* An output during and after a run. */
struct mlc_result {
  mlc_output *request; /* the caller's struct, only during a run */
  void *owned;         /* memory of the session */
  uint64_t owned_size;
  int64_t *dims;
  int64_t dims_capacity;
  bool done;
};

/* Sums over the launches of one kernel. */
struct mlc_kernel_record {
  uint64_t calls, nanoseconds, operations, bytes;
};

struct mlc_session {
  struct mlc_model *model;
  uint32_t threads;
  mlc_parallel_for parallel_for;
  void *parallel_for_user;
  uint32_t busy;
  int32_t pid; /* of the process that made the pool */
  struct mlc_pool *pool;
  struct mlc_arena arena;
  struct mlc_argument *arguments;
  struct mlc_result *results;
  struct mlc_kernel_record *profile; /* of each kernel, or NULL */
  struct mlc_failure failure;
};

mlc_status mlc_model_open(const mlc_open_options *options, mlc_model **model, mlc_error *error);
void mlc_model_close(mlc_model *model);
mlc_status mlc_workspace_size(mlc_model *model, const mlc_input *inputs, uint32_t num_inputs, uint32_t threads,
                              uint64_t *bytes, int32_t *exact, mlc_error *error);
mlc_status mlc_session_open(mlc_model *model, const mlc_session_options *options, mlc_session **session,
                            mlc_error *error);
void mlc_session_close(mlc_session *session);
mlc_status mlc_session_run(mlc_session *session, const mlc_input *inputs, uint32_t num_inputs, mlc_output *outputs,
                           uint32_t num_outputs, mlc_error *error);
const char *mlc_session_last_error(const mlc_session *session);
mlc_status mlc_session_profile(const mlc_session *session, uint32_t index, mlc_kernel_profile *profile);
void mlc_session_reset_profile(mlc_session *session);

#endif
