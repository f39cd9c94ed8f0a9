#include "Support/ImageResize.h"
#include "TestImages.h"

using namespace mlc;

namespace {
struct Case {
  Interpolation interpolation;
  int64_t width, height;
  int64_t sum; ///< of what Pillow 13's Image.resize gives, by `sumOf`
};

/// A figure that each pixel and its place changes.
int64_t sumOf(const Image &image) {
  int64_t sum = 0;
  for (uint8_t pixel : image.pixels)
    sum = (sum * 31 + pixel) % 1'000'000'007;
  return sum;
}
} // namespace

TEST_CASE("resizing is Pillow's, to the bit") {
  Image image = scatteredImage(13, 9);
  for (const Case &c : std::vector<Case>{
           {Interpolation::Nearest, 5, 4, 387288618},
           {Interpolation::Nearest, 17, 11, 565194340},
           {Interpolation::Nearest, 13, 4, 73367462},
           {Interpolation::Nearest, 30, 9, 45247751},
           {Interpolation::Nearest, 1, 1, 121672},
           {Interpolation::Bilinear, 5, 4, 400690292},
           {Interpolation::Bilinear, 17, 11, 725075242},
           {Interpolation::Bilinear, 13, 4, 11417088},
           {Interpolation::Bilinear, 30, 9, 494956760},
           {Interpolation::Bilinear, 1, 1, 131165},
           {Interpolation::Bicubic, 5, 4, 681131351},
           {Interpolation::Bicubic, 17, 11, 461428064},
           {Interpolation::Bicubic, 13, 4, 248631482},
           {Interpolation::Bicubic, 30, 9, 883620354},
           {Interpolation::Bicubic, 1, 1, 130204},
       }) {
    INFO(int(c.interpolation) << " to " << c.width << " x " << c.height);
    Image result = resized(image, c.width, c.height, c.interpolation);
    CHECK(result.width == c.width);
    CHECK(result.height == c.height);
    CHECK(sumOf(result) == c.sum);
  }
  CHECK(resized(image, 13, 9, Interpolation::Bicubic).pixels == image.pixels);
  // The first row at 5 x 4, to see how far a mistake is off.
  std::vector<uint8_t> row{40, 94, 147, 113, 144, 136, 145, 117, 120, 152, 134, 134, 128, 125, 138};
  Image small = resized(image, 5, 4, Interpolation::Bilinear);
  CHECK(std::vector<uint8_t>(small.pixels.begin(), small.pixels.begin() + 15) == row);
}

TEST_CASE("without antialiasing, shrinking reads the nearest pixels only") {
  Image image(8, 1, 1);
  image.pixels = {0, 10, 20, 30, 100, 110, 200, 250};
  // Centers of the result lie between pixels 1 and 2, and 5 and 6.
  CHECK(resized(image, 2, 1, Interpolation::Bilinear, false).pixels == std::vector<uint8_t>{15, 155});
  CHECK(resized(image, 2, 1, Interpolation::Bilinear, true).pixels != std::vector<uint8_t>{15, 155});
}

TEST_CASE("cropping") {
  Image image = scatteredImage(5, 4, 1), part = cropped(image, 1, 2, 3, 2);
  for (int64_t y = 0; y < 2; ++y)
    for (int64_t x = 0; x < 3; ++x)
      CHECK(part.pixels[size_t(3 * y + x)] == image.pixels[size_t(5 * (y + 2) + x + 1)]);
}
