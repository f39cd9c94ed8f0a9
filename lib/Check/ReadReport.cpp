#include "Check/Json.h"
#include "Support/MissingFile.h"
#include "mlcompress/ReportFormats.h"

#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <limits>

namespace mlc {
namespace {

// Values of a JSON object; what is missing or null leaves its default. A value of another kind throws.
class Reader {
public:
  explicit Reader(const Json &json) : json_(json) {}
  template <typename T> void get(const char *key, T &value) const {
    if (has(key))
      value = json_.at(key).get<T>();
  }
  template <typename T> void get(const char *key, std::optional<T> &value) const {
    if (has(key))
      value = json_.at(key).get<T>();
  }
  // Infinities and NaN are null in JSON.
  void number(const char *key, double &value, double otherwise) const {
    value = has(key) ? json_.at(key).get<double>() : otherwise;
  }
  void interval(const char *key, std::optional<Interval> &value) const {
    if (has(key))
      value = Interval{json_.at(key).at("low"), json_.at(key).at("high")};
  }
  const Json &at(const char *key) const { return json_.at(key); }
  bool has(const char *key) const { return json_.contains(key) && !json_.at(key).is_null(); }
  template <typename F> void each(const char *key, F read) const {
    if (has(key))
      for (const Json &item : json_.at(key))
        read(Reader(item));
  }

private:
  const Json &json_;
};

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN(), kInfinity = std::numeric_limits<double>::infinity();

DType dtypeNamed(const std::string &name) {
  for (int number = 1; number <= static_cast<int>(DType::Int2); ++number)
    if (dtypeName(static_cast<DType>(number)) == name)
      return static_cast<DType>(number);
  return DType::Undefined;
}

CheckReport readCheck(const Reader &json) {
  CheckReport check;
  json.get("baseline", check.baseline);
  json.get("samples", check.samples);
  json.get("passed", check.passed);
  json.get("inconclusive", check.inconclusive);
  json.get("warnings", check.warnings);
  json.each("outputs", [&](const Reader &item) {
    OutputAgreement output;
    std::string dtype;
    item.get("name", output.name);
    item.get("dtype", dtype);
    output.dtype = dtypeNamed(dtype);
    item.get("samples", output.samples);
    item.get("elements", output.elements);
    item.number("max_abs", output.maxAbs, kNaN);
    item.number("mean_abs", output.meanAbs, kNaN);
    item.number("relative_l2", output.relativeL2, kInfinity);
    item.number("cosine", output.cosine, kNaN);
    item.number("min_cosine", output.minCosine, kNaN);
    item.number("sqnr_db", output.sqnrDb, output.relativeL2 == 0 ? kInfinity : -kInfinity);
    item.get("nan", output.nanCount);
    item.get("inf", output.infCount);
    item.get("non_finite_mismatches", output.nonFiniteMismatches);
    item.get("top1", output.top1);
    item.get("equal", output.equal);
    check.outputs.push_back(std::move(output));
  });
  json.each("metrics", [&](const Reader &item) {
    MetricRow metric;
    item.get("metric", metric.metric);
    item.get("output", metric.output);
    item.get("truth", metric.truth);
    item.get("higher_is_better", metric.higherIsBetter);
    item.number("baseline", metric.baseline, kInfinity);
    item.number("candidate", metric.candidate, kInfinity);
    item.number("drop", metric.drop, kInfinity);
    item.interval("interval", metric.interval);
    item.interval("candidate_interval", metric.candidateInterval);
    item.get("samples", metric.samples);
    item.get("items", metric.items);
    item.get("worst_sample", metric.worstSample);
    item.number("worst_drop", metric.worstDrop, kInfinity);
    check.metrics.push_back(std::move(metric));
  });
  json.each("gates", [&](const Reader &item) {
    GateRow gate;
    std::string status;
    item.get("gate", gate.gate);
    item.get("metric", gate.metric);
    item.get("output", gate.output);
    item.get("limit", gate.limit);
    item.number("measured", gate.measured, kNaN);
    item.interval("interval", gate.interval);
    item.get("passed", gate.passed);
    item.get("status", status);
    gate.inconclusive = status == "inconclusive";
    check.gates.push_back(std::move(gate));
  });
  return check;
}

Latency readLatency(const Reader &json) {
  Latency latency;
  json.get("median_ms", latency.medianMs);
  json.get("min_ms", latency.minMs);
  json.get("p95_ms", latency.p95Ms);
  json.get("runs", latency.runs);
  json.get("threads", latency.threads);
  return latency;
}

OptimizeReport readFields(const Reader &json) {
  OptimizeReport report;
  if (json.has("hashes")) {
    Reader hashes(json.at("hashes"));
    auto source = [](const Json &item) { return HashedSource{item.at("name"), item.at("sha256")}; };
    if (hashes.has("model"))
      report.model = source(hashes.at("model"));
    for (auto [key, place] : {std::pair("calibration_data", &report.calib), std::pair("check_data", &report.data),
                              std::pair("recipe", &report.recipe)})
      if (hashes.has(key))
        *place = source(hashes.at(key));
  }
  Reader compile(json.at("compile"));
  compile.get("name", report.compile.name);
  compile.get("target", report.compile.target);
  compile.get("library", report.compile.library);
  compile.get("model_bytes", report.compile.modelBytes);
  compile.get("library_bytes", report.compile.libraryBytes);
  compile.get("weight_bytes", report.compile.weightBytes);
  compile.get("seconds", report.compile.seconds);
  compile.get("peak_memory_bytes", report.compile.peakMemoryBytes);
  compile.each("fallbacks", [&](const Reader &item) {
    Fallback fallback;
    item.get("node", fallback.node);
    item.get("op", fallback.op);
    item.get("wanted", fallback.wanted);
    item.get("got", fallback.got);
    item.get("reason", fallback.reason);
    report.compile.fallbacks.push_back(std::move(fallback));
  });
  if (json.has("check"))
    report.check = readCheck(Reader(json.at("check")));
  if (json.has("latency_before"))
    report.latencyBefore = readLatency(Reader(json.at("latency_before")));
  if (json.has("latency_after"))
    report.latencyAfter = readLatency(Reader(json.at("latency_after")));
  json.each("layers", [&](const Reader &item) {
    LayerRow layer;
    item.get("node", layer.node);
    item.get("op", layer.op);
    item.get("precision", layer.precision);
    item.get("reason", layer.reason);
    item.get("weight_bytes", layer.weightBytes);
    item.get("sparsity", layer.sparsity);
    item.get("local_sqnr_db", layer.localSqnrDb);
    item.get("accumulated_sqnr_db", layer.accumulatedSqnrDb);
    item.get("clipped", layer.clipped);
    item.get("milliseconds", layer.milliseconds);
    report.layers.push_back(std::move(layer));
  });
  json.each("candidates", [&](const Reader &item) {
    Candidate candidate;
    item.get("name", candidate.name);
    item.get("layers", candidate.layers);
    item.get("weight_bytes", candidate.weightBytes);
    item.get("milliseconds", candidate.milliseconds);
    item.get("measured", candidate.measured);
    item.number("drop", candidate.drop, kInfinity);
    item.get("passes", candidate.passes);
    item.get("on_front", candidate.onFront);
    item.get("chosen", candidate.chosen);
    report.candidates.push_back(std::move(candidate));
  });
  json.get("notes", report.notes);
  json.get("warnings", report.warnings);
  return report;
}

} // namespace

Result<OptimizeReport> readReport(const std::string &given) {
  namespace fs = std::filesystem;
  std::error_code code;
  std::string path = fs::is_directory(given, code) ? (fs::path(given) / "report.json").string() : given;
  if (!fs::exists(path, code))
    return badInput(fmt::format("there is no report at '{}'{}", path, didYouMeanFile(path)));
  std::ifstream file(path);
  Json json = Json::parse(file, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded())
    return badInput(fmt::format("'{}' is not JSON, so no report", path));
  if (!json.is_object() || json.value("tool", "") != "mlcompress" || !json.contains("compile"))
    return badInput(fmt::format("'{}' is no report of 'mlcompress optimize'", path));
  try {
    return readFields(Reader(json));
  } catch (const Json::exception &error) {
    return badInput(fmt::format("'{}' is no report that mlcompress wrote: {}", path, error.what()));
  }
}

} // namespace mlc
