#include "Support/MissingFile.h"

#include "Support/EditDistance.h"

#include <algorithm>
#include <filesystem>

namespace mlc {

namespace fs = std::filesystem;

std::string didYouMeanFile(const std::string &path) {
  std::error_code error;
  if (fs::exists(path, error))
    return "";
  fs::path folder = fs::path(path).parent_path();
  std::vector<std::string> names;
  for (fs::directory_iterator it(folder.empty() ? "." : folder, error), end; !error && it != end; it.increment(error))
    if (std::string name = it->path().filename().string(); !name.starts_with("."))
      names.push_back(name);
  std::sort(names.begin(), names.end()); // of equally near ones always the same
  auto nearest = nearestName(fs::path(path).filename().string(), names);
  return nearest ? " (did you mean '" + (folder / *nearest).string() + "'?)" : "";
}

} // namespace mlc
