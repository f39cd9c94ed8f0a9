/* Models and sessions: their lifecycle and one inference. */
#include "Runtime/embedded/runtime.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_THREADS = 1024 };

/* ---- models ---- */

mlc_status mlc_model_open(const mlc_open_options *options, mlc_model **model, mlc_error *error) {
  struct mlc_failure failure = {0};
  if (!model) {
    mlc_fail(&failure, MLC_ERROR_INVALID_ARGUMENT, "model_open: model is NULL");
    return mlc_report(&failure, error);
  }
  *model = NULL;
  if (options && options->struct_size < sizeof(uint32_t)) {
    mlc_fail(&failure, MLC_ERROR_INVALID_ARGUMENT, "model_open: struct_size of the options is not set");
    return mlc_report(&failure, error);
  }
  if (mlc_check_cpu(&mlc_model_descriptor, &failure) != MLC_OK)
    return mlc_report(&failure, error);
  struct mlc_model *opened = calloc(1, sizeof *opened);
  if (!opened) {
    mlc_fail(&failure, MLC_ERROR_OUT_OF_MEMORY, "model_open: out of memory");
    return mlc_report(&failure, error);
  }
  opened->descriptor = &mlc_model_descriptor;
  opened->references = 1;
  *model = opened;
  return MLC_OK;
}

void mlc_model_close(mlc_model *model) {
  if (model && __atomic_sub_fetch(&model->references, 1, __ATOMIC_ACQ_REL) == 0)
    free(model);
}

static uint32_t resolve_threads(uint32_t threads) {
  uint32_t count = threads ? threads : mlc_usable_cpus();
  return count < MAX_THREADS ? count : MAX_THREADS;
}

mlc_status mlc_workspace_size(mlc_model *model, const mlc_input *inputs, uint32_t num_inputs, uint32_t threads,
                              uint64_t *bytes, int32_t *exact, mlc_error *error) {
  struct mlc_failure failure = {0};
  if (!model || !bytes) {
    mlc_fail(&failure, MLC_ERROR_INVALID_ARGUMENT, "workspace_size: model or bytes is NULL");
    return mlc_report(&failure, error);
  }
  const struct mlc_model_descriptor *descriptor = model->descriptor;
  struct mlc_argument *arguments = calloc((size_t)descriptor->num_inputs + 1, sizeof *arguments);
  if (!arguments) {
    mlc_fail(&failure, MLC_ERROR_OUT_OF_MEMORY, "workspace_size: out of memory");
    return mlc_report(&failure, error);
  }
  if (mlc_check_inputs(descriptor, inputs, num_inputs, false, arguments, &failure) == MLC_OK) {
    int64_t size = 0;
    int32_t is_exact = 1;
    int32_t status = descriptor->workspace(arguments, resolve_threads(threads), &size, &is_exact);
    if (status != MLC_OK) {
      mlc_fail(&failure, status, "workspace_size: these input dimensions contradict each other in model '%s'",
               descriptor->name);
    } else {
      *bytes = (uint64_t)size;
      if (exact)
        *exact = is_exact;
    }
  }
  free(arguments);
  return failure.code ? mlc_report(&failure, error) : MLC_OK;
}

/* ---- sessions ---- */

/* Makes the session's threads; where the system gives none, the session has to do with the calling one. */
static bool start_threads(struct mlc_session *session) {
  session->pid = getpid();
  if (session->threads > 1 && !session->parallel_for) {
    session->pool = mlc_pool_open(session->threads - 1);
    return session->pool != NULL;
  }
  return true;
}

