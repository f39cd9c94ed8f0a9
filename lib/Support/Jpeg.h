// JPEG files, by libjpeg-turbo.
#pragma once

#include "Support/Image.h"

namespace mlc {

/// The image of a JPEG file, gray, colour or CMYK (taken as inverted, as Adobe's programs write it), as parseImage
/// says.
Result<Image> parseJpeg(std::span<const std::byte> bytes, const std::string &source);

} // namespace mlc
