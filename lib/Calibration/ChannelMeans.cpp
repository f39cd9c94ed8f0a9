#include "Calibration/ChannelMeans.h"

#include "Calibration/WidestVectors.h"

#include <cmath>
#include <limits>

namespace mlc {

// A row of one element for each channel.
MLC_WIDEST_VECTORS static void addToEach(const float *values, int64_t channels, double *sums, int64_t *counts) {
  for (int64_t i = 0; i < channels; ++i) {
    bool isFinite = std::fabs(values[i]) < std::numeric_limits<float>::infinity();
    sums[i] += isFinite ? values[i] : 0.0f;
    counts[i] += isFinite;
  }
}

// Elements of one channel.
MLC_WIDEST_VECTORS static void addAll(const float *values, int64_t n, double &sum, int64_t &count) {
  constexpr int kLanes = 16;
  double sums[kLanes] = {};
  int64_t counts[kLanes] = {};
  int64_t whole = n / kLanes * kLanes;
  for (int64_t i = 0; i < whole; i += kLanes)
    for (int lane = 0; lane < kLanes; ++lane) {
      bool isFinite = std::fabs(values[i + lane]) < std::numeric_limits<float>::infinity();
      sums[lane] += isFinite ? values[i + lane] : 0.0f;
      counts[lane] += isFinite;
    }
  for (int lane = 0; lane < kLanes; ++lane) {
    sum += sums[lane];
    count += counts[lane];
  }
  for (int64_t i = whole; i < n; ++i)
    if (std::isfinite(values[i])) {
      sum += values[i];
      ++count;
    }
}

Result<void> ChannelMeans::add(const Tensor &tensor) {
  int64_t rank = static_cast<int64_t>(tensor.shape.size());
  if (tensor.dtype != DType::Float32 || axis_ >= rank)
    return badInput("channels along dimension " + std::to_string(axis_) + " of float32 are averaged, not of " +
                    describeType(tensor.dtype, tensor.shape));
  if (tensor.numElements() == 0) // of a branch that was not taken
    return {};
  int64_t channels = tensor.shape[axis_], inner = 1;
  for (int64_t i = axis_ + 1; i < rank; ++i)
    inner *= tensor.shape[i];
  if (sums_.empty()) {
    sums_.resize(channels);
    counts_.resize(channels);
  }
  if (channels != static_cast<int64_t>(sums_.size()))
    return badInput("a tensor with " + std::to_string(sums_.size()) + " channels has " + std::to_string(channels) +
                    " in another sample");
  const float *values = tensor.data<float>();
  int64_t n = tensor.numElements();
  if (inner == 1)
    for (int64_t begin = 0; begin < n; begin += channels)
      addToEach(values + begin, channels, sums_.data(), counts_.data());
  else
    for (int64_t begin = 0; begin < n; begin += inner) {
      int64_t channel = begin / inner % channels;
      addAll(values + begin, inner, sums_[channel], counts_[channel]);
    }
  return {};
}

void ChannelMeans::save(StateWriter &file) const {
  file.values(sums_);
  file.values(counts_);
}

void ChannelMeans::load(StateReader &file) {
  sums_ = file.values<double>();
  counts_ = file.values<int64_t>();
}

void ChannelMeans::clear() {
  sums_.clear();
  counts_.clear();
}

std::vector<double> ChannelMeans::means() const {
  std::vector<double> result;
  for (size_t i = 0; i < sums_.size(); ++i) {
    if (counts_[i] == 0)
      return {};
    result.push_back(sums_[i] / static_cast<double>(counts_[i]));
  }
  return result;
}

} // namespace mlc
