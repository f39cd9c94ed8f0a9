#include "Support/NarrowTypes.h"
#include "Support/DTypeConversion.h"
#include "Support/TensorProtoFile.h"
#include "TemporaryFolder.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <random>

using namespace mlc;

static const DType kFloats[] = {DType::Float8E4M3FN, DType::Float8E4M3FNUZ, DType::Float8E5M2, DType::Float8E5M2FNUZ,
                                DType::Float4E2M1};

static int codes(DType type) { return type == DType::Float4E2M1 ? 16 : 256; }

TEST_CASE("every code of a narrow float is what its number becomes", "[narrow]") {
  for (DType type : kFloats)
    for (int code = 0; code < codes(type); ++code) {
      double value = narrowToDouble(type, static_cast<uint8_t>(code));
      INFO(dtypeName(type) << " " << code);
      int back = narrowFromDouble(type, value, /*saturate=*/false, NarrowRounding::Nearest);
      if (std::isnan(value))
        CHECK(std::isnan(narrowToDouble(type, static_cast<uint8_t>(back))));
      else
        CHECK(back == code);
    }
}

TEST_CASE("narrow floats round to the nearest number, ties to the even code", "[narrow]") {
  std::mt19937 random(1);
  std::uniform_real_distribution<double> exponent(-12, 9);
  for (DType type : kFloats)
    for (int i = 0; i < 2000; ++i) {
      double value = std::ldexp(1.0, static_cast<int>(exponent(random))) * (1 + (random() % 64) / 64.0);
      double best = INFINITY;
      int nearest = 0;
      for (int code = 0; code < codes(type) / 2; ++code) {
        double distance = std::abs(narrowToDouble(type, static_cast<uint8_t>(code)) - value);
        if (distance < best || (distance == best && code % 2 == 0)) {
          best = distance;
          nearest = code;
        }
      }
      INFO(dtypeName(type) << " " << value);
      CHECK(int(narrowFromDouble(type, value, /*saturate=*/true, NarrowRounding::Nearest)) == nearest);
    }
}

TEST_CASE("what is too large for a float8 saturates, or becomes infinity or NaN", "[narrow]") {
  auto without = [](DType type) {
    return narrowToDouble(type, narrowFromDouble(type, -1e6, /*saturate=*/false, NarrowRounding::Nearest));
  };
  CHECK(std::isnan(without(DType::Float8E4M3FN)));
  CHECK(std::isnan(without(DType::Float8E4M3FNUZ)));
  CHECK(without(DType::Float8E5M2) == -INFINITY);
  CHECK(narrowToDouble(DType::Float8E4M3FN, narrowFromDouble(DType::Float8E4M3FN, 1e6, true, {})) == 448);
  CHECK(narrowToDouble(DType::Float8E5M2, narrowFromDouble(DType::Float8E5M2, -INFINITY, true, {})) == -57344);
}

TEST_CASE("narrow tensors are packed in files and come back", "[narrow]") {
  TemporaryFolder folder;
  for (DType type : {DType::Int4, DType::UInt4, DType::Int2, DType::UInt2, DType::Float4E2M1, DType::Float8E5M2}) {
    Tensor tensor(type, {7});
    for (int i = 0; i < 7; ++i)
      tensor.data<uint8_t>()[i] = narrowFromDouble(type, i - 3, true, NarrowRounding::Nearest);
    INFO(dtypeName(type));
    REQUIRE(writeTensorProto(folder / "a.pb", {"a", tensor}));
    auto read = readTensorProto(folder / "a.pb");
    REQUIRE(read);
    CHECK(read->tensor.dtype == type);
    CHECK(read->tensor.bytes == tensor.bytes);
  }
}
