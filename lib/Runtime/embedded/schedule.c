/* What a model's schedule calls (the mlc_rt_* functions of ModelDescriptor.h). */
#include "Runtime/embedded/runtime.h"

#include <stdlib.h>
#include <string.h>

/* What one core does in a nanosecond, roughly, and the least that is worth a piece of its own. */
enum { OPERATIONS_PER_NS = 32, BYTES_PER_NS = 8, PIECE_NS = 4000 };

static void out_of_memory(struct mlc_session *session, const char *what, int64_t bytes) {
  mlc_fail(&session->failure, MLC_ERROR_OUT_OF_MEMORY, "out of memory: %s of %lld bytes", what, (long long)bytes);
}

void *mlc_rt_reserve(struct mlc_session *session, int64_t bytes) {
  void *base = mlc_arena_reserve(&session->arena, (uint64_t)bytes);
  if (!base)
    out_of_memory(session, "an arena", bytes);
  return base;
}

void *mlc_rt_segment(struct mlc_session *session, int64_t bytes) {
  void *memory = mlc_arena_segment(&session->arena, (uint64_t)bytes);
  if (!memory)
    out_of_memory(session, "a value", bytes);
  return memory;
}

int64_t mlc_rt_threads(struct mlc_session *session) { return session->threads; }

static void run_piece(void *context, int64_t index) {
  uint64_t former = mlc_cpu_enter_float();
  mlc_job_piece(context, index);
  mlc_cpu_leave_float(former);
}

void mlc_rt_launch(struct mlc_session *session, mlc_kernel kernel, int64_t kernel_index, void *const *buffers,
                   const int64_t *scalars, int64_t count, int64_t operations, int64_t bytes, void *scratch,
                   int64_t scratch_bytes) {
  if (count <= 0)
    return;
  uint64_t start = session->profile ? mlc_clock_ns() : 0;
  int64_t pieces = session->threads < count ? session->threads : count;
  /* Handing a piece to another thread and waiting for it takes a microsecond or two. */
  int64_t worth = (operations / OPERATIONS_PER_NS + bytes / BYTES_PER_NS) / PIECE_NS;
  if (pieces > worth)
    pieces = worth;
  if (pieces <= 1) {
    kernel(buffers, scalars, 0, count, scratch);
  } else {
    struct mlc_job job = {
        kernel, buffers, scalars, count, pieces, scratch, scratch_bytes, session->model->descriptor->sve_bits, 0};
    if (session->parallel_for)
      session->parallel_for(session->parallel_for_user, pieces, run_piece, &job);
    else
      mlc_pool_run(session->pool, &job);
    if (job.wrong_sve)
      mlc_fail(&session->failure, MLC_ERROR_UNSUPPORTED_CPU,
               "a thread's SVE vectors have not the %u bits that the model was compiled for", job.sve_bits);
  }
  if (session->profile) {
    struct mlc_kernel_record *record = &session->profile[kernel_index];
    record->calls += 1;
    record->nanoseconds += mlc_clock_ns() - start;
    record->operations += (uint64_t)operations;
    record->bytes += (uint64_t)bytes;
  }
}

/* "[2,3,4]", cut where it does not fit. */
static void print_dims(char *text, size_t size, int64_t rank, const int64_t *dims) {
  size_t length = 0;
  text[length++] = '[';
  for (int64_t i = 0; i < rank && length + 24 < size; ++i) {
    char digits[20];
    int count = 0;
    uint64_t value = (uint64_t)dims[i];
    if (i)
      text[length++] = ',';
    do
      digits[count++] = (char)('0' + value % 10);
    while (value /= 10);
    while (count)
      text[length++] = digits[--count];
  }
  text[length++] = ']';
  text[length] = '\0';
}

/* The session's own memory for an output, at least `bytes`. */
static void *owned_memory(struct mlc_result *result, uint64_t bytes) {
  if (!result->owned || result->owned_size < bytes) {
    free(result->owned);
    result->owned = NULL;
    result->owned_size = 0;
    if (posix_memalign(&result->owned, 64, bytes ? bytes : 1) != 0) {
      result->owned = NULL;
      return NULL;
    }
    result->owned_size = bytes ? bytes : 1;
  }
  return result->owned;
}

void *mlc_rt_output(struct mlc_session *session, int64_t index, int64_t rank, const int64_t *dims) {
  const struct mlc_tensor_info *info = &session->model->descriptor->outputs[index];
  struct mlc_failure *failure = &session->failure;
  struct mlc_result *result = &session->results[index];
  mlc_output *request = result->request;
  if (!result->dims || result->dims_capacity < rank) {
    free(result->dims);
    result->dims_capacity = rank;
    result->dims = malloc((size_t)(rank ? rank : 1) * sizeof *result->dims);
    if (!result->dims) {
      out_of_memory(session, "an output's dimensions", rank * 8);
      return NULL;
    }
  }
  memcpy(result->dims, dims, (size_t)rank * sizeof *dims);

  uint64_t bytes;
  if (!mlc_tensor_bytes(info->dtype, rank, dims, &bytes)) {
    mlc_fail(failure, MLC_ERROR_SHAPE, "output '%s': its dimensions come out negative or exceed the address space",
             info->name);
    return NULL;
  }
  request->rank = (uint32_t)rank;
  request->dims = result->dims;
  request->byte_size = bytes;
  void *memory;
  if (request->buffer) {
    if (request->capacity < bytes) {
      char shape[256];
      print_dims(shape, sizeof shape, rank, dims);
      mlc_fail(failure, MLC_ERROR_BUFFER_TOO_SMALL,
               "output '%s': the buffer holds %llu bytes, the result %s%s needs %llu", info->name,
               (unsigned long long)request->capacity, mlc_dtype_name(info->dtype), shape, (unsigned long long)bytes);
      return NULL;
    }
    memory = request->buffer;
  } else if (request->allocate) {
    memory = request->allocate(request->allocate_user, (uint32_t)index, bytes, 64);
    if (!memory) {
      mlc_fail(failure, MLC_ERROR_OUT_OF_MEMORY, "output '%s': the allocator returned NULL for %llu bytes", info->name,
               (unsigned long long)bytes);
      return NULL;
    }
  } else {
    memory = owned_memory(result, bytes);
    if (!memory) {
      out_of_memory(session, "an output", (int64_t)bytes);
      return NULL;
    }
  }
  request->data = memory;
  result->done = true;
  return memory;
}

int32_t mlc_rt_status(struct mlc_session *session) {
  return session->failure.code ? session->failure.code : MLC_ERROR_INTERNAL;
}

int32_t mlc_rt_fail_shape(struct mlc_session *session, const char *message, int64_t a, int64_t b) {
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wformat-nonliteral"
  return mlc_fail(&session->failure, MLC_ERROR_SHAPE, message, (long long)a, (long long)b);
#pragma clang diagnostic pop
}
