#include "Check/DataGuards.h"

#include "Support/DTypeConversion.h"
#include "Support/Sha256.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace mlc {

namespace {
/// Fewer elements say nothing of a distribution, or of whether a channel ever changes.
constexpr int64_t leastElements = 16;

/// Samples and channels that a sentence names.
constexpr size_t mostNamed = 5;

bool hasDistribution(DType type) { return isFloating(type) || type == DType::UInt8 || type == DType::Int8; }

bool fewChannels(int64_t size) { return size == 1 || size == 3 || size == 4; }

std::optional<size_t> channelAxis(const std::vector<int64_t> &shape) {
  if (shape.size() != 2 && shape.size() < 4)
    return std::nullopt; // of three dimensions, none is the channels' by custom
  bool last = shape.size() >= 4 && fewChannels(shape.back()) && !fewChannels(shape[1]);
  return last ? shape.size() - 1 : 1;
}

std::string contentOf(const Sample &sample) {
  std::string content;
  for (const NamedTensor &input : sample.inputs) {
    const Tensor &tensor = input.tensor;
    content += fmt::format("{} {} {}\n", input.name, describeType(tensor.dtype, tensor.shape),
                           sha256({reinterpret_cast<const char *>(tensor.bytes.data()), tensor.bytes.size()}));
  }
  return sha256(content);
}

/// Adds the elements of a sample to the figures.
void addElements(InputSurvey::Input &input, const Tensor &tensor) {
  int64_t elements = tensor.numElements();
  int64_t inner = 1; // elements from one channel to the next
  int64_t channels = int64_t(input.channels.size());
  if (auto axis = channelAxis(tensor.shape); axis && channels && tensor.shape[*axis] == channels)
    for (size_t d = *axis + 1; d < tensor.shape.size(); ++d)
      inner *= tensor.shape[d];
  else
    input.channels.clear(); // another number of them than before: no channel goes through all samples
  int64_t count = 0;
  double sum = 0.0, squares = 0.0;
  std::vector<double> chunk(size_t(std::min<int64_t>(elements, 4096)));
  // About the first element, so that a large mean takes no digits from the variance.
  std::optional<double> origin;
  for (int64_t begin = 0; begin < elements; begin += int64_t(chunk.size())) {
    int64_t length = std::min(int64_t(chunk.size()), elements - begin);
    toDouble(tensor, begin, length, chunk.data());
    for (int64_t i = 0; i < length; ++i) {
      double value = chunk[size_t(i)];
      if (!std::isfinite(value))
        continue;
      origin = origin.value_or(value);
      ++count;
      input.whole += value == std::floor(value);
      input.range.add(value);
      double distance = value - *origin;
      sum += distance;
      squares += distance * distance;
      if (!input.channels.empty())
        input.channels[size_t((begin + i) / inner % channels)].add(value);
    }
  }
  if (!count)
    return;
  // Chan, Golub, LeVeque (1983): means and variances of two parts as those of the whole.
  double mean = *origin + sum / double(count), variance = std::max(0.0, squares - sum * sum / double(count));
  double before = double(input.count), all = before + double(count), apart = mean - input.mean;
  double spread = input.std * input.std * before + variance + apart * apart * before * double(count) / all;
  input.mean += apart * double(count) / all;
  input.std = std::sqrt(spread / all);
  input.count += count;
}

std::string rangeText(const ValueRange &range) { return fmt::format("{:.4g} to {:.4g}", range.min, range.max); }

std::string inputText(const InputSurvey::Input &input) { return fmt::format("input '{}'", input.name); }

std::optional<std::string> overlapWarning(const InputSurvey &calibration, const InputSurvey &validation) {
  std::vector<std::string> names;
  for (const auto &[content, name] : validation.contents())
    if (auto found = calibration.contents().find(content); found != calibration.contents().end())
      names.push_back(name == found->second ? fmt::format("'{}'", name)
                                            : fmt::format("'{}' (there '{}')", name, found->second));
  if (names.empty())
    return std::nullopt;
  std::sort(names.begin(), names.end());
  size_t count = names.size(), all = validation.contents().size();
  names.resize(std::min(count, mostNamed));
  return fmt::format("{} of {} different samples to check with {} also among those of the calibration ({}{}): accuracy "
                     "on them is better than on new data; check with samples that calibration has not seen",
                     count, all, count == 1 ? "is" : "are", fmt::join(names, ", "), count > mostNamed ? ", …" : "");
}

/// Values of the two sets that no common source would give.
bool farApart(const InputSurvey::Input &calibration, const InputSurvey::Input &validation) {
  const ValueRange &a = calibration.range, &b = validation.range;
  double width = a.max - a.min, other = b.max - b.min;
  double beyond = std::max(b.max - a.max, a.min - b.min);
  double least = std::min(calibration.std, validation.std), most = std::max(calibration.std, validation.std);
  return beyond > 0.5 * width || width > 4.0 * other || most > 3.0 * least ||
         std::abs(calibration.mean - validation.mean) > 2.0 * most;
}

std::optional<std::string> mismatchWarning(const InputSurvey::Input &calibration,
                                           const InputSurvey::Input &validation) {
  if (!hasDistribution(calibration.dtype) || calibration.count < leastElements || validation.count < leastElements ||
      !farApart(calibration, validation))
    return std::nullopt;
  auto figures = [](const InputSurvey::Input &input) {
    return fmt::format("{} (mean {:.4g}, std {:.4g})", rangeText(input.range), input.mean, input.std);
  };
  return fmt::format("{} is {} in the samples of the calibration, but {} in those to check with: the ranges chosen for "
                     "int8 will not fit; are both preprocessed alike, and from the same source?",
                     inputText(calibration), figures(calibration), figures(validation));
}

/// Whether values of about ±1 are what a range says.
bool aboutOne(const ValueRange &range) { return range.max > range.min && std::max(-range.min, range.max) <= 4.0; }

std::optional<std::string> rawPixelsWarning(const InputSurvey::Input &input, const std::string &where,
                                            const ValueRange *expected) {
  constexpr double largestImage = 50.0, largestPixel = 255.0;
  if (!isFloating(input.dtype) || input.count < leastElements)
    return std::nullopt;
  if (expected && aboutOne(*expected) && input.range.min >= 0.0 && input.range.max <= largestPixel &&
      input.range.max > 16.0 && double(input.whole) >= 0.99 * double(input.count))
    return fmt::format(
        "{} holds whole numbers of {} in the samples of {}, where values of {} are expected: they look as "
        "if they were not preprocessed; scale them as in training",
        inputText(input), rangeText(input.range), where, rangeText(*expected));
  if (input.image && input.range.max > largestImage)
    return fmt::format(
        "{} is an image with values of {} in the samples of {}: most models are trained on pixels scaled "
        "to about ±1; if this one is, preprocess the samples as in training",
        inputText(input), rangeText(input.range), where);
  return std::nullopt;
}
} // namespace

