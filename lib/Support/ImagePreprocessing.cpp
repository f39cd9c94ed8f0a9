#include "Support/ImagePreprocessing.h"

#include "Support/DTypeConversion.h"
#include "Support/EditDistance.h"
#include "Support/FileBytes.h"

#include <array>
#include <charconv>
#include <cmath>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

namespace mlc {

using Json = nlohmann::json;

namespace {
constexpr int64_t maxSide = 65536;

const std::vector<std::string> knownKeys = {"input",    "resize", "interpolation", "antialias", "crop",  "layout",
                                            "channels", "scale",  "mean",          "std",       "dtype", "classes"};

/// What is wrong with a value, thrown within this file only: reading is a row of steps that each may fail.
struct Mistake {
  std::string message;
  bool isGap = false; ///< nothing is wrong, but a key is needed
};

int64_t sideFrom(const Json &value, const std::string &what) {
  if (!value.is_number_integer() || value.get<double>() < 1 || value.get<double>() > double(maxSide))
    throw Mistake{
        fmt::format("{} is {}, but should be a whole number of pixels from 1 to {}", what, value.dump(), maxSide)};
  return value.get<int64_t>();
}

ImageSize sizeFrom(const Json &value, const std::string &what) {
  if (value.is_number()) {
    int64_t side = sideFrom(value, what);
    return {side, side};
  }
  if (!value.is_object() || value.size() != 2 || !value.contains("width") || !value.contains("height"))
    throw Mistake{fmt::format("{} is {}, but should be as {{\"width\": 224, \"height\": 224}}", what, value.dump())};
  ImageSize size{sideFrom(value["width"], "the width of " + what), sideFrom(value["height"], "the height of " + what)};
  if (size.width * size.height > maxImagePixels)
    throw Mistake{fmt::format("{} asks for {} x {} pixels; at most {} million are possible", what, size.width,
                              size.height, maxImagePixels / 1'000'000)};
  return size;
}

/// The place of a text in a list of those that are valid.
size_t choiceFrom(const Json &value, const std::string &what, const std::vector<std::string> &choices) {
  for (size_t i = 0; i < choices.size(); ++i)
    if (value.is_string() && value.get<std::string>() == choices[i])
      return i;
  throw Mistake{fmt::format("{} is {}, but should be one of \"{}\"{}", what, value.dump(), fmt::join(choices, "\", \""),
                            value.is_string() ? didYouMean(value.get<std::string>(), choices) : "")};
}

/// A number, or "1/255".
double scaleFrom(const Json &value) {
  if (value.is_number())
    return value.get<double>();
  if (value.is_string()) {
    std::string text = value.get<std::string>();
    size_t slash = text.find('/');
    auto number = [](std::string_view part) {
      double result = 0.0;
      auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), result);
      return error == std::errc() && end == part.data() + part.size() ? std::optional(result) : std::nullopt;
    };
    if (slash != std::string::npos) {
      auto over = number(std::string_view(text).substr(0, slash)),
           under = number(std::string_view(text).substr(slash + 1));
      if (over && under && *under != 0.0)
        return *over / *under;
    }
  }
  throw Mistake{fmt::format("\"scale\" is {}, but should be a number or a fraction such as \"1/255\"", value.dump())};
}

/// A number for all channels, or one for each.
std::vector<double> perChannel(const Json &value, const std::string &what, int64_t channels) {
  if (value.is_number())
    return std::vector<double>(size_t(channels), value.get<double>());
  bool fits = value.is_array() && value.size() == size_t(channels);
  std::vector<double> numbers;
  for (size_t i = 0; fits && i < value.size(); ++i) {
    fits = value[i].is_number();
    numbers.push_back(fits ? value[i].get<double>() : 0.0);
  }
  if (!fits)
    throw Mistake{fmt::format("{} is {}, but should be one number{}", what, value.dump(),
                              channels > 1 ? fmt::format(" or {}, one for each channel", channels) : "")};
  return numbers;
}

bool possibleChannels(int64_t size) { return size == 1 || size == 3; }

