#include "Pipeline/Agreement.h"
#include "Check/Collapse.h"
#include "Check/Gates.h"
#include "Check/Metrics.h"
#include "Check/TaskMetrics.h"
#include "Graph/WeightStore.h"
#include "Pipeline/Emit.h"
#include "Pipeline/HostLibrary.h"
#include "Pipeline/Signature.h"
#include "Reference/Evaluate.h"
#include "Support/DataSet.h"

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>

using namespace mlir;

namespace mlc {
namespace {

// The evaluator is slow: it sees this many samples, and more only where nothing else can tell.
constexpr size_t kVerified = 2, kEvaluated = 4;
// How far the f32 library may be from the evaluator.
constexpr double kEvaluatorLimit = 1e-3;

Result<std::vector<Tensor>> evaluateSample(ModuleOp graph, const Sample &sample) {
  std::vector<Tensor> inputs;
  for (const NamedTensor &input : sample.inputs)
    inputs.push_back(input.tensor);
  return evaluate(graph.lookupSymbol<func::FuncOp>("main"), inputs);
}

std::vector<Tensor> tensorsOf(std::vector<NamedTensor> named) {
  std::vector<Tensor> result;
  for (NamedTensor &tensor : named)
    result.push_back(std::move(tensor.tensor));
  return result;
}

/// Bytes of a library and of the arena that it needs for inputs like these.
std::optional<double> memoryOf(const std::string &library, LoadedModel &model, const Sample &sample) {
  std::vector<std::vector<int64_t>> shapes;
  for (const LibraryTensor &wanted : model.inputs())
    for (const NamedTensor &input : sample.inputs)
      if (input.name == wanted.name)
        shapes.push_back(input.tensor.shape);
  auto arena = model.workspaceBytes(shapes);
  std::error_code code;
  auto size = std::filesystem::file_size(library, code);
  return arena && !code ? std::optional(static_cast<double>(*arena) + static_cast<double>(size)) : std::nullopt;
}

} // namespace

Result<std::vector<TaskMetric>> taskMetrics(const std::vector<std::string> &metrics, const Gates &gates,
                                            const std::vector<TensorDescription> &outputs) {
  std::vector<std::string> specs = metrics;
  for (const MetricGate &gate : gates.metrics)
    specs.push_back(gate.metric);
  if (gates.maxDrop && specs.empty())
    return usageError("a largest drop needs a metric that may drop: add --metric, as in --metric top1");
  std::vector<TaskMetric> tasks;
  for (auto spec = specs.begin(); spec != specs.end(); ++spec) {
    if (std::find(specs.begin(), spec, *spec) != spec)
      continue;
    auto metric = TaskMetric::create(*spec, outputs);
    if (!metric)
      return metric.error();
    tasks.push_back(std::move(*metric));
  }
  return tasks;
}

Result<AgreementOutcome> compareWithModel(Session &session, const AgreementRequest &request, bool measure) {
  // Reads the whole model, so not while the libraries are there too.
  auto originalBytes = static_cast<double>(modelFileBytes(request.model));
  auto graph = importGraph(session, request.model, {});
  if (!graph)
    return graph.error();
  graph::WeightStore::Keep keep(**graph);
  std::vector<TensorDescription> inputs = inputsOf(**graph), outputs = outputsOf(**graph);
  auto tasks = taskMetrics(request.metrics, request.gates, outputs);
  if (!tasks)
    return tasks.error();
  auto data = DataSet::open(request.source, inputs, outputs, request.dims);
  if (!data)
    return data.error();

  auto library = LibraryRunner::open(request.library, request.runner, request.threads);
  if (!library)
    return library.error();
  if ((request.gates.maxLatency || request.gates.maxMemory) && !library->loaded())
    return usageError("a gate on latency or memory is about this machine; an emulator's figures say nothing");
  std::optional<TemporaryFile> file;
  std::optional<LibraryRunner> baseline;
  if (!request.isBaseline) {
    session.phase("check", 0, "compiling the original model for comparison");
    OwningOpRef<ModuleOp> copy = cast<ModuleOp>((*graph)->clone());
    auto made = compileForHost(session, std::move(copy), "baseline");
    if (!made)
      return made.error();
    file.emplace(std::move(made->file));
    auto opened = LibraryRunner::open(file->path(), "", request.threads);
    if (!opened)
      return opened.error();
    baseline.emplace(std::move(*opened));
  }

  AgreementOutcome outcome;
  Measurements measured;
  std::vector<OutputMetrics> metrics, verification;
  std::vector<CollapseDetector> collapse;
  std::vector<int64_t> reshaped(outputs.size());
  for (const TensorDescription &output : outputs) {
    metrics.emplace_back(output.name, output.dtype);
    verification.emplace_back(output.name, output.dtype);
    collapse.emplace_back(output.name);
  }
  size_t samples = baseline || !tasks->empty() ? data->size() : std::min(data->size(), kEvaluated);
  for (size_t i = 0; i < samples; ++i) {
    session.phase("check", static_cast<double>(i) / samples);
    auto sample = data->sample(i);
    if (!sample)
      return sample.error();
    auto results = library->run(sample->inputs);
    if (!results)
      return results.error();
    std::vector<Tensor> mine = tensorsOf(std::move(*results)), reference, evaluated;
    if (baseline) {
      auto answered = baseline->run(sample->inputs);
      if (!answered)
        return answered.error();
      reference = tensorsOf(std::move(*answered));
    }
    if (baseline ? i < kVerified : i < kEvaluated) {
      auto answered = evaluateSample(**graph, *sample);
      if (!answered)
        return answered.error();
      evaluated = std::move(*answered);
    }
    // The library itself is the original from where the evaluator is too slow.
    if (!baseline)
      reference = i < kEvaluated ? evaluated : mine;
    for (TaskMetric &task : *tasks)
      if (auto added = task.add(sample->name, sample->labels, reference, mine); !added)
        return added.error();
    for (size_t o = 0; o < outputs.size() && (baseline || i < kEvaluated); ++o) {
      // How many boxes are found depends on the data; a metric of the task can tell what that costs.
      if (!tasks->empty() && reference[o].shape != mine[o].shape && reference[o].shape.size() == mine[o].shape.size()) {
        ++reshaped[o];
        continue;
      }
      collapse[o].add(reference[o], mine[o]);
      if (auto added = metrics[o].add(reference[o], mine[o]); !added)
        return added.error();
      if (baseline && !evaluated.empty())
        if (auto added = verification[o].add(evaluated[o], reference[o]); !added)
          return added.error();
    }
    if (i == 0 && request.gates.maxMemory) {
      if (auto memory = memoryOf(request.library, *library->loaded(), *sample))
        measured.memory = Cost{*memory, baseline ? memoryOf(file->path(), *baseline->loaded(), *sample) : memory};
    }
    if (i == 0 && (measure || request.gates.maxLatency) && library->loaded()) {
      auto after = measureLatency(*library->loaded(), sample->inputs, 0.5, request.threads);
      if (after)
        outcome.after = *after;
      if (baseline) {
        auto before = measureLatency(*baseline->loaded(), sample->inputs, 0.5, request.threads);
        if (before)
          outcome.before = *before;
      }
    }
  }
  CheckReport &report = outcome.report;
  report.baseline = baseline ? "fp32 library" : "evaluator";
  report.samples = static_cast<int64_t>(baseline ? samples : std::min(samples, kEvaluated));
  for (const OutputMetrics &metric : metrics)
    report.outputs.push_back(metric.finish());
  for (const TaskMetric &task : *tasks)
    report.metrics.push_back(task.finish());
  std::error_code code;
  auto size = std::filesystem::file_size(request.library, code);
  if (!code)
    measured.size = Cost{static_cast<double>(size), originalBytes};
  if (outcome.after)
    measured.latency = Cost{outcome.after->medianMs, (outcome.before ? outcome.before : outcome.after)->medianMs};
  measured.outputs = report.outputs;
  measured.metrics = report.metrics;
  report.gates = evaluateGates(request.gates, measured);
  for (size_t o = 0; o < outputs.size(); ++o) {
    if (auto finding = collapse[o].finding()) {
      report.warnings.push_back(finding->warning);
      report.gates.push_back(finding->gate);
    }
    if (reshaped[o])
      report.warnings.push_back(
          fmt::format("output '{}' has another shape than the original's in {} of {} samples; its "
                      "agreement is that of the others",
                      outputs[o].name, reshaped[o], samples));
  }
  for (const OutputMetrics &metric : verification) {
    if (!baseline)
      break;
    OutputAgreement agreement = metric.finish();
    double measured = agreement.equal ? 1 - *agreement.equal : agreement.relativeL2;
    if (measured > kEvaluatorLimit)
      report.gates.push_back({"evaluator", agreement.name, kEvaluatorLimit, measured, std::nullopt, false});
  }
  conclude(report);
  return outcome;
}

} // namespace mlc
