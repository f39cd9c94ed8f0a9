#include "Support/Csv.h"

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <llvm/Support/MemoryBuffer.h>
#include <optional>

namespace mlc {

namespace {
/// Where reading is: byte and line.
struct Cursor {
  std::string_view text;
  size_t at = 0;
  int64_t line = 1;

  bool ended() const { return at >= text.size(); }
  /// Steps over the end of a line, if it is here.
  bool endOfLine() {
    size_t length = text.substr(at, 2) == "\r\n" ? 2 : text.substr(at, 1) == "\n" ? 1 : 0;
    at += length;
    line += length > 0;
    return length > 0;
  }
};

/// What is wrong with a record, and the line of that.
struct Flaw {
  int64_t line;
  std::string message;
};

/// Reads a record's fields and steps over the end of its line.
std::optional<Flaw> readRecord(Cursor &cursor, std::vector<std::string> &fields) {
  fields.clear();
  std::string_view text = cursor.text;
  while (true) {
    std::string &field = fields.emplace_back();
    if (!cursor.ended() && text[cursor.at] == '"') {
      int64_t opened = cursor.line;
      ++cursor.at;
      while (true) {
        size_t quote = text.find('"', cursor.at);
        if (quote == std::string_view::npos)
          return Flaw{opened, fmt::format("the quote that opens field {} is not closed", fields.size())};
        cursor.line += std::count(text.begin() + cursor.at, text.begin() + quote, '\n');
        field += text.substr(cursor.at, quote - cursor.at);
        cursor.at = quote + 1;
        if (text.substr(cursor.at, 1) != "\"")
          break;
        field += '"';
        ++cursor.at;
      }
    } else {
      size_t end = std::min(text.find_first_of(",\n", cursor.at), text.size());
      if (end < text.size() && text[end] == '\n' && end > cursor.at && text[end - 1] == '\r')
        --end;
      field = text.substr(cursor.at, end - cursor.at);
      cursor.at = end;
    }
    if (cursor.ended() || cursor.endOfLine())
      return std::nullopt;
    if (text[cursor.at] != ',')
      return Flaw{cursor.line, fmt::format("field {} goes on after its closing quote; a quote within is written twice",
                                           fields.size())};
    ++cursor.at;
  }
}
} // namespace

Result<CsvFile> CsvFile::open(const std::string &path) {
  std::error_code status;
  if (std::filesystem::is_directory(path, status))
    return badInput(fmt::format("cannot read '{}': it is a directory, a file was expected", path));
  auto opened = llvm::MemoryBuffer::getFile(path, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!opened)
    return badInput(fmt::format("cannot read '{}': {}", path, opened.getError().message()));
  std::shared_ptr<const llvm::MemoryBuffer> buffer(std::move(*opened));
  CsvFile file;
  file.path_ = path;
  file.text_ = std::string_view(buffer->getBufferStart(), buffer->getBufferSize());
  file.mapping_ = std::move(buffer);
  Cursor cursor{file.text_};
  if (file.text_.starts_with("\xef\xbb\xbf"))
    cursor.at = 3;
  auto skipEmptyLines = [&] {
    while (cursor.endOfLine())
      continue;
  };
  auto flawed = [&](const Flaw &flaw) {
    return badInput(fmt::format("'{}', line {}: {}", path, flaw.line, flaw.message));
  };

  skipEmptyLines();
  if (cursor.ended())
    return badInput(fmt::format("'{}' is empty; its first line should name the columns", path));
  if (auto flaw = readRecord(cursor, file.header_))
    return flawed(*flaw);
  skipEmptyLines();
  std::vector<std::string> fields;
  while (!cursor.ended()) {
    Place place{cursor.at, cursor.line};
    if (auto flaw = readRecord(cursor, fields))
      return flawed(*flaw);
    if (fields.size() != file.header_.size())
      return flawed({place.line, fmt::format("it has {} field{}, but the header names {}", fields.size(),
                                             fields.size() == 1 ? "" : "s", file.header_.size())});
    file.places_.push_back(place);
    skipEmptyLines();
  }
  return file;
}

CsvFile::Row CsvFile::row(size_t index) const {
  Row row;
  row.line = places_.at(index).line;
  Cursor cursor{text_, places_[index].at, row.line};
  // open() has read it before: it has no flaw.
  (void)readRecord(cursor, row.fields);
  return row;
}

} // namespace mlc
