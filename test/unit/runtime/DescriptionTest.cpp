// What a library tells of itself.
#include "OpenedModel.h"

using namespace mlc::test;

TEST_CASE("inputs, outputs and the model are described") {
  OpenedModel tiny;
  mlc_model_info info{};
  info.struct_size = sizeof info;
  REQUIRE(tiny.api->get_info(&info) == MLC_OK);
  CHECK(info.struct_size == sizeof info);
  CHECK(std::string(info.name) == "tiny model");
  CHECK(std::string(info.target) == "a test");
  CHECK(info.num_inputs == 2);
  CHECK(info.num_outputs == 2);
  CHECK(info.num_kernels == 1);

  mlc_tensor_desc desc{};
  desc.struct_size = sizeof desc;
  REQUIRE(tiny.api->get_input(1, &desc) == MLC_OK);
  CHECK(std::string(desc.name) == "y");
  CHECK(desc.dtype == MLC_FLOAT32);
  REQUIRE(desc.rank == 2);
  CHECK(desc.dims[0] == -1);
  CHECK(desc.dims[1] == 3);
  CHECK(std::string(desc.symbols[0]) == "N");
  CHECK(desc.symbols[1] == nullptr);
  REQUIRE(tiny.api->get_output(1, &desc) == MLC_OK);
  CHECK(std::string(desc.name) == "rows");
  CHECK(desc.symbols == nullptr);

  CHECK(tiny.api->get_input(2, &desc) == MLC_ERROR_INVALID_ARGUMENT);
  CHECK(tiny.api->get_info(nullptr) == MLC_ERROR_INVALID_ARGUMENT);
  desc.struct_size = 8;
  CHECK(tiny.api->get_input(0, &desc) == MLC_ERROR_INVALID_ARGUMENT);
}

TEST_CASE("the ABI version and status names") {
  OpenedModel tiny;
  auto getApi = reinterpret_cast<mlc_get_api_fn>(dlsym(tiny.library, MLC_GET_API_SYMBOL));
  CHECK(getApi(MLC_ABI_VERSION + 1) == nullptr);
  CHECK(tiny.api->abi_version == MLC_ABI_VERSION);
  CHECK(tiny.api->struct_size == sizeof(mlc_api));
  auto alias = reinterpret_cast<mlc_get_api_fn>(dlsym(tiny.library, "mlc_tiny_model_get_api"));
  REQUIRE(alias);
  CHECK(alias(MLC_ABI_VERSION) == tiny.api);
  CHECK(std::string(tiny.api->status_name(MLC_ERROR_BUFFER_TOO_SMALL)) == "MLC_ERROR_BUFFER_TOO_SMALL");
  CHECK(std::string(tiny.api->status_name(99)) == "unknown status");
}

TEST_CASE("workspace for given dimensions") {
  OpenedModel tiny;
  TinyRun run(100);
  uint64_t bytes = 0;
  int32_t exact = 1;
  run.inputs[0].data = nullptr; // data is not looked at
  REQUIRE(tiny.api->workspace_size(tiny.model, run.inputs, 2, 3, &bytes, &exact, &tiny.error) == MLC_OK);
  CHECK(bytes == 3 * 64 + 100 * 12);
  CHECK(exact == 0);
  run.xDims[1] = 4;
  CHECK(tiny.api->workspace_size(tiny.model, run.inputs, 2, 3, &bytes, nullptr, &tiny.error) == MLC_ERROR_SHAPE);
  CHECK(std::string(tiny.error.message) == "input 'x': dimension 1 is 4, the model needs 3");
}

TEST_CASE("a CPU that lacks a feature is refused by its name") {
  TestDirectory directory;
  void *library = dlopen(tinyLibrary(directory, kHost, "foreign").c_str(), RTLD_NOW | RTLD_LOCAL);
  REQUIRE(library);
  const mlc_api *api = reinterpret_cast<mlc_get_api_fn>(dlsym(library, MLC_GET_API_SYMBOL))(MLC_ABI_VERSION);
  mlc_model_info info{};
  info.struct_size = sizeof info;
  CHECK(api->get_info(&info) == MLC_OK); // descriptions work all the same
  mlc_error error{};
  error.struct_size = sizeof error;
  mlc_model *model = nullptr;
  CHECK(api->model_open(nullptr, &model, &error) == MLC_ERROR_UNSUPPORTED_CPU);
  CHECK(model == nullptr);
  std::string feature = kHost == mlc::ElfArch::X86_64 ? "I8MM" : "AVX-512 F";
  CHECK(std::string(error.message) ==
        "model 'tiny model' is compiled for a test, this machine lacks: " + feature + "; compile it for this CPU");
  dlclose(library);
}
