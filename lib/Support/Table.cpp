#include "Support/Table.h"

#include <algorithm>
#include <cassert>
#include <fmt/format.h>

namespace mlc {

/// Characters of UTF-8 text: bytes that do not continue one.
static size_t width(const std::string &text) {
  return size_t(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

void Table::addRow(std::vector<std::string> cells) {
  assert(cells.size() <= columns_.size());
  cells.resize(columns_.size());
  rows_.push_back(std::move(cells));
}

std::string Table::text() const {
  std::vector<size_t> widths;
  std::vector<std::string> titles;
  for (size_t c = 0; c < columns_.size(); ++c) {
    titles.push_back(columns_[c].first);
    widths.push_back(width(columns_[c].first));
    for (const std::vector<std::string> &row : rows_)
      widths[c] = std::max(widths[c], width(row[c]));
  }
  std::string text;
  auto add = [&](const std::vector<std::string> &row) {
    std::string line;
    for (size_t c = 0; c < row.size(); ++c) {
      std::string pad(widths[c] - width(row[c]), ' ');
      line += c ? "  " : "";
      line += columns_[c].second == Align::Right ? pad + row[c] : row[c] + pad;
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + '\n';
  };
  if (std::any_of(titles.begin(), titles.end(), [](const std::string &title) { return !title.empty(); }))
    add(titles);
  for (const std::vector<std::string> &row : rows_)
    add(row);
  return text;
}

std::string formatBytes(int64_t bytes) {
  if (bytes < 1024)
    return fmt::format("{} B", bytes);
  double value = double(bytes);
  const char *unit = "B";
  for (const char *next : {"KiB", "MiB", "GiB", "TiB"}) {
    if (value < 1023.95) // what would be printed as 1024.0 belongs to the next unit
      break;
    value /= 1024;
    unit = next;
  }
  return fmt::format("{:.1f} {}", value, unit);
}

std::string formatSeconds(double seconds) {
  if (seconds < 0.9995)
    return fmt::format("{:.0f} ms", seconds * 1000);
  if (seconds < 59.95)
    return fmt::format("{:.1f} s", seconds);
  int64_t whole = int64_t(seconds + 0.5);
  return fmt::format("{} min {} s", whole / 60, whole % 60);
}

} // namespace mlc
