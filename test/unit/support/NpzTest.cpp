#include "Support/Npz.h"
#include "Support/ZipReader.h"
#include "TemporaryFolder.h"
#include "TestTensors.h"

#include <catch2/catch.hpp>
#include <cstring>
#include <zlib.h>

using namespace mlc;

namespace {
std::vector<NamedTensor> someTensors() {
  Tensor large(DType::Float32, {300, 400});
  for (int64_t i = 0; i < large.numElements(); ++i)
    large.data<float>()[i] = float(i % 97);
  return {{"x", makeTensor<int64_t>(DType::Int64, {2}, {1, -5})},
          {"deep/name:0", large},
          {"empty", Tensor(DType::UInt8, {0, 3})},
          {"scalar", makeTensor<float>(DType::Float32, {}, {2.5f})}};
}

void put(std::string &text, uint64_t value, size_t bytes) {
  for (size_t i = 0; i < bytes; ++i)
    text += char(value >> (8 * i) & 0xff);
}

/// A zip64 archive with one stored entry, as numpy's force_zip64 and other writers make it.
std::string zip64Archive(const std::string &name, const std::string &contents) {
  uint32_t crc = uint32_t(crc32(0, reinterpret_cast<const Bytef *>(contents.data()), uInt(contents.size())));
  std::string file;
  put(file, 0x04034b50, 4);
  put(file, 45, 2);
  put(file, 0, 2 + 2 + 2 + 2);
  put(file, crc, 4);
  put(file, 0xffffffff, 4);
  put(file, 0xffffffff, 4);
  put(file, name.size(), 2);
  put(file, 20, 2);
  file += name;
  put(file, 1, 2);
  put(file, 16, 2);
  put(file, contents.size(), 8);
  put(file, contents.size(), 8);
  file += contents;
  uint64_t directory = file.size();
  put(file, 0x02014b50, 4);
  put(file, 45, 2);
  put(file, 45, 2);
  put(file, 0, 2 + 2 + 2 + 2);
  put(file, crc, 4);
  put(file, 0xffffffff, 4);
  put(file, 0xffffffff, 4);
  put(file, name.size(), 2);
  put(file, 28, 2);
  file.append(10, '\0');
  put(file, 0xffffffff, 4);
  file += name;
  put(file, 1, 2);
  put(file, 24, 2);
  put(file, contents.size(), 8);
  put(file, contents.size(), 8);
  put(file, 0, 8);
  uint64_t end64 = file.size();
  put(file, 0x06064b50, 4);
  put(file, 44, 8);
  put(file, 45, 2);
  put(file, 45, 2);
  put(file, 0, 8);
  put(file, 1, 8);
  put(file, 1, 8);
  put(file, end64 - directory, 8);
  put(file, directory, 8);
  put(file, 0x07064b50, 4);
  put(file, 0, 4);
  put(file, end64, 8);
  put(file, 1, 4);
  put(file, 0x06054b50, 4);
  put(file, 0, 4);
  put(file, 0xffff, 2);
  put(file, 0xffff, 2);
  put(file, 0xffffffff, 4);
  put(file, 0xffffffff, 4);
  put(file, 0, 2);
  return file;
}

/// Reads all entries; true where that works.
bool readable(const std::string &path) { return bool(readNpz(path)); }
} // namespace

TEST_CASE("npz keeps names, order and contents, stored and deflated") {
  TemporaryFolder folder;
  std::vector<NamedTensor> tensors = someTensors();
  for (ZipMethod method : {ZipMethod::Stored, ZipMethod::Deflate}) {
    REQUIRE(writeNpz(folder / "a.npz", tensors, method));
    Result<std::vector<NamedTensor>> back = readNpz(folder / "a.npz");
    REQUIRE(back);
    REQUIRE(back->size() == tensors.size());
    for (size_t i = 0; i < tensors.size(); ++i) {
      CHECK((*back)[i].name == tensors[i].name);
      CHECK(sameTensor((*back)[i].tensor, tensors[i].tensor));
    }
    CHECK(npzNames(folder / "a.npz")->at(1) == "deep/name:0");
    std::string bytes = readText(folder / "a.npz");
    REQUIRE(writeNpz(folder / "b.npz", tensors, method));
    CHECK(readText(folder / "b.npz") == bytes);
    CHECK((bytes.size() < 40000) == (method == ZipMethod::Deflate));
  }
}

