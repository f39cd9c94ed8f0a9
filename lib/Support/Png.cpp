#include "Support/Png.h"

#include <csetjmp>
#include <cstring>
#include <fmt/format.h>
#include <png.h>

namespace mlc {

namespace {
/// libpng reports errors by longjmp, which skips destructors: each step that may fail is a method that sets its own
/// jump and owns nothing.
class Reader {
public:
  explicit Reader(std::span<const std::byte> bytes) : bytes_(bytes) {
    png_ = png_create_read_struct(PNG_LIBPNG_VER_STRING, this, onError, onWarning);
    info_ = png_ ? png_create_info_struct(png_) : nullptr;
  }
  ~Reader() { png_destroy_read_struct(&png_, &info_, nullptr); }
  Reader(const Reader &) = delete;
  Reader &operator=(const Reader &) = delete;

  /// Reads the header; width() and height() hold then, channels() after convert().
  bool readHeader() {
    if (!info_)
      return false;
    if (setjmp(png_jmpbuf(png_)))
      return false;
    png_set_read_fn(png_, this, onRead);
    png_read_info(png_, info_);
    return true;
  }

  /// Asks for 8-bit gray or RGB, whatever the file holds.
  bool convert() {
    if (setjmp(png_jmpbuf(png_)))
      return false;
    png_set_expand(png_); // palettes, and fewer bits than 8
    png_set_strip_16(png_);
    png_set_strip_alpha(png_);
    png_set_interlace_handling(png_);
    png_read_update_info(png_, info_);
    return true;
  }

  bool readRows(png_bytepp rows) {
    if (setjmp(png_jmpbuf(png_)))
      return false;
    png_read_image(png_, rows);
    png_read_end(png_, nullptr);
    return true;
  }

  int64_t width() const { return png_get_image_width(png_, info_); }
  int64_t height() const { return png_get_image_height(png_, info_); }
  int64_t channels() const { return png_get_channels(png_, info_); }
  int64_t rowBytes() const { return int64_t(png_get_rowbytes(png_, info_)); }
  const char *message() const { return message_; }

private:
  static void onRead(png_structp png, png_bytep out, size_t count) {
    auto *self = static_cast<Reader *>(png_get_io_ptr(png));
    if (count > self->bytes_.size() - self->at_)
      png_error(png, "the file ends early");
    std::memcpy(out, self->bytes_.data() + self->at_, count);
    self->at_ += count;
  }
  [[noreturn]] static void onError(png_structp png, png_const_charp message) {
    auto *self = static_cast<Reader *>(png_get_error_ptr(png));
    std::strncpy(self->message_, message, sizeof self->message_ - 1);
    png_longjmp(png, 1);
  }
  static void onWarning(png_structp, png_const_charp) {}

  std::span<const std::byte> bytes_;
  size_t at_ = 0;
  png_structp png_ = nullptr;
  png_infop info_ = nullptr;
  char message_[128] = "libpng cannot be used";
};
} // namespace

Result<Image> parsePng(std::span<const std::byte> bytes, const std::string &source) {
  Reader reader(bytes);
  auto damaged = [&] { return badInput(fmt::format("'{}' is a damaged PNG file: {}", source, reader.message())); };
  if (!reader.readHeader())
    return damaged();
  if (reader.width() * reader.height() > maxImagePixels)
    return badInput(fmt::format("'{}' has {} x {} pixels; at most {} million are read", source, reader.width(),
                                reader.height(), maxImagePixels / 1'000'000));
  if (!reader.convert())
    return damaged();
  if (reader.rowBytes() != reader.width() * reader.channels())
    return badInput(fmt::format("'{}' holds a kind of PNG that cannot be read", source));
  Image image(reader.width(), reader.height(), reader.channels());
  std::vector<png_bytep> rows;
  for (int64_t y = 0; y < image.height; ++y)
    rows.push_back(image.pixels.data() + y * image.width * image.channels);
  if (!reader.readRows(rows.data()))
    return damaged();
  return image;
}

} // namespace mlc
