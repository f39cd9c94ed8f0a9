/* Element types, sizes, and the check of a caller's inputs against the model. */
#include "Runtime/embedded/runtime.h"

#include <string.h>

uint64_t mlc_dtype_bytes(mlc_dtype dtype) {
  switch (dtype) {
  case MLC_UINT8:
  case MLC_INT8:
  case MLC_BOOL:
  case MLC_FLOAT8E4M3FN:
  case MLC_FLOAT8E4M3FNUZ:
  case MLC_FLOAT8E5M2:
  case MLC_FLOAT8E5M2FNUZ:
  case MLC_UINT4:
  case MLC_INT4:
  case MLC_FLOAT4E2M1:
  case MLC_FLOAT8E8M0:
  case MLC_UINT2:
  case MLC_INT2:
    return 1;
  case MLC_UINT16:
  case MLC_INT16:
  case MLC_FLOAT16:
  case MLC_BFLOAT16:
    return 2;
  case MLC_FLOAT32:
  case MLC_INT32:
  case MLC_UINT32:
    return 4;
  case MLC_FLOAT64:
  case MLC_INT64:
  case MLC_UINT64:
    return 8;
  default:
    return 0;
  }
}

const char *mlc_dtype_name(mlc_dtype dtype) {
  switch (dtype) {
  case MLC_FLOAT32:
    return "float32";
  case MLC_UINT8:
    return "uint8";
  case MLC_INT8:
    return "int8";
  case MLC_UINT16:
    return "uint16";
  case MLC_INT16:
    return "int16";
  case MLC_INT32:
    return "int32";
  case MLC_INT64:
    return "int64";
  case MLC_BOOL:
    return "bool";
  case MLC_FLOAT16:
    return "float16";
  case MLC_FLOAT64:
    return "float64";
  case MLC_UINT32:
    return "uint32";
  case MLC_UINT64:
    return "uint64";
  case MLC_BFLOAT16:
    return "bfloat16";
  case MLC_FLOAT8E4M3FN:
    return "float8e4m3fn";
  case MLC_FLOAT8E4M3FNUZ:
    return "float8e4m3fnuz";
  case MLC_FLOAT8E5M2:
    return "float8e5m2";
  case MLC_FLOAT8E5M2FNUZ:
    return "float8e5m2fnuz";
  case MLC_UINT4:
    return "uint4";
  case MLC_INT4:
    return "int4";
  case MLC_FLOAT4E2M1:
    return "float4e2m1";
  case MLC_FLOAT8E8M0:
    return "float8e8m0";
  case MLC_UINT2:
    return "uint2";
  case MLC_INT2:
    return "int2";
  default:
    return "an unknown type";
  }
}

bool mlc_tensor_bytes(mlc_dtype dtype, int64_t rank, const int64_t *dims, uint64_t *bytes) {
  int64_t total = (int64_t)mlc_dtype_bytes(dtype);
  bool empty = false, overflow = false;
  for (int64_t i = 0; i < rank; ++i) {
    if (dims[i] < 0)
      return false;
    if (dims[i] == 0)
      empty = true;
    else if (__builtin_mul_overflow(total, dims[i], &total))
      overflow = true;
  }
  *bytes = empty ? 0 : (uint64_t)total;
  return empty || !overflow;
}

const void *mlc_element(const void *array, uint32_t index) {
  return (const char *)array + (size_t)index * *(const uint32_t *)array;
}

/* The dimension of an earlier input (or of this one) that has `symbol`: false where this is the first. */
static bool find_symbol(const struct mlc_model_descriptor *model, uint32_t input, int32_t dim, const char *symbol,
                        uint32_t *other_input, int32_t *other_dim) {
  for (uint32_t i = 0; i <= input; ++i) {
    const struct mlc_tensor_info *info = &model->inputs[i];
    int32_t end = i == input ? dim : info->rank;
    for (int32_t d = 0; d < end; ++d)
      if (info->dims[d] < 0 && info->symbols && info->symbols[d] && strcmp(info->symbols[d], symbol) == 0) {
        *other_input = i;
        *other_dim = d;
        return true;
      }
  }
  return false;
}