/// Reads a description beside the type of the input it is for.
class Reading {
public:
  Reading(const Json &json, const TensorDescription &input) : json_(json), input_(input) {}

  ImagePreprocessing read() {
    readKeys();
    readDType();
    readLayout();
    readSize();
    readValues();
    return std::move(result_);
  }

private:
  const Json *find(const char *key) const {
    auto found = json_.find(key);
    return found == json_.end() ? nullptr : &*found;
  }
  std::string typeText() const {
    return fmt::format("'{}' ({})", input_.name, describeType(input_.dtype, input_.shape));
  }

  void readKeys() const {
    for (const auto &[key, value] : json_.items())
      if (std::find(knownKeys.begin(), knownKeys.end(), key) == knownKeys.end())
        throw Mistake{fmt::format("\"{}\" is not known{}; known are \"{}\"", key, didYouMean(key, knownKeys),
                                  fmt::join(knownKeys, "\", \""))};
    if (const Json *name = find("input"); name && *name != input_.name)
      throw Mistake{fmt::format("\"input\" is {}, but the model's input is '{}'", name->dump(), input_.name)};
    if (input_.shape.size() != 4)
      throw Mistake{fmt::format("the model's input {} takes no images: these are [N,C,H,W] or [N,H,W,C]", typeText())};
  }

  void readDType() {
    result_.dtype = input_.dtype;
    if (!isFloating(input_.dtype) && input_.dtype != DType::UInt8 && input_.dtype != DType::Int8)
      throw Mistake{
          fmt::format("the model's input {} takes no images: elements are floating, uint8 or int8", typeText())};
    if (const Json *dtype = find("dtype"); dtype && *dtype != std::string(dtypeName(input_.dtype)))
      throw Mistake{fmt::format("\"dtype\" is {}, but the model's input is {}", dtype->dump(), typeText())};
  }

  void readLayout() {
    bool first = possibleChannels(input_.shape[1]), last = possibleChannels(input_.shape[3]);
    if (const Json *layout = find("layout"))
      result_.channelsLast = choiceFrom(*layout, "\"layout\"", {"NCHW", "NHWC"}) == 1;
    else if (first == last)
      throw Mistake{fmt::format("the model's input {} does not tell where its channels are; write \"layout\": \"NCHW\" "
                                "or \"NHWC\"",
                                typeText()),
                    true};
    else
      result_.channelsLast = last;
    int64_t size = input_.shape[result_.channelsLast ? 3 : 1];
    if (size >= 0 && !possibleChannels(size))
      throw Mistake{fmt::format("the model's input {} has {} channels in layout {}; images have 1 or 3", typeText(),
                                size, result_.channelsLast ? "NHWC" : "NCHW")};
    if (const Json *channels = find("channels")) {
      result_.channels = ImagePreprocessing::Channels(choiceFrom(*channels, "\"channels\"", {"gray", "RGB", "BGR"}));
      if (size >= 0 && size != result_.channelCount())
        throw Mistake{fmt::format("\"channels\" is {}, which are {}, but the model's input {} has {}", channels->dump(),
                                  result_.channelCount(), typeText(), size)};
    } else if (size < 0) {
      throw Mistake{fmt::format("the model's input {} does not tell how many channels it has; write \"channels\": "
                                "\"RGB\", \"BGR\" or \"gray\"",
                                typeText()),
                    true};
    } else {
      result_.channels = size == 1 ? ImagePreprocessing::Channels::Gray : ImagePreprocessing::Channels::Rgb;
    }
  }

