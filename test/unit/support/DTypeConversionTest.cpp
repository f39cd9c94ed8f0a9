#include "Support/DTypeConversion.h"
#include "TestTensors.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

using namespace mlc;

TEST_CASE("small values survive the way through every type") {
  Tensor original = makeTensor<float>(DType::Float32, {2, 2}, {0, 1, 5, 100});
  for (DType type : allTypes) {
    INFO(dtypeName(type));
    Tensor back = convert(convert(original, type), DType::Float32);
    Tensor expected = type == DType::Bool ? makeTensor<float>(DType::Float32, {2, 2}, {0, 1, 1, 1}) : original;
    CHECK(sameTensor(back, expected));
    double values[3];
    toDouble(convert(original, type), 1, 3, values);
    CHECK(values[1] == (type == DType::Bool ? 1.0 : 5.0));
  }
}

TEST_CASE("float to integer truncates and saturates") {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  Tensor values = makeTensor<float>(DType::Float32, {6}, {-1.9f, 1.9f, 1e30f, -infinity, NAN, 300});
  Tensor bytes = convert(values, DType::Int8);
  std::vector<int> expected{-1, 1, 127, -128, 0, 127};
  for (int i = 0; i < 6; ++i)
    CHECK(bytes.data<int8_t>()[i] == expected[size_t(i)]);
  CHECK(convert(values, DType::Int64).data<int64_t>()[2] == std::numeric_limits<int64_t>::max());
  CHECK(convert(values, DType::UInt64).data<uint64_t>()[3] == 0);
}

TEST_CASE("integers wrap, and large ones are exact between integer types") {
  Tensor values = makeTensor<int64_t>(DType::Int64, {2}, {(int64_t(1) << 53) + 1, -1});
  CHECK(convert(values, DType::UInt64).data<uint64_t>()[0] == (uint64_t(1) << 53) + 1);
  CHECK(convert(values, DType::UInt8).data<uint8_t>()[1] == 255);
}

TEST_CASE("descriptions") {
  CHECK(describeType(DType::Float32, {2, -1}) == "float32[2,?]");
  CHECK(describeType(DType::BFloat16, {}) == "bfloat16[]");
  for (DType type : allTypes)
    CHECK(byteSize(type) > 0);
  CHECK(byteSize(DType(8)) == 0);
  CHECK(Tensor(DType::Int32, {}).bytes.size() == 4);
  CHECK(Tensor(DType::Int32, {3, 0}).bytes.empty());
}
