/* The C ABI of libraries that mlcompress generates. C99; also includes from C++.
 *
 * A generated library libNAME.so exports exactly two symbols, both of type mlc_get_api_fn:
 *   mlc_get_api        the same in every library, for dlopen/dlsym
 *   mlc_NAME_get_api   for programs that link with one or several generated libraries
 * Both return a table of functions. The use is open -> session -> run:
 *
 *   const mlc_api *api = mlc_get_api(MLC_ABI_VERSION);
 *   mlc_error error = {sizeof error};
 *   mlc_model *model;
 *   if (api->model_open(NULL, &model, &error) != MLC_OK) { puts(error.message); exit(1); }
 *   mlc_session *session;
 *   mlc_session_options options = {sizeof options};
 *   options.threads = 1;
 *   api->session_open(model, &options, &session, &error);
 *   int64_t dims[] = {1, 64};
 *   mlc_input in = {sizeof in, MLC_FLOAT32, data, sizeof data, 2, 0, dims};
 *   mlc_output out = {sizeof out};                       // the session owns the result
 *   if (api->session_run(session, &in, 1, &out, 1, &error) == MLC_OK)
 *     use((const float *)out.data, out.dims, out.rank);  // valid until the session's next run
 *   api->session_close(session);
 *   api->model_close(model);
 *
 * Rules that hold everywhere:
 *  - Every struct begins with `struct_size`, which the caller sets to sizeof(the struct) also where the
 *    library fills the rest in. Fields are only ever appended; a library reads and writes no field that lies
 *    beyond the caller's struct_size, and takes fields that are not there as zero. All elements of an array
 *    of structs have the same struct_size; it is the stride of the array.
 *  - Zero is the default of every option.
 *  - A function that returns mlc_status returns MLC_OK or an error code; the error then also holds one
 *    sentence for a human being. `error` may be NULL.
 *  - Data is dense, row-major and little-endian. Buffers are aligned at least to their element type. Inputs
 *    are not written. Outputs must not overlap inputs or each other.
 *  - All functions may be called from any thread. Different sessions of one model may run at the same time
 *    and share its weights; one session runs one inference at a time (a second one gets MLC_ERROR_BUSY).
 *  - fork: a child may use the models and sessions that it inherits: a session's threads are made anew in the
 *    child. A run that another thread of the parent had under way is forgotten there.
 *  - The library installs no handlers, runs no constructors and leaves no threads behind: once all sessions
 *    and models are closed, dlclose gives everything back.
 */
#ifndef MLCOMPRESS_MODEL_H
#define MLCOMPRESS_MODEL_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The version of this header. It changes only if a library could no longer serve an old caller. */
#define MLC_ABI_VERSION 1u

/* Status codes. New ones may be appended. */
typedef int32_t mlc_status;
enum {
  MLC_OK = 0,
  MLC_ERROR_INVALID_ARGUMENT = 1, /* NULL, a wrong count, a bad struct_size, a misaligned buffer */
  MLC_ERROR_UNSUPPORTED_CPU = 2,  /* the CPU or its operating system lacks what the kernels use */
  MLC_ERROR_TYPE = 3,             /* an input has another element type than the model takes */
  MLC_ERROR_SHAPE = 4,            /* an input's rank or dimensions contradict the model */
  MLC_ERROR_BUFFER_TOO_SMALL = 5, /* see mlc_output: dims and byte_size tell what is required */
  MLC_ERROR_OUT_OF_MEMORY = 6,    /* memory or threads ran out, or the caller's allocator returned NULL */
  MLC_ERROR_BUSY = 7,             /* the session is running an inference already */
  MLC_ERROR_VALUE = 8,            /* the values of an input are ones that the model cannot take */
  MLC_ERROR_INTERNAL = 9          /* a defect of the library */
};