  void readSize() {
    int64_t height = input_.shape[result_.channelsLast ? 1 : 2], width = input_.shape[result_.channelsLast ? 2 : 3];
    bool known = height >= 1 && width >= 1, asTheyAre = false;
    const Json *resize = find("resize"), *crop = find("crop");
    if (crop)
      result_.crop = sizeFrom(*crop, "\"crop\"");
    if (resize && resize->is_object() && resize->size() == 1 && resize->contains("shorter_side"))
      result_.shorterSide = sideFrom((*resize)["shorter_side"], "\"shorter_side\"");
    else if (resize && *resize == "none")
      asTheyAre = true;
    else if (resize && (resize->is_string() || resize->is_number()))
      throw Mistake{fmt::format("\"resize\" is {}, but should be as {{\"width\": 224, \"height\": 224}} or "
                                "{{\"shorter_side\": 256}}, or \"none\"",
                                resize->dump())};
    else if (resize)
      result_.resize = sizeFrom(*resize, "\"resize\"");
    // What is left open: the last step leads to the input's size.
    if (result_.shorterSide && !crop && known)
      result_.crop = {width, height};
    if (!resize && !crop) {
      if (!known)
        throw Mistake{fmt::format("the model's input {} leaves the size open; write \"resize\": {{\"width\": …, "
                                  "\"height\": …}} or {{\"shorter_side\": …}}, or \"none\" to take images as they are",
                                  typeText()),
                      true};
      result_.resize = {width, height};
    }
    if (const std::optional<ImageSize> &last = result_.crop ? result_.crop : result_.resize; last && !asTheyAre)
      if ((width >= 0 && last->width != width) || (height >= 0 && last->height != height))
        throw Mistake{fmt::format("\"{}\" gives {} x {} (width x height), but the model's input is {}",
                                  result_.crop ? "crop" : "resize", last->width, last->height, typeText())};
    if (result_.crop && result_.resize &&
        (result_.crop->width > result_.resize->width || result_.crop->height > result_.resize->height))
      throw Mistake{fmt::format("\"crop\" ({} x {}) is larger than \"resize\" ({} x {})", result_.crop->width,
                                result_.crop->height, result_.resize->width, result_.resize->height)};
    if (const Json *interpolation = find("interpolation"))
      result_.interpolation =
          Interpolation(choiceFrom(*interpolation, "\"interpolation\"", {"nearest", "bilinear", "bicubic"}));
    if (const Json *antialias = find("antialias")) {
      if (!antialias->is_boolean())
        throw Mistake{fmt::format("\"antialias\" is {}, but should be true or false", antialias->dump())};
      result_.antialias = antialias->get<bool>();
    }
  }

  void readValues() {
    const Json *scale = find("scale");
    if (!scale && isFloating(result_.dtype))
      throw Mistake{fmt::format("the scale of the model's input {} cannot be guessed; write \"scale\": \"1/255\" for "
                                "pixels of 0 … 1 or \"scale\": 1 for 0 … 255, and \"mean\" and \"std\" where the model "
                                "was trained with them",
                                typeText()),
                    true};
    if (scale)
      result_.scale = scaleFrom(*scale);
    int64_t channels = result_.channelCount();
    const Json *mean = find("mean"), *std = find("std");
    result_.mean = perChannel(mean ? *mean : Json(0.0), "\"mean\"", channels);
    result_.std = perChannel(std ? *std : Json(1.0), "\"std\"", channels);
    for (double value : result_.std)
      if (value == 0.0)
        throw Mistake{"\"std\" holds a 0, by which nothing can be divided"};
    if (const Json *classes = find("classes")) {
      if (!classes->is_array())
        throw Mistake{fmt::format("\"classes\" is {}, but should be a list of names of sub-folders", classes->dump())};
      for (const Json &name : *classes) {
        if (!name.is_string())
          throw Mistake{fmt::format("\"classes\" holds {}, but should be a list of names of sub-folders", name.dump())};
        result_.classes.push_back(name.get<std::string>());
      }
    }
  }

  const Json &json_;
  const TensorDescription &input_;
  ImagePreprocessing result_;
};

Result<Json> readJson(const std::string &path) {
  Result<std::vector<std::byte>> bytes = readFile(path);
  if (!bytes)
    return bytes.error();
  const auto *begin = reinterpret_cast<const char *>(bytes->data());
  try {
    Json json = Json::parse(begin, begin + bytes->size());
    if (json.is_object())
      return json;
  } catch (const Json::parse_error &error) {
    return badInput(fmt::format("'{}' is not valid JSON, near its byte {}", path, error.byte));
  } catch (const Json::exception &) { // a number out of range
    return badInput(fmt::format("'{}' is not valid JSON: it holds a number that is too large", path));
  }
  return badInput(fmt::format("'{}' should hold one JSON object, {{ … }}", path));
}
} // namespace

