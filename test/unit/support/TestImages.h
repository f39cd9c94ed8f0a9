// Images to test with, and files of them made by the libraries themselves.
#pragma once

#include "Support/Image.h"

#include <catch2/catch.hpp>
#include <cstdio>
#include <cstdlib>
// After <cstdio>, which these need.
#include <jpeglib.h>
#include <png.h>
#include <string>

/// Pixels without any regularity that a mistake could hide in; figures in tests were made from the same formula.
inline mlc::Image scatteredImage(int64_t width, int64_t height, int64_t channels = 3) {
  mlc::Image image(width, height, channels);
  size_t i = 0;
  for (int64_t y = 0; y < height; ++y)
    for (int64_t x = 0; x < width; ++x)
      for (int64_t c = 0; c < channels; ++c)
        image.pixels[i++] = uint8_t(x * x * 7 + y * 31 + c * 53 + x * y * c % 29);
  return image;
}

inline std::span<const std::byte> bytesOf(const std::string &text) { return std::as_bytes(std::span(text)); }

/// A PNG file of pixels in one of libpng's formats (PNG_FORMAT_…).
inline std::string pngOf(int64_t width, int64_t height, uint32_t format, const void *pixels,
                         const void *colormap = nullptr, uint32_t colors = 0) {
  png_image image = {};
  image.version = PNG_IMAGE_VERSION;
  image.width = uint32_t(width);
  image.height = uint32_t(height);
  image.format = format;
  image.colormap_entries = colors;
  std::string bytes(1 << 20, '\0');
  png_alloc_size_t size = bytes.size();
  REQUIRE(png_image_write_to_memory(&image, bytes.data(), &size, 0, pixels, 0, colormap));
  bytes.resize(size);
  return bytes;
}

inline std::string pngOf(const mlc::Image &image) {
  return pngOf(image.width, image.height, image.channels == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB, image.pixels.data());
}

/// A JPEG file at the best quality, without subsampling of colours; `channels` of 4 is CMYK, as the file holds it.
inline std::string jpegOf(int64_t width, int64_t height, int64_t channels, const uint8_t *pixels,
                          bool progressive = false) {
  jpeg_compress_struct jpeg = {};
  jpeg_error_mgr errors = {};
  jpeg.err = jpeg_std_error(&errors);
  jpeg_create_compress(&jpeg);
  unsigned char *buffer = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&jpeg, &buffer, &size);
  jpeg.image_width = JDIMENSION(width);
  jpeg.image_height = JDIMENSION(height);
  jpeg.input_components = int(channels);
  jpeg.in_color_space = channels == 1 ? JCS_GRAYSCALE : channels == 3 ? JCS_RGB : JCS_CMYK;
  jpeg_set_defaults(&jpeg);
  jpeg_set_quality(&jpeg, 100, TRUE);
  jpeg.comp_info[0].h_samp_factor = jpeg.comp_info[0].v_samp_factor = 1;
  if (progressive)
    jpeg_simple_progression(&jpeg);
  jpeg_start_compress(&jpeg, TRUE);
  for (int64_t y = 0; y < height; ++y) {
    auto *row = const_cast<JSAMPROW>(pixels + y * width * channels);
    jpeg_write_scanlines(&jpeg, &row, 1);
  }
  jpeg_finish_compress(&jpeg);
  jpeg_destroy_compress(&jpeg);
  std::string bytes(reinterpret_cast<char *>(buffer), size);
  std::free(buffer);
  return bytes;
}

inline std::string jpegOf(const mlc::Image &image, bool progressive = false) {
  return jpegOf(image.width, image.height, image.channels, image.pixels.data(), progressive);
}
