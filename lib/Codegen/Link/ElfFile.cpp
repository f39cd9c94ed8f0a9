#include "Codegen/Link/ElfFile.h"

#include "llvm/BinaryFormat/ELF.h"
#include "llvm/Object/ELFTypes.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/raw_ostream.h"

#include <cstring>

namespace mlc {

using ELFT = llvm::object::ELF64LE;

Result<ElfArch> parseElfArch(std::string_view name) {
  if (name == "x86_64")
    return ElfArch::X86_64;
  if (name == "aarch64")
    return ElfArch::AArch64;
  return usageError("unknown architecture '" + std::string(name) + "'; libraries are made for x86_64 and aarch64");
}

std::string_view elfArchName(ElfArch arch) { return arch == ElfArch::X86_64 ? "x86_64" : "aarch64"; }

uint64_t ElfSection::pieceOffset(size_t index) const {
  uint64_t offset = 0;
  for (size_t i = 0; i < index; ++i)
    offset = llvm::alignTo(offset, pieceAlign) + pieces[i].size();
  return index < pieces.size() ? llvm::alignTo(offset, pieceAlign) : offset;
}

uint32_t ElfStrings::add(std::string_view text) {
  uint32_t offset = bytes_.size();
  bytes_.append(text);
  bytes_.push_back('\0');
  return offset;
}

void writeElfFile(llvm::raw_ostream &out, ElfArch arch, uint16_t type, const std::vector<ElfSection> &given) {
  std::vector<ElfSection> sections = given;
  ElfStrings names;
  std::vector<ELFT::Shdr> headers(sections.size() + 2);
  std::memset(headers.data(), 0, headers.size() * sizeof(ELFT::Shdr));
  for (size_t i = 0; i < sections.size(); ++i)
    headers[i + 1].sh_name = names.add(sections[i].name);
  headers.back().sh_name = names.add(".shstrtab");
  ElfSection nameTable;
  nameTable.type = llvm::ELF::SHT_STRTAB;
  nameTable.pieces = {names.bytes()};
  sections.push_back(std::move(nameTable));

  uint64_t offset = sizeof(ELFT::Ehdr);
  for (size_t i = 0; i < sections.size(); ++i) {
    const ElfSection &section = sections[i];
    ELFT::Shdr &header = headers[i + 1];
    offset = llvm::alignTo(offset, section.align);
    header.sh_type = section.type;
    header.sh_flags = section.flags;
    header.sh_offset = offset;
    header.sh_size = section.pieceOffset(section.pieces.size());
    header.sh_link = section.link;
    header.sh_info = section.info;
    header.sh_addralign = section.align;
    header.sh_entsize = section.entrySize;
    offset += header.sh_size;
  }
  offset = llvm::alignTo(offset, 8);

  ELFT::Ehdr header;
  std::memset(&header, 0, sizeof header);
  std::memcpy(header.e_ident, llvm::ELF::ElfMagic, 4);
  header.e_ident[llvm::ELF::EI_CLASS] = llvm::ELF::ELFCLASS64;
  header.e_ident[llvm::ELF::EI_DATA] = llvm::ELF::ELFDATA2LSB;
  header.e_ident[llvm::ELF::EI_VERSION] = llvm::ELF::EV_CURRENT;
  header.e_type = type;
  header.e_machine = arch == ElfArch::X86_64 ? llvm::ELF::EM_X86_64 : llvm::ELF::EM_AARCH64;
  header.e_version = llvm::ELF::EV_CURRENT;
  header.e_shoff = offset;
  header.e_ehsize = sizeof(ELFT::Ehdr);
  header.e_shentsize = sizeof(ELFT::Shdr);
  header.e_shnum = headers.size();
  header.e_shstrndx = headers.size() - 1;

  uint64_t start = out.tell();
  auto padTo = [&](uint64_t position) { out.write_zeros(start + position - out.tell()); };
  out.write(reinterpret_cast<const char *>(&header), sizeof header);
  for (size_t i = 0; i < sections.size(); ++i) {
    padTo(headers[i + 1].sh_offset);
    uint64_t sectionStart = out.tell();
    for (std::string_view piece : sections[i].pieces) {
      out.write_zeros(llvm::alignTo(out.tell() - sectionStart, sections[i].pieceAlign) - (out.tell() - sectionStart));
      out.write(piece.data(), piece.size());
    }
  }
  padTo(offset);
  out.write(reinterpret_cast<const char *>(headers.data()), headers.size() * sizeof(ELFT::Shdr));
}

} // namespace mlc
