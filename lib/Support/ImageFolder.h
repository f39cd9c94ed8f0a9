// The images of a folder, and their classes.
#pragma once

#include "mlcompress/Result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mlc {

struct ImagePlace {
  std::string path;
  std::string name; ///< of the sample: the path within the folder, without extension, '/' as '_'; unique
  std::optional<int64_t> label;
};

/// The name of the description that a folder of images may hold.
constexpr const char *preprocessFile = "preprocess.json";

/// Whether a folder holds images or a description of them: directly or in its sub-folders.
bool isImageFolder(const std::string &folder);

/// The .png, .jpg and .jpeg files in the order of their paths: those directly in the folder, without labels, or those
/// in its sub-folders, whose places in the sorted order of their names, or in `classes`, are the labels. Hidden files
/// and folders are left out, other files too, but images of kinds that cannot be read are an Error.
Result<std::vector<ImagePlace>> listImages(const std::string &folder, const std::vector<std::string> &classes);

} // namespace mlc
