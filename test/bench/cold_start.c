/* Loads a generated library in a fresh process and runs it once, with inputs of int64 or float32 that are all 1.
 * Usage: cold_start LIBRARY.so SIZE… (the sizes of the dynamic dimensions in the order of the inputs)
 * Prints: milliseconds from before dlopen to after the first inference, of a second one, bytes of resident memory that
 * came with them, bytes of the arena. */
#include <dlfcn.h>
#include <mlcompress/model.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static double now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e3 + t.tv_nsec * 1e-6;
}

static long long resident(void) {
  long long pages = 0;
  FILE *file = fopen("/proc/self/statm", "r");
  if (!file || fscanf(file, "%*s %lld", &pages) != 1)
    exit(1);
  fclose(file);
  return pages * sysconf(_SC_PAGESIZE);
}

static void check(mlc_status status, const mlc_error *error) {
  if (status != MLC_OK) {
    fprintf(stderr, "cold_start: %s\n", error->message);
    exit(1);
  }
}

int main(int argc, char **argv) {
  enum { MOST = 8 };
  mlc_error error = {sizeof error, MLC_OK, ""};
  mlc_model_info info = {sizeof info, 0, 0, 0, NULL, NULL, NULL};
  mlc_session_options options = {sizeof options, 1, NULL, NULL, 0, 0};
  mlc_input inputs[MOST];
  mlc_output outputs[MOST];
  int64_t dims[MOST][8];
  mlc_model *model;
  mlc_session *session;
  int next = 2;
  long long before = resident();
  double start = now_ms(), first, second;
  if (argc < 2)
    return 2;
  void *library = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
  if (!library) {
    fprintf(stderr, "cold_start: %s\n", dlerror());
    return 1;
  }
  mlc_get_api_fn get_api;
  void *symbol = dlsym(library, MLC_GET_API_SYMBOL);
  memcpy(&get_api, &symbol, sizeof get_api);
  const mlc_api *api = get_api(MLC_ABI_VERSION);
  api->get_info(&info);
  if (info.num_inputs > MOST || info.num_outputs > MOST)
    return 2;
  for (uint32_t i = 0; i < info.num_inputs; ++i) {
    mlc_tensor_desc desc = {sizeof desc, 0, NULL, 0, 0, NULL, NULL};
    size_t count = 1;
    api->get_input(i, &desc);
    for (int d = 0; d < desc.rank; ++d) {
      dims[i][d] = desc.dims[d] >= 0 ? desc.dims[d] : next < argc ? atoll(argv[next++]) : 1;
      count *= (size_t)dims[i][d];
    }
    size_t size = desc.dtype == MLC_INT64 ? 8 : 4;
    void *data = malloc(count * size);
    for (size_t k = 0; k < count; ++k)
      if (size == 8)
        ((int64_t *)data)[k] = 1;
      else
        ((float *)data)[k] = 1;
    inputs[i] = (mlc_input){sizeof(mlc_input), desc.dtype, data, count * size, (uint32_t)desc.rank, 0, dims[i]};
  }
  memset(outputs, 0, sizeof outputs);
  for (int i = 0; i < MOST; ++i)
    outputs[i].struct_size = sizeof(mlc_output);
  check(api->model_open(NULL, &model, &error), &error);
  check(api->session_open(model, &options, &session, &error), &error);
  check(api->session_run(session, inputs, info.num_inputs, outputs, info.num_outputs, &error), &error);
  first = now_ms();
  check(api->session_run(session, inputs, info.num_inputs, outputs, info.num_outputs, &error), &error);
  second = now_ms();
  uint64_t arena = 0;
  int32_t exact = 0;
  check(api->workspace_size(model, inputs, info.num_inputs, 1, &arena, &exact, &error), &error);
  printf("%.3f %.3f %lld %llu\n", first - start, second - first, resident() - before, (unsigned long long)arena);
  return 0;
}
