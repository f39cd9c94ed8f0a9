// The tiny model through the raw C ABI.
#pragma once

#include "TinyModel.h"
#include "mlcompress/model.h"

#include <dlfcn.h>

#include <vector>

namespace mlc::test {

/// The library, opened model, and inputs of `rows` rows: x[i] = i - 4, y[i] = 1.
struct OpenedModel {
  TestDirectory directory;
  void *library = nullptr;
  const mlc_api *api = nullptr;
  mlc_model *model = nullptr;
  mlc_error error{};

  OpenedModel() {
    library = dlopen(tinyLibrary(directory).c_str(), RTLD_NOW | RTLD_LOCAL);
    INFO((library ? "" : dlerror()));
    REQUIRE(library);
    api = reinterpret_cast<mlc_get_api_fn>(dlsym(library, MLC_GET_API_SYMBOL))(MLC_ABI_VERSION);
    REQUIRE(api);
    error.struct_size = sizeof error;
    REQUIRE(api->model_open(nullptr, &model, &error) == MLC_OK);
  }
  OpenedModel(const OpenedModel &) = delete;
  ~OpenedModel() {
    api->model_close(model);
    dlclose(library);
  }

  mlc_session *session(uint32_t threads) {
    mlc_session_options options{};
    options.struct_size = sizeof options;
    options.threads = threads;
    mlc_session *made = nullptr;
    REQUIRE(api->session_open(model, &options, &made, &error) == MLC_OK);
    return made;
  }
};

/// Arguments of one run, and what its result has to be.
struct TinyRun {
  int64_t rows;
  std::vector<float> x, y;
  int64_t xDims[2], yDims[2];
  mlc_input inputs[2]{};
  mlc_output outputs[2]{};

  explicit TinyRun(int64_t rows) : rows(rows), x(rows * 3), y(rows * 3, 1.0f), xDims{rows, 3}, yDims{rows, 3} {
    for (int64_t i = 0; i < rows * 3; ++i)
      x[i] = static_cast<float>(i - 4);
    inputs[0] = {sizeof(mlc_input), MLC_FLOAT32, x.data(), x.size() * 4, 2, 0, xDims};
    inputs[1] = {sizeof(mlc_input), MLC_FLOAT32, y.data(), y.size() * 4, 2, 0, yDims};
    outputs[0].struct_size = outputs[1].struct_size = sizeof(mlc_output);
  }
  TinyRun(const TinyRun &) = delete;

  mlc_status run(const mlc_api *api, mlc_session *session, mlc_error *error) {
    return api->session_run(session, inputs, 2, outputs, 2, error);
  }

  bool right() const {
    static const float weights[3] = {1.0f, 2.0f, 0.5f};
    if (outputs[0].rank != 2 || outputs[0].dims[0] != rows || outputs[0].dims[1] != 3 || outputs[1].rank != 1)
      return false;
    auto *sum = static_cast<const float *>(outputs[0].data);
    auto *found = static_cast<const int64_t *>(outputs[1].data);
    int64_t count = 0;
    for (int64_t i = 0; i < rows; ++i) {
      for (int64_t j = 0; j < 3; ++j)
        if (sum[i * 3 + j] != (x[i * 3 + j] + y[i * 3 + j]) * weights[j])
          return false;
      if (sum[i * 3] > 0 && (count >= outputs[1].dims[0] || found[count++] != i))
        return false;
    }
    return outputs[1].dims[0] == count && outputs[1].byte_size == static_cast<uint64_t>(count) * 8;
  }
};

} // namespace mlc::test