static mlc_status open_session(mlc_model *model, const mlc_session_options *given, struct mlc_session **result,
                               struct mlc_failure *failure) {
  mlc_session_options options = {0};
  if (!model || !result)
    return mlc_fail(failure, MLC_ERROR_INVALID_ARGUMENT, "session_open: model or session is NULL");
  *result = NULL;
  if (given) {
    if (given->struct_size < sizeof(uint32_t))
      return mlc_fail(failure, MLC_ERROR_INVALID_ARGUMENT, "session_open: struct_size of the options is not set");
    memcpy(&options, given, given->struct_size < sizeof options ? given->struct_size : sizeof options);
  }
  const struct mlc_model_descriptor *descriptor = model->descriptor;
  struct mlc_session *session = calloc(1, sizeof *session);
  if (!session)
    return mlc_fail(failure, MLC_ERROR_OUT_OF_MEMORY, "session_open: out of memory");
  __atomic_add_fetch(&model->references, 1, __ATOMIC_RELAXED);
  session->model = model;
  session->threads = resolve_threads(options.threads);
  session->parallel_for = options.parallel_for;
  session->parallel_for_user = options.parallel_for_user;
  session->pid = getpid();
  session->arguments = calloc((size_t)descriptor->num_inputs + 1, sizeof *session->arguments);
  session->results = calloc((size_t)descriptor->num_outputs + 1, sizeof *session->results);
  if (options.profile)
    session->profile = calloc((size_t)descriptor->num_kernels + 1, sizeof *session->profile);
  if (!session->arguments || !session->results || (options.profile && !session->profile)) {
    mlc_session_close(session);
    return mlc_fail(failure, MLC_ERROR_OUT_OF_MEMORY, "session_open: out of memory");
  }
  uint32_t threads = session->threads;
  if (!start_threads(session)) {
    mlc_session_close(session);
    return mlc_fail(failure, MLC_ERROR_OUT_OF_MEMORY, "session_open: the system does not give %u threads", threads);
  }
  *result = session;
  return MLC_OK;
}

mlc_status mlc_session_open(mlc_model *model, const mlc_session_options *options, mlc_session **session,
                            mlc_error *error) {
  struct mlc_failure failure = {0};
  return open_session(model, options, session, &failure) == MLC_OK ? MLC_OK : mlc_report(&failure, error);
}

void mlc_session_close(mlc_session *session) {
  if (!session)
    return;
  if (session->pool) {
    if (session->pid == getpid())
      mlc_pool_close(session->pool);
    else
      mlc_pool_abandon(session->pool);
  }
  if (session->results)
    for (uint32_t i = 0; i < session->model->descriptor->num_outputs; ++i) {
      free(session->results[i].owned);
      free(session->results[i].dims);
    }
  mlc_arena_close(&session->arena);
  free(session->results);
  free(session->arguments);
  free(session->profile);
  mlc_model_close(session->model);
  free(session);
}

/* A child after fork has this session but not its threads, nor the thread that may have been running it. */
static void survive_fork(struct mlc_session *session) {
  if (session->pid == getpid())
    return;
  if (session->pool)
    mlc_pool_abandon(session->pool);
  session->pool = NULL;
  __atomic_store_n(&session->busy, 0, __ATOMIC_RELAXED);
  if (!start_threads(session))
    session->threads = 1;
}

static mlc_status check_outputs(struct mlc_session *session, mlc_output *outputs, uint32_t num_outputs) {
  const struct mlc_model_descriptor *descriptor = session->model->descriptor;
  if (num_outputs != descriptor->num_outputs)
    return mlc_fail(&session->failure, MLC_ERROR_INVALID_ARGUMENT, "%u outputs given, the model has %u", num_outputs,
                    descriptor->num_outputs);
  if (num_outputs > 0 && (!outputs || outputs->struct_size < sizeof(mlc_output)))
    return mlc_fail(&session->failure, MLC_ERROR_INVALID_ARGUMENT,
                    "outputs is NULL, or its struct_size is not sizeof(mlc_output)");
  for (uint32_t i = 0; i < num_outputs; ++i) {
    mlc_output *output = (mlc_output *)(uintptr_t)mlc_element(outputs, i);
    if (output->struct_size != outputs->struct_size)
      return mlc_fail(&session->failure, MLC_ERROR_INVALID_ARGUMENT,
                      "output '%s': its struct_size is %u, that of the first output %u", descriptor->outputs[i].name,
                      output->struct_size, outputs->struct_size);
    if (output->buffer && (uintptr_t)output->buffer % mlc_dtype_bytes(descriptor->outputs[i].dtype) != 0)
      return mlc_fail(&session->failure, MLC_ERROR_INVALID_ARGUMENT,
                      "output '%s': buffer is not aligned to its element type, %s", descriptor->outputs[i].name,
                      mlc_dtype_name(descriptor->outputs[i].dtype));
    output->data = NULL;
    output->dtype = descriptor->outputs[i].dtype;
    output->rank = 0;
    output->dims = NULL;
    output->byte_size = 0;
    session->results[i].request = output;
    session->results[i].done = false;
  }
  return MLC_OK;
}

