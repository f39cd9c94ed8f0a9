/* Runs a generated library once on the tensors of a file:
 *
 *   mlc-runner [--threads N] LIBRARY INPUTS OUTPUTS
 *
 * INPUTS and OUTPUTS are tensor containers (format: lib/Runtime/TensorContainer.h). Each input of the model
 * is looked up by its name. Exit codes: 0 done, 2 wrong command line, 4 anything else, with a sentence on
 * stderr. mlcompress carries this program compiled for aarch64 and starts it under an emulator. */
#include "mlcompress/model.h"

#include <dlfcn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct tensor {
  int32_t dtype;
  uint32_t rank;
  uint64_t name_bytes;
  uint64_t data_bytes;
  /* followed in the file by: */
  const int64_t *dims;
  const char *name;
  const char *data;
};

enum { HEADER_BYTES = 24 };

static void fail(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));
static void fail(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vfprintf(stderr, format, arguments);
  va_end(arguments);
  fputc('\n', stderr);
  exit(4);
}

static void *allocate(size_t bytes) {
  void *memory = malloc(bytes ? bytes : 1);
  if (!memory)
    fail("out of memory");
  return memory;
}

static char *read_file(const char *path, uint64_t *size) {
  FILE *file = fopen(path, "rb");
  if (!file)
    fail("cannot open '%s'", path);
  if (fseek(file, 0, SEEK_END) != 0)
    fail("cannot read '%s'", path);
  long length = ftell(file);
  rewind(file);
  if (length < 0)
    fail("cannot read '%s'", path);
  char *bytes = allocate((size_t)length);
  if (fread(bytes, 1, (size_t)length, file) != (size_t)length)
    fail("cannot read '%s'", path);
  fclose(file);
  *size = (uint64_t)length;
  return bytes;
}

static uint64_t padded(uint64_t size) { return (size + 7) / 8 * 8; }

/* The tensors of a container; their pointers lead into the file's bytes, which stay. */
static struct tensor *read_tensors(const char *path, uint64_t *count) {
  uint64_t size, at = 16;
  char *bytes = read_file(path, &size);
  if (size < 16 || memcmp(bytes, "MLCTENS1", 8) != 0)
    fail("'%s' is not a tensor container", path);
  memcpy(count, bytes + 8, 8);
  if (*count > size / HEADER_BYTES)
    fail("'%s' is cut short", path);
  struct tensor *tensors = allocate(*count * sizeof *tensors);
  for (uint64_t i = 0; i < *count; ++i) {
    struct tensor *tensor = &tensors[i];
    if (size - at < HEADER_BYTES)
      fail("'%s' is cut short", path);
    memcpy(tensor, bytes + at, HEADER_BYTES);
    at += HEADER_BYTES;
    if (tensor->rank > size / 8 || tensor->name_bytes > size || tensor->data_bytes > size ||
        8 * (uint64_t)tensor->rank + padded(tensor->name_bytes) + padded(tensor->data_bytes) > size - at)
      fail("'%s' is cut short", path);
    tensor->dims = (const int64_t *)(const void *)(bytes + at);
    tensor->name = bytes + at + 8 * (uint64_t)tensor->rank;
    tensor->data = tensor->name + padded(tensor->name_bytes);
    at += 8 * (uint64_t)tensor->rank + padded(tensor->name_bytes) + padded(tensor->data_bytes);
  }
  return tensors;
}

static void put(FILE *file, const void *data, uint64_t size) {
  if (size && fwrite(data, 1, size, file) != size)
    fail("cannot write the outputs");
}

static void put_padded(FILE *file, const void *data, uint64_t size) {
  static const char zeros[8];
  put(file, data, size);
  put(file, zeros, padded(size) - size);
}

static void write_outputs(const char *path, const mlc_api *api, const mlc_output *outputs, uint32_t count) {
  FILE *file = fopen(path, "wb");
  if (!file)
    fail("cannot write '%s'", path);
  uint64_t total = count;
  put(file, "MLCTENS1", 8);
  put(file, &total, 8);
  for (uint32_t i = 0; i < count; ++i) {
    mlc_tensor_desc desc = {sizeof desc, 0, NULL, 0, 0, NULL, NULL};
    if (api->get_output(i, &desc) != MLC_OK)
      fail("output %u has no description", i);
    uint64_t name_bytes = strlen(desc.name);
    put(file, &outputs[i].dtype, 4);
    put(file, &outputs[i].rank, 4);
    put(file, &name_bytes, 8);
    put(file, &outputs[i].byte_size, 8);
    put(file, outputs[i].dims, 8 * (uint64_t)outputs[i].rank);
    put_padded(file, desc.name, name_bytes);
    put_padded(file, outputs[i].data, outputs[i].byte_size);
  }
  if (fclose(file) != 0)
    fail("cannot write '%s'", path);
}

static const mlc_api *load(const char *path) {
  void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (!library)
    fail("cannot load the library: %s", dlerror());
  mlc_get_api_fn get_api;
  *(void **)&get_api = dlsym(library, MLC_GET_API_SYMBOL);
  const mlc_api *api = get_api ? get_api(MLC_ABI_VERSION) : NULL;
  if (!api)
    fail("'%s' is not a library of mlcompress, or one of another ABI version", path);
  return api;
}

int main(int argc, char **argv) {
  mlc_session_options options = {sizeof options, 1, NULL, NULL, 0, 0};
  int first = 1;
  if (argc > 2 && strcmp(argv[1], "--threads") == 0) {
    options.threads = (uint32_t)strtoul(argv[2], NULL, 10);
    first = 3;
  }
  if (argc - first != 3) {
    fprintf(stderr, "usage: mlc-runner [--threads N] LIBRARY INPUTS OUTPUTS\n");
    return 2;
  }
  const mlc_api *api = load(argv[first]);
  mlc_model_info info = {sizeof info, 0, 0, 0, NULL, NULL, NULL};
  api->get_info(&info);

  uint64_t given;
  struct tensor *tensors = read_tensors(argv[first + 1], &given);
  mlc_input *inputs = allocate(info.num_inputs * sizeof *inputs);
  for (uint32_t i = 0; i < info.num_inputs; ++i) {
    mlc_tensor_desc desc = {sizeof desc, 0, NULL, 0, 0, NULL, NULL};
    api->get_input(i, &desc);
    const struct tensor *found = NULL;
    for (uint64_t t = 0; t < given; ++t)
      if (tensors[t].name_bytes == strlen(desc.name) && memcmp(tensors[t].name, desc.name, strlen(desc.name)) == 0)
        found = &tensors[t];
    if (!found)
      fail("input '%s' is not among the given tensors", desc.name);
    mlc_input input = {sizeof input, found->dtype, found->data, found->data_bytes, found->rank, 0, found->dims};
    inputs[i] = input;
  }
  mlc_output *outputs = allocate(info.num_outputs * sizeof *outputs);
  memset(outputs, 0, info.num_outputs * sizeof *outputs);
  for (uint32_t i = 0; i < info.num_outputs; ++i)
    outputs[i].struct_size = sizeof *outputs;

  mlc_error error = {sizeof error, 0, ""};
  mlc_model *model;
  mlc_session *session;
  if (api->model_open(NULL, &model, &error) != MLC_OK ||
      api->session_open(model, &options, &session, &error) != MLC_OK ||
      api->session_run(session, inputs, info.num_inputs, outputs, info.num_outputs, &error) != MLC_OK)
    fail("%s", error.message);
  write_outputs(argv[first + 2], api, outputs, info.num_outputs);
  api->session_close(session);
  api->model_close(model);
  return 0;
}
