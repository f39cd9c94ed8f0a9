// An image in memory, and the files that hold one.
#pragma once

#include "mlcompress/Result.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace mlc {

/// Rows from top to bottom, the channels of a pixel side by side: 1 (gray) or 3 (red, green, blue).
struct Image {
  int64_t width = 0;
  int64_t height = 0;
  int64_t channels = 0;
  std::vector<uint8_t> pixels; ///< height * width * channels

  Image() = default;
  Image(int64_t width, int64_t height, int64_t channels)
      : width(width), height(height), channels(channels), pixels(size_t(width * height * channels)) {}
};

/// Files that say they are larger are refused before memory is taken for them.
constexpr int64_t maxImagePixels = 100'000'000;

/// A PNG or JPEG file, told apart by its first bytes, as Pillow's convert("L") or convert("RGB") gives it: 16-bit
/// samples keep their high byte; transparency, colour profiles, gamma and orientation are left aside. Data that are
/// damaged or end early are an Error. `source` names the file in messages.
Result<Image> parseImage(std::span<const std::byte> bytes, const std::string &source);

Result<Image> readImage(const std::string &path);

/// Gray to three equal channels, or colours to luma (ITU-R BT.601, in Pillow's integer arithmetic); the image itself
/// where it has that many.
Image withChannels(Image image, int64_t channels);

} // namespace mlc
