#include "RecordingCompiler.h"

using namespace mlc;

Recorded recorded;

namespace {
CheckReport checkReport() {
  CheckReport report;
  report.baseline = "evaluator";
  report.samples = 2;
  OutputAgreement y;
  y.name = "scores";
  y.dtype = DType::Float32;
  y.top1 = 0.99999;
  report.outputs = {y};
  report.gates = {{"min-cosine", "scores", 0.9, recorded.gatesPass ? 0.95 : 0.5, {}, recorded.gatesPass}};
  report.passed = recorded.gatesPass && !recorded.open;
  report.inconclusive = recorded.gatesPass && recorded.open;
  report.metrics = recorded.metrics;
  if (recorded.open) {
    report.gates.push_back(*recorded.open);
    report.warnings = {"odd"};
  }
  return report;
}

CompileReport compileReport() {
  CompileReport report;
  report.name = "digits";
  report.target = "host";
  report.directory = "digits-host";
  report.files = {{"libdigits.so", 512, ""}};
  report.modelBytes = 2048;
  report.libraryBytes = 512;
  report.fallbacks = {{"/conv_7", "Conv", "int8", "fp32", "weights are not constant"}};
  return report;
}

/// The answer, or the failure that the test has set.
template <typename T> Result<T> answer(const char *name, T value) {
  recorded.called = name;
  if (recorded.failure)
    return *recorded.failure;
  return value;
}
} // namespace

Result<ModelInfo> mlc::inspect(const std::string &model) {
  recorded.inspected = model;
  ModelInfo info;
  info.name = "net";
  info.opsets[""] = 17;
  info.inputs = {{"x", DType::Float32, {-1, 3}, {"batch", ""}}};
  info.nodes = {{"Add", 1}, {"Conv", 5}};
  info.unsupported = recorded.unsupported;
  return answer("inspect", info);
}

Result<OptimizeReport> mlc::optimize(const OptimizeOptions &options) {
  recorded.optimize = options;
  options.onPhase({"import", 0.5, ""});
  OptimizeReport report;
  report.compile = compileReport();
  if (options.data.given())
    report.check = checkReport();
  report.latencyBefore = Latency{2.0, 1.9, 2.2, 10, 1};
  report.latencyAfter = Latency{0.5, 0.4, 0.6, 10, 1};
  report.notes = {"a note"};
  if (report.check)
    report.warnings = report.check->warnings;
  return answer("optimize", report);
}

Result<CompileReport> mlc::compile(const CompileOptions &options) {
  recorded.compile = options;
  return answer("compile", compileReport());
}

Result<QuantizeReport> mlc::quantize(const QuantizeOptions &options) {
  recorded.quantize = options;
  QuantizeReport report;
  report.path = options.out;
  report.dynamic = !options.int8.calib.given();
  return answer("quantize", report);
}

Result<CheckReport> mlc::check(const CheckOptions &options) {
  recorded.check = options;
  return answer("check", checkReport());
}

Result<RunReport> mlc::run(const RunOptions &options) {
  recorded.run = options;
  return answer("run", RunReport{1, {"out.npz"}, {{"y", DType::Float32, {1, 10}, {}}}, 0.1});
}

Result<BenchReport> mlc::bench(const BenchOptions &options) {
  recorded.bench = options;
  return answer("bench", BenchReport{"digits", "host", {0.5, 0.4, 0.6, 10, 1}, {}, 512, 64, {}, {}});
}

std::vector<TargetInfo> mlc::listTargets() {
  return {{"host", "x86_64", "this machine", {}}, {"graviton3", "aarch64", "AWS Graviton3", {"sve"}}};
}

std::vector<OperatorInfo> mlc::listOperators() { return {{"Conv", "", 6, 28, "", ""}}; }
