// The reports as JSON text, keys in a fixed order; schemas in docs/formats.md.
#pragma once

#include "mlcompress/Reports.h"

#include <string>
#include <vector>

namespace mlc {

std::string toJson(const ModelInfo &info);
std::string toJson(const OptimizeReport &report);
std::string toJson(const CompileReport &report);
std::string toJson(const QuantizeReport &report);
std::string toJson(const CheckReport &report);
std::string toJson(const RunReport &report);
std::string toJson(const BenchReport &report);
std::string toJson(const std::vector<TargetInfo> &targets);
std::string toJson(const std::vector<OperatorInfo> &operators);

} // namespace mlc
