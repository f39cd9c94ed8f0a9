// A model's weights as a relocatable object: data reaches the library without passing through LLVM.
#pragma once

#include "Codegen/Link/ElfFile.h"

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace mlc {

/// Bytes under a symbol. The bytes are not owned and must live until the object is written.
struct DataBlob {
  std::string symbol;
  std::span<const std::byte> bytes;
};

/// Writes a relocatable object to `path`, with all blobs in one read-only section `.rodata.weights` that is
/// aligned to 4096 bytes, each blob 64-byte aligned under a hidden symbol (type object, its size). Nothing is
/// copied in memory. An Error names the path where writing fails.
Result<void> writeDataObject(const std::string &path, ElfArch arch, const std::vector<DataBlob> &blobs);

} // namespace mlc
