#include "Support/Half.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <random>

using namespace mlc;

TEST_CASE("every binary16 survives the way through float") {
  for (unsigned bits = 0; bits < 0x10000; ++bits) {
    float value = halfToFloat(uint16_t(bits));
    if (std::isnan(value))
      REQUIRE(std::isnan(halfToFloat(floatToHalf(value))));
    else
      REQUIRE(floatToHalf(value) == bits);
  }
}

TEST_CASE("binary16 agrees with the compiler's conversion") {
  for (unsigned bits = 0; bits < 0x10000; ++bits) {
    float ours = halfToFloat(uint16_t(bits));
    float theirs = float(std::bit_cast<_Float16>(uint16_t(bits)));
    REQUIRE((ours == theirs || (std::isnan(ours) && std::isnan(theirs))));
  }
  std::mt19937 generator(1);
  for (int i = 0; i < 2000000; ++i) {
    float value = std::bit_cast<float>(uint32_t(generator()));
    if (i % 2) // most random bits are far outside binary16's range
      value =
          std::ldexp(std::copysign(1.0f + float(generator() & 0x7fffff) * 0x1p-23f, value), int(generator() % 45) - 27);
    if (std::isnan(value))
      continue;
    uint16_t theirs = std::bit_cast<uint16_t>(_Float16(value));
    if (floatToHalf(value) != theirs)
      FAIL("float " << value << " became " << floatToHalf(value) << ", not " << theirs);
  }
}

TEST_CASE("double to binary16 rounds once") {
  // 1 + 2^-11 is halfway between 1 and the next half: a little more rounds up, though float drops the little.
  CHECK(doubleToHalf(1.0 + 0x1p-11) == 0x3c00);
  CHECK(doubleToHalf(1.0 + 0x1p-11 + 0x1p-40) == 0x3c01);
  CHECK(floatToHalf(float(1.0 + 0x1p-11 + 0x1p-40)) == 0x3c00);
  CHECK(doubleToHalf(-(1.0 + 0x1p-11 + 0x1p-40)) == 0xbc01);
  CHECK(doubleToHalf(1.0 + 3 * 0x1p-11 - 0x1p-40) == 0x3c01);
  CHECK(doubleToHalf(1e300) == 0x7c00);
  CHECK(doubleToHalf(-1e-300) == 0x8000);
  CHECK(doubleToHalf(0x1p-25 + 0x1p-70) == 0x0001);
  std::mt19937_64 generator(2);
  for (int i = 0; i < 1000000; ++i) {
    double value = std::ldexp(1.0 + double(generator() >> 12) * 0x1p-52, int(generator() % 45) - 27);
    if (doubleToHalf(value) != std::bit_cast<uint16_t>(_Float16(value)))
      FAIL("double " << value);
  }
}

TEST_CASE("bfloat16 rounds to nearest even and keeps NaN") {
  for (unsigned bits = 0; bits < 0x10000; ++bits) {
    float value = bfloat16ToFloat(uint16_t(bits));
    if (std::isnan(value))
      REQUIRE(std::isnan(bfloat16ToFloat(floatToBfloat16(value))));
    else
      REQUIRE(floatToBfloat16(value) == bits);
  }
  CHECK(floatToBfloat16(1.0f + 0x1p-8f) == 0x3f80); // tie, to even
  CHECK(floatToBfloat16(1.0f + 3 * 0x1p-8f) == 0x3f82);
  CHECK(floatToBfloat16(1.0f + 0x1p-8f + 0x1p-20f) == 0x3f81);
  CHECK(floatToBfloat16(3.4e38f) == 0x7f80);
  CHECK(std::isnan(bfloat16ToFloat(floatToBfloat16(std::bit_cast<float>(0x7f800001u)))));
  CHECK(doubleToBfloat16(1.0 + 0x1p-8 + 0x1p-40) == 0x3f81);
}