static mlc_status run(struct mlc_session *session, const mlc_input *inputs, uint32_t num_inputs, mlc_output *outputs,
                      uint32_t num_outputs) {
  const struct mlc_model_descriptor *descriptor = session->model->descriptor;
  struct mlc_failure *failure = &session->failure;
  if (check_outputs(session, outputs, num_outputs) != MLC_OK ||
      mlc_check_inputs(descriptor, inputs, num_inputs, true, session->arguments, failure) != MLC_OK)
    return failure->code;
  if (descriptor->sve_bits && mlc_cpu_sve_bits() != descriptor->sve_bits)
    return mlc_fail(failure, MLC_ERROR_UNSUPPORTED_CPU,
                    "this thread's SVE vectors have %u bits, the model was compiled for %u", mlc_cpu_sve_bits(),
                    descriptor->sve_bits);
  uint64_t former = mlc_cpu_enter_float();
  int32_t status = descriptor->run(session, session->arguments);
  mlc_cpu_leave_float(former);
  mlc_arena_drop_segments(&session->arena);
  if (failure->code != MLC_OK)
    return failure->code;
  if (status != MLC_OK)
    return mlc_fail(failure, status, "model '%s' failed without giving a reason", descriptor->name);
  for (uint32_t i = 0; i < num_outputs; ++i)
    if (!session->results[i].done)
      return mlc_fail(failure, MLC_ERROR_INTERNAL, "output '%s' was not computed", descriptor->outputs[i].name);
  return MLC_OK;
}

mlc_status mlc_session_run(mlc_session *session, const mlc_input *inputs, uint32_t num_inputs, mlc_output *outputs,
                           uint32_t num_outputs, mlc_error *error) {
  struct mlc_failure failure = {0};
  if (!session) {
    mlc_fail(&failure, MLC_ERROR_INVALID_ARGUMENT, "session_run: session is NULL");
    return mlc_report(&failure, error);
  }
  survive_fork(session);
  if (__atomic_exchange_n(&session->busy, 1, __ATOMIC_ACQUIRE)) {
    /* The session belongs to the other run: its own error is left alone. */
    mlc_fail(&failure, MLC_ERROR_BUSY,
             "this session is running an inference already; open one session for each concurrent run");
    return mlc_report(&failure, error);
  }
  session->failure.code = MLC_OK;
  session->failure.message[0] = '\0';
  mlc_status status = run(session, inputs, num_inputs, outputs, num_outputs);
  for (uint32_t i = 0; i < session->model->descriptor->num_outputs; ++i)
    session->results[i].request = NULL;
  if (status != MLC_OK)
    mlc_report(&session->failure, error);
  __atomic_store_n(&session->busy, 0, __ATOMIC_RELEASE);
  return status;
}

const char *mlc_session_last_error(const mlc_session *session) { return session->failure.message; }

mlc_status mlc_session_profile(const mlc_session *session, uint32_t index, mlc_kernel_profile *profile) {
  if (!session || !session->profile || index >= session->model->descriptor->num_kernels || !profile ||
      profile->struct_size < offsetof(mlc_kernel_profile, operations))
    return MLC_ERROR_INVALID_ARGUMENT;
  profile->name = session->model->descriptor->kernel_names[index];
  const struct mlc_kernel_record *record = &session->profile[index];
  profile->calls = record->calls;
  profile->nanoseconds = record->nanoseconds;
  if (profile->struct_size >= sizeof(mlc_kernel_profile)) { /* a caller of before has no room for them */
    profile->operations = record->operations;
    profile->bytes = record->bytes;
  }
  return MLC_OK;
}

void mlc_session_reset_profile(mlc_session *session) {
  if (session->profile)
    memset(session->profile, 0, session->model->descriptor->num_kernels * sizeof *session->profile);
}
