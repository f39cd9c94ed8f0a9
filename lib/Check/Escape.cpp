#include "Check/Escape.h"

#include <cstdint>

namespace mlc {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

// Length of the UTF-8 character at the beginning of `text`; 0 where there is none (RFC 3629).
size_t characterLength(std::string_view text) {
  auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  auto continues = [&](size_t count) {
    if (text.size() < count)
      return false;
    for (size_t i = 1; i < count; ++i)
      if ((byte(i) & 0xC0) != 0x80)
        return false;
    return true;
  };
  uint8_t first = byte(0);
  if (first < 0x80)
    return 1;
  if (first >= 0xC2 && first < 0xE0)
    return continues(2) ? 2 : 0;
  if (first >= 0xE0 && first < 0xF0) {
    if (!continues(3) || (first == 0xE0 && byte(1) < 0xA0) || (first == 0xED && byte(1) > 0x9F))
      return 0;
    return 3;
  }
  if (first >= 0xF0 && first < 0xF5) {
    if (!continues(4) || (first == 0xF0 && byte(1) < 0x90) || (first == 0xF4 && byte(1) > 0x8F))
      return 0;
    return 4;
  }
  return 0;
}

} // namespace

std::string escapeXml(std::string_view text) {
  std::string escaped;
  while (!text.empty()) {
    size_t length = characterLength(text);
    char c = text.front();
    if (length == 0 || (length == 1 && static_cast<uint8_t>(c) < 0x20 && c != '\n' && c != '\t') || c == 0x7F) {
      escaped += kReplacement;
      length = 1;
    } else if (c == '&') {
      escaped += "&amp;";
    } else if (c == '<') {
      escaped += "&lt;";
    } else if (c == '>') {
      escaped += "&gt;";
    } else if (c == '"') {
      escaped += "&quot;";
    } else if (c == '\'') {
      escaped += "&#39;";
    } else if (c == '\n') {
      escaped += "&#10;";
    } else {
      escaped += text.substr(0, length);
    }
    text.remove_prefix(length);
  }
  return escaped;
}

std::string escapeMarkdown(std::string_view text) {
  std::string escaped;
  while (!text.empty()) {
    size_t length = characterLength(text);
    char c = text.front();
    constexpr std::string_view kMarkup = "\\`*_[]<>|#~";
    if (length == 0 || (length == 1 && static_cast<uint8_t>(c) < 0x20)) {
      escaped += c == '\n' || c == '\t' ? std::string_view(" ") : kReplacement;
      length = 1;
    } else {
      if (length == 1 && kMarkup.find(c) != std::string_view::npos)
        escaped += '\\';
      escaped += text.substr(0, length);
    }
    text.remove_prefix(length);
  }
  return escaped;
}

} // namespace mlc
