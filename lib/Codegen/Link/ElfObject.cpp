#include "Codegen/Link/ElfObject.h"

#include "llvm/BinaryFormat/ELF.h"
#include "llvm/Object/ELFTypes.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/raw_ostream.h"

#include <cstring>

namespace mlc {

using ELFT = llvm::object::ELF64LE;

Result<void> writeDataObject(const std::string &path, ElfArch arch, const std::vector<DataBlob> &blobs) {
  ElfSection data;
  data.name = ".rodata.weights";
  data.type = llvm::ELF::SHT_PROGBITS;
  data.flags = llvm::ELF::SHF_ALLOC;
  data.align = 4096;
  data.pieceAlign = 64;

  ElfStrings names;
  std::vector<ELFT::Sym> symbols(blobs.size() + 1);
  std::memset(symbols.data(), 0, symbols.size() * sizeof(ELFT::Sym));
  uint64_t offset = 0;
  for (size_t i = 0; i < blobs.size(); ++i) {
    const DataBlob &blob = blobs[i];
    data.pieces.emplace_back(reinterpret_cast<const char *>(blob.bytes.data()), blob.bytes.size());
    offset = llvm::alignTo(offset, data.pieceAlign);
    ELFT::Sym &symbol = symbols[i + 1];
    symbol.st_name = names.add(blob.symbol);
    symbol.setBindingAndType(llvm::ELF::STB_GLOBAL, llvm::ELF::STT_OBJECT);
    symbol.st_other = llvm::ELF::STV_HIDDEN;
    symbol.st_shndx = 1;
    symbol.st_value = offset;
    symbol.st_size = blob.bytes.size();
    offset += blob.bytes.size();
  }

  ElfSection symbolTable;
  symbolTable.name = ".symtab";
  symbolTable.type = llvm::ELF::SHT_SYMTAB;
  symbolTable.align = 8;
  symbolTable.link = 3;
  symbolTable.info = 1; // the first symbol that is not local
  symbolTable.entrySize = sizeof(ELFT::Sym);
  symbolTable.pieces = {{reinterpret_cast<const char *>(symbols.data()), symbols.size() * sizeof(ELFT::Sym)}};
  ElfSection stringTable;
  stringTable.name = ".strtab";
  stringTable.type = llvm::ELF::SHT_STRTAB;
  stringTable.pieces = {names.bytes()};
  // An object that says nothing about its stack is taken to need an executable one.
  ElfSection stackNote;
  stackNote.name = ".note.GNU-stack";
  stackNote.type = llvm::ELF::SHT_PROGBITS;

  std::error_code failure;
  llvm::raw_fd_ostream out(path, failure);
  if (failure)
    return badInput("cannot write '" + path + "': " + failure.message());
  writeElfFile(out, arch, llvm::ELF::ET_REL, {data, symbolTable, stringTable, stackNote});
  out.close();
  if (out.has_error()) {
    Error error = badInput("cannot write '" + path + "': " + out.error().message());
    out.clear_error();
    return error;
  }
  return {};
}

} // namespace mlc
