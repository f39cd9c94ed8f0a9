#include "Support/RandomInputs.h"
#include "TestTensors.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>

using namespace mlc;

TEST_CASE("the same seed gives the same values, another gives others") {
  std::vector<TensorDescription> inputs{{"x", DType::Float32, {-1, 8}, {"batch", ""}}};
  auto make = [&](uint64_t seed, uint64_t index) {
    return std::move((*randomInputs(inputs, {}, seed, index))[0].tensor);
  };
  CHECK(sameTensor(make(1, 0), make(1, 0)));
  CHECK_FALSE(sameTensor(make(1, 0), make(1, 1)));
  CHECK_FALSE(sameTensor(make(1, 0), make(2, 0)));
  CHECK(make(1, 0).shape == std::vector<int64_t>{1, 8});
  for (int i = 0; i < 8; ++i)
    CHECK(std::abs(make(1, 0).data<float>()[i]) <= 1);
}

TEST_CASE("values of every type are in range") {
  for (DType type : allTypes) {
    INFO(dtypeName(type));
    Result<std::vector<NamedTensor>> made = randomInputs({{"x", type, {1000}, {}}}, {}, 3, 0);
    REQUIRE(made);
    const Tensor &tensor = (*made)[0].tensor;
    CHECK(tensor.dtype == type);
    bool varies = false;
    for (size_t i = byteSize(type); i < tensor.bytes.size(); i += byteSize(type))
      varies |= std::memcmp(tensor.bytes.data(), tensor.bytes.data() + i, byteSize(type)) != 0;
    CHECK(varies);
    if (type == DType::Int64)
      for (int i = 0; i < 1000; ++i)
        REQUIRE((tensor.data<int64_t>()[i] == 0 || tensor.data<int64_t>()[i] == 1));
  }
}

TEST_CASE("dimensions by name and by axis") {
  std::vector<TensorDescription> inputs{{"ids", DType::Int64, {-1, -1}, {"batch", "sequence"}},
                                        {"image", DType::Float32, {1, 3, -1, -1}, {}}};
  DimSizes dims{{"sequence", 7}, {"image.3", 64}};
  REQUIRE(checkDimNames(inputs, dims));
  CHECK(concreteShape(inputs[0], dims) == std::vector<int64_t>{1, 7});
  CHECK(concreteShape(inputs[1], dims) == std::vector<int64_t>{1, 3, 32, 64});
  Result<void> unknown = checkDimNames(inputs, {{"sequense", 7}});
  REQUIRE_FALSE(unknown);
  CHECK(unknown.error().code == ExitCode::Usage);
  CHECK_THAT(unknown.error().message, Catch::Contains("did you mean 'sequence'?"));
  CHECK_FALSE(randomInputs(inputs, {{"batch", int64_t(1) << 62}}, 0, 0));
  CHECK_FALSE(randomInputs(inputs, {{"batch", int64_t(1) << 40}}, 0, 0));
}
