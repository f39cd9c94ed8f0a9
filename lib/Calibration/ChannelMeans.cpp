#include "Calibration/ChannelMeans.h"

#include <cmath>

namespace mlc {

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
  for (int64_t begin = 0; begin < n; begin += inner) {
    int64_t channel = begin / inner % channels;
    for (int64_t i = begin; i < begin + inner; ++i)
      if (std::isfinite(values[i])) {
        sums_[channel] += values[i];
        ++counts_[channel];
      }
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
