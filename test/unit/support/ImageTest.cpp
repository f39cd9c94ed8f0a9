#include "Support/Image.h"
#include "TemporaryFolder.h"
#include "TestImages.h"

#include <cstring>

using namespace mlc;
using Catch::Contains;

namespace {
Image parsed(const std::string &bytes) {
  Result<Image> image = parseImage(bytesOf(bytes), "a.img");
  INFO((image ? "" : image.error().message));
  REQUIRE(image);
  return std::move(*image);
}

std::string failure(const std::string &bytes) {
  Result<Image> image = parseImage(bytesOf(bytes), "a.img");
  REQUIRE_FALSE(image);
  CHECK(image.error().code == ExitCode::BadInput);
  return image.error().message;
}

int largestDifference(const std::vector<uint8_t> &a, const std::vector<uint8_t> &b) {
  REQUIRE(a.size() == b.size());
  int largest = 0;
  for (size_t i = 0; i < a.size(); ++i)
    largest = std::max(largest, std::abs(int(a[i]) - int(b[i])));
  return largest;
}

uint32_t crc32Of(std::string_view bytes) {
  uint32_t crc = 0xffffffff;
  for (char c : bytes) {
    crc ^= uint8_t(c);
    for (int bit = 0; bit < 8; ++bit)
      crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc;
}

void putBigEndian(std::string &bytes, size_t at, uint32_t value) {
  for (int i = 0; i < 4; ++i)
    bytes[at + size_t(i)] = char(value >> (24 - 8 * i));
}
} // namespace

TEST_CASE("PNG of each kind") {
  Image color = scatteredImage(13, 9), gray = scatteredImage(13, 9, 1);
  Image read = parsed(pngOf(color));
  CHECK(read.width == 13);
  CHECK(read.height == 9);
  CHECK(read.channels == 3);
  CHECK(read.pixels == color.pixels);
  CHECK(parsed(pngOf(gray)).pixels == gray.pixels);

  // Transparent pixels keep their colour.
  std::vector<uint8_t> rgba{10, 20, 30, 0, 40, 50, 60, 128};
  CHECK(parsed(pngOf(2, 1, PNG_FORMAT_RGBA, rgba.data())).pixels == std::vector<uint8_t>{10, 20, 30, 40, 50, 60});
  std::vector<uint8_t> indices{1, 0, 1}, palette{1, 2, 3, 200, 100, 50};
  CHECK(parsed(pngOf(3, 1, PNG_FORMAT_RGB_COLORMAP, indices.data(), palette.data(), 2)).pixels ==
        std::vector<uint8_t>{200, 100, 50, 1, 2, 3, 200, 100, 50});
  // The high byte of 16 bits, without the gamma that libpng writes beside them.
  std::vector<uint16_t> deep{0x80ff, 0x12f0};
  CHECK(parsed(pngOf(2, 1, PNG_FORMAT_LINEAR_Y, deep.data())).pixels == std::vector<uint8_t>{0x80, 0x12});
}

TEST_CASE("JPEG of each kind") {
  // Smooth, since that is what JPEG keeps.
  Image color(24, 17, 3), gray(24, 17, 1);
  for (int64_t i = 0; i < 24 * 17; ++i) {
    gray.pixels[size_t(i)] = uint8_t(i % 24 * 9 + i / 24 * 2);
    for (int64_t c = 0; c < 3; ++c)
      color.pixels[size_t(3 * i + c)] = uint8_t(i % 24 * 5 + i / 24 * 3 + c * 40);
  }
  CHECK(largestDifference(parsed(jpegOf(gray)).pixels, gray.pixels) <= 2);
  for (bool progressive : {false, true}) {
    Image read = parsed(jpegOf(color, progressive));
    CHECK(read.width == 24);
    CHECK(read.height == 17);
    CHECK(read.channels == 3);
    CHECK(largestDifference(read.pixels, color.pixels) <= 3);
  }
  // Without black ink orange, with half of it half as bright.
  std::vector<uint8_t> cmyk;
  for (int i = 0; i < 64; ++i)
    cmyk.insert(cmyk.end(), {255, 128, 0, uint8_t(i % 8 < 4 ? 255 : 128)});
  std::vector<uint8_t> light = parsed(jpegOf(8, 8, 4, cmyk.data())).pixels;
  CHECK(largestDifference({light.begin(), light.begin() + 3}, {255, 128, 0}) <= 3);
  CHECK(largestDifference({light.begin() + 21, light.begin() + 24}, {128, 64, 0}) <= 3);
}

TEST_CASE("images that are damaged, at each place") {
  Image image = scatteredImage(13, 9);
  for (const std::string &whole : {pngOf(image), jpegOf(image), jpegOf(image, true)}) {
    for (size_t length = 0; length < whole.size(); ++length) {
      INFO("length " << length << " of " << whole.size());
      // JPEG ends with a marker of 2 bytes, by which no pixel is lost.
      bool complete = whole[0] == '\xff' && length + 2 >= whole.size();
      std::string message = complete ? "'a.img'" : failure(whole.substr(0, length));
      CHECK_THAT(message, Contains("'a.img'"));
    }
    // No change of a byte may do worse than fail.
    for (size_t at = 0; at < whole.size(); ++at)
      for (uint8_t flip : {0x01, 0x80, 0xff}) {
        std::string bytes = whole;
        bytes[at] = char(uint8_t(bytes[at]) ^ flip);
        Result<Image> read = parseImage(bytesOf(bytes), "a.img");
        CHECK((!read || read->pixels.size() == size_t(read->width * read->height * read->channels)));
      }
  }
  CHECK_THAT(failure(pngOf(image).substr(0, 60)), Contains("damaged PNG file: the file ends early"));
  CHECK_THAT(failure(jpegOf(image).substr(0, 700)), Contains("damaged JPEG file: Premature end of JPEG file"));
  CHECK_THAT(failure("GIF89a"), Contains("neither PNG nor JPEG"));
  CHECK_THAT(failure(""), Contains("it is empty"));
}

TEST_CASE("images that say they are enormous are refused before they take memory") {
  std::string png = pngOf(scatteredImage(2, 2));
  putBigEndian(png, 16, 200'000); // the width, in IHDR: name at 12, CRC at 29
  putBigEndian(png, 20, 200'000);
  putBigEndian(png, 29, crc32Of(std::string_view(png).substr(12, 17)));
  CHECK_THAT(failure(png), Contains("'a.img' has 200000 x 200000 pixels; at most 100 million"));
  std::string jpeg = jpegOf(scatteredImage(2, 2));
  size_t frame = jpeg.find("\xff\xc0");
  REQUIRE(frame != std::string::npos);
  std::memcpy(jpeg.data() + frame + 5, "\xff\x00\xff\x00", 4);
  CHECK_THAT(failure(jpeg), Contains("'a.img' has 65280 x 65280 pixels"));
}

TEST_CASE("gray and colour become each other") {
  Image color = scatteredImage(6, 1);
  // Pillow's convert("L") of the same.
  CHECK(withChannels(color, 1).pixels == std::vector<uint8_t>{43, 50, 71, 106, 155, 189});
  Image gray(2, 1, 1);
  gray.pixels = {7, 9};
  CHECK(withChannels(gray, 3).pixels == std::vector<uint8_t>{7, 7, 7, 9, 9, 9});
  CHECK(withChannels(color, 3).pixels == color.pixels);
}

TEST_CASE("a file that is not there is named") {
  TemporaryFolder folder;
  Result<Image> image = readImage(folder / "none.png");
  REQUIRE_FALSE(image);
  CHECK_THAT(image.error().message, Contains("none.png"));
  Result<Image> read = readImage(folder.write("a.jpg", pngOf(scatteredImage(3, 2))));
  REQUIRE(read); // the content counts, not the name
  CHECK(read->width == 3);
}
