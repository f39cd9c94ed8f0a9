#include "Support/Jpeg.h"

#include <csetjmp>
#include <cstdio>
#include <fmt/format.h>
// After <cstdio>, which these need.
#include <jpeglib.h>

#include <jerror.h>

namespace mlc {

namespace {
/// libjpeg reports errors by a function that must not return, here by longjmp, which skips destructors: each step that
/// may fail is a method that sets its own jump and owns nothing.
class Reader {
public:
  explicit Reader(std::span<const std::byte> bytes) : bytes_(bytes) {
    jpeg_.err = jpeg_std_error(&errors_);
    jpeg_.client_data = this;
    errors_.error_exit = onError;
    errors_.emit_message = onMessage;
    progress_.progress_monitor = onProgress;
  }
  ~Reader() { jpeg_destroy_decompress(&jpeg_); }
  Reader(const Reader &) = delete;
  Reader &operator=(const Reader &) = delete;

  bool readHeader() {
    if (setjmp(jump_))
      return false;
    jpeg_create_decompress(&jpeg_);
    jpeg_.progress = &progress_;
    jpeg_mem_src(&jpeg_, reinterpret_cast<const unsigned char *>(bytes_.data()), bytes_.size());
    jpeg_read_header(&jpeg_, TRUE);
    bool gray = jpeg_.jpeg_color_space == JCS_GRAYSCALE, four = jpeg_.num_components == 4;
    jpeg_.out_color_space = gray ? JCS_GRAYSCALE : four ? JCS_CMYK : JCS_RGB;
    return true;
  }

  bool start() {
    if (setjmp(jump_))
      return false;
    jpeg_start_decompress(&jpeg_);
    return true;
  }

  bool readRow(JSAMPROW row) {
    if (setjmp(jump_))
      return false;
    return jpeg_read_scanlines(&jpeg_, &row, 1) == 1;
  }

  bool finish() {
    if (setjmp(jump_))
      return false;
    return jpeg_finish_decompress(&jpeg_);
  }

  int64_t width() const { return jpeg_.image_width; }
  int64_t height() const { return jpeg_.image_height; }
  int64_t channels() const { return jpeg_.output_components; }
  const char *message() const { return message_; }

private:
  [[noreturn]] static void onError(j_common_ptr jpeg) {
    auto *self = static_cast<Reader *>(jpeg->client_data);
    jpeg->err->format_message(jpeg, self->message_);
    std::longjmp(self->jump_, 1);
  }

  /// Where data are damaged or missing libjpeg warns and goes on with gray. Other warnings are of no harm.
  static void onMessage(j_common_ptr jpeg, int level) {
    if (level >= 0)
      return;
    switch (jpeg->err->msg_code) {
    case JWRN_JPEG_EOF:
    case JWRN_HIT_MARKER:
    case JWRN_HUFF_BAD_CODE:
    case JWRN_ARITH_BAD_CODE:
    case JWRN_MUST_RESYNC:
      onError(jpeg);
    default:
      break;
    }
  }

  /// A small file can ask for thousands of passes over a large image; real ones have about ten.
  static void onProgress(j_common_ptr jpeg) {
    if (jpeg->is_decompressor && reinterpret_cast<j_decompress_ptr>(jpeg)->input_scan_number > 500) {
      auto *self = static_cast<Reader *>(jpeg->client_data);
      fmt::format_to_n(self->message_, sizeof self->message_ - 1, "it has more than 500 scans");
      std::longjmp(self->jump_, 1);
    }
  }

  std::span<const std::byte> bytes_;
  jpeg_decompress_struct jpeg_ = {};
  jpeg_error_mgr errors_ = {};
  jpeg_progress_mgr progress_ = {};
  std::jmp_buf jump_;
  char message_[JMSG_LENGTH_MAX] = "";
};

/// Ink to light, by Pillow's rounding of a product over 255. What the file holds is 255 less the ink.
void cmykToRgb(const std::vector<uint8_t> &row, int64_t width, uint8_t *out) {
  for (int64_t x = 0; x < width; ++x) {
    int light = row[4 * x + 3];
    for (int c = 0; c < 3; ++c) {
      int product = (255 - row[4 * x + c]) * light + 128;
      out[3 * x + c] = uint8_t(light - ((product + (product >> 8)) >> 8));
    }
  }
}
} // namespace

Result<Image> parseJpeg(std::span<const std::byte> bytes, const std::string &source) {
  Reader reader(bytes);
  auto damaged = [&] { return badInput(fmt::format("'{}' is a damaged JPEG file: {}", source, reader.message())); };
  if (!reader.readHeader())
    return damaged();
  if (reader.width() * reader.height() > maxImagePixels)
    return badInput(fmt::format("'{}' has {} x {} pixels; at most {} million are read", source, reader.width(),
                                reader.height(), maxImagePixels / 1'000'000));
  if (!reader.start())
    return damaged();
  bool cmyk = reader.channels() == 4;
  Image image(reader.width(), reader.height(), cmyk ? 3 : reader.channels());
  std::vector<uint8_t> row(cmyk ? size_t(image.width * 4) : 0);
  for (int64_t y = 0; y < image.height; ++y) {
    uint8_t *out = image.pixels.data() + y * image.width * image.channels;
    if (!reader.readRow(cmyk ? row.data() : out))
      return damaged();
    if (cmyk)
      cmykToRgb(row, image.width, out);
  }
  if (!reader.finish())
    return damaged();
  return image;
}

} // namespace mlc
