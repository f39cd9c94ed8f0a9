// Whole files in and out of memory.
#pragma once

#include "mlcompress/Result.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace mlc {

/// The file's bytes; an Error that names the file where it is missing, a directory, or unreadable.
Result<std::vector<std::byte>> readFile(const std::string &path);

/// Writes the bytes, replacing a file of that name; an Error that names the file where that fails (a full disk
/// included).
Result<void> writeFile(const std::string &path, std::string_view bytes);

} // namespace mlc
