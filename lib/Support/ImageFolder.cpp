#include "Support/ImageFolder.h"

#include "Support/EditDistance.h"
#include "Support/OutputNames.h"

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <set>

namespace mlc {

namespace fs = std::filesystem;

namespace {
enum class Kind { Image, UnreadableImage, Other };

Kind kindOf(const fs::path &path) {
  std::string extension = path.extension().string();
  for (char &c : extension)
    c = char(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  for (const char *known : {".png", ".jpg", ".jpeg"})
    if (extension == known)
      return Kind::Image;
  for (const char *known : {".bmp", ".gif", ".webp", ".tif", ".tiff", ".ppm", ".heic", ".avif"})
    if (extension == known)
      return Kind::UnreadableImage;
  return Kind::Other;
}

bool hidden(const fs::path &path) { return path.filename().string().starts_with("."); }

struct Contents {
  std::vector<fs::path> images, folders;
};

/// What is directly in a folder, sorted.
Result<Contents> contentsOf(const fs::path &folder) {
  Contents contents;
  std::error_code error, ignored;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    const fs::path &path = it->path();
    if (hidden(path))
      continue;
    if (it->is_directory(ignored))
      contents.folders.push_back(path);
    else if (kindOf(path) == Kind::Image)
      contents.images.push_back(path);
    else if (kindOf(path) == Kind::UnreadableImage)
      return badInput(
          fmt::format("'{}' is of a kind that is not read; convert it to PNG or JPEG, or take it away", path.string()));
  }
  if (error)
    return badInput(fmt::format("cannot read the folder '{}': {}", folder.string(), error.message()));
  std::sort(contents.images.begin(), contents.images.end());
  std::sort(contents.folders.begin(), contents.folders.end());
  return contents;
}

/// All images of a folder of one class, at any depth below. Links to folders are not followed there: one to a folder
/// above would give its images many times.
Result<void> collect(const fs::path &folder, std::vector<fs::path> &images) {
  Result<Contents> contents = contentsOf(folder);
  if (!contents)
    return contents.error();
  images.insert(images.end(), contents->images.begin(), contents->images.end());
  std::error_code ignored;
  for (const fs::path &inner : contents->folders)
    if (!fs::is_symlink(inner, ignored))
      if (auto result = collect(inner, images); !result)
        return result;
  return {};
}

Result<int64_t> classIndex(const fs::path &folder, const std::vector<std::string> &classes) {
  std::string name = folder.filename().string();
  auto found = std::find(classes.begin(), classes.end(), name);
  if (found == classes.end())
    return badInput(fmt::format("the folder '{}' is none of the \"classes\" of {}{}", folder.string(), preprocessFile,
                                didYouMean(name, classes)));
  return found - classes.begin();
}
} // namespace

bool isImageFolder(const std::string &folder) {
  std::error_code error, ignored;
  auto anyImage = [&](auto iterator) {
    for (decltype(iterator) end; !error && iterator != end; iterator.increment(error))
      if (!hidden(iterator->path()) && kindOf(iterator->path()) != Kind::Other && !iterator->is_directory(ignored))
        return true;
    return false;
  };
  if (fs::exists(fs::path(folder) / preprocessFile, ignored) || anyImage(fs::directory_iterator(folder, error)))
    return true;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    std::error_code inner;
    if (!hidden(it->path()) && it->is_directory(ignored))
      for (fs::recursive_directory_iterator file(it->path(), inner), none; !inner && file != none;
           file.increment(inner))
        if (!hidden(file->path()) && kindOf(file->path()) != Kind::Other && !file->is_directory(ignored))
          return true;
  }
  return false;
}

Result<std::vector<ImagePlace>> listImages(const std::string &folder, const std::vector<std::string> &classes) {
  Result<Contents> contents = contentsOf(folder);
  if (!contents)
    return contents.error();
  struct Found {
    fs::path path;
    std::optional<int64_t> label;
  };
  std::vector<Found> found;
  for (const fs::path &path : contents->images)
    found.push_back({path, {}});
  for (size_t i = 0; i < contents->folders.size(); ++i) {
    const fs::path &inner = contents->folders[i];
    std::vector<fs::path> images;
    if (auto result = collect(inner, images); !result)
      return result.error();
    if (!contents->images.empty() && !images.empty())
      return badInput(
          fmt::format("'{}' holds images both directly and in the sub-folder '{}'; put all into sub-folders, "
                      "whose names are the classes, or none",
                      folder, inner.filename().string()));
    if (!contents->images.empty())
      continue;
    if (images.empty() && !classes.empty())
      continue;
    if (images.empty())
      return badInput(
          fmt::format("the sub-folder '{}' holds no image, but counts as a class; take it away, or name the "
                      "classes in order, as \"classes\" of {}",
                      inner.string(), preprocessFile));
    Result<int64_t> label = classes.empty() ? Result<int64_t>(int64_t(i)) : classIndex(inner, classes);
    if (!label)
      return label.error();
    for (const fs::path &path : images)
      found.push_back({path, *label});
  }
  if (found.empty())
    return badInput(fmt::format("the folder '{}' holds no image (.png, .jpg, .jpeg)", folder));

  std::vector<ImagePlace> places;
  std::set<std::string> names;
  for (const auto &[path, label] : found) {
    fs::path within = path.lexically_relative(folder);
    std::string name = fileNameOf(fs::path(within).replace_extension().string());
    // a.png beside a.jpg, or a/b.png beside a_b/….
    if (names.contains(name))
      name = fileNameOf(within.string());
    for (std::string base = name; !names.insert(name).second;)
      name = fmt::format("{}_{}", base, places.size());
    places.push_back({path.string(), name, label});
  }
  return places;
}

} // namespace mlc
