#include "Support/Npy.h"
#include "TemporaryFolder.h"
#include "TestTensors.h"

#include <catch2/catch.hpp>

using namespace mlc;

namespace {
Result<Tensor> parse(const std::string &file) { return parseNpy(std::as_bytes(std::span(file)), "t.npy"); }

/// A file with this header text, version and data.
std::string file(const std::string &header, const std::string &data, int version = 1) {
  std::string text("\x93NUMPY", 6);
  text += char(version);
  text += '\0';
  for (int i = 0; i < (version == 1 ? 2 : 4); ++i)
    text += char(header.size() >> (8 * i) & 0xff);
  return text + header + data;
}

std::string header(const std::string &descr, const std::string &shape, const std::string &fortran = "False") {
  return "{'descr': '" + descr + "', 'fortran_order': " + fortran + ", 'shape': " + shape + ", }\n";
}
} // namespace

TEST_CASE("npy keeps all types and ranks") {
  for (DType type : allTypes)
    for (std::vector<int64_t> shape : {std::vector<int64_t>{}, {3}, {2, 3}, {2, 0, 4}}) {
      Tensor tensor(type, shape);
      for (size_t i = 0; i < tensor.bytes.size(); ++i)
        tensor.bytes[i] = std::byte(type == DType::Bool ? i % 2 : type == DType::BFloat16 ? 0x3f : i * 37 + 1);
      Result<Tensor> back = parse(formatNpy(tensor));
      REQUIRE(back);
      if (type == DType::BFloat16)
        CHECK(back->dtype == DType::Float32);
      else
        CHECK(sameTensor(*back, tensor));
      CHECK(back->shape == shape);
    }
}

TEST_CASE("npy as numpy writes it") {
  // np.save(np.array([1, -2], '<i2')): the header is padded to 128 bytes.
  std::string expected = file("{'descr': '<i2', 'fortran_order': False, 'shape': (2,), }" + std::string(60, ' ') + "\n",
                              std::string("\x01\x00\xfe\xff", 4));
  CHECK(formatNpy(makeTensor<int16_t>(DType::Int16, {2}, {1, -2})) == expected);
}

TEST_CASE("column-major and big-endian arrays are put in order") {
  // [[1, 2, 3], [4, 5, 6]] by columns
  Result<Tensor> columns = parse(file(header("|u1", "(2, 3)", "True"), "\x01\x04\x02\x05\x03\x06"));
  REQUIRE(columns);
  CHECK(sameTensor(*columns, makeTensor<uint8_t>(DType::UInt8, {2, 3}, {1, 2, 3, 4, 5, 6})));
  Result<Tensor> cube = parse(file(header("|u1", "(2, 2, 2)", "True"), "\x01\x05\x03\x07\x02\x06\x04\x08"));
  REQUIRE(cube);
  CHECK(sameTensor(*cube, makeTensor<uint8_t>(DType::UInt8, {2, 2, 2}, {1, 2, 3, 4, 5, 6, 7, 8})));
  Result<Tensor> big = parse(file(header(">i4", "(1,)"), std::string("\0\0\1\2", 4), 2));
  REQUIRE(big);
  CHECK(big->data<int32_t>()[0] == 0x102);
  CHECK(parse(file(header("<f4", "()"), std::string(4, 0), 3)));
  CHECK(parse(file("{\"shape\": (1L,), 'fortran_order':False,'descr':'?'}", "\x01")));
}

TEST_CASE("malformed npy files are errors") {
  auto message = [](const std::string &bytes) {
    Result<Tensor> result = parse(bytes);
    REQUIRE_FALSE(result);
    CHECK(result.error().code == ExitCode::BadInput);
    return result.error().message;
  };
  using Catch::Contains;
  CHECK_THAT(message(""), Contains("magic"));
  CHECK_THAT(message("PK\3\4 not numpy at all"), Contains("magic"));
  CHECK_THAT(message(file(header("<f4", "(2,)"), "1234567")), Contains("needs 8 bytes of data, the file has 7"));
  CHECK_THAT(message(file(header("<f4", "(1,)"), "12345")), Contains("1 bytes follow"));
  CHECK_THAT(message(file(header("<f4", "(-1,)"), "")), Contains("shape"));
  CHECK_THAT(message(file(header("<f4", "(4294967296, 4294967296)"), "")), Contains("shape"));
  CHECK_THAT(message(file(header("<f4", "(0, 4294967296, 4294967296)"), "")), Contains("shape"));
  CHECK_THAT(message(file(header("<f4", "(99999999999999999999,)"), "")), Contains("malformed"));
  CHECK_THAT(message(file(header("<f4", "(1000000000000,)"), "")), Contains("truncated"));
  CHECK_THAT(message(file(header("<c8", "(1,)"), "12345678")), Contains("'<c8' is not supported"));
  CHECK_THAT(message(file(header("|O", "(1,)"), "12345678")), Contains("not supported"));
  CHECK_THAT(message(file("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}", "1234")),
             Contains("structure"));
  CHECK_THAT(message(file("{'descr': '<f4'}", "")), Contains("malformed"));
  CHECK_THAT(message(file("", "")), Contains("malformed"));
  CHECK_THAT(message(file(header("<f4", "(1,)"), "1234", 9)), Contains("version 9"));
  // Every truncation of a good file.
  std::string good = formatNpy(makeTensor<float>(DType::Float32, {2, 2}, {1, 2, 3, 4}));
  for (size_t length = 0; length < good.size(); ++length)
    REQUIRE_FALSE(parse(good.substr(0, length)));
  // Every byte of the header changed: an error or some array, but nothing worse.
  for (size_t at = 0; at < good.size() - 16; ++at)
    for (char byte : {'\0', '\xff', '(', '9'}) {
      std::string changed = good;
      changed[at] = byte;
      (void)parse(changed);
    }
}

TEST_CASE("npy files") {
  TemporaryFolder folder;
  Tensor tensor = makeTensor<double>(DType::Float64, {2}, {1.5, -2});
  REQUIRE(writeNpy(folder / "a.npy", tensor));
  Result<Tensor> back = readNpy(folder / "a.npy");
  REQUIRE(back);
  CHECK(sameTensor(*back, tensor));
  CHECK_THAT(readNpy(folder / "b.npy").error().message, Catch::Contains("No such file"));
  CHECK_THAT(readNpy(folder.path.string()).error().message, Catch::Contains("directory"));
  CHECK_THAT(writeNpy(folder / "no/such.npy", tensor).error().message, Catch::Contains("cannot write"));
}
