#include "Pipeline/Agreement.h"
#include "Check/Gates.h"
#include "Check/Metrics.h"
#include "Check/TaskMetrics.h"
#include "Graph/WeightStore.h"
#include "Pipeline/HostLibrary.h"
#include "Pipeline/Signature.h"
#include "Reference/Evaluate.h"
#include "Support/DataSet.h"

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

} // namespace

Result<AgreementOutcome> compareWithModel(Session &session, const AgreementRequest &request, bool measure) {
  auto graph = importGraph(session, request.model, {});
  if (!graph)
    return graph.error();
  graph::WeightStore::Keep keep(**graph);
  std::vector<TensorDescription> inputs = inputsOf(**graph), outputs = outputsOf(**graph);
  auto data = DataSet::open(request.source, inputs, outputs, request.dims);
  if (!data)
    return data.error();

  auto library = LibraryRunner::open(request.library, request.runner, request.threads);
  if (!library)
    return library.error();
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
  std::vector<OutputMetrics> metrics, verification;
  std::vector<TaskMetric> tasks;
  std::vector<std::string> specs = request.gates.metrics;
  if (request.gates.maxDrop && specs.empty()) {
    auto first = data->sample(0);
    if (!first)
      return first.error();
    specs.push_back(TaskMetric::defaultFor(outputs, !first->labels.empty()));
  }
  for (const std::string &spec : specs) {
    auto task = TaskMetric::create(spec, outputs);
    if (!task)
      return task.error();
    tasks.push_back(std::move(*task));
  }
  for (const TensorDescription &output : outputs) {
    metrics.emplace_back(output.name, output.dtype);
    verification.emplace_back(output.name, output.dtype);
  }
  size_t samples = baseline ? data->size() : std::min(data->size(), kEvaluated);
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
    if (!baseline || i < kVerified) {
      auto answered = evaluateSample(**graph, *sample);
      if (!answered)
        return answered.error();
      evaluated = std::move(*answered);
    }
    if (!baseline)
      reference = evaluated;
    for (size_t o = 0; o < outputs.size(); ++o) {
      if (auto added = metrics[o].add(reference[o], mine[o]); !added)
        return added.error();
      if (baseline && !evaluated.empty())
        if (auto added = verification[o].add(evaluated[o], reference[o]); !added)
          return added.error();
    }
    for (TaskMetric &task : tasks)
      if (auto added = task.add(sample->name, sample->labels, reference, mine); !added)
        return added.error();
    if (i == 0 && measure && library->loaded()) {
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
  report.samples = static_cast<int64_t>(samples);
  for (const OutputMetrics &metric : metrics)
    report.outputs.push_back(metric.finish());
  for (const TaskMetric &task : tasks)
    report.metrics.push_back(task.finish());
  std::error_code code;
  auto size = std::filesystem::file_size(request.library, code);
  report.gates = evaluateGates(request.gates, report.outputs, report.metrics, code ? 0 : static_cast<int64_t>(size));
  for (const OutputMetrics &metric : verification) {
    if (!baseline)
      break;
    OutputAgreement agreement = metric.finish();
    double measured = agreement.equal ? 1 - *agreement.equal : agreement.relativeL2;
    if (measured > kEvaluatorLimit)
      report.gates.push_back({"evaluator", agreement.name, kEvaluatorLimit, measured, std::nullopt, false});
  }
  report.passed = allPassed(report.gates);
  report.inconclusive = isInconclusive(report.gates);
  return outcome;
}

} // namespace mlc
