// What the dynamic linker sees of a library.
#pragma once

#include <catch2/catch.hpp>
#include <set>
#include <string>

namespace mlc::test {

struct DynamicSymbols {
  std::set<std::string> exported; ///< names
  std::set<std::string> imported; ///< name@version
  std::set<std::string> needed;   ///< sonames of other libraries
  bool uniqueSymbol = false;      ///< one of them is STB_GNU_UNIQUE
};

/// Of an ELF file's bytes.
DynamicSymbols dynamicSymbols(const std::string &bytes);

} // namespace mlc::test
