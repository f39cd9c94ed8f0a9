// SHA-256 (FIPS 180-4) as 64 lower-case hexadecimal digits.
#pragma once

#include "mlcompress/Result.h"

#include <string>
#include <string_view>

namespace mlc {

std::string sha256(std::string_view bytes);

/// Of a file's contents, read in pieces.
Result<std::string> sha256File(const std::string &path);

/// Of a file, or of a directory: then of the sorted list of "hash  relative/path" lines of the regular files in
/// it, as `sha256sum` prints them.
Result<std::string> sha256Tree(const std::string &path);

} // namespace mlc
