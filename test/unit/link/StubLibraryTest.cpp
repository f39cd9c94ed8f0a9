// The table of allowed imports against real C libraries.
#include "Codegen/Link/StubLibrary.h"
#include "DynamicSymbols.h"
#include "TinyModel.h"

#include "llvm/Object/ELFObjectFile.h"

#include <dlfcn.h>

using namespace mlc;
using namespace mlc::test;

/// name@version of all functions that a library of the system defines, hidden versions included.
static std::set<std::string> definedSymbols(const std::string &path) {
  using namespace llvm;
  using namespace llvm::object;
  std::string bytes = readText(path);
  auto object = ObjectFile::createELFObjectFile(MemoryBufferRef(bytes, "library"));
  REQUIRE(bool(object));
  auto *elf = cast<ELF64LEObjectFile>(object->get());
  auto versions = elf->readDynsymVersions();
  REQUIRE(bool(versions));
  std::set<std::string> symbols;
  size_t index = 0;
  for (ELFSymbolRef symbol : elf->getDynamicSymbolIterators())
    symbols.insert(cantFail(symbol.getName()).str() + "@" + (*versions)[index++].Name);
  return symbols;
}

TEST_CASE("this machine's C library has every allowed import, of its architecture, in that version") {
  for (const ImportedSymbol &symbol : allowedImports(kHost)) {
    void *library = dlopen(std::string(symbol.library).c_str(), RTLD_NOW);
    REQUIRE(library);
    INFO(symbol.name << "@" << symbol.version);
    CHECK(dlvsym(library, std::string(symbol.name).c_str(), std::string(symbol.version).c_str()));
    dlclose(library);
  }
}

TEST_CASE("so has the aarch64 C library of the emulator") {
  std::string root = "/usr/aarch64-linux-gnu/lib/";
  std::set<std::string> defined = definedSymbols(root + "libc.so.6");
  defined.merge(definedSymbols(root + "libm.so.6"));
  CHECK(defined.size() > 1000);
  for (const ImportedSymbol &symbol : allowedImports(ElfArch::AArch64)) {
    INFO(symbol.name << "@" << symbol.version);
    CHECK(defined.count(std::string(symbol.name) + "@" + std::string(symbol.version)) == 1);
  }
}

TEST_CASE("a stub library has the symbols of the table and its soname") {
  for (ElfArch arch : {ElfArch::X86_64, ElfArch::AArch64}) {
    size_t symbols = 0;
    for (const StubLibrary &stub : makeStubLibraries(arch)) {
      DynamicSymbols seen = dynamicSymbols(stub.bytes);
      CHECK(seen.imported.empty());
      symbols += seen.exported.size();
      CHECK(seen.exported.count("sinf") == (stub.soname == "libm.so.6"));
      CHECK(stub.bytes.find(stub.soname) != std::string::npos);
    }
    CHECK(symbols == allowedImports(arch).size());
  }
}
