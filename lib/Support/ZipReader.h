// Reading .zip archives (PKWARE APPNOTE 6.3): stored and deflated entries, zip64.
#pragma once

#include "mlcompress/Result.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace mlc {

/// One file in an archive, from the central directory.
struct ZipEntry {
  std::string name;
  uint64_t compressedSize = 0;
  uint64_t size = 0;
  uint64_t headerOffset = 0;
  uint32_t crc = 0;
  uint16_t method = 0; ///< 0 stored, 8 deflate
  uint16_t flags = 0;
};

/// An archive whose directory has been read; entries are read from the file one at a time.
class ZipReader {
public:
  static Result<ZipReader> open(const std::string &path);

  const std::vector<ZipEntry> &entries() const { return entries_; }

  /// The entry's contents; an Error where they do not match their size and checksum. Never allocates more than
  /// deflate can make of the entry's compressed bytes.
  Result<std::vector<std::byte>> read(const ZipEntry &entry) const;

private:
  std::string path_;
  std::vector<ZipEntry> entries_;
};

} // namespace mlc