void InputSurvey::add(const Sample &sample) {
  if (samples_++ == 0)
    for (const NamedTensor &given : sample.inputs) {
      const std::vector<int64_t> &shape = given.tensor.shape;
      Input input;
      input.name = given.name;
      input.dtype = given.tensor.dtype;
      input.shape = shape;
      if (auto axis = channelAxis(shape)) {
        // Beyond this they are no channels, but features of some other kind.
        if (shape[*axis] <= 65536)
          input.channels.resize(size_t(shape[*axis]));
        input.image = shape.size() == 4 && (shape[*axis] == 1 || shape[*axis] == 3);
      }
      inputs_.push_back(std::move(input));
    }
  for (size_t i = 0; i < inputs_.size() && i < sample.inputs.size(); ++i)
    addElements(inputs_[i], sample.inputs[i].tensor);
  contents_.try_emplace(contentOf(sample), sample.name);
}

std::optional<std::string> deadChannelWarning(const std::string &what, std::span<const ValueRange> channels,
                                              int64_t elements) {
  if (elements < leastElements)
    return std::nullopt;
  std::vector<std::string> dead;
  for (size_t c = 0; c < channels.size(); ++c)
    if (channels[c].min == channels[c].max)
      dead.push_back(fmt::format("{} always {:.4g}", c, channels[c].min));
  if (dead.empty())
    return std::nullopt;
  size_t count = dead.size();
  dead.resize(std::min(count, mostNamed));
  return fmt::format(
      "{} of {} channels of {} {} in all samples (channel {}{}): what is computed from them is not tested, "
      "and their ranges are guesses; use more varied samples, unless that is how the model is",
      count, channels.size(), what, count == 1 ? "is constant" : "are constant", fmt::join(dead, ", "),
      count > mostNamed ? ", …" : "");
}

std::vector<std::string> guardWarnings(const InputSurvey &calibration, const InputSurvey *validation,
                                       const std::map<std::string, ValueRange> &expected) {
  std::vector<std::string> warnings;
  auto add = [&](std::optional<std::string> warning) {
    if (warning)
      warnings.push_back(std::move(*warning));
    return warning.has_value();
  };
  if (validation)
    add(overlapWarning(calibration, *validation));
  for (const InputSurvey::Input &input : calibration.inputs()) {
    auto known = expected.find(input.name);
    const ValueRange *range = known == expected.end() ? nullptr : &known->second;
    bool raw = add(rawPixelsWarning(input, "the calibration", range));
    if (validation)
      for (const InputSurvey::Input &other : validation->inputs())
        if (other.name == input.name) {
          // One cause, one sentence: of raw pixels in both sets, and of ranges that differ because one set is raw.
          bool otherRaw = !raw && add(rawPixelsWarning(other, "the check", range ? range : &input.range));
          if (!otherRaw)
            add(mismatchWarning(input, other));
        }
    if (hasDistribution(input.dtype) && !input.channels.empty())
      add(deadChannelWarning(inputText(input), input.channels, input.count / int64_t(input.channels.size())));
  }
  return warnings;
}

} // namespace mlc
