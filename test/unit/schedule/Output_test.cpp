// Results whose size only a run tells, from a compiled graph, through the raw C ABI.
#include "CompiledText.h"
#include "mlcompress/model.h"

#include <catch2/catch.hpp>

#include <dlfcn.h>

using namespace mlc::test;

namespace {

// The positions of the elements that are not zero, and twice of them, which a kernel computes from the unbounded value.
const std::string kPositions = R"(
  func.func @main(%x: tensor<?xf32> {graph.name = "x"})
      -> (tensor<1x?xi64> {graph.name = "positions"}, tensor<1x?xi64> {graph.name = "twice"}) {
    %0 = graph.non_zero %x : (tensor<?xf32>) -> tensor<1x?xi64>
    %1 = graph.binary add %0, %0 : (tensor<1x?xi64>, tensor<1x?xi64>) -> tensor<1x?xi64>
    return %0, %1 : tensor<1x?xi64>, tensor<1x?xi64>
  })";

struct Opened {
  CompiledText text{kPositions};
  void *library = dlopen(text.path().c_str(), RTLD_NOW | RTLD_LOCAL);
  const mlc_api *api = nullptr;
  mlc_model *model = nullptr;
  mlc_session *session = nullptr;
  mlc_error error{};
  std::vector<float> x{0, 3, 0, -1, 5};
  int64_t dims[1] = {5};
  mlc_output outputs[2]{};

  Opened() {
    REQUIRE(library);
    api = reinterpret_cast<mlc_get_api_fn>(dlsym(library, MLC_GET_API_SYMBOL))(MLC_ABI_VERSION);
    REQUIRE(api);
    error.struct_size = sizeof error;
    REQUIRE(api->model_open(nullptr, &model, &error) == MLC_OK);
    REQUIRE(api->session_open(model, nullptr, &session, &error) == MLC_OK);
    outputs[0].struct_size = outputs[1].struct_size = sizeof(mlc_output);
  }
  ~Opened() {
    api->session_close(session);
    api->model_close(model);
    dlclose(library);
  }

  mlc_status run() {
    mlc_input input{sizeof(mlc_input), MLC_FLOAT32, x.data(), x.size() * 4, 1, 0, dims};
    dims[0] = static_cast<int64_t>(x.size());
    return api->session_run(session, &input, 1, outputs, 2, &error);
  }

  std::vector<int64_t> values(int output) {
    auto *data = static_cast<const int64_t *>(outputs[output].data);
    return {data, data + outputs[output].byte_size / 8};
  }
};

} // namespace

TEST_CASE("an unbounded output in the session's memory, of another size in each run") {
  Opened model;
  REQUIRE(model.run() == MLC_OK);
  CHECK(model.values(0) == std::vector<int64_t>{1, 3, 4});
  CHECK(model.values(1) == std::vector<int64_t>{2, 6, 8});
  model.x.assign(1000, 1.0f);
  REQUIRE(model.run() == MLC_OK);
  CHECK(model.values(0).size() == 1000);
  CHECK(model.values(1)[999] == 1998);
  model.x.assign(3, 0.0f);
  REQUIRE(model.run() == MLC_OK);
  CHECK(model.values(0).empty());
  CHECK(model.outputs[1].dims[1] == 0);
}

TEST_CASE("an unbounded output into a caller's buffer that is too small tells the shape that it needs") {
  Opened model;
  std::vector<int64_t> buffer(3, -7);
  model.outputs[0].buffer = buffer.data();
  model.outputs[0].capacity = 16;
  CHECK(model.run() == MLC_ERROR_BUFFER_TOO_SMALL);
  CHECK(std::string(model.error.message) ==
        "output 'positions': the buffer holds 16 bytes, the result int64[1,3] needs 24");
  CHECK(model.outputs[0].byte_size == 24);
  REQUIRE(model.outputs[0].rank == 2);
  CHECK(model.outputs[0].dims[0] == 1);
  CHECK(model.outputs[0].dims[1] == 3);
  CHECK(model.outputs[0].data == nullptr);
  CHECK(buffer == std::vector<int64_t>(3, -7));

  model.outputs[0].capacity = 24;
  REQUIRE(model.run() == MLC_OK);
  CHECK(buffer == std::vector<int64_t>{1, 3, 4});
  CHECK(model.values(1) == std::vector<int64_t>{2, 6, 8});
}

TEST_CASE("unbounded outputs through a caller's allocator, asked once for exactly what there is") {
  Opened model;
  struct Memory {
    std::vector<std::pair<uint32_t, uint64_t>> asked;
    std::vector<std::vector<int64_t>> blocks;
    bool refuse = false;
  } memory;
  for (mlc_output &output : model.outputs) {
    output.allocate_user = &memory;
    output.allocate = [](void *user, uint32_t index, uint64_t bytes, uint64_t) -> void * {
      auto *memory = static_cast<Memory *>(user);
      memory->asked.emplace_back(index, bytes);
      memory->blocks.emplace_back(bytes / 8 + 1);
      return memory->refuse ? nullptr : memory->blocks.back().data();
    };
  }
  REQUIRE(model.run() == MLC_OK);
  CHECK(model.values(0) == std::vector<int64_t>{1, 3, 4});
  CHECK(model.values(1) == std::vector<int64_t>{2, 6, 8});
  std::sort(memory.asked.begin(), memory.asked.end());
  CHECK(memory.asked == std::vector<std::pair<uint32_t, uint64_t>>{{0, 24}, {1, 24}});

  memory.refuse = true;
  CHECK(model.run() == MLC_ERROR_OUT_OF_MEMORY);
  CHECK(std::string(model.error.message).find("the allocator returned NULL for 24 bytes") != std::string::npos);
  memory.refuse = false;
  REQUIRE(model.run() == MLC_OK);
  CHECK(model.values(1) == std::vector<int64_t>{2, 6, 8});
}
