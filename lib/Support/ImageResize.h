// Images in other sizes.
#pragma once

#include "Support/Image.h"

namespace mlc {

enum class Interpolation { Nearest, Bilinear, Bicubic };

/// The image at `width` x `height`, both at least 1. With `antialias`, where it shrinks, the filter widens with the
/// scale: to the bit what Pillow's Image.resize gives. Without, it reads the nearest 2 or 4 pixels along each axis
/// whatever the scale, as OpenCV and ONNX Resize do. Nearest has no filter, and ignores `antialias`.
Image resized(const Image &image, int64_t width, int64_t height, Interpolation interpolation, bool antialias = true);

/// The part of `width` x `height` whose upper left corner is at (x, y); it must lie within the image.
Image cropped(const Image &image, int64_t x, int64_t y, int64_t width, int64_t height);

} // namespace mlc
