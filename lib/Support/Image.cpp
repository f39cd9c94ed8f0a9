#include "Support/Image.h"

#include "Support/FileBytes.h"
#include "Support/Jpeg.h"
#include "Support/Png.h"

#include <cstring>
#include <fmt/format.h>

namespace mlc {

namespace {
bool startsWith(std::span<const std::byte> bytes, std::string_view signature) {
  return bytes.size() >= signature.size() && std::memcmp(bytes.data(), signature.data(), signature.size()) == 0;
}
} // namespace

Result<Image> parseImage(std::span<const std::byte> bytes, const std::string &source) {
  if (startsWith(bytes, "\x89PNG\r\n\x1a\n"))
    return parsePng(bytes, source);
  if (startsWith(bytes, "\xff\xd8\xff"))
    return parseJpeg(bytes, source);
  return badInput(fmt::format("'{}' is not an image that can be read: it is {}; convert it to PNG or JPEG", source,
                              bytes.empty() ? "empty" : "neither PNG nor JPEG, whatever its name says"));
}

Result<Image> readImage(const std::string &path) {
  Result<std::vector<std::byte>> bytes = readFile(path);
  if (!bytes)
    return bytes.error();
  return parseImage(*bytes, path);
}

Image withChannels(Image image, int64_t channels) {
  if (image.channels == channels)
    return image;
  Image result(image.width, image.height, channels);
  const uint8_t *in = image.pixels.data();
  uint8_t *out = result.pixels.data();
  for (int64_t i = 0, count = image.width * image.height; i < count; ++i) {
    if (channels == 3)
      out[3 * i] = out[3 * i + 1] = out[3 * i + 2] = in[i];
    else
      out[i] = uint8_t((in[3 * i] * 19595 + in[3 * i + 1] * 38470 + in[3 * i + 2] * 7471 + 0x8000) >> 16);
  }
  return result;
}

} // namespace mlc
