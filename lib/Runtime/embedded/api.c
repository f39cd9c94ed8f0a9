/* The one exported symbol and the table behind it. */
#include "Runtime/embedded/runtime.h"

#include <string.h>

/* Copies `size` bytes of `filled` to the caller's struct as far as that goes, and leaves its struct_size. */
static mlc_status give(void *target, void *filled, size_t size) {
  uint32_t room;
  if (!target)
    return MLC_ERROR_INVALID_ARGUMENT;
  memcpy(&room, target, sizeof room);
  if (room < size)
    return MLC_ERROR_INVALID_ARGUMENT;
  memcpy(filled, &room, sizeof room);
  memcpy(target, filled, size);
  return MLC_OK;
}

static mlc_status get_info(mlc_model_info *info) {
  const struct mlc_model_descriptor *model = &mlc_model_descriptor;
  mlc_model_info filled = {.num_inputs = model->num_inputs,
                           .num_outputs = model->num_outputs,
                           .num_kernels = model->num_kernels,
                           .name = model->name,
                           .target = model->target,
                           .tool_version = model->tool_version};
  return give(info, &filled, sizeof filled);
}

static mlc_status describe(const struct mlc_tensor_info *infos, uint32_t count, uint32_t index, mlc_tensor_desc *desc) {
  if (index >= count)
    return MLC_ERROR_INVALID_ARGUMENT;
  mlc_tensor_desc filled = {.dtype = infos[index].dtype,
                            .name = infos[index].name,
                            .rank = infos[index].rank,
                            .dims = infos[index].dims,
                            .symbols = infos[index].symbols};
  return give(desc, &filled, sizeof filled);
}

static mlc_status get_input(uint32_t index, mlc_tensor_desc *desc) {
  return describe(mlc_model_descriptor.inputs, mlc_model_descriptor.num_inputs, index, desc);
}

static mlc_status get_output(uint32_t index, mlc_tensor_desc *desc) {
  return describe(mlc_model_descriptor.outputs, mlc_model_descriptor.num_outputs, index, desc);
}

static const mlc_api api = {
    .struct_size = sizeof(mlc_api),
    .abi_version = MLC_ABI_VERSION,
    .get_info = get_info,
    .get_input = get_input,
    .get_output = get_output,
    .model_open = mlc_model_open,
    .model_close = mlc_model_close,
    .workspace_size = mlc_workspace_size,
    .session_open = mlc_session_open,
    .session_close = mlc_session_close,
    .session_run = mlc_session_run,
    .session_last_error = mlc_session_last_error,
    .session_profile = mlc_session_profile,
    .session_reset_profile = mlc_session_reset_profile,
    .status_name = mlc_status_name,
};

/* mlc_NAME_get_api is defined as another name of this one when the library is linked. */
__attribute__((visibility("default"))) const mlc_api *mlc_get_api(uint32_t abi_version) {
  return abi_version == MLC_ABI_VERSION ? &api : NULL;
}
