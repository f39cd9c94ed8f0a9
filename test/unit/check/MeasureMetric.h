// A metric over samples from literals.
#pragma once

#include "Check/TaskMetrics.h"
#include "TestTensors.h"

#include <catch2/catch.hpp>

namespace mlc {

struct MetricCase {
  std::vector<Tensor> original, compressed;
  std::vector<NamedTensor> labels = {};
};

inline Tensor floats(std::vector<int64_t> shape, std::vector<float> values) {
  return makeTensor<float>(DType::Float32, std::move(shape), std::move(values));
}
inline Tensor integers(std::vector<int64_t> shape, std::vector<int64_t> values) {
  return makeTensor<int64_t>(DType::Int64, std::move(shape), std::move(values));
}
inline std::vector<NamedTensor> labelled(Tensor tensor) { return {{"label", std::move(tensor)}}; }

/// Outputs y0, y1, … as the first sample has them, all dimensions but the last dynamic.
inline std::vector<TensorDescription> describe(const std::vector<Tensor> &outputs) {
  std::vector<TensorDescription> described;
  for (const Tensor &tensor : outputs) {
    std::vector<int64_t> shape(tensor.shape.size(), -1);
    if (shape.size() > 1)
      shape.back() = tensor.shape.back();
    described.push_back({"y" + std::to_string(described.size()), tensor.dtype, shape, {}});
  }
  return described;
}

inline TaskMetric fed(const std::string &spec, const std::vector<MetricCase> &samples) {
  Result<TaskMetric> metric = TaskMetric::create(spec, describe(samples.front().original));
  INFO(spec << ": " << (metric ? "" : metric.error().message));
  REQUIRE(metric);
  for (size_t i = 0; i < samples.size(); ++i) {
    auto added = metric->add("s" + std::to_string(i), samples[i].labels, samples[i].original, samples[i].compressed);
    INFO((added ? "" : added.error().message));
    REQUIRE(added);
  }
  return std::move(*metric);
}

inline MetricRow measure(const std::string &spec, const std::vector<MetricCase> &samples) {
  return fed(spec, samples).finish();
}

/// The message of a sample that is refused.
inline std::string refusal(const std::string &spec, const MetricCase &sample) {
  Result<TaskMetric> metric = TaskMetric::create(spec, describe(sample.original));
  if (!metric)
    return metric.error().message;
  auto added = metric->add("s", sample.labels, sample.original, sample.compressed);
  return added ? "" : added.error().message;
}

} // namespace mlc
