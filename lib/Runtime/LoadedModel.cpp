#include "Runtime/LoadedModel.h"

#include "mlcompress/model.h"

#include <dlfcn.h>
#include <elf.h>
#include <sys/utsname.h>

#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>

namespace mlc {

struct LoadedModel::State {
  void *library = nullptr;
  const mlc_api *api = nullptr;
  mlc_model *model = nullptr;
  mlc_session *session = nullptr;
  SessionOptions options;
  std::string name, target, toolVersion;
  std::vector<LibraryTensor> inputs, outputs;
  uint32_t numKernels = 0;

  State() = default;
  State(const State &) = delete;
  ~State() {
    if (session)
      api->session_close(session);
    if (model)
      api->model_close(model);
    if (library)
      dlclose(library);
  }
};

LoadedModel::LoadedModel(std::unique_ptr<State> state) : state_(std::move(state)) {}
LoadedModel::LoadedModel(LoadedModel &&) noexcept = default;
LoadedModel &LoadedModel::operator=(LoadedModel &&) noexcept = default;
LoadedModel::~LoadedModel() = default;

const std::string &LoadedModel::name() const { return state_->name; }
const std::string &LoadedModel::target() const { return state_->target; }
const std::string &LoadedModel::toolVersion() const { return state_->toolVersion; }
const std::vector<LibraryTensor> &LoadedModel::inputs() const { return state_->inputs; }
const std::vector<LibraryTensor> &LoadedModel::outputs() const { return state_->outputs; }

Result<std::string> libraryArchitecture(const std::string &path) {
  std::error_code failure;
  if (!std::filesystem::is_regular_file(path, failure))
    return badInput("'" + path + "': there is no such file");
  std::ifstream file(path, std::ios::binary);
  Elf64_Ehdr header;
  if (!file.read(reinterpret_cast<char *>(&header), sizeof header) ||
      std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 || header.e_ident[EI_CLASS] != ELFCLASS64 ||
      header.e_type != ET_DYN)
    return badInput("'" + path + "' is not a shared library; give what mlcompress compiled");
  if (header.e_machine == EM_X86_64)
    return std::string("x86_64");
  if (header.e_machine == EM_AARCH64)
    return std::string("aarch64");
  return badInput("'" + path + "' is a library for neither x86_64 nor aarch64");
}

namespace {

LibraryTensor convert(const mlc_tensor_desc &desc) {
  LibraryTensor result;
  result.name = desc.name;
  result.dtype = static_cast<DType>(desc.dtype);
  result.rankKnown = desc.rank >= 0;
  for (int32_t i = 0; i < desc.rank; ++i) {
    result.dims.push_back(desc.dims[i]);
    result.symbols.emplace_back(desc.symbols && desc.symbols[i] ? desc.symbols[i] : "");
  }
  return result;
}

std::vector<mlc_input> convert(const std::vector<Tensor> &tensors) {
  std::vector<mlc_input> inputs;
  for (const Tensor &tensor : tensors) {
    mlc_input input{};
    input.struct_size = sizeof input;
    input.dtype = static_cast<mlc_dtype>(tensor.dtype);
    input.data = tensor.bytes.data();
    input.byte_size = tensor.bytes.size();
    input.rank = static_cast<uint32_t>(tensor.shape.size());
    input.dims = tensor.shape.data();
    inputs.push_back(input);
  }
  return inputs;
}

mlc_error emptyError() {
  mlc_error error{};
  error.struct_size = sizeof error;
  return error;
}

std::vector<mlc_output> emptyOutputs(size_t count) {
  mlc_output output{};
  output.struct_size = sizeof output;
  return std::vector<mlc_output>(count, output);
}

std::string hostArchitecture() {
  utsname host;
  return uname(&host) == 0 ? host.machine : "unknown";
}

} // namespace

Result<LoadedModel> LoadedModel::open(const std::string &path, const SessionOptions &options) {
  auto architecture = libraryArchitecture(path);
  if (!architecture)
    return architecture.error();
  if (*architecture != hostArchitecture())
    return badInput("'" + path + "' is a library for " + *architecture + ", this machine is " + hostArchitecture() +
                    "; --runner names an emulator, for example --runner \"qemu-aarch64 -L /usr/aarch64-linux-gnu\"");
  auto state = std::make_unique<State>();
  state->options = options;
  // With a slash in it, dlopen takes the name as a path and searches nowhere.
  state->library = dlopen(std::filesystem::absolute(path).c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!state->library)
    return badInput("cannot load '" + path + "': " + dlerror());
  auto getApi = reinterpret_cast<mlc_get_api_fn>(dlsym(state->library, MLC_GET_API_SYMBOL));
  if (!getApi)
    return badInput("'" + path + "' is not a library made by mlcompress (it has no symbol " MLC_GET_API_SYMBOL ")");
  state->api = getApi(MLC_ABI_VERSION);
  if (!state->api)
    return badInput("'" + path + "' does not serve ABI version " + std::to_string(MLC_ABI_VERSION) +
                    "; compile the model again with this mlcompress");

  mlc_model_info info{};
  info.struct_size = sizeof info;
  if (state->api->get_info(&info) != MLC_OK)
    return badInput("'" + path + "' does not describe itself");
  state->name = info.name;
  state->target = info.target;
  state->toolVersion = info.tool_version;
  state->numKernels = info.num_kernels;
  mlc_tensor_desc desc{};
  desc.struct_size = sizeof desc;
  for (uint32_t i = 0; i < info.num_inputs && state->api->get_input(i, &desc) == MLC_OK; ++i)
    state->inputs.push_back(convert(desc));
  for (uint32_t i = 0; i < info.num_outputs && state->api->get_output(i, &desc) == MLC_OK; ++i)
    state->outputs.push_back(convert(desc));

  mlc_error error = emptyError();
  mlc_session_options sessionOptions{};
  sessionOptions.struct_size = sizeof sessionOptions;
  sessionOptions.threads = options.threads;
  sessionOptions.profile = options.profile;
  if (state->api->model_open(nullptr, &state->model, &error) != MLC_OK ||
      state->api->session_open(state->model, &sessionOptions, &state->session, &error) != MLC_OK)
    return badInput("'" + path + "': " + error.message);
  return LoadedModel(std::move(state));
}

Result<std::vector<Tensor>> LoadedModel::run(const std::vector<Tensor> &tensors) {
  std::vector<Tensor> results;
  if (auto done = run(tensors, results); !done)
    return done.error();
  return results;
}

Result<void> LoadedModel::run(const std::vector<Tensor> &tensors, std::vector<Tensor> &results) {
  std::vector<mlc_input> inputs = convert(tensors);
  std::vector<mlc_output> outputs = emptyOutputs(state_->outputs.size());
  mlc_error error = emptyError();
  if (state_->api->session_run(state_->session, inputs.data(), static_cast<uint32_t>(inputs.size()), outputs.data(),
                               static_cast<uint32_t>(outputs.size()), &error) != MLC_OK)
    return badInput(error.message);
  results.resize(outputs.size());
  for (size_t i = 0; i < outputs.size(); ++i) {
    const mlc_output &output = outputs[i];
    Tensor &result = results[i];
    result.dtype = static_cast<DType>(output.dtype);
    result.shape.assign(output.dims, output.dims + output.rank);
    auto *bytes = static_cast<const std::byte *>(output.data);
    result.bytes.assign(bytes, bytes + output.byte_size);
  }
  return {};
}

Result<std::vector<uint64_t>> LoadedModel::time(const std::vector<Tensor> &tensors, int repetitions) {
  using Clock = std::chrono::steady_clock;
  std::vector<mlc_input> inputs = convert(tensors);
  std::vector<mlc_output> outputs = emptyOutputs(state_->outputs.size());
  mlc_error error = emptyError();
  std::vector<uint64_t> times;
  for (int i = 0; i < repetitions; ++i) {
    auto start = Clock::now();
    if (state_->api->session_run(state_->session, inputs.data(), static_cast<uint32_t>(inputs.size()), outputs.data(),
                                 static_cast<uint32_t>(outputs.size()), &error) != MLC_OK)
      return badInput(error.message);
    times.push_back(
        static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - start).count()));
  }
  return times;
}

