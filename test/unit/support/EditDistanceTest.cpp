#include "Support/EditDistance.h"

#include <catch2/catch.hpp>

using namespace mlc;

TEST_CASE("distances") {
  CHECK(editDistance("kitten", "sitting") == 3);
  CHECK(editDistance("", "abc") == 3);
  CHECK(editDistance("abc", "acb") == 1); // a swap
  CHECK(editDistance("ABC", "abc") == 0);
}

TEST_CASE("only near names are proposed") {
  std::vector<std::string> names{"optimize", "compile", "check"};
  CHECK(nearestName("optimise", names) == "optimize");
  CHECK(nearestName("chekc", names) == "check");
  CHECK_FALSE(nearestName("frobnicate", names));
  CHECK_FALSE(nearestName("x", {"y"}));
  CHECK(didYouMean("complie", names) == " (did you mean 'compile'?)");
  CHECK(didYouMean("zzz", names) == "");
}
