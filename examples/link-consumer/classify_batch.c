/* Linked with libdigits.so: the same digit upright, mirrored and erased, as one batch, into memory of its
 * own. */
#include "../digit.h"

#include <digits.h>
#include <stdio.h>
#include <string.h>

enum { BATCH = 3, CLASSES = 10 };

int main(void) {
  const mlc_api *api = mlc_digits_get_api(MLC_ABI_VERSION);
  mlc_error error = {sizeof error, MLC_OK, ""};
  mlc_model *model = NULL;
  mlc_session *session = NULL;
  static float pixels[BATCH][64], scores[BATCH][CLASSES];
  int64_t dims[4] = {BATCH, 1, 8, 8};
  mlc_input in = {sizeof in, MLC_FLOAT32, pixels, sizeof pixels, 4, 0, dims};
  mlc_output out;
  int image, i, result = 1;
  for (i = 0; i < 64; ++i) {
    pixels[0][i] = handwritten_seven[i] / 16;
    pixels[1][i] = handwritten_seven[i - i % 8 + 7 - i % 8] / 16;
  }
  memset(&out, 0, sizeof out);
  out.struct_size = sizeof out;
  out.buffer = scores;
  out.capacity = sizeof scores;
  if (api == NULL) {
    fputs("libdigits.so does not know this version of the ABI\n", stderr);
    return 1;
  }
  if (api->model_open(NULL, &model, &error) == MLC_OK && api->session_open(model, NULL, &session, &error) == MLC_OK &&
      api->session_run(session, &in, MLC_digits_NUM_INPUTS, &out, MLC_digits_NUM_OUTPUTS, &error) == MLC_OK) {
    for (image = 0; image < BATCH; ++image) {
      int best = 0;
      for (i = 1; i < CLASSES; ++i)
        if (scores[image][i] > scores[image][best])
          best = i;
      printf("image %d: %d with %.2f %%\n", image, best, 100 * scores[image][best]);
    }
    result = 0;
  } else {
    fprintf(stderr, "%s: %s\n", api->status_name(error.code), error.message);
  }
  api->session_close(session); /* may be NULL */
  api->model_close(model);
  return result;
}
