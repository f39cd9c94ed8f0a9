// The bytes of a little-endian 64-bit ELF file from a list of sections: what ElfObject and StubLibrary share.
#pragma once

#include "mlcompress/Result.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace llvm {
class raw_ostream;
}

namespace mlc {

/// The architectures that libraries are made for.
enum class ElfArch { X86_64, AArch64 };

/// "x86_64" or "aarch64"; anything else is a usage error that lists these.
Result<ElfArch> parseElfArch(std::string_view name);
std::string_view elfArchName(ElfArch arch);

/// One section; its contents are the pieces, each at the next multiple of pieceAlign.
struct ElfSection {
  std::string name;
  uint32_t type = 0;
  uint64_t flags = 0;
  uint64_t align = 1;
  uint32_t link = 0; ///< index of a section in the list, counting from 1
  uint32_t info = 0;
  uint64_t entrySize = 0;
  std::vector<std::string_view> pieces; ///< not owned
  uint64_t pieceAlign = 1;

  /// Offset of piece `index` in the section; of the end for index == pieces.size().
  uint64_t pieceOffset(size_t index) const;
};

/// A string table: offsets of strings, each with its ending zero.
class ElfStrings {
public:
  uint32_t add(std::string_view text);
  std::string_view bytes() const { return bytes_; }

private:
  std::string bytes_ = std::string(1, '\0');
};

/// Writes header, sections in order, and section headers. `type` is ET_REL or ET_DYN.
void writeElfFile(llvm::raw_ostream &out, ElfArch arch, uint16_t type, const std::vector<ElfSection> &sections);

} // namespace mlc
