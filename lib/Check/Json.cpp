#include "Check/Json.h"

#include "Check/Verdict.h"
#include "mlcompress/Json.h"

namespace mlc {

Json jsonOf(const TensorDescription &tensor) {
  Json dims = Json::array();
  for (size_t d = 0; d < tensor.shape.size(); ++d) {
    if (tensor.shape[d] >= 0)
      dims.push_back(tensor.shape[d]);
    else if (d < tensor.symbols.size() && !tensor.symbols[d].empty())
      dims.push_back(tensor.symbols[d]);
    else
      dims.push_back(nullptr);
  }
  return {{"name", tensor.name}, {"dtype", dtypeName(tensor.dtype)}, {"shape", dims}};
}

Json jsonOf(const OutputAgreement &output) {
  return {{"name", output.name},
          {"dtype", dtypeName(output.dtype)},
          {"samples", output.samples},
          {"elements", output.elements},
          {"max_abs", output.maxAbs},
          {"mean_abs", output.meanAbs},
          {"relative_l2", output.relativeL2},
          {"cosine", output.cosine},
          {"min_cosine", output.minCosine},
          {"sqnr_db", output.sqnrDb},
          {"nan", output.nanCount},
          {"inf", output.infCount},
          {"non_finite_mismatches", output.nonFiniteMismatches},
          {"top1", output.top1 ? Json(*output.top1) : Json()},
          {"equal", output.equal ? Json(*output.equal) : Json()}};
}

Json jsonOf(const Interval &interval) { return {{"low", interval.low}, {"high", interval.high}}; }

Json jsonOf(const MetricRow &row) {
  return {{"metric", row.metric},
          {"output", row.output},
          {"truth", row.truth},
          {"higher_is_better", row.higherIsBetter},
          {"baseline", row.baseline},
          {"candidate", row.candidate},
          {"drop", row.drop},
          {"interval", jsonOf(row.interval)},
          {"candidate_interval", jsonOf(row.candidateInterval)},
          {"samples", row.samples},
          {"items", row.items},
          {"worst_sample", row.worstSample},
          {"worst_drop", row.worstDrop}};
}

Json jsonOf(const GateRow &row) {
  return {{"gate", row.gate},
          {"metric", row.metric},
          {"output", row.output},
          {"limit", row.limit},
          {"measured", row.measured},
          {"interval", jsonOf(row.interval)},
          {"status", row.passed         ? "pass"
                     : row.inconclusive ? "inconclusive"
                                        : "fail"},
          {"passed", row.passed}};
}

static Json numberOrNull(const std::optional<double> &value) { return value ? Json(*value) : Json(); }

Json jsonOf(const LayerRow &row) {
  return {{"node", row.node},
          {"op", row.op},
          {"precision", row.precision},
          {"reason", row.reason},
          {"weight_bytes", row.weightBytes},
          {"sparsity", row.sparsity},
          {"local_sqnr_db", numberOrNull(row.localSqnrDb)},
          {"accumulated_sqnr_db", numberOrNull(row.accumulatedSqnrDb)},
          {"clipped", numberOrNull(row.clipped)},
          {"milliseconds", numberOrNull(row.milliseconds)}};
}

Json jsonOf(const Candidate &candidate) {
  return {{"name", candidate.name},
          {"layers", candidate.layers},
          {"weight_bytes", candidate.weightBytes},
          {"milliseconds", candidate.milliseconds},
          {"measured", candidate.measured},
          {"drop", candidate.drop},
          {"passes", candidate.passes},
          {"on_front", candidate.onFront},
          {"chosen", candidate.chosen}};
}

Json jsonOf(const Fallback &fallback) {
  return {{"node", fallback.node},
          {"op", fallback.op},
          {"wanted", fallback.wanted},
          {"got", fallback.got},
          {"reason", fallback.reason}};
}

Json jsonOf(const KernelRow &kernel) {
  return {{"kernel", kernel.kernel},
          {"nodes", kernel.nodes},
          {"instruction_set", kernel.instructionSet},
          {"precision", kernel.precision},
          {"note", kernel.note}};
}

Json jsonOf(const OutputFile &file) { return {{"name", file.name}, {"bytes", file.bytes}, {"sha256", file.sha256}}; }

Json jsonOf(const Latency &latency) {
  return {{"median_ms", latency.medianMs},
          {"min_ms", latency.minMs},
          {"p95_ms", latency.p95Ms},
          {"runs", latency.runs},
          {"threads", latency.threads}};
}

Json jsonOf(const UnsupportedNode &node) {
  return {
      {"node", node.node}, {"op", node.op}, {"domain", node.domain}, {"opset", node.opset}, {"reason", node.reason}};
}

Json jsonOf(const ModelInfo &info) {
  Json opsets = Json::object(), nodes = Json::object();
  for (const auto &[domain, opset] : info.opsets)
    opsets[domain.empty() ? "ai.onnx" : domain] = opset;
  for (const auto &[op, count] : info.nodes)
    nodes[op] = count;
  return {{"name", info.name},
          {"producer", info.producer},
          {"ir_version", info.irVersion},
          {"opsets", opsets},
          {"inputs", jsonOf(info.inputs)},
          {"outputs", jsonOf(info.outputs)},
          {"nodes", nodes},
          {"parameters", info.parameterCount},
          {"parameter_bytes", info.parameterBytes},
          {"file_bytes", info.fileBytes},
          {"unsupported", jsonOf(info.unsupported)}};
}

Json jsonOf(const HashedSource &source) { return {{"name", source.name}, {"sha256", source.sha256}}; }

Json jsonOf(const CheckReport &report) {
  return {{"baseline", report.baseline},         {"samples", report.samples},     {"outputs", jsonOf(report.outputs)},
          {"metrics", jsonOf(report.metrics)},   {"gates", jsonOf(report.gates)}, {"passed", report.passed},
          {"inconclusive", report.inconclusive}, {"warnings", report.warnings}};
}

Json jsonOf(const CompileReport &report) {
  Json phases = Json::array();
  for (const PhaseTime &phase : report.phases)
    phases.push_back({{"phase", phase.phase}, {"seconds", phase.seconds}});
  return {{"name", report.name},
          {"target", report.target},
          {"library", report.library},
          {"inputs", jsonOf(report.inputs)},
          {"outputs", jsonOf(report.outputs)},
          {"model_bytes", report.modelBytes},
          {"library_bytes", report.libraryBytes},
          {"weight_bytes", report.weightBytes},
          {"seconds", report.seconds},
          {"peak_memory_bytes", report.peakMemoryBytes},
          {"phases", phases},
          {"files", jsonOf(report.files)},
          {"kernels", jsonOf(report.kernels)},
          {"fallbacks", jsonOf(report.fallbacks)}};
}

Json jsonOf(const QuantizeReport &report) {
  return {{"path", report.path},
          {"dynamic", report.dynamic},
          {"blocks", report.blocks},
          {"calibration_samples", report.calibrationSamples},
          {"calibration_cached", report.calibrationCached},
          {"calibrator", report.calibrator},
          {"quantized_nodes", report.quantizedNodes},
          {"model_bytes", report.modelBytes},
          {"quantized_bytes", report.quantizedBytes},
          {"seconds", report.seconds},
          {"fallbacks", jsonOf(report.fallbacks)},
          {"notes", report.notes}};
}

Json jsonOf(const OptimizeReport &report) {
  Json hashes = {{"model", jsonOf(report.model)},
                 {"calibration_data", jsonOf(report.calib)},
                 {"check_data", jsonOf(report.data)},
                 {"recipe", jsonOf(report.recipe)}};
  return {{"verdict", verdictName(verdictOf(report))},
          {"hashes", hashes},
          {"compile", jsonOf(report.compile)},
          {"quantize", jsonOf(report.quantize)},
          {"check", jsonOf(report.check)},
          {"latency_before", jsonOf(report.latencyBefore)},
          {"latency_after", jsonOf(report.latencyAfter)},
          {"layers", jsonOf(report.layers)},
          {"candidates", jsonOf(report.candidates)},
          {"notes", report.notes},
          {"warnings", report.warnings}};
}

Json jsonOf(const RunReport &report) {
  return {{"samples", report.samples},
          {"files", report.files},
          {"outputs", jsonOf(report.outputs)},
          {"seconds", report.seconds}};
}

Json jsonOf(const MachineLimits &limits) {
  return {{"f32_gops", limits.f32},
          {"bf16_gops", limits.bf16},
          {"int8_gops", limits.int8},
          {"memory_gb_per_s", limits.memory}};
}

Json jsonOf(const KernelProfile &row) {
  Json json = jsonOf(row.kernel);
  json.update({{"milliseconds", row.milliseconds},
               {"operations", row.operations},
               {"bytes", row.bytes},
               {"limit_fraction", row.limitFraction}});
  return json;
}

Json jsonOf(const BenchReport &report) {
  return {{"name", report.name},
          {"target", report.target},
          {"latency", jsonOf(report.latency)},
          {"inputs", jsonOf(report.inputs)},
          {"library_bytes", report.libraryBytes},
          {"workspace_bytes", report.workspaceBytes},
          {"limits", jsonOf(report.limits)},
          {"profile", jsonOf(report.profile)}};
}

Json jsonOf(const TargetInfo &target) {
  return {{"name", target.name},
          {"architecture", target.architecture},
          {"description", target.description},
          {"features", target.features}};
}

Json jsonOf(const OperatorInfo &op) {
  return {{"name", op.name},   {"domain", op.domain}, {"since_opset", op.sinceOpset}, {"until_opset", op.untilOpset},
          {"types", op.types}, {"note", op.note}};
}

std::string textOf(const Json &json) { return json.dump(2, ' ', false, Json::error_handler_t::replace) + '\n'; }

std::string toJson(const ModelInfo &info) { return textOf(jsonOf(info)); }
std::string toJson(const OptimizeReport &report) { return textOf(jsonOf(report)); }
std::string toJson(const CompileReport &report) { return textOf(jsonOf(report)); }
std::string toJson(const QuantizeReport &report) { return textOf(jsonOf(report)); }
std::string toJson(const CheckReport &report) { return textOf(jsonOf(report)); }
std::string toJson(const RunReport &report) { return textOf(jsonOf(report)); }
std::string toJson(const BenchReport &report) { return textOf(jsonOf(report)); }
std::string toJson(const std::vector<TargetInfo> &targets) { return textOf(jsonOf(targets)); }
std::string toJson(const std::vector<OperatorInfo> &operators) { return textOf(jsonOf(operators)); }

} // namespace mlc