Result<ImagePreprocessing> readImagePreprocessing(const std::string &path,
                                                  const std::vector<TensorDescription> &inputs) {
  if (inputs.size() != 1)
    return badInput(
        fmt::format("images serve a model with one input, but this one has {}; use .npz files with an array "
                    "for each",
                    inputs.size()));
  Json json = Json::object();
  if (!path.empty()) {
    Result<Json> read = readJson(path);
    if (!read)
      return read.error();
    json = std::move(*read);
  }
  try {
    ImagePreprocessing result = Reading(json, inputs.front()).read();
    result.path = path;
    return result;
  } catch (const Mistake &mistake) {
    if (!path.empty())
      return badInput(fmt::format("'{}': {}", path, mistake.message));
    if (!mistake.isGap)
      return badInput(mistake.message);
    return badInput(fmt::format("images need a description, preprocess.json in their folder or --preprocess FILE: {}",
                                mistake.message));
  }
}

Result<Tensor> preprocess(Image image, const ImagePreprocessing &how, const std::string &source) {
  int64_t channels = how.channelCount();
  image = withChannels(std::move(image), channels);
  ImageSize size{image.width, image.height};
  if (how.resize)
    size = *how.resize;
  if (how.shorterSide) {
    int64_t shorter = std::min(image.width, image.height), side = *how.shorterSide;
    size = {side * image.width / shorter, side * image.height / shorter};
  }
  // The second is what stands between the two passes of resizing.
  if (size.width * size.height > maxImagePixels || size.width * image.height > maxImagePixels)
    return badInput(
        fmt::format("'{}' is {} x {}; to make {} x {} of it takes more than {} million pixels, which is the "
                    "limit",
                    source, image.width, image.height, size.width, size.height, maxImagePixels / 1'000'000));
  image = resized(image, size.width, size.height, how.interpolation, how.antialias);
  if (how.crop) {
    int64_t width = how.crop->width, height = how.crop->height;
    if (width > image.width || height > image.height)
      return badInput(
          fmt::format("'{}' is {} x {} after resizing, smaller than the crop of {} x {}; resize to at least "
                      "that first",
                      source, image.width, image.height, width, height));
    // Halves to even, as Python's round() and so torchvision's CenterCrop.
    auto middle = [](int64_t all, int64_t part) { return int64_t(std::nearbyint(double(all - part) / 2.0)); };
    image = cropped(image, middle(image.width, width), middle(image.height, height), width, height);
  }

  std::vector<std::array<float, 256>> elementOf(static_cast<size_t>(channels));
  for (size_t c = 0; c < elementOf.size(); ++c)
    for (int pixel = 0; pixel < 256; ++pixel) {
      double element = (pixel * how.scale - how.mean[c]) / how.std[c];
      elementOf[c][size_t(pixel)] = float(isFloating(how.dtype) ? element : std::nearbyint(element));
    }
  std::vector<int64_t> shape{1, image.height, image.width};
  shape.insert(how.channelsLast ? shape.end() : shape.begin() + 1, channels);
  Tensor tensor(DType::Float32, shape);
  int64_t pixels = image.width * image.height;
  for (int64_t c = 0; c < channels; ++c) {
    const uint8_t *in = image.pixels.data() + (how.channels == ImagePreprocessing::Channels::Bgr ? 2 - c : c);
    float *out = tensor.data<float>() + (how.channelsLast ? c : c * pixels);
    int64_t step = how.channelsLast ? channels : 1;
    for (int64_t i = 0; i < pixels; ++i)
      out[i * step] = elementOf[size_t(c)][in[i * channels]];
  }
  return how.dtype == DType::Float32 ? tensor : convert(tensor, how.dtype);
}

} // namespace mlc
