// What is probably wrong with the data that a model is compressed and checked with, said before much time is spent.
#pragma once

#include "Support/DataSet.h"

#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace mlc {

/// Least and largest element.
struct ValueRange {
  double min = std::numeric_limits<double>::infinity();
  double max = -std::numeric_limits<double>::infinity();

  void add(double value) {
    min = value < min ? value : min;
    max = value > max ? value : max;
  }
};

/// Statistics of the inputs of samples that are shown one at a time. Memory does not grow with their size, but by a
/// hash for each.
class InputSurvey {
public:
  struct Input {
    std::string name;
    DType dtype = DType::Undefined;
    std::vector<int64_t> shape; ///< of the first sample
    int64_t count = 0;          ///< finite elements; all figures below are of these
    int64_t whole = 0;          ///< of them, integers
    ValueRange range;
    double mean = 0.0;
    double std = 0.0;
    /// Of each channel: axis 1, or the last where only that has 1, 3 or 4; empty for other ranks than 2 and 4 and up.
    std::vector<ValueRange> channels;
    bool image = false; ///< [N,C,H,W] or [N,H,W,C] with 1 or 3 channels
  };

  /// Samples must have the same inputs in the same order.
  void add(const Sample &sample);

  size_t samples() const { return samples_; }
  const std::vector<Input> &inputs() const { return inputs_; }
  /// The name of the first sample of each content: its inputs' names, types, shapes and bytes, as SHA-256.
  const std::map<std::string, std::string> &contents() const { return contents_; }

private:
  size_t samples_ = 0;
  std::vector<Input> inputs_;
  std::map<std::string, std::string> contents_;
};

/// A sentence for each of these that is found, floating and 8-bit inputs only but for the first:
///  - samples of `validation` that are in `calibration` too;
///  - an input whose values in `validation` lie far from those in `calibration`;
///  - channels of an input of `calibration` that are constant;
///  - floating inputs that look like raw pixels: images with values above 50, or whole numbers of 0 … 255 where
///    values of about ±1 are expected: by `expected`, which the caller knows from elsewhere (by input), or for
///    `validation` by what `calibration` holds.
/// `validation` may be null.
std::vector<std::string> guardWarnings(const InputSurvey &calibration, const InputSurvey *validation,
                                       const std::map<std::string, ValueRange> &expected = {});

/// A sentence where some channels are constant over `elements` elements each, which must be enough to tell (16).
/// `what` names the tensor: "input 'x'", "the activation of node 'conv_3'".
std::optional<std::string> deadChannelWarning(const std::string &what, std::span<const ValueRange> channels,
                                              int64_t elements);

} // namespace mlc
