// PNG files, by libpng.
#pragma once

#include "Support/Image.h"

namespace mlc {

/// The image of a PNG file of any kind, as parseImage says.
Result<Image> parsePng(std::span<const std::byte> bytes, const std::string &source);

} // namespace mlc
