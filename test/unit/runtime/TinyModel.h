// Links the hand-written model of tiny_model.c into a library.
#pragma once

#include "Codegen/Link/Link.h"
#include "Support/FileBytes.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <string>

namespace mlc::test {

/// A directory that goes with its test.
struct TestDirectory {
  std::filesystem::path path;
  TestDirectory() {
    std::string pattern = (std::filesystem::temp_directory_path() / "mlc-test-XXXXXX").string();
    REQUIRE(mkdtemp(pattern.data()));
    path = pattern;
  }
  TestDirectory(const TestDirectory &) = delete;
  ~TestDirectory() { std::filesystem::remove_all(path); }
  std::string file(const std::string &name) const { return (path / name).string(); }
};

inline constexpr ElfArch kHost =
#ifdef __aarch64__
    ElfArch::AArch64;
#else
    ElfArch::X86_64;
#endif

inline std::string readText(const std::string &path) {
  auto bytes = readFile(path);
  REQUIRE(bytes);
  return {reinterpret_cast<const char *>(bytes->data()), bytes->size()};
}

/// `variant`: of the objects that CMakeLists.txt lists ("plain", "foreign", "sve256").
inline Result<void> linkTiny(ElfArch arch, const std::string &variant, const std::string &output) {
  static const float weights[3] = {1.0f, 2.0f, 0.5f};
  static const char unused[100] = {1, 2, 3};
  ModelLibrary library;
  library.arch = arch;
  library.modelName = "tiny model";
  library.soname = "libtiny.so";
  library.outputPath = output;
  std::string object = std::string(MLC_TEST_OBJECTS) + "/" + variant + "-" + std::string(elfArchName(arch)) + ".o";
  library.objects.push_back({"model", {}, object});
  library.weights.push_back({"tiny_unused", std::as_bytes(std::span(unused))});
  library.weights.push_back({"tiny_weights", std::as_bytes(std::span(weights))});
  return linkModelLibrary(library);
}

/// The library in `directory`; fails the test where it cannot be linked.
inline std::string tinyLibrary(const TestDirectory &directory, ElfArch arch = kHost,
                               const std::string &variant = "plain") {
  std::string path = directory.file("libtiny-" + variant + ".so");
  auto linked = linkTiny(arch, variant, path);
  INFO((linked ? std::string() : linked.error().message));
  REQUIRE(linked);
  return path;
}

} // namespace mlc::test