static mlc_status check_dims(const struct mlc_model_descriptor *model, const mlc_input *input, uint32_t index,
                             struct mlc_argument *arguments, struct mlc_failure *failure) {
  const struct mlc_tensor_info *info = &model->inputs[index];
  if ((int64_t)input->rank != info->rank)
    return mlc_fail(failure, MLC_ERROR_SHAPE, "input '%s': it has %u dimensions, the model needs %d", info->name,
                    input->rank, info->rank);
  if (info->rank > 0 && !input->dims)
    return mlc_fail(failure, MLC_ERROR_INVALID_ARGUMENT, "input '%s': dims is NULL", info->name);
  arguments[index].dims = input->dims;
  for (int32_t d = 0; d < info->rank; ++d) {
    int64_t given = input->dims[d];
    if (given < 0)
      return mlc_fail(failure, MLC_ERROR_SHAPE, "input '%s': dimension %d is %lld, it must not be negative", info->name,
                      d, (long long)given);
    if (info->dims[d] >= 0) {
      if (given != info->dims[d])
        return mlc_fail(failure, MLC_ERROR_SHAPE, "input '%s': dimension %d is %lld, the model needs %lld", info->name,
                        d, (long long)given, (long long)info->dims[d]);
      continue;
    }
    uint32_t other_input;
    int32_t other_dim;
    const char *symbol = info->symbols ? info->symbols[d] : NULL;
    if (symbol && find_symbol(model, index, d, symbol, &other_input, &other_dim)) {
      int64_t other = arguments[other_input].dims[other_dim];
      if (given != other)
        return mlc_fail(failure, MLC_ERROR_SHAPE,
                        "input '%s': dimension %d ('%s') is %lld, but dimension %d of input '%s', which must be "
                        "equal, is %lld",
                        info->name, d, symbol, (long long)given, other_dim, model->inputs[other_input].name,
                        (long long)other);
    }
  }
  return MLC_OK;
}

static mlc_status check_data(const struct mlc_tensor_info *info, const mlc_input *input, struct mlc_failure *failure) {
  if (input->dtype != info->dtype)
    return mlc_fail(failure, MLC_ERROR_TYPE, "input '%s': it is %s, the model takes %s", info->name,
                    mlc_dtype_name(input->dtype), mlc_dtype_name(info->dtype));
  uint64_t bytes;
  if (!mlc_tensor_bytes(info->dtype, info->rank, input->dims, &bytes))
    return mlc_fail(failure, MLC_ERROR_SHAPE, "input '%s': its dimensions exceed the address space", info->name);
  if (input->byte_size != bytes)
    return mlc_fail(failure, MLC_ERROR_INVALID_ARGUMENT,
                    "input '%s': byte_size is %llu, its dimensions and type make %llu", info->name,
                    (unsigned long long)input->byte_size, (unsigned long long)bytes);
  if (bytes > 0 && !input->data)
    return mlc_fail(failure, MLC_ERROR_INVALID_ARGUMENT, "input '%s': data is NULL", info->name);
  if ((uintptr_t)input->data % mlc_dtype_bytes(info->dtype) != 0)
    return mlc_fail(failure, MLC_ERROR_INVALID_ARGUMENT, "input '%s': data is not aligned to its element type, %s",
                    info->name, mlc_dtype_name(info->dtype));
  return MLC_OK;
}

mlc_status mlc_check_inputs(const struct mlc_model_descriptor *model, const mlc_input *inputs, uint32_t num_inputs,
                            bool with_data, struct mlc_argument *arguments, struct mlc_failure *failure) {
  if (num_inputs != model->num_inputs)
    return mlc_fail(failure, MLC_ERROR_INVALID_ARGUMENT, "%u inputs given, the model has %u", num_inputs,
                    model->num_inputs);
  if (num_inputs > 0 && (!inputs || inputs->struct_size < sizeof(mlc_input)))
    return mlc_fail(failure, MLC_ERROR_INVALID_ARGUMENT, "inputs is NULL, or its struct_size is not sizeof(mlc_input)");
  for (uint32_t i = 0; i < num_inputs; ++i) {
    const mlc_input *input = mlc_element(inputs, i);
    if (input->struct_size != inputs->struct_size)
      return mlc_fail(failure, MLC_ERROR_INVALID_ARGUMENT,
                      "input '%s': its struct_size is %u, that of the first input %u", model->inputs[i].name,
                      input->struct_size, inputs->struct_size);
    mlc_status status = check_dims(model, input, i, arguments, failure);
    if (status == MLC_OK && with_data)
      status = check_data(&model->inputs[i], input, failure);
    if (status != MLC_OK)
      return status;
    arguments[i].data = with_data ? (void *)(uintptr_t)input->data : NULL;
  }
  return MLC_OK;
}
