// The mean of each channel of a tensor over all samples.
#pragma once

#include "Calibration/StateFile.h"
#include "mlcompress/Result.h"
#include "mlcompress/Tensor.h"

#include <cstdint>
#include <string>
#include <vector>

namespace mlc {

/// Running means of finite float32 elements, one for each index along `axis`.
class ChannelMeans {
public:
  explicit ChannelMeans(int64_t axis) : axis_(axis) {}

  /// Adds a sample's tensor. An error where its rank or its number of channels does not fit those before.
  Result<void> add(const Tensor &tensor);
  /// Of each channel; empty where nothing was added, or a channel has no finite element.
  std::vector<double> means() const;

  void save(StateWriter &file) const;
  void load(StateReader &file);
  std::string kind() const { return "means along dimension " + std::to_string(axis_); }
  void clear();

private:
  int64_t axis_;
  std::vector<double> sums_;
  std::vector<int64_t> counts_;
};

} // namespace mlc
