#include "Support/AtomicDirectory.h"
#include "TemporaryFolder.h"

#include <catch2/catch.hpp>
#include <iterator>

using namespace mlc;
namespace fs = std::filesystem;

namespace {
void put(const AtomicDirectory &directory, const std::string &name, const std::string &text) {
  std::ofstream(directory.path() / name) << text;
}

size_t entries(const fs::path &path) {
  return size_t(std::distance(fs::directory_iterator(path), fs::directory_iterator()));
}

const char *manifest = R"({"tool": "mlcompress", "files": [{"name": "libm.so"}]})";
} // namespace

TEST_CASE("a directory appears at commit") {
  TemporaryFolder folder;
  Result<AtomicDirectory> directory = AtomicDirectory::create(folder / "a/b/out/", false);
  REQUIRE(directory);
  put(*directory, "libm.so", "1");
  CHECK_FALSE(fs::exists(folder / "a/b/out"));
  REQUIRE(directory->commit());
  CHECK(readText(folder / "a/b/out/libm.so") == "1");
  CHECK(entries(folder / "a/b") == 1);
}

TEST_CASE("nothing is left without a commit") {
  TemporaryFolder folder;
  {
    Result<AtomicDirectory> directory = AtomicDirectory::create(folder / "a/b/out", false);
    REQUIRE(directory);
    put(*directory, "libm.so", "1");
  }
  CHECK(entries(folder.path) == 0);
}

TEST_CASE("what mlcompress wrote is replaced") {
  TemporaryFolder folder;
  folder.write("out/manifest.json", manifest);
  folder.write("out/libm.so", "old");
  Result<AtomicDirectory> directory = AtomicDirectory::create(folder / "out", false);
  REQUIRE(directory);
  put(*directory, "new.so", "new");
  CHECK(readText(folder / "out/libm.so") == "old");
  REQUIRE(directory->commit());
  CHECK(entries(folder / "out") == 1);
  CHECK(readText(folder / "out/new.so") == "new");
  CHECK(entries(folder.path) == 1);
}

TEST_CASE("what a user wrote is kept") {
  TemporaryFolder folder;
  folder.write("out/manifest.json", manifest);
  folder.write("out/mine.txt", "precious");
  Result<AtomicDirectory> refused = AtomicDirectory::create(folder / "out", false);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ExitCode::BadInput);
  CHECK_THAT(refused.error().message, Catch::Contains("did not write") && Catch::Contains("--force"));
  CHECK(readText(folder / "out/mine.txt") == "precious");
  folder.write("foreign/manifest.json", R"({"tool": "another"})");
  CHECK_FALSE(AtomicDirectory::create(folder / "foreign", false));
  folder.write("broken/manifest.json", "{\"tool\": ");
  CHECK_FALSE(AtomicDirectory::create(folder / "broken", false));
  {
    Result<AtomicDirectory> forced = AtomicDirectory::create(folder / "out", true);
    REQUIRE(forced);
    put(*forced, "x", "");
    REQUIRE(forced->commit());
  }
  CHECK_FALSE(fs::exists(folder / "out/mine.txt"));
}

TEST_CASE("some places are never replaced") {
  TemporaryFolder folder;
  folder.write("file", "x");
  CHECK_FALSE(AtomicDirectory::create(folder / "file", true));
  CHECK_FALSE(AtomicDirectory::create(folder / "file/out", true));
  CHECK_FALSE(AtomicDirectory::create(".", true));
  CHECK_FALSE(AtomicDirectory::create("..", true));
  CHECK_FALSE(AtomicDirectory::create("/", true));
  CHECK_FALSE(AtomicDirectory::create("", true));
  CHECK(entries(folder.path) == 1);
}

TEST_CASE("an empty directory is filled, leftovers of a dead process go") {
  TemporaryFolder folder;
  fs::create_directory(folder / "out");
  folder.write(".out.mlc-99999999-0/x", "");
  Result<AtomicDirectory> directory = AtomicDirectory::create(folder / "out", false);
  REQUIRE(directory);
  put(*directory, "x", "1");
  REQUIRE(directory->commit());
  CHECK(entries(folder.path) == 1);
  CHECK(readText(folder / "out/x") == "1");
}
