/* Loads a generated library with dlopen and lets it read a handwritten digit.
 * Usage: c-consumer LIBRARY.so, for example a libdigits.so of examples/digits. */
#include "../digit.h"

#include <dlfcn.h>
#include <mlcompress/model.h>
#include <stdio.h>
#include <string.h>

static int fail(const char *what, const char *why) {
  fprintf(stderr, "%s: %s\n", what, why);
  return 1;
}

/* The model must take one float32 image of 8 x 8 pixels with a dynamic batch, and give one float32 result. */
static int check_signature(const mlc_api *api) {
  mlc_model_info info = {sizeof info, 0, 0, 0, NULL, NULL, NULL};
  mlc_tensor_desc in = {sizeof in, 0, NULL, 0, 0, NULL, NULL}, out = in;
  mlc_status status = api->get_info(&info);
  if (status != MLC_OK)
    return fail("get_info", api->status_name(status));
  printf("%s for %s, compiled by mlcompress %s\n", info.name, info.target, info.tool_version);
  if (info.num_inputs != 1 || info.num_outputs != 1)
    return fail(info.name, "this model is not the digits model: it has several inputs or outputs");
  if ((status = api->get_input(0, &in)) != MLC_OK || (status = api->get_output(0, &out)) != MLC_OK)
    return fail("signature", api->status_name(status));
  if (in.dtype != MLC_FLOAT32 || in.rank != 4 || in.dims[2] != 8 || in.dims[3] != 8 || out.dtype != MLC_FLOAT32)
    return fail(in.name, "the model's input is not a float32 image of 8 x 8 pixels");
  return 0;
}

static int classify(const mlc_api *api, mlc_session *session) {
  mlc_error error = {sizeof error, MLC_OK, ""};
  float pixels[64], best = -1;
  int64_t dims[4] = {1, 1, 8, 8};
  mlc_input in = {sizeof in, MLC_FLOAT32, pixels, sizeof pixels, 4, 0, dims};
  mlc_output out;
  int digit = 0, i;
  for (i = 0; i < 64; ++i)
    pixels[i] = handwritten_seven[i] / 16;
  memset(&out, 0, sizeof out); /* neither a buffer nor an allocator: the session keeps the result */
  out.struct_size = sizeof out;
  if (api->session_run(session, &in, 1, &out, 1, &error) != MLC_OK)
    return fail("run", error.message);
  if (out.byte_size != 10 * sizeof(float))
    return fail("run", "the result is not ten scores");
  for (i = 0; i < 10; ++i) {
    float score = ((const float *)out.data)[i];
    printf("%d: %6.2f %%\n", i, 100 * score);
    if (score > best) {
      best = score;
      digit = i;
    }
  }
  printf("This is a %d.\n", digit);

  /* What goes wrong comes back as a code and a sentence. */
  dims[3] = 9;
  if (api->session_run(session, &in, 1, &out, 1, &error) != MLC_ERROR_SHAPE)
    return fail("run", "an image of 8 x 9 pixels was not refused");
  printf("%s: %s\n", api->status_name(error.code), error.message);
  return 0;
}

static int open_and_classify(const mlc_api *api) {
  mlc_error error = {sizeof error, MLC_OK, ""};
  mlc_session_options options = {sizeof options, 1, NULL, NULL, 0, 0};
  mlc_model *model = NULL;
  mlc_session *session = NULL;
  int result;
  if (check_signature(api) != 0)
    return 1;
  if (api->model_open(NULL, &model, &error) != MLC_OK)
    return fail("open", error.message);
  if (api->session_open(model, &options, &session, &error) != MLC_OK) {
    api->model_close(model);
    return fail("session", error.message);
  }
  result = classify(api, session);
  api->session_close(session);
  api->model_close(model);
  return result;
}

int main(int argc, char **argv) {
  void *library, *symbol;
  mlc_get_api_fn get_api;
  const mlc_api *api;
  int result = 1;
  if (argc != 2)
    return fail("usage", "c-consumer LIBRARY.so");
  library = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
  if (library == NULL)
    return fail("dlopen", dlerror());
  symbol = dlsym(library, MLC_GET_API_SYMBOL);
  memcpy(&get_api, &symbol, sizeof get_api); /* ISO C has no conversion between the two kinds of pointer */
  if (symbol == NULL)
    fail(argv[1], "not a library that mlcompress generated");
  else if ((api = get_api(MLC_ABI_VERSION)) == NULL)
    fail(argv[1], "the library does not know this version of the ABI");
  else
    result = open_and_classify(api);
  if (dlclose(library) != 0)
    return fail("dlclose", dlerror());
  return result;
}
