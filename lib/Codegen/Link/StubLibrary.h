// The C library as far as a generated library may use it, made from a table instead of found in a sysroot.
#pragma once

#include "Codegen/Link/ElfFile.h"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mlc {

/// A function that a generated library may import.
struct ImportedSymbol {
  std::string_view library; ///< soname
  std::string_view name;
  std::string_view version; ///< the oldest glibc version whose form of it fits, e.g. "GLIBC_2.2.5"
};

/// All that a generated library may import: parts of libc, libm and libpthread. glibc 2.17 has all of it, and
/// so has every later one.
std::vector<ImportedSymbol> allowedImports(ElfArch arch);

struct StubLibrary {
  std::string soname;
  std::string bytes; ///< a shared object to link against; it has no code
};

/// One shared object for each library of allowedImports.
std::vector<StubLibrary> makeStubLibraries(ElfArch arch);

} // namespace mlc
