#include "Support/ImageResize.h"

#include <algorithm>
#include <cmath>

namespace mlc {

namespace {
/// Weights are integers of this many fractional bits, as in Pillow: 8 bits of a pixel, 2 for weights beyond 1.
constexpr int weightBits = 32 - 8 - 2;

struct Filter {
  double support;
  double (*weight)(double);
};

constexpr Filter bilinear{1.0, [](double x) { return std::max(0.0, 1.0 - std::abs(x)); }};
/// Keys (1981), a = -1/2.
constexpr Filter bicubic{2.0, [](double x) {
                           constexpr double a = -0.5;
                           x = std::abs(x);
                           if (x < 1.0)
                             return ((a + 2.0) * x - (a + 3.0)) * x * x + 1.0;
                           return x < 2.0 ? (((x - 5.0) * x + 8.0) * x - 4.0) * a : 0.0;
                         }};

/// The pixels along an axis that make one of the result.
struct Window {
  int64_t first;
  std::vector<int32_t> weights;
};

std::vector<Window> windowsOf(int64_t from, int64_t to, const Filter &filter, bool antialias) {
  double scale = double(from) / double(to), widening = antialias ? std::max(scale, 1.0) : 1.0;
  double support = filter.support * widening;
  std::vector<Window> windows;
  for (int64_t i = 0; i < to; ++i) {
    double center = (double(i) + 0.5) * scale;
    int64_t first = std::max<int64_t>(int64_t(center - support + 0.5), 0);
    int64_t end = std::min(int64_t(center + support + 0.5), from);
    std::vector<double> weights;
    double sum = 0.0;
    for (int64_t k = first; k < end; ++k) {
      weights.push_back(filter.weight((double(k) - center + 0.5) / widening));
      sum += weights.back();
    }
    Window window{first, {}};
    for (double weight : weights) {
      double share = (sum != 0.0 ? weight / sum : weight) * double(1 << weightBits);
      window.weights.push_back(int32_t(share < 0.0 ? share - 0.5 : share + 0.5));
    }
    windows.push_back(std::move(window));
  }
  return windows;
}

uint8_t rounded(int32_t sum) { return uint8_t(std::clamp(sum >> weightBits, 0, 255)); }

Image alongWidth(const Image &image, const std::vector<Window> &windows) {
  Image result(int64_t(windows.size()), image.height, image.channels);
  uint8_t *out = result.pixels.data();
  for (int64_t y = 0; y < image.height; ++y) {
    const uint8_t *row = image.pixels.data() + y * image.width * image.channels;
    for (const Window &window : windows)
      for (int64_t c = 0; c < image.channels; ++c) {
        const uint8_t *in = row + window.first * image.channels + c;
        int32_t sum = 1 << (weightBits - 1);
        for (int32_t weight : window.weights) {
          sum += *in * weight;
          in += image.channels;
        }
        *out++ = rounded(sum);
      }
  }
  return result;
}

Image alongHeight(const Image &image, const std::vector<Window> &windows) {
  Image result(image.width, int64_t(windows.size()), image.channels);
  int64_t stride = image.width * image.channels;
  std::vector<int32_t> sums(static_cast<size_t>(stride));
  uint8_t *out = result.pixels.data();
  for (const Window &window : windows) {
    std::fill(sums.begin(), sums.end(), 1 << (weightBits - 1));
    const uint8_t *in = image.pixels.data() + window.first * stride;
    for (int32_t weight : window.weights)
      for (int32_t &sum : sums)
        sum += *in++ * weight;
    out = std::transform(sums.begin(), sums.end(), out, rounded);
  }
  return result;
}

Image nearest(const Image &image, int64_t width, int64_t height) {
  Image result(width, height, image.channels);
  auto sourceOf = [](int64_t i, int64_t from, int64_t to) {
    return std::min(int64_t((double(i) + 0.5) * (double(from) / double(to))), from - 1);
  };
  uint8_t *out = result.pixels.data();
  for (int64_t y = 0; y < height; ++y) {
    const uint8_t *row = image.pixels.data() + sourceOf(y, image.height, height) * image.width * image.channels;
    for (int64_t x = 0; x < width; ++x)
      out = std::copy_n(row + sourceOf(x, image.width, width) * image.channels, image.channels, out);
  }
  return result;
}
} // namespace

Image resized(const Image &image, int64_t width, int64_t height, Interpolation interpolation, bool antialias) {
  if (interpolation == Interpolation::Nearest)
    return nearest(image, width, height);
  const Filter &filter = interpolation == Interpolation::Bilinear ? bilinear : bicubic;
  // The width first, rounded to 8 bits between: Pillow's order.
  Image result = width == image.width ? image : alongWidth(image, windowsOf(image.width, width, filter, antialias));
  return height == image.height ? result : alongHeight(result, windowsOf(image.height, height, filter, antialias));
}

Image cropped(const Image &image, int64_t x, int64_t y, int64_t width, int64_t height) {
  Image result(width, height, image.channels);
  uint8_t *out = result.pixels.data();
  for (int64_t row = y; row < y + height; ++row)
    out = std::copy_n(image.pixels.data() + (row * image.width + x) * image.channels, width * image.channels, out);
  return result;
}

} // namespace mlc
