#include "Support/TensorProtoFile.h"
#include "TemporaryFolder.h"
#include "TestTensors.h"

#include <catch2/catch.hpp>
#include <onnx/onnx_pb.h>

using namespace mlc;

TEST_CASE("TensorProto files keep all types") {
  TemporaryFolder folder;
  for (DType type : allTypes) {
    Tensor tensor(type, {2, 3});
    for (size_t i = 0; i < tensor.bytes.size(); ++i)
      tensor.bytes[i] = std::byte(type == DType::Bool ? i % 2 : i * 31 + 1);
    REQUIRE(writeTensorProto(folder / "a.pb", {"x", tensor}));
    Result<NamedTensor> back = readTensorProto(folder / "a.pb");
    REQUIRE(back);
    CHECK(back->name == "x");
    CHECK(sameTensor(back->tensor, tensor));
  }
}

TEST_CASE("values in the typed fields") {
  TemporaryFolder folder;
  auto read = [&](const onnx::TensorProto &proto) {
    return readTensorProto(folder.write("a.pb", proto.SerializeAsString()));
  };
  auto proto = [](DType type) {
    onnx::TensorProto proto;
    proto.set_data_type(int(type));
    proto.add_dims(2);
    return proto;
  };
  for (DType type : {DType::UInt8, DType::Int8, DType::UInt16, DType::Int16, DType::Int32, DType::Bool}) {
    onnx::TensorProto typed = proto(type);
    typed.add_int32_data(0);
    typed.add_int32_data(1);
    Result<NamedTensor> back = read(typed);
    REQUIRE(back);
    CHECK(back->tensor.bytes[byteSize(type)] == std::byte(1));
  }
  onnx::TensorProto half = proto(DType::Float16);
  half.add_int32_data(0x3c00);
  half.add_int32_data(0xc000);
  CHECK(sameTensor(read(half)->tensor, makeTensor<uint16_t>(DType::Float16, {2}, {0x3c00, 0xc000})));
  onnx::TensorProto floats = proto(DType::Float32);
  floats.add_float_data(1.5f);
  floats.add_float_data(-2);
  CHECK(sameTensor(read(floats)->tensor, makeTensor<float>(DType::Float32, {2}, {1.5f, -2})));
  onnx::TensorProto wide = proto(DType::UInt32);
  wide.add_uint64_data(1);
  wide.add_uint64_data(0xffffffff);
  CHECK(sameTensor(read(wide)->tensor, makeTensor<uint32_t>(DType::UInt32, {2}, {1, 0xffffffff})));
  onnx::TensorProto longs = proto(DType::Int64);
  longs.add_int64_data(-1);
  longs.add_int64_data(7);
  CHECK(sameTensor(read(longs)->tensor, makeTensor<int64_t>(DType::Int64, {2}, {-1, 7})));
}

TEST_CASE("unusable TensorProto files are errors") {
  TemporaryFolder folder;
  auto message = [&](const std::string &bytes) {
    Result<NamedTensor> result = readTensorProto(folder.write("a.pb", bytes));
    REQUIRE_FALSE(result);
    CHECK(result.error().code == ExitCode::BadInput);
    return result.error().message;
  };
  using Catch::Contains;
  onnx::TensorProto good;
  good.set_data_type(1);
  good.add_dims(2);
  good.set_raw_data("12345678");
  REQUIRE(readTensorProto(folder.write("a.pb", good.SerializeAsString())));

  CHECK_THAT(message("not a protobuf"), Contains("not a TensorProto"));
  CHECK_THAT(message(""), Contains("UNDEFINED"));
  std::string text = good.SerializeAsString();
  for (size_t length = 0; length < text.size(); ++length)
    (void)message(text.substr(0, length));
  onnx::TensorProto bad = good;
  bad.set_raw_data("1234567");
  CHECK_THAT(message(bad.SerializeAsString()), Contains("needs 2 elements, it holds 1"));
  bad = good;
  bad.set_dims(0, -2);
  CHECK_THAT(message(bad.SerializeAsString()), Contains("shape"));
  bad = good;
  bad.add_dims(int64_t(1) << 62);
  CHECK_THAT(message(bad.SerializeAsString()), Contains("shape"));
  bad = good;
  bad.set_dims(0, int64_t(1) << 40);
  CHECK_THAT(message(bad.SerializeAsString()), Contains("needs 1099511627776 elements"));
  bad = good;
  bad.set_data_location(onnx::TensorProto::EXTERNAL);
  CHECK_THAT(message(bad.SerializeAsString()), Contains("another file"));
  bad = good;
  bad.set_data_type(onnx::TensorProto::STRING);
  CHECK_THAT(message(bad.SerializeAsString()), Contains("STRING is not supported"));
  bad = good;
  bad.set_data_type(onnx::TensorProto::COMPLEX64);
  CHECK_THAT(message(bad.SerializeAsString()), Contains("type COMPLEX64 is not supported"));
  bad = good;
  bad.clear_raw_data();
  bad.add_int64_data(1);
  bad.add_int64_data(1);
  CHECK_THAT(message(bad.SerializeAsString()), Contains("not in the field of its type"));
}
