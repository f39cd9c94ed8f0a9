#include "Support/OutputNames.h"

#include "mlcompress/Compiler.h"

#include <cctype>
#include <filesystem>

namespace mlc {

std::string modelName(const std::string &path) {
  std::string name = std::filesystem::path(path).stem().string();
  for (char &c : name)
    if (!std::isalnum(static_cast<unsigned char>(c)) && c != '.' && c != '-' && c != '_')
      c = '_';
  return name.empty() ? "model" : name;
}

std::string fileNameOf(const std::string &tensorName) {
  std::string name = tensorName;
  for (char &c : name)
    if (c == '/' || c == '\\' || c == ':')
      c = '_';
  return name;
}

std::string defaultOutputDirectory(const std::string &model, const std::string &target, const std::string &precision) {
  return modelName(model) + "-" + target + (precision.empty() ? "" : "-" + precision);
}

} // namespace mlc
