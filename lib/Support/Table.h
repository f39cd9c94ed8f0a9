// Small tables for the terminal.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace mlc {

/// Columns as wide as their widest cell, two spaces apart; widths count characters, not bytes.
class Table {
public:
  enum class Align { Left, Right };

  /// A title of "" in all columns prints no heading.
  explicit Table(std::vector<std::pair<std::string, Align>> columns) : columns_(std::move(columns)) {}

  /// Missing cells are empty; there may not be more than columns.
  void addRow(std::vector<std::string> cells);

  bool empty() const { return rows_.empty(); }

  /// Lines without trailing spaces, each with a newline.
  std::string text() const;

private:
  std::vector<std::pair<std::string, Align>> columns_;
  std::vector<std::vector<std::string>> rows_;
};

/// "512 B", "1.5 KiB", "23.4 MiB".
std::string formatBytes(int64_t bytes);

/// "850 ms", "3.2 s", "2 min 5 s".
std::string formatSeconds(double seconds);

} // namespace mlc
