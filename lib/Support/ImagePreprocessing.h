// From images to a model's input: size, layout and scale, by a description in JSON (docs/formats.md).
#pragma once

#include "Support/ImageResize.h"
#include "mlcompress/Reports.h"

#include <optional>

namespace mlc {

struct ImageSize {
  int64_t width = 0;
  int64_t height = 0;
};

/// How an image becomes [1, channels, height, width], or with `channelsLast` [1, height, width, channels], of `dtype`.
struct ImagePreprocessing {
  enum class Channels { Gray, Rgb, Bgr };

  std::string path; ///< of the description, for messages; "" where there was none
  std::optional<ImageSize> resize;
  std::optional<int64_t> shorterSide; ///< the other side keeps the proportions, rounded down; not with `resize`
  Interpolation interpolation = Interpolation::Bilinear;
  bool antialias = true;
  std::optional<ImageSize> crop; ///< from the middle, after resizing
  bool channelsLast = false;
  Channels channels = Channels::Rgb;
  double scale = 1.0;               ///< element = (pixel * scale - mean) / std, pixel of 0 … 255
  std::vector<double> mean, std;    ///< of each channel, in the order of `channels`
  DType dtype = DType::Float32;     ///< floating, uint8 or int8; integers are rounded to nearest even and saturate
  std::vector<std::string> classes; ///< sub-folders in the order of their class indices; empty: sorted

  int64_t channelCount() const { return channels == Channels::Gray ? 1 : 3; }
};

/// Reads the description at `path`, or without one (`path` empty) takes everything from the type of the model's input.
/// What it does not say follows from that type; an Error says what does not, or what contradicts it.
Result<ImagePreprocessing> readImagePreprocessing(const std::string &path,
                                                  const std::vector<TensorDescription> &inputs);

/// One image as a tensor; `source` names it in messages.
Result<Tensor> preprocess(Image image, const ImagePreprocessing &how, const std::string &source);

} // namespace mlc
