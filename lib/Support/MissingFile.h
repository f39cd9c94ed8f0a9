// What to say of a file that is not there.
#pragma once

#include <string>

namespace mlc {

/// " (did you mean 'dir/model.onnx'?)" with the nearest name in the same folder, or "" where the file exists or no
/// name is near.
std::string didYouMeanFile(const std::string &path);

} // namespace mlc
