// Linked libraries: what they export, import and contain, and that linking is repeatable.
#include "DynamicSymbols.h"

#include "Codegen/Link/StubLibrary.h"
#include "Runtime/EmbeddedRuntime.h"
#include "Runtime/LoadedModel.h"
#include "TinyModel.h"

#include <atomic>
#include <thread>

using namespace mlc;
using namespace mlc::test;

static const ElfArch kBoth[] = {ElfArch::X86_64, ElfArch::AArch64};

TEST_CASE("a generated library exports its two symbols and imports only what is allowed") {
  TestDirectory directory;
  for (ElfArch arch : kBoth) {
    DynamicSymbols symbols = dynamicSymbols(readText(tinyLibrary(directory, arch)));
    CHECK(symbols.exported == std::set<std::string>{"mlc_get_api", "mlc_tiny_model_get_api"});
    CHECK(!symbols.uniqueSymbol);
    std::set<std::string> allowed;
    for (const ImportedSymbol &symbol : allowedImports(arch))
      allowed.insert(std::string(symbol.name) + "@" + std::string(symbol.version));
    CHECK(symbols.imported.size() > 5);
    for (const std::string &symbol : symbols.imported) {
      INFO(symbol);
      CHECK(allowed.count(symbol) == 1);
    }
    CHECK(symbols.imported.count(arch == ElfArch::X86_64 ? "memcpy@GLIBC_2.14" : "memcpy@GLIBC_2.17") == 1);
    CHECK(symbols.imported.count(arch == ElfArch::X86_64 ? "pthread_create@GLIBC_2.2.5"
                                                         : "pthread_create@GLIBC_2.17") == 1);
    // libm is named only by a library that uses it.
    CHECK(symbols.needed == std::set<std::string>{"libc.so.6", "libpthread.so.0"});
  }
}

TEST_CASE("the same input gives the same bytes, without a path of this machine") {
  TestDirectory one, two;
  for (ElfArch arch : kBoth) {
    std::string bytes = readText(tinyLibrary(one, arch));
    CHECK(bytes == readText(tinyLibrary(two, arch)));
    std::string temporary = std::filesystem::temp_directory_path().string();
    for (const std::string &path : {std::string(MLC_SOURCE_DIR), std::string(MLC_BINARY_DIR), temporary + "/mlc",
                                    std::string("mlcompress-link"), std::string("/usr/")}) {
      INFO(path);
      CHECK(bytes.find(path) == std::string::npos);
    }
    CHECK(bytes.size() < 100000);
  }
  for (const char *arch : {"x86_64", "aarch64"}) {
    std::string_view object = embeddedRuntimeObject(arch);
    CHECK(object.substr(0, 4) == "\177ELF");
    CHECK(object.find(MLC_SOURCE_DIR) == std::string_view::npos);
    CHECK(object.find(MLC_BINARY_DIR) == std::string_view::npos);
  }
  CHECK(embeddedRuntimeObject("riscv64").empty());
}

TEST_CASE("two links on two threads") {
  TestDirectory directory;
  std::vector<std::string> paths;
  for (int i = 0; i < 4; ++i)
    paths.push_back(directory.file("lib" + std::to_string(i) + ".so"));
  std::atomic<int> failures = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&, i] {
      for (int repeat = 0; repeat < 3; ++repeat)
        if (!linkTiny(kBoth[i % 2], "plain", paths[i]))
          ++failures;
    });
  for (std::thread &thread : threads)
    thread.join();
  CHECK(failures == 0);
  CHECK(readText(paths[0]) == readText(paths[2]));
  CHECK(readText(paths[1]) == readText(paths[3]));
}

static size_t linkDirectories() {
  size_t count = 0;
  for (const auto &entry : std::filesystem::directory_iterator(std::filesystem::temp_directory_path()))
    count += entry.path().filename().string().rfind("mlcompress-link", 0) == 0;
  return count;
}

TEST_CASE("a link that fails names the symbol, leaves no file, and the next one works") {
  TestDirectory directory;
  LinkOptions options;
  options.arch = kHost;
  options.inputs.push_back({"runtime", embeddedRuntimeObject(elfArchName(kHost)), ""});
  options.exports = {"mlc_get_api"};
  options.outputPath = directory.file("libbad.so");
  size_t before = linkDirectories();
  auto linked = linkSharedLibrary(options);
  REQUIRE(!linked);
  INFO(linked.error().message);
  CHECK(linked.error().message.find("undefined symbol: mlc_model_descriptor") != std::string::npos);
  CHECK(linked.error().message.find("mlcompress-link") == std::string::npos);
  CHECK(!std::filesystem::exists(options.outputPath));

  options.inputs[0] = {"garbage", "this is no object", ""};
  CHECK(!linkSharedLibrary(options));
  options.inputs.clear();
  CHECK(!linkSharedLibrary(options)); // mlc_get_api is not there
  options.inputs.push_back({"missing", "", directory.file("none.o")});
  CHECK(!linkSharedLibrary(options));
  CHECK(linkDirectories() == before);

  auto model = LoadedModel::open(tinyLibrary(directory));
  CHECK(model);
  options.outputPath = directory.file("no/such/directory/lib.so");
  CHECK(!linkTiny(kHost, "plain", options.outputPath));
}

TEST_CASE("weights of many megabytes reach the library as they are") {
  TestDirectory directory;
  std::vector<uint32_t> large(8 << 20);
  for (size_t i = 0; i < large.size(); ++i)
    large[i] = static_cast<uint32_t>(i * 2654435761u);
  std::string object = directory.file("weights.o"), library = directory.file("libweights.so");
  std::vector<std::byte> small(5, std::byte{7}), none;
  REQUIRE(writeDataObject(
      object, kHost, {{"small", small}, {"large", std::as_bytes(std::span(large))}, {"none", none}, {"end", small}}));
  CHECK(std::filesystem::file_size(object) < large.size() * 4 + 8192);
  CHECK(!writeDataObject(directory.file("no/dir.o"), kHost, {}));

  LinkOptions options;
  options.arch = kHost;
  options.inputs.push_back({"weights", "", object});
  options.outputPath = library;
  // Hidden symbols cannot be exported; an alias keeps the section and shows the bytes by its address.
  options.aliases = {{"shown", "large"}};
  options.exports = {"shown"};
  REQUIRE(linkSharedLibrary(options));
  std::string bytes = readText(library);
  std::string_view expected(reinterpret_cast<const char *>(large.data()), large.size() * 4);
  size_t at = bytes.find(expected.substr(0, 4096));
  REQUIRE(at != std::string::npos);
  CHECK(at % 4096 == 64); // behind `small`, in a section that begins with a page
  CHECK(std::string_view(bytes).substr(at, expected.size()) == expected);
}

TEST_CASE("names become identifiers") {
  CHECK(identifierFor("bert-base.v2") == "bert_base_v2");
  CHECK(identifierFor("7b") == "_7b");
  CHECK(identifierFor("") == "model");
  CHECK(apiSymbolFor("a b") == "mlc_a_b_get_api");
  CHECK(!parseElfArch("x86"));
  CHECK(*parseElfArch("aarch64") == ElfArch::AArch64);
}
