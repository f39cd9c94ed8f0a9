#include "Check/Manifest.h"
#include "Support/AtomicDirectory.h"
#include "TemporaryFolder.h"

#include <catch2/catch.hpp>

using namespace mlc;

namespace {
Manifest someManifest() {
  Manifest manifest;
  manifest.toolVersion = "0.1.0";
  manifest.name = "digits";
  manifest.target = "host";
  manifest.library = "libdigits.so";
  manifest.model = {"digits.onnx", "abc"};
  manifest.calib = HashedSource{"data", "def"};
  manifest.flags = {{"int8", "true"}};
  manifest.inputs = {{"x", DType::Float32, {-1, 3, -1}, {"batch", "", ""}}};
  manifest.outputs = {{"y", DType::Int64, {}, {}}};
  manifest.modelBytes = 10;
  manifest.libraryBytes = 20;
  manifest.weightBytes = 5;
  return manifest;
}
} // namespace

TEST_CASE("a manifest is read as it was written") {
  TemporaryFolder folder;
  folder.write("libdigits.so", "library");
  folder.write("report.json", "{}");
  Manifest manifest = someManifest();
  manifest.files = *listOutputFiles(folder.path.string());
  REQUIRE(manifest.files.size() == 1);
  CHECK(manifest.files[0].bytes == 7);
  REQUIRE(writeManifest(folder.path.string(), manifest));
  Result<Manifest> back = readManifest(folder.path.string());
  REQUIRE(back);
  CHECK(formatManifest(*back) == formatManifest(manifest));
  CHECK(back->inputs[0].symbols[0] == "batch");
  CHECK(back->inputs[0].shape == std::vector<int64_t>{-1, 3, -1});
  CHECK_FALSE(back->data);
  // Such a directory may be replaced.
  CHECK(AtomicDirectory::create(folder.path.string(), false));
}

TEST_CASE("what is no manifest is refused") {
  TemporaryFolder folder;
  auto message = [&](const std::string &text) {
    folder.write("manifest.json", text);
    Result<Manifest> result = readManifest(folder.path.string());
    REQUIRE_FALSE(result);
    CHECK(result.error().code == ExitCode::BadInput);
    return result.error().message;
  };
  using Catch::Contains;
  CHECK_THAT(readManifest(folder.path.string()).error().message, Contains("has no manifest.json"));
  CHECK_THAT(message("{}"), Contains("not a manifest"));
  CHECK_THAT(message("[1"), Contains("not a manifest"));
  CHECK_THAT(message(R"({"tool": "mlcompress", "schema": 99})"), Contains("another version"));
  CHECK_THAT(message(R"({"tool": "mlcompress", "schema": 1})"), Contains("damaged"));
  std::string good = formatManifest(someManifest());
  for (size_t length = 0; length < good.size() - 2; length += 7)
    (void)message(good.substr(0, length));
}

TEST_CASE("sources are named without their folder") {
  TemporaryFolder folder;
  folder.write("data/a.npz", "x");
  CHECK(manifestSource(folder / "data/")->name == "data");
  CHECK(manifestSource(folder / "data/a.npz")->name == "a.npz");
  CHECK_FALSE(manifestSource(folder / "none"));
}