Result<uint64_t> LoadedModel::workspaceBytes(const std::vector<std::vector<int64_t>> &inputShapes) const {
  std::vector<mlc_input> inputs;
  for (const std::vector<int64_t> &shape : inputShapes) {
    mlc_input input{};
    input.struct_size = sizeof input;
    input.rank = static_cast<uint32_t>(shape.size());
    input.dims = shape.data();
    inputs.push_back(input);
  }
  mlc_error error = emptyError();
  uint64_t bytes = 0;
  if (state_->api->workspace_size(state_->model, inputs.data(), static_cast<uint32_t>(inputs.size()),
                                  state_->options.threads, &bytes, nullptr, &error) != MLC_OK)
    return badInput(error.message);
  return bytes;
}

std::vector<KernelTime> LoadedModel::profile() const {
  std::vector<KernelTime> rows;
  mlc_kernel_profile row{};
  row.struct_size = sizeof row;
  for (uint32_t i = 0; i < state_->numKernels; ++i)
    if (state_->api->session_profile(state_->session, i, &row) == MLC_OK)
      rows.push_back({row.name, row.calls, row.nanoseconds, row.operations, row.bytes});
  return rows;
}

void LoadedModel::resetProfile() { state_->api->session_reset_profile(state_->session); }

} // namespace mlc
