#include "Support/Sha256.h"
#include "TemporaryFolder.h"

#include <catch2/catch.hpp>

using namespace mlc;

TEST_CASE("SHA-256 of memory, files and folders") {
  const std::string abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"; // FIPS 180-4
  CHECK(sha256("abc") == abc);
  CHECK(sha256("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  TemporaryFolder folder;
  CHECK(*sha256File(folder.write("d/a", "abc")) == abc);
  std::string large(3 << 20, 'q');
  CHECK(*sha256File(folder.write("large", large)) == sha256(large));
  folder.write("d/sub/b", "");
  std::string list = abc + "  a\n" + sha256("") + "  sub/b\n";
  CHECK(*sha256Tree(folder / "d") == sha256(list));
  CHECK_FALSE(sha256File(folder / "none"));
}