TEST_CASE("zip64 archives are read") {
  TemporaryFolder folder;
  ZipReader zip = *ZipReader::open(folder.write("a.zip", zip64Archive("x", "hello")));
  REQUIRE(zip.entries().size() == 1);
  Result<std::vector<std::byte>> bytes = zip.read(zip.entries()[0]);
  REQUIRE(bytes);
  CHECK(std::memcmp(bytes->data(), "hello", 5) == 0);
}

TEST_CASE("damaged archives are errors") {
  TemporaryFolder folder;
  using Catch::Contains;
  CHECK_THAT(readNpz(folder.write("e.npz", "")).error().message, Contains("end record"));
  CHECK_THAT(readNpz(folder.write("t.npz", std::string(5000, 'x'))).error().message, Contains("end record"));
  CHECK_THAT(readNpz(folder / "none.npz").error().message, Contains("No such file"));

  std::vector<NamedTensor> tensors{{"x", makeTensor<float>(DType::Float32, {4}, {1, 2, 3, 4})}};
  for (ZipMethod method : {ZipMethod::Stored, ZipMethod::Deflate}) {
    REQUIRE(writeNpz(folder / "a.npz", tensors, method));
    std::string good = readText(folder / "a.npz");
    for (size_t length = 0; length < good.size(); ++length)
      REQUIRE_FALSE(readable(folder.write("b.npz", good.substr(0, length))));
    // Any byte changed: never more than an error.
    size_t stillReadable = 0;
    for (size_t at = 0; at < good.size(); ++at)
      for (int change : {0x01, 0x80, 0xff}) {
        std::string bad = good;
        bad[at] = char(bad[at] ^ change);
        stillReadable += readable(folder.write("b.npz", bad));
      }
    CHECK(stillReadable < good.size()); // versions, times and flags do not matter
    std::string bad = good;
    bad[30 + 5 + 2] = char(bad[30 + 5 + 2] ^ 1); // in the data
    CHECK_FALSE(readable(folder.write("b.npz", bad)));
  }

  // A wrong checksum, and a size that deflate cannot reach.
  std::string good = readText(folder / "a.npz");
  size_t central = good.find("PK\x01\x02");
  std::string wrongSum = good;
  wrongSum[central + 16] = char(wrongSum[central + 16] ^ 1);
  CHECK_THAT(readNpz(folder.write("b.npz", wrongSum)).error().message, Contains("checksum"));
  std::string bomb = good;
  std::memcpy(&bomb[central + 24], "\xfe\xff\xff\xff", 4);
  CHECK_THAT(readNpz(folder.write("b.npz", bomb)).error().message, Contains("impossible size"));
  std::string far = good;
  std::memcpy(&far[central + 42], "\xfe\xff\xff\x7f", 4);
  CHECK_THAT(readNpz(folder.write("b.npz", far)).error().message, Contains("local header"));
  std::string method = good;
  method[central + 10] = 12;
  CHECK_THAT(readNpz(folder.write("b.npz", method)).error().message, Contains("method 12"));
  std::string encrypted = good;
  encrypted[central + 8] = 1;
  CHECK_THAT(readNpz(folder.write("b.npz", encrypted)).error().message, Contains("encrypted"));
}

TEST_CASE("zip64 sizes that are false are errors") {
  TemporaryFolder folder;
  std::string good = zip64Archive("x", "hello");
  for (size_t at = good.find("PK\x01\x02"); at + 8 <= good.size(); ++at) {
    std::string bad = good;
    std::memset(&bad[at], 0x7f, 8);
    Result<ZipReader> zip = ZipReader::open(folder.write("b.zip", bad));
    if (zip && !zip->entries().empty())
      (void)zip->read(zip->entries()[0]);
  }
  SUCCEED("no crash, no allocation beyond the file's size");
}
