// The report structs as JSON values; the text form is include/mlcompress/Json.h.
#pragma once

#include "mlcompress/Reports.h"

#include <nlohmann/json.hpp>

namespace mlc {

using Json = nlohmann::ordered_json; // keys stay in the order in which they are written

Json jsonOf(const TensorDescription &tensor);
Json jsonOf(const OutputAgreement &output);
Json jsonOf(const Interval &interval);
Json jsonOf(const MetricRow &row);
Json jsonOf(const GateRow &row);
Json jsonOf(const LayerRow &row);
Json jsonOf(const Candidate &candidate);
Json jsonOf(const Fallback &fallback);
Json jsonOf(const KernelRow &kernel);
Json jsonOf(const OutputFile &file);
Json jsonOf(const Latency &latency);
Json jsonOf(const UnsupportedNode &node);
Json jsonOf(const ModelInfo &info);
Json jsonOf(const HashedSource &source);
Json jsonOf(const CheckReport &report);
Json jsonOf(const CompileReport &report);
Json jsonOf(const QuantizeReport &report);
Json jsonOf(const OptimizeReport &report);
Json jsonOf(const RunReport &report);
Json jsonOf(const MachineLimits &limits);
Json jsonOf(const KernelProfile &row);
Json jsonOf(const BenchReport &report);
Json jsonOf(const TargetInfo &target);
Json jsonOf(const OperatorInfo &op);

template <typename T> Json jsonOf(const std::vector<T> &values) {
  Json array = Json::array();
  for (const T &value : values)
    array.push_back(jsonOf(value));
  return array;
}

/// null where there is no value. (NaN and infinities are written as null too.)
template <typename T> Json jsonOf(const std::optional<T> &value) { return value ? jsonOf(*value) : Json(); }

/// Two spaces of indentation, a newline at the end; bytes that are not UTF-8 are replaced.
std::string textOf(const Json &json);

} // namespace mlc
