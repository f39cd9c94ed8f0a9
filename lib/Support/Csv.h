// Comma-separated values (RFC 4180), with a header.
#pragma once

#include "mlcompress/Result.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace mlc {

/// A .csv file, of which rows are read one at a time: it is mapped, and only their places are kept.
class CsvFile {
public:
  struct Row {
    int64_t line = 0; ///< of the file, from 1, where the row begins
    std::vector<std::string> fields;
  };

  /// Checks the whole file: quotes, and that all rows have as many fields as the header. Lines end with LF or CRLF;
  /// empty ones and a byte order mark are skipped.
  static Result<CsvFile> open(const std::string &path);

  const std::string &path() const { return path_; }
  const std::vector<std::string> &header() const { return header_; }
  size_t rows() const { return places_.size(); }
  Row row(size_t index) const;

private:
  struct Place {
    size_t at;
    int64_t line;
  };

  std::string path_;
  std::shared_ptr<const void> mapping_;
  std::string_view text_;
  std::vector<std::string> header_;
  std::vector<Place> places_;
};

} // namespace mlc
