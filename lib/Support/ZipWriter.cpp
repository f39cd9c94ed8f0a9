#include "Support/ZipWriter.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <zlib.h>

namespace mlc {

namespace {
constexpr uint64_t limit32 = 0xffffffff;
constexpr uint16_t midnight = 0, firstOf1980 = 0x21; // the earliest time a zip can say

void append(std::string &text, uint64_t value, size_t bytes) {
  for (size_t i = 0; i < bytes; ++i)
    text += char(value >> (8 * i) & 0xff);
}

/// Raw deflate; nothing where zlib fails.
bool deflateBytes(std::string_view input, std::string &output) {
  z_stream stream{};
  if (deflateInit2(&stream, 6, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK)
    return false;
  std::vector<Bytef> chunk(1 << 18);
  size_t taken = 0;
  int status = Z_OK;
  while (status == Z_OK) {
    size_t piece = std::min<size_t>(input.size() - taken, 1u << 30);
    stream.next_in = reinterpret_cast<Bytef *>(const_cast<char *>(input.data() + taken));
    stream.avail_in = uInt(piece);
    stream.next_out = chunk.data();
    stream.avail_out = uInt(chunk.size());
    status = deflate(&stream, taken + piece == input.size() ? Z_FINISH : Z_NO_FLUSH);
    taken += piece - stream.avail_in;
    output.append(reinterpret_cast<char *>(chunk.data()), chunk.size() - stream.avail_out);
  }
  deflateEnd(&stream);
  return status == Z_STREAM_END;
}
} // namespace

Result<ZipWriter> ZipWriter::create(const std::string &path) {
  ZipWriter writer;
  writer.path_ = path;
  writer.file_.open(path, std::ios::binary | std::ios::trunc);
  if (!writer.file_)
    return badInput(fmt::format("cannot write '{}': {}", path, std::strerror(errno)));
  return writer;
}

Result<void> ZipWriter::write(std::string_view bytes) {
  if (!file_.write(bytes.data(), std::streamsize(bytes.size())))
    return badInput(fmt::format("cannot write '{}': {}", path_, std::strerror(errno)));
  offset_ += bytes.size();
  return {};
}

Result<void> ZipWriter::add(const std::string &name, std::string_view contents, ZipMethod method) {
  if (name.size() > 0xffff)
    return badInput(fmt::format("cannot write '{}': the entry name '{}…' is too long", path_, name.substr(0, 60)));
  std::string packed;
  if (method == ZipMethod::Deflate && !deflateBytes(contents, packed))
    return badInput(fmt::format("cannot write '{}': out of memory", path_));
  std::string_view stored = method == ZipMethod::Deflate ? std::string_view(packed) : contents;
  uint32_t crc = uint32_t(crc32_z(0, reinterpret_cast<const Bytef *>(contents.data()), contents.size()));
  bool largeSize = contents.size() >= limit32 || stored.size() >= limit32, largeOffset = offset_ >= limit32;
  uint64_t headerOffset = offset_;

  // The fields that the local header and the directory share, from "version needed" to the lengths.
  auto common = [&](bool large, size_t extra) {
    std::string text;
    append(text, large ? 45 : 20, 2);
    append(text, 0x800, 2); // names are UTF-8
    append(text, uint16_t(method), 2);
    append(text, midnight, 2);
    append(text, firstOf1980, 2);
    append(text, crc, 4);
    append(text, largeSize ? limit32 : stored.size(), 4);
    append(text, largeSize ? limit32 : contents.size(), 4);
    append(text, name.size(), 2);
    append(text, extra, 2);
    return text;
  };
  auto extraField = [&](bool withOffset) {
    std::string values;
    if (largeSize) {
      append(values, contents.size(), 8);
      append(values, stored.size(), 8);
    }
    if (withOffset)
      append(values, headerOffset, 8);
    if (values.empty())
      return values;
    std::string field;
    append(field, 1, 2);
    append(field, values.size(), 2);
    return field + values;
  };

  std::string extra = extraField(false), local;
  append(local, 0x04034b50, 4);
  local += common(largeSize, extra.size()) + name + extra;
  if (auto result = write(local); !result)
    return result;
  if (auto result = write(stored); !result)
    return result;

  extra = extraField(largeOffset);
  append(directory_, 0x02014b50, 4);
  append(directory_, 45, 2); // made by version 4.5 of the format, on no particular system
  directory_ += common(largeSize || largeOffset, extra.size());
  directory_.append(2 + 2 + 2 + 4, char(0)); // comment length, disk, attributes
  append(directory_, largeOffset ? limit32 : headerOffset, 4);
  directory_ += name + extra;
  ++count_;
  return {};
}

Result<void> ZipWriter::finish() {
  uint64_t directoryOffset = offset_, directorySize = directory_.size();
  if (auto result = write(directory_); !result)
    return result;
  std::string end;
  bool large = count_ >= 0xffff || directoryOffset >= limit32 || directorySize >= limit32;
  if (large) {
    uint64_t end64Offset = offset_;
    append(end, 0x06064b50, 4);
    append(end, 44, 8);
    append(end, 45, 2);
    append(end, 45, 2);
    append(end, 0, 8);
    append(end, count_, 8);
    append(end, count_, 8);
    append(end, directorySize, 8);
    append(end, directoryOffset, 8);
    append(end, 0x07064b50, 4);
    append(end, 0, 4);
    append(end, end64Offset, 8);
    append(end, 1, 4);
  }
  append(end, 0x06054b50, 4);
  append(end, 0, 4);
  append(end, large ? 0xffff : count_, 2);
  append(end, large ? 0xffff : count_, 2);
  append(end, large ? limit32 : directorySize, 4);
  append(end, large ? limit32 : directoryOffset, 4);
  append(end, 0, 2);
  if (auto result = write(end); !result)
    return result;
  file_.close();
  if (!file_)
    return badInput(fmt::format("cannot write '{}': {}", path_, std::strerror(errno)));
  return {};
}

} // namespace mlc
