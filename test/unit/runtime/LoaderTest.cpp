// LoadedModel, the container of tensors, and libraries of another architecture under the emulator.
#include "Runtime/LoadedModel.h"
#include "Runtime/Runner.h"
#include "Runtime/TensorContainer.h"
#include "TinyModel.h"

#include <fstream>

#include <unistd.h>

using namespace mlc;
using namespace mlc::test;

static Tensor ramp(int64_t rows, float start) {
  Tensor tensor(DType::Float32, {rows, 3});
  for (int64_t i = 0; i < rows * 3; ++i)
    tensor.data<float>()[i] = start + static_cast<float>(i);
  return tensor;
}

/// sum = (x + y) * {1, 2, 0.5} for x = ramp(2, -1), y = ramp(2, 0).
static const std::vector<float> kSum = {-1.0f, 2.0f, 1.5f, 5.0f, 14.0f, 4.5f};

static std::vector<float> floats(const Tensor &tensor) {
  return {tensor.data<float>(), tensor.data<float>() + tensor.numElements()};
}

/// Resident memory of this process in KiB.
static long residentKiB() {
  std::ifstream file("/proc/self/statm");
  long total = 0, resident = 0;
  file >> total >> resident;
  return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

TEST_CASE("a loaded model describes itself and runs") {
  TestDirectory directory;
  SessionOptions options;
  options.threads = 2;
  options.profile = true;
  auto model = LoadedModel::open(tinyLibrary(directory), options);
  REQUIRE(model);
  CHECK(model->name() == "tiny model");
  CHECK(model->target() == "a test");
  REQUIRE(model->inputs().size() == 2);
  CHECK(model->inputs()[0].name == "x");
  CHECK(model->inputs()[0].dims == std::vector<int64_t>{-1, 3});
  CHECK(model->inputs()[0].symbols == std::vector<std::string>{"N", ""});
  CHECK(model->outputs()[1].dtype == DType::Int64);

  auto results = model->run({ramp(2, -1), ramp(2, 0)});
  REQUIRE(results);
  REQUIRE(results->size() == 2);
  CHECK((*results)[0].shape == std::vector<int64_t>{2, 3});
  CHECK(floats((*results)[0]) == kSum);
  CHECK((*results)[1].shape == std::vector<int64_t>{1});
  CHECK((*results)[1].data<int64_t>()[0] == 1);

  auto bytes = model->workspaceBytes({{7, 3}, {7, 3}});
  REQUIRE(bytes);
  CHECK(*bytes == 2 * 64 + 7 * 12);
  auto times = model->time({ramp(2, -1), ramp(2, 0)}, 5);
  REQUIRE(times);
  CHECK(times->size() == 5);
  REQUIRE(model->profile().size() == 1);
  CHECK(model->profile()[0].calls == 6);
  model->resetProfile();
  CHECK(model->profile()[0].calls == 0);

  auto wrong = model->run({ramp(2, -1), ramp(3, 0)});
  REQUIRE(!wrong);
  CHECK(wrong.error().message.find("input 'y'") == 0);
  CHECK(!model->run({}));
}

TEST_CASE("1,000 cycles of load, run and unload leave resident memory flat") {
  TestDirectory directory;
  std::string path = tinyLibrary(directory);
  SessionOptions options;
  options.threads = 2;
  std::vector<Tensor> inputs{ramp(500, -1), ramp(500, 0)};
  auto cycle = [&] {
    auto model = LoadedModel::open(path, options);
    return model && model->run(inputs);
  };
  for (int i = 0; i < 50; ++i)
    REQUIRE(cycle());
  long before = residentKiB();
  int failures = 0;
  for (int i = 0; i < 1000; ++i)
    failures += !cycle();
  long after = residentKiB();
  CHECK(failures == 0);
#if defined(__has_feature) && __has_feature(address_sanitizer)
  WARN("resident memory is not compared: the address sanitizer keeps freed memory for a while");
#else
  CHECK(after - before < 512);
#endif
  std::ifstream maps("/proc/self/maps");
  std::string text((std::istreambuf_iterator<char>(maps)), {});
  CHECK(text.find("libtiny") == std::string::npos);
}

TEST_CASE("files that are no library of ours") {
  TestDirectory directory;
  auto message = [](const std::string &path) {
    auto model = LoadedModel::open(path);
    REQUIRE(!model);
    return model.error().message;
  };
  std::string missing = directory.file("none.so"), text = directory.file("text.so");
  CHECK(message(missing) == "'" + missing + "': there is no such file");
  REQUIRE(writeFile(text, "hello"));
  CHECK(message(text) == "'" + text + "' is not a shared library; give what mlcompress compiled");
  std::string other = tinyLibrary(directory, kHost == ElfArch::X86_64 ? ElfArch::AArch64 : ElfArch::X86_64);
  CHECK(message(other).find("' is a library for ") != std::string::npos);
}

TEST_CASE("tensors travel through a container") {
  TestDirectory directory;
  std::string path = directory.file("tensors");
  Tensor scalar(DType::Int64, {}), empty(DType::UInt8, {0, 4}), odd(DType::Int8, {3});
  *scalar.data<int64_t>() = -7;
  odd.data<int8_t>()[2] = 9;
  std::vector<NamedTensor> written{{"a", scalar}, {"an empty one", empty}, {"", odd}, {"r", ramp(2, 0)}};
  REQUIRE(writeTensorContainer(path, written));
  auto read = readTensorContainer(path);
  REQUIRE(read);
  REQUIRE(read->size() == written.size());
  for (size_t i = 0; i < written.size(); ++i) {
    CHECK((*read)[i].name == written[i].name);
    CHECK((*read)[i].tensor.dtype == written[i].tensor.dtype);
    CHECK((*read)[i].tensor.shape == written[i].tensor.shape);
    CHECK((*read)[i].tensor.bytes == written[i].tensor.bytes);
  }
  // Every cut of the file is noticed.
  std::string bytes = readText(path);
  for (size_t size = 0; size < bytes.size(); ++size) {
    REQUIRE(writeFile(path, bytes.substr(0, size)));
    CHECK(!readTensorContainer(path));
  }
}

static const std::string kEmulator = "qemu-aarch64 -L /usr/aarch64-linux-gnu -cpu ";

TEST_CASE("an aarch64 library runs under the emulator") {
  TestDirectory directory;
  std::string plain = tinyLibrary(directory, ElfArch::AArch64);
  std::vector<NamedTensor> inputs{{"y", ramp(2, 0)}, {"x", ramp(2, -1)}};
  auto results = runThroughRunner(plain, kEmulator + "cortex-a57", inputs);
  INFO((results ? std::string() : results.error().message));
  REQUIRE(results);
  REQUIRE(results->size() == 2);
  CHECK((*results)[0].name == "sum");
  CHECK(floats((*results)[0].tensor) == kSum);
  CHECK((*results)[1].tensor.shape == std::vector<int64_t>{1});

  auto unknown = runThroughRunner(plain, kEmulator + "max", {inputs[0]});
  REQUIRE(!unknown);
  CHECK(unknown.error().message.find("ended with code 4: input 'x' is not among the given tensors") !=
        std::string::npos);
  CHECK(!runThroughRunner(plain, "no-such-emulator", inputs));
  CHECK(!runThroughRunner(plain, "", inputs));
}

TEST_CASE("an aarch64 library refuses another SVE vector length") {
  TestDirectory directory;
  std::string path = tinyLibrary(directory, ElfArch::AArch64, "sve256");
  std::vector<NamedTensor> inputs{{"x", ramp(2, -1)}, {"y", ramp(2, 0)}};
  auto right = runThroughRunner(path, kEmulator + "max,sve256=on,sve512=off,sve-default-vector-length=32", inputs);
  INFO((right ? std::string() : right.error().message));
  REQUIRE(right);
  CHECK(floats((*right)[0].tensor) == kSum);
  auto wide = runThroughRunner(path, kEmulator + "max,sve512=on,sve-default-vector-length=64", inputs);
  REQUIRE(!wide);
  CHECK(wide.error().message.find("with SVE vectors of 256 bits, this thread's vectors have 512 bits") !=
        std::string::npos);
  auto none = runThroughRunner(path, kEmulator + "cortex-a57", inputs);
  REQUIRE(!none);
  CHECK(none.error().message.find("this machine lacks: SVE;") != std::string::npos);
}
