#include "Support/ZipReader.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <optional>
#include <string_view>
#include <zlib.h>

namespace mlc {

namespace {
constexpr uint32_t localSignature = 0x04034b50, centralSignature = 0x02014b50, endSignature = 0x06054b50,
                   end64Signature = 0x06064b50, locator64Signature = 0x07064b50;
constexpr uint64_t localSize = 30, centralSize = 46, endSize = 22, end64Size = 56, locator64Size = 20;

uint64_t little(const std::byte *at, size_t bytes) {
  uint64_t value = 0;
  for (size_t i = bytes; i-- > 0;)
    value = value << 8 | uint64_t(at[i]);
  return value;
}
uint16_t u16(const std::byte *at) { return uint16_t(little(at, 2)); }
uint32_t u32(const std::byte *at) { return uint32_t(little(at, 4)); }
uint64_t u64(const std::byte *at) { return little(at, 8); }

Error broken(const std::string &path, std::string_view why) {
  return badInput(fmt::format("'{}' is not a usable zip archive: {}", path, why));
}

/// Bytes [offset, offset + size) of the file; nothing where the file ends before.
std::optional<std::vector<std::byte>> readRange(std::ifstream &file, uint64_t fileSize, uint64_t offset,
                                                uint64_t size) {
  if (offset > fileSize || size > fileSize - offset)
    return std::nullopt;
  std::vector<std::byte> bytes(size);
  file.clear();
  file.seekg(std::streamoff(offset));
  file.read(reinterpret_cast<char *>(bytes.data()), std::streamsize(size));
  if (uint64_t(file.gcount()) != size)
    return std::nullopt;
  return bytes;
}

/// Takes the 64-bit values of an extra field for those of the three that are saturated in the entry.
bool applyZip64(const std::byte *extra, size_t length, ZipEntry &entry) {
  while (length >= 4) {
    uint16_t id = u16(extra);
    size_t size = u16(extra + 2);
    if (size > length - 4)
      return false;
    if (id == 1) {
      const std::byte *at = extra + 4, *end = at + size;
      for (uint64_t *value : {&entry.size, &entry.compressedSize, &entry.headerOffset}) {
        if (*value != 0xffffffff)
          continue;
        if (end - at < 8)
          return false;
        *value = u64(at);
        at += 8;
      }
      return true;
    }
    extra += 4 + size;
    length -= 4 + size;
  }
  return true;
}
} // namespace

Result<ZipReader> ZipReader::open(const std::string &path) {
  std::error_code error;
  uint64_t fileSize = std::filesystem::file_size(path, error);
  if (error)
    return badInput(fmt::format("cannot read '{}': {}", path, error.message()));
  std::ifstream file(path, std::ios::binary);
  if (!file)
    return badInput(fmt::format("cannot read '{}': {}", path, std::strerror(errno)));

  // The end record is last but for a comment of up to 65535 bytes.
  uint64_t tailSize = std::min<uint64_t>(fileSize, endSize + 65535);
  uint64_t tailOffset = fileSize - tailSize;
  std::optional<std::vector<std::byte>> tail = readRange(file, fileSize, tailOffset, tailSize);
  if (!tail)
    return broken(path, "it cannot be read");
  std::optional<uint64_t> end;
  for (uint64_t at = tailSize < endSize ? 0 : tailSize - endSize + 1; at-- > 0;)
    if (u32(tail->data() + at) == endSignature && at + endSize + u16(tail->data() + at + 20) == tailSize) {
      end = at;
      break;
    }
  if (!end)
    return broken(path, "its end record is missing, so it is another format or truncated");

  uint64_t count = u16(tail->data() + *end + 10);
  uint64_t directorySize = u32(tail->data() + *end + 12);
  uint64_t directoryOffset = u32(tail->data() + *end + 16);
  if (count == 0xffff || directorySize == 0xffffffff || directoryOffset == 0xffffffff) {
    uint64_t endOffset = tailOffset + *end;
    auto locator =
        endOffset < locator64Size ? std::nullopt : readRange(file, fileSize, endOffset - locator64Size, locator64Size);
    if (locator && u32(locator->data()) == locator64Signature) {
      auto end64 = readRange(file, fileSize, u64(locator->data() + 8), end64Size);
      if (!end64 || u32(end64->data()) != end64Signature)
        return broken(path, "its zip64 end record is malformed");
      count = u64(end64->data() + 32);
      directorySize = u64(end64->data() + 40);
      directoryOffset = u64(end64->data() + 48);
    }
  }

  auto directory = readRange(file, fileSize, directoryOffset, directorySize);
  if (!directory)
    return broken(path, "its directory lies outside the file");
  if (count > directorySize / centralSize)
    return broken(path, "its directory is too small for the number of its entries");
  ZipReader reader;
  reader.path_ = path;
  uint64_t at = 0;
  for (uint64_t i = 0; i < count; ++i) {
    const std::byte *record = directory->data() + at;
    if (directorySize - at < centralSize || u32(record) != centralSignature)
      return broken(path, "its directory is malformed");
    size_t nameLength = u16(record + 28), extraLength = u16(record + 30), commentLength = u16(record + 32);
    if (nameLength + extraLength + commentLength > directorySize - at - centralSize)
      return broken(path, "its directory is malformed");
    ZipEntry entry;
    entry.flags = u16(record + 8);
    entry.method = u16(record + 10);
    entry.crc = u32(record + 16);
    entry.compressedSize = u32(record + 20);
    entry.size = u32(record + 24);
    entry.headerOffset = u32(record + 42);
    entry.name.assign(reinterpret_cast<const char *>(record + centralSize), nameLength);
    if (!applyZip64(record + centralSize + nameLength, extraLength, entry))
      return broken(path, "its directory is malformed");
    at += centralSize + nameLength + extraLength + commentLength;
    reader.entries_.push_back(std::move(entry));
  }
  return reader;
}

Result<std::vector<std::byte>> ZipReader::read(const ZipEntry &entry) const {
  auto fail = [&](std::string_view why) {
    return badInput(fmt::format("'{}' is damaged: entry '{}' {}", path_, entry.name, why));
  };
  if (entry.flags & 1)
    return fail("is encrypted");
  if (entry.method != 0 && entry.method != 8)
    return fail(fmt::format("uses compression method {}; only stored and deflate are supported", entry.method));
  std::error_code error;
  uint64_t fileSize = std::filesystem::file_size(path_, error);
  std::ifstream file(path_, std::ios::binary);
  if (error || !file)
    return badInput(fmt::format("cannot read '{}'", path_));
  auto header = readRange(file, fileSize, entry.headerOffset, localSize);
  if (!header || u32(header->data()) != localSignature)
    return fail("has no local header where the directory says");
  uint64_t offset = entry.headerOffset + localSize + u16(header->data() + 26) + u16(header->data() + 28);
  auto packed = readRange(file, fileSize, offset, entry.compressedSize);
  if (!packed)
    return fail("reaches beyond the end of the file");

  std::vector<std::byte> bytes;
  if (entry.method == 0) {
    if (entry.size != entry.compressedSize)
      return fail("is stored with two different sizes");
    bytes = std::move(*packed);
  } else {
    // Deflate shrinks to no less than 1/1032: a larger claim is false, and not worth its memory.
    if (entry.size / 1032 > entry.compressedSize)
      return fail("claims an impossible size");
    bytes.resize(entry.size);
    z_stream stream{};
    if (inflateInit2(&stream, -MAX_WBITS) != Z_OK)
      return fail("cannot be inflated: out of memory");
    // zlib counts in 32 bits, so both sides are handed over in pieces.
    uint64_t taken = 0, made = 0;
    int status = Z_OK;
    std::byte overflow;
    while (status == Z_OK) {
      uint64_t inPiece = std::min<uint64_t>(packed->size() - taken, 1u << 30);
      uint64_t outPiece = std::min<uint64_t>(bytes.size() - made, 1u << 30);
      stream.next_in = reinterpret_cast<Bytef *>(packed->data() + taken);
      stream.avail_in = uInt(inPiece);
      // One byte past the end tells a stream that is too long from one that needs no more room.
      stream.next_out = reinterpret_cast<Bytef *>(outPiece ? bytes.data() + made : &overflow);
      stream.avail_out = outPiece ? uInt(outPiece) : 1;
      status = inflate(&stream, Z_NO_FLUSH);
      uint64_t consumed = inPiece - stream.avail_in, produced = (outPiece ? outPiece : 1) - stream.avail_out;
      taken += consumed;
      if (outPiece)
        made += produced;
      else if (produced)
        status = Z_DATA_ERROR;
      if (!consumed && !produced && status == Z_OK)
        status = Z_BUF_ERROR;
    }
    inflateEnd(&stream);
    if (status != Z_STREAM_END || made != bytes.size())
      return fail("does not inflate to the size in the directory");
  }
  if (crc32_z(0, reinterpret_cast<const Bytef *>(bytes.data()), bytes.size()) != entry.crc)
    return fail("does not match its checksum");
  return bytes;
}

} // namespace mlc
