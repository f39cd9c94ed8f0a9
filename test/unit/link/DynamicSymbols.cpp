#include "DynamicSymbols.h"

#include "llvm/Object/ELFObjectFile.h"

namespace mlc::test {

using namespace llvm;
using namespace llvm::object;

DynamicSymbols dynamicSymbols(const std::string &bytes) {
  DynamicSymbols result;
  auto object = ObjectFile::createELFObjectFile(MemoryBufferRef(bytes, "library"));
  REQUIRE(bool(object));
  auto *elf = dyn_cast<ELF64LEObjectFile>(object->get());
  REQUIRE(elf);
  auto versions = elf->readDynsymVersions();
  REQUIRE(bool(versions));
  size_t index = 0;
  for (ELFSymbolRef symbol : elf->getDynamicSymbolIterators()) {
    auto name = symbol.getName();
    REQUIRE(bool(name));
    std::string text = name->str();
    const std::string &version = (*versions)[index++].Name;
    if (symbol.getBinding() == ELF::STB_GNU_UNIQUE)
      result.uniqueSymbol = true;
    auto flags = symbol.getFlags();
    REQUIRE(bool(flags));
    if (*flags & SymbolRef::SF_Undefined)
      result.imported.insert(text + "@" + version);
    else
      result.exported.insert(text);
  }
  auto entries = elf->getELFFile().dynamicEntries();
  REQUIRE(bool(entries));
  std::string strings;
  for (const SectionRef &section : elf->sections()) {
    auto name = section.getName();
    if (name && *name == ".dynstr")
      strings = cantFail(section.getContents()).str();
  }
  for (const auto &entry : *entries)
    if (entry.getTag() == ELF::DT_NEEDED)
      result.needed.insert(strings.c_str() + entry.getVal());
  return result;
}

} // namespace mlc::test