/* Element types; the values of onnx.TensorProto.DataType. */
typedef int32_t mlc_dtype;
enum {
  MLC_UNDEFINED = 0,
  MLC_FLOAT32 = 1,
  MLC_UINT8 = 2,
  MLC_INT8 = 3,
  MLC_UINT16 = 4,
  MLC_INT16 = 5,
  MLC_INT32 = 6,
  MLC_INT64 = 7,
  MLC_BOOL = 9, /* one byte, 0 or 1 */
  MLC_FLOAT16 = 10,
  MLC_FLOAT64 = 11,
  MLC_UINT32 = 12,
  MLC_UINT64 = 13,
  MLC_BFLOAT16 = 16,
  /* One element a byte, integers sign- or zero-extended. */
  MLC_FLOAT8E4M3FN = 17,
  MLC_FLOAT8E4M3FNUZ = 18,
  MLC_FLOAT8E5M2 = 19,
  MLC_FLOAT8E5M2FNUZ = 20,
  MLC_UINT4 = 21,
  MLC_INT4 = 22,
  MLC_FLOAT4E2M1 = 23,
  MLC_FLOAT8E8M0 = 24,
  MLC_UINT2 = 25,
  MLC_INT2 = 26
};

typedef struct mlc_model mlc_model;     /* an opened model; shared by its sessions */
typedef struct mlc_session mlc_session; /* what one inference at a time needs: arena, threads, results */

/* Where a failing call puts its sentence. The message is cut to what struct_size leaves room for. */
typedef struct mlc_error {
  uint32_t struct_size;
  mlc_status code;
  char message[504]; /* UTF-8, ends with a zero byte */
} mlc_error;

/* What the library is. The strings live as long as the library is loaded. */
typedef struct mlc_model_info {
  uint32_t struct_size;
  uint32_t num_inputs;
  uint32_t num_outputs;
  uint32_t num_kernels;
  const char *name;         /* of the model */
  const char *target;       /* the CPU that the kernels were compiled for */
  const char *tool_version; /* the mlcompress that made it */
} mlc_model_info;

/* An input or output of the model. Pointers live as long as the library is loaded. */
typedef struct mlc_tensor_desc {
  uint32_t struct_size;
  mlc_dtype dtype;
  const char *name;
  int32_t rank; /* -1: known only from a run (outputs) */
  uint32_t reserved;
  const int64_t *dims; /* rank of them; -1: dynamic */
  /* rank of them: the symbol of a dynamic dimension, NULL where it has none. Dimensions of inputs that have
   * the same symbol must be equal in a run. */
  const char *const *symbols;
} mlc_tensor_desc;

typedef struct mlc_open_options {
  uint32_t struct_size;
  uint32_t reserved;
} mlc_open_options;

/* Runs body(context, i) for each i in [0, count), in any order and on any threads, and returns when all are
 * done. The library never calls it from inside a body. */
typedef void (*mlc_parallel_body)(void *context, int64_t index);
typedef void (*mlc_parallel_for)(void *user, int64_t count, mlc_parallel_body body, void *context);

typedef struct mlc_session_options {
  uint32_t struct_size;
  uint32_t threads; /* 0: as many as the CPUs that the calling thread may run on; 1: none of its own */
  /* Where given, it runs the pieces of each kernel (at most `threads` of them at a time) and the session
   * makes no threads. */
  mlc_parallel_for parallel_for;
  void *parallel_for_user;
  uint32_t profile; /* 1: measure each kernel, see session_profile */
  uint32_t reserved;
} mlc_session_options;

typedef struct mlc_input {
  uint32_t struct_size;
  mlc_dtype dtype;
  const void *data;   /* may be NULL where the tensor has no elements */
  uint64_t byte_size; /* of the data; must be what dims and dtype say */
  uint32_t rank;
  uint32_t reserved;
  const int64_t *dims; /* rank of them; may be NULL for a scalar (rank 0) */
} mlc_input;

/* Returns `bytes` of memory aligned to `alignment` (a power of two, at most 64) for output `index`; NULL:
 * none. Called at most once for each output of a run, on the thread that runs. `bytes` may be 0; the result
 * must be other than NULL then too. */
typedef void *(*mlc_allocate)(void *user, uint32_t index, uint64_t bytes, uint64_t alignment);

