// Text inside of other languages.
#pragma once

#include <string>
#include <string_view>

namespace mlc {

/// For XML and HTML, in text and in attributes: the five characters that mean something there are replaced, and what
/// XML cannot hold (control characters, bytes that are not UTF-8) becomes U+FFFD.
std::string escapeXml(std::string_view text);

/// For a cell of a Markdown table: one line, without anything that Markdown would read as markup.
std::string escapeMarkdown(std::string_view text);

} // namespace mlc
