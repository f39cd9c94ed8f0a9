// What outputs are called when the user names none.
#pragma once

#include <string>

namespace mlc {

/// The model file's name without directory and extension; characters other than letters, digits, '.', '-' and
/// '_' become '_'. "model" where nothing is left.
std::string modelName(const std::string &path);

/// The name of an input or output as a file name: '/', '\' and ':' become '_'.
std::string fileNameOf(const std::string &tensorName);

} // namespace mlc