/* Where an output goes:
 *  - buffer set: into that buffer of `capacity` bytes; if it is too small the run fails with
 *    MLC_ERROR_BUFFER_TOO_SMALL and dims, rank and byte_size tell what is required;
 *  - else allocate set: into memory from that callback, which is the caller's from then on, also where the
 *    run fails after that;
 *  - else: into memory of the session, valid until its next run or its close.
 * The library reads the first group of fields and sets the second; data is NULL where a run failed before it
 * came to this output. */
typedef struct mlc_output {
  uint32_t struct_size;
  uint32_t reserved;
  void *buffer;
  uint64_t capacity; /* bytes at buffer */
  mlc_allocate allocate;
  void *allocate_user;
  /* results */
  void *data;
  mlc_dtype dtype;
  uint32_t rank;
  const int64_t *dims; /* rank of them, in memory of the session, valid until its next run or its close */
  uint64_t byte_size;
} mlc_output;

/* Time spent in one kernel since the session was opened or its profile was reset. */
typedef struct mlc_kernel_profile {
  uint32_t struct_size;
  uint32_t reserved;
  const char *name;
  uint64_t calls;
  uint64_t nanoseconds; /* wall time of the launches, all threads together once */
  uint64_t operations;  /* arithmetic operations; a multiply-add counts as two */
  uint64_t bytes;       /* read and written, each element once */
} mlc_kernel_profile;

/* The functions. None may be called with a NULL model or session, except the two closes. */
typedef struct mlc_api {
  uint32_t struct_size;
  uint32_t abi_version;

  /* Descriptions: need no opened model and work on every CPU. MLC_ERROR_INVALID_ARGUMENT for an index out of
   * range or a NULL or too small struct. */
  mlc_status (*get_info)(mlc_model_info *info);
  mlc_status (*get_input)(uint32_t index, mlc_tensor_desc *desc);
  mlc_status (*get_output)(uint32_t index, mlc_tensor_desc *desc);

  /* Checks that this CPU and operating system have what the kernels use; runs none of them if not.
   * `options` may be NULL. */
  mlc_status (*model_open)(const mlc_open_options *options, mlc_model **model, mlc_error *error);
  /* Sessions keep their model: memory is given back when the last of them is closed too. */
  void (*model_close)(mlc_model *model);

  /* Bytes of arena that a session with `threads` threads (0 as in the options) needs for a run on inputs of
   * these dimensions; data, byte_size and dtype of the inputs are not looked at. *exact (may be NULL) is 0
   * where values whose size depends on the data come on top. Results owned by the session are not counted. */
  mlc_status (*workspace_size)(mlc_model *model, const mlc_input *inputs, uint32_t num_inputs, uint32_t threads,
                               uint64_t *bytes, int32_t *exact, mlc_error *error);

  /* `options` may be NULL. */
  mlc_status (*session_open)(mlc_model *model, const mlc_session_options *options, mlc_session **session,
                             mlc_error *error);
  /* Joins the session's threads. Must not be called while the session runs. */
  void (*session_close)(mlc_session *session);

  /* One inference. Inputs and outputs are in the model's order and complete. */
  mlc_status (*session_run)(mlc_session *session, const mlc_input *inputs, uint32_t num_inputs, mlc_output *outputs,
                            uint32_t num_outputs, mlc_error *error);

  /* The sentence of the session's last failed run, "" where none failed; valid until its next run. */
  const char *(*session_last_error)(const mlc_session *session);

  /* Profile of kernel `index` (of mlc_model_info.num_kernels). MLC_ERROR_INVALID_ARGUMENT where the session
   * was opened without `profile`. Not while the session runs. */
  mlc_status (*session_profile)(const mlc_session *session, uint32_t index, mlc_kernel_profile *profile);
  void (*session_reset_profile)(mlc_session *session);

  /* The name of a status code, for example "MLC_ERROR_SHAPE". */
  const char *(*status_name)(mlc_status status);
} mlc_api;

/* NULL if the library cannot serve callers of this abi_version. */
typedef const mlc_api *(*mlc_get_api_fn)(uint32_t abi_version);

/* The name that dlsym is given. */
#define MLC_GET_API_SYMBOL "mlc_get_api"

#ifdef __cplusplus
}
#endif
#endif
