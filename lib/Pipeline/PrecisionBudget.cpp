#include "Pipeline/PrecisionBudget.h"

#include "Check/Metrics.h"
#include "Check/TaskMetrics.h"
#include "Graph/NodeName.h"
#include "Graph/WeightStore.h"
#include "Pipeline/HostLibrary.h"
#include "Pipeline/KernelRows.h"
#include "Pipeline/LayerTimes.h"
#include "Pipeline/PrecisionSearch.h"
#include "Pipeline/Profile.h"
#include "Pipeline/Signature.h"
#include "Support/DTypeConversion.h"
#include "Support/DataSet.h"
#include "passes/BFloat16/BFloat16.h"
#include "passes/Precision/Layers.h"
#include "passes/Precision/PrecisionSwitch.h"

#include <chrono>
#include <cmath>
#include <fmt/format.h>
#include <limits>

using namespace mlir;

namespace mlc {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double kInfinity = std::numeric_limits<double>::infinity();
// Seconds that the times of each layer, and of each candidate, are taken over.
constexpr double kProfileSeconds = 0.6, kLatencySeconds = 0.4;
// The share of the budget of time that measuring single layers may take.
constexpr double kRankingShare = 0.4;
// Samples and their true answers stay in memory up to this many bytes; those beyond are read and computed again.
constexpr size_t kKeptBytes = size_t(512) << 20;

// The samples with the original model's answers.
class ReferenceAnswers {
public:
  ReferenceAnswers(DataSet data, LoadedModel &reference) : data_(std::move(data)), reference_(reference) {}

  struct Item {
    Sample sample;
    std::vector<Tensor> inputs, answers;
  };
  size_t size() const { return data_.size(); }
  Result<const Item *> at(size_t index) {
    if (auto known = kept_.find(index); known != kept_.end())
      return &known->second;
    auto sample = data_.sample(index);
    if (!sample)
      return sample.error();
    Item item;
    for (const NamedTensor &input : sample->inputs)
      item.inputs.push_back(input.tensor);
    auto answers = reference_.run(item.inputs);
    if (!answers)
      return answers.error();
    item.answers = std::move(*answers);
    item.sample = std::move(*sample);
    size_t bytes = 0;
    for (const auto *tensors : {&item.inputs, &item.answers})
      for (const Tensor &tensor : *tensors)
        bytes += tensor.bytes.size();
    if (keptBytes_ + 2 * bytes > kKeptBytes) {
      last_ = std::move(item);
      return &last_;
    }
    keptBytes_ += 2 * bytes;
    return &(kept_[index] = std::move(item));
  }

private:
  DataSet data_;
  LoadedModel &reference_;
  std::map<size_t, Item> kept_;
  Item last_;
  size_t keptBytes_ = 0;
};

// What the layers are chosen among: the mixes of int8, bf16 and f32 by time, or of 4 bits, int8 and f32 by bytes.
struct Alternatives {
  Precision narrowest;
  std::function<PrecisionSwitch(ModuleOp)> makeSwitch;
  std::function<Result<QuantizationReport>(ModuleOp)> compress;
  int64_t group = 0; ///< of weights of 4 bits
};

class Budget {
public:
  Budget(Session &session, ModuleOp graph, Alternatives alternatives, const Target &target,
         const BudgetRequest &request)
      : session_(session), graph_(graph), alternatives_(std::move(alternatives)), target_(target), request_(request),
        end_(Clock::now() +
             std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(request.seconds))),
        isHost_(target.name == "host") {}

  Result<BudgetOutcome> run(ModuleOp original) {
    outputs_ = outputsOf(original);
    auto data = DataSet::open(request_.data, inputsOf(original), outputs_, request_.dims);
    if (!data)
      return data.error();
    if (auto tasks = taskMetrics(); !tasks)
      return tasks.error();
    session_.phase("search", 0, "compiling the original");
    auto reference = compile(cast<ModuleOp>(original->clone()));
    if (!reference)
      return reference.error();
    auto model = open(*reference);
    if (!model)
      return model.error();
    answers_.emplace(std::move(*data), *model);
    auto first = answers_->at(0);
    if (!first)
      return first.error();
    sample_ = (*first)->sample.inputs;

    session_.phase("search", 0, "compiling every mix of precisions in one");
    PrecisionSwitch precisions = alternatives_.makeSwitch(graph_);
    for (size_t i = 0; i < precisions.layers.size(); ++i)
      layers_.push_back({precisions.layers[i], {kInfinity, kInfinity, kInfinity, kInfinity}});
    for (const SearchLayer &layer : layers_)
      times_.push_back(layer.cost);
    if (layers_.empty()) {
      outcome_.notes.push_back(fmt::format("no layer can become {}: there is nothing to search",
                                           precisionName(alternatives_.narrowest).str()));
      return std::move(outcome_);
    }
    {
      graph::WeightStore::Keep own(*precisions.module);
      if (auto timed = timeLayers(*reference, precisions.hasBf16); !timed)
        return timed.error();
      bySize() ? weighLayers() : takeTimes();
    }
    graph::WeightStore::Keep keep(graph_);
    auto finished = alternatives_.compress(*precisions.module);
    if (!finished)
      return finished.error();
    auto switchable = compile(std::move(precisions.module));
    if (!switchable)
      return switchable.error();
    auto mixes = open(*switchable);
    if (!mixes)
      return mixes.error();
    mixes_ = &*mixes;

    auto found = search();
    if (!found)
      return found.error();
    return choose(*found, *reference, *model);
  }

private:
  bool outOfTime() const { return Clock::now() >= end_; }
  bool bySize() const { return alternatives_.narrowest == Precision::Int4; }

  Result<HostLibrary> compile(OwningOpRef<ModuleOp> module) {
    graph::WeightStore::Keep keep(graph_);
    return compileForHost(session_, std::move(module), "candidate");
  }
  Result<LoadedModel> open(const HostLibrary &library) {
    SessionOptions options;
    options.threads = static_cast<uint32_t>(std::max(request_.threads, 1));
    return LoadedModel::open(library.path(), options);
  }

  // The graph in a mix of precisions; layers outside the switch stay as they are.
  OwningOpRef<ModuleOp> inMix(const Mix &mix) {
    OwningOpRef<ModuleOp> module = cast<ModuleOp>(graph_->clone());
    assign(*module, mix);
    return module;
  }
  void assign(ModuleOp module, const Mix &mix) {
    std::map<std::string, size_t> numbers;
    for (size_t i = 0; i < layers_.size(); ++i)
      numbers[layers_[i].name] = i;
    for (const Layer &layer : layersOf(module)) {
      auto number = numbers.find(layer.name);
      if (number == numbers.end())
        continue;
      size_t i = number->second;
      setPrecision(layer.op, precisionName(mix[i]), mix[i] == alternatives_.narrowest ? "" : reasonFor(i));
    }
  }
  std::string reasonFor(size_t i) const {
    const SearchLayer &layer = layers_[i];
    double other = std::min(layer.cost[0], layer.cost[2]);
    if (!bySize() && layer.cost[1] > other)
      return fmt::format("int8 is not faster here ({:.3g} ms for {:.3g} ms)", layer.cost[1], other);
    int bits = bySize() ? 4 : 8;
    if (i < harm_.size() && !std::isnan(harm_[i]))
      return fmt::format("{} bits cost too much accuracy: without it the output's error falls by {:.3g}", bits,
                         harm_[i]);
    return fmt::format("{} bits cost too much accuracy", bits);
  }

  // Milliseconds of all layers in one precision.
  Result<void> timeIn(Precision precision, const HostLibrary &library) {
    auto profile = profileLibrary(library.path(), kernelRows(library.report), sample_, std::max(request_.threads, 1),
                                  kProfileSeconds);
    if (!profile)
      return profile.error();
    if (!isHost_)
      modelTimes(*profile, target_, precision);
    std::vector<std::string> nodes;
    std::map<std::string, int> shared; // layers that come from one node have its time together
    for (const SearchLayer &layer : layers_) {
      nodes.push_back(nodeOf(layer.name));
      ++shared[nodes.back()];
    }
    std::map<std::string, double> times = timesByNode(*profile, nodes);
    for (size_t i = 0; i < layers_.size(); ++i)
      times_[i][static_cast<size_t>(precision)] = times[nodes[i]] / shared[nodes[i]];
    double all = 0;
    for (const KernelProfile &row : *profile)
      all += row.milliseconds;
    totals_[static_cast<size_t>(precision)] = all;
    return {};
  }
  static std::string nodeOf(const std::string &layer) {
    size_t mark = layer.rfind('#');
    bool numbered = mark != std::string::npos && mark + 1 < layer.size() &&
                    layer.find_first_not_of("0123456789", mark + 1) == std::string::npos;
    return numbered ? layer.substr(0, mark) : layer;
  }

  // Bytes of all layers' weights in each precision.
  void weighLayers() {
    std::map<std::string, Operation *> ops;
    for (const Layer &layer : layersOf(graph_))
      ops[layer.name] = layer.op;
    for (SearchLayer &layer : layers_) {
      auto shape = cast<RankedTensorType>(ops.at(layer.name)->getOperand(1).getType()).getShape();
      auto depth = static_cast<double>(shape[0]), columns = static_cast<double>(shape[1]);
      double blocks = std::ceil(depth / static_cast<double>(alternatives_.group));
      layer.cost[static_cast<size_t>(Precision::F32)] = 4 * depth * columns;
      layer.cost[static_cast<size_t>(Precision::Int8)] = (depth + 4) * columns; // and a scale
      layer.cost[static_cast<size_t>(Precision::Int4)] =
          blocks * columns * (static_cast<double>(alternatives_.group) / 2 + 2); // and a scale of f16 each
    }
  }

  void takeTimes() {
    for (size_t i = 0; i < layers_.size(); ++i)
      layers_[i].cost = times_[i];
  }

  Result<void> timeLayers(const HostLibrary &reference, const std::vector<bool> &hasBf16) {
    session_.phase("search", 0, "timing the layers in f32");
    if (auto timed = timeIn(Precision::F32, reference); !timed)
      return timed;
    for (Precision precision : {Precision::Int4, Precision::Int8}) {
      if (precision == Precision::Int4 && !bySize())
        continue;
      session_.phase("search", 0, "timing the layers in " + precisionName(precision).str());
      auto library = compileMix(Mix(layers_.size(), precision));
      if (!library)
        return library.error();
      if (auto timed = timeIn(precision, *library); !timed)
        return timed;
      if (precision == alternatives_.narrowest)
        narrowestBytes_ = library->report.weightBytes;
    }
    if (bySize())
      return {};
    auto host = findTarget("host");
    bool canRun = host && host->row(ElementKind::BF16, ElementKind::BF16);
    if (!target_.row(ElementKind::BF16, ElementKind::BF16) || (isHost_ && !canRun))
      return {};
    session_.phase("search", 0, "timing the layers in bf16");
    Mix mix;
    for (bool has : hasBf16)
      mix.push_back(has ? Precision::BF16 : Precision::F32);
    if (auto bf16 = compileMix(mix); !bf16)
      return bf16.error();
    else if (auto timed = timeIn(Precision::BF16, *bf16); !timed)
      return timed;
    for (size_t i = 0; i < layers_.size(); ++i)
      if (!hasBf16[i])
        times_[i][static_cast<size_t>(Precision::BF16)] = kInfinity;
    return {};
  }

  Result<HostLibrary> compileMix(const Mix &mix) {
    OwningOpRef<ModuleOp> module = inMix(mix);
    graph::WeightStore::Keep keep(graph_);
    auto quantized = alternatives_.compress(*module);
    if (!quantized)
      return quantized.error();
    return compile(std::move(module));
  }

  Result<std::vector<TaskMetric>> taskMetrics() const {
    std::vector<TaskMetric> tasks;
    for (const std::string &spec : request_.metrics) {
      auto task = TaskMetric::create(spec, outputs_);
      if (!task)
        return task.error();
      tasks.push_back(std::move(*task));
    }
    return tasks;
  }

  // Compares answers with the original's on the first samples.
  Result<MixAccuracy> compare(int64_t samples,
                              const std::function<Result<std::vector<Tensor>>(const std::vector<Tensor> &)> &run) {
    auto tasks = taskMetrics();
    if (!tasks)
      return tasks.error();
    std::vector<OutputMetrics> metrics;
    for (const TensorDescription &output : outputs_)
      metrics.emplace_back(output.name, output.dtype);
    for (int64_t i = 0; i < samples; ++i) {
      auto item = answers_->at(static_cast<size_t>(i));
      if (!item)
        return item.error();
      auto results = run((*item)->inputs);
      if (!results)
        return results.error();
      results->resize(outputs_.size());
      for (TaskMetric &task : *tasks)
        if (auto added = task.add((*item)->sample.name, (*item)->sample.labels, (*item)->answers, *results); !added)
          return added.error();
      for (size_t o = 0; o < outputs_.size(); ++o)
        if (isFloating(outputs_[o].dtype))
          (void)metrics[o].add((*item)->answers[o], (*results)[o]); // shapes that differ have no error to compare
    }
    MixAccuracy accuracy;
    for (const TaskMetric &task : *tasks) {
      MetricRow row = task.finish();
      accuracy.drop = std::max(accuracy.drop, row.drop);
      accuracy.worst = std::max(accuracy.worst, row.interval ? row.interval->high : row.drop);
    }
    for (const OutputMetrics &metric : metrics) {
      OutputAgreement agreement = metric.finish();
      if (agreement.samples)
        accuracy.error = std::max(accuracy.error, agreement.nonFiniteMismatches ? kInfinity : agreement.relativeL2);
    }
    return accuracy;
  }

  Result<MixAccuracy> measure(const Mix &mix, int64_t samples) {
    auto known = known_.find({mix, samples});
    if (known != known_.end())
      return known->second;
    auto accuracy = measureAnew(mix, samples);
    if (accuracy)
      known_[{mix, samples}] = *accuracy;
    return accuracy;
  }
  Result<MixAccuracy> measureAnew(const Mix &mix, int64_t samples) {
    Tensor choice(DType::Int64, {static_cast<int64_t>(mix.size())});
    for (size_t i = 0; i < mix.size(); ++i)
      choice.data<int64_t>()[i] = static_cast<int64_t>(mix[i]);
    ++measured_;
    session_.phase("search", progress(), fmt::format("accuracy of mix {}", measured_));
    return compare(samples, [&](const std::vector<Tensor> &inputs) {
      std::vector<Tensor> all = inputs;
      all.push_back(choice);
      return mixes_->run(all);
    });
  }
  double progress() const {
    double left = std::chrono::duration<double>(end_ - Clock::now()).count();
    return std::clamp(1 - left / request_.seconds, 0.0, 1.0);
  }

  Result<SearchResult> search() {
    SearchBudget &budget = budget_;
    budget.maxDrop = request_.maxDrop;
    budget.narrowest = alternatives_.narrowest;
    budget.samples = static_cast<int64_t>(answers_->size());
    auto start = Clock::now();
    if (auto once = measure(Mix(layers_.size(), alternatives_.narrowest), 1); !once)
      return once.error();
    double seconds = std::max(std::chrono::duration<double>(Clock::now() - start).count(), 1e-4);
    double left = std::chrono::duration<double>(end_ - Clock::now()).count() * kRankingShare;
    budget.samplesForRanking =
        std::clamp<int64_t>(static_cast<int64_t>(left / seconds / static_cast<double>(layers_.size() + 1)), 1,
                            std::min<int64_t>(budget.samples, 64));
    auto search = [&] {
      return searchPrecisions(
          layers_, budget, [&](const Mix &mix, int64_t samples) { return measure(mix, samples); },
          [&] { return outOfTime(); });
    };
    auto found = search();
    auto surely = [&](const SearchedMix &mix) { return keeps(budget, mix.accuracy); };
    if (found && std::none_of(found->mixes.begin(), found->mixes.end(), surely)) {
      budget.surely = false;
      found = search();
    }
    if (found && found->timedOut)
      outcome_.notes.push_back(fmt::format("the search ended after {:.0f} s with the best that it had found; "
                                           "--budget-time gives it more",
                                           request_.seconds));
    return found;
  }

  std::string describe(const Mix &mix) const {
    std::map<std::string, int64_t> counts = countsOf(mix);
    if (counts.size() == 1)
      return counts.begin()->first;
    std::string text;
    for (const char *name : {"int4", "int8", "bf16", "f32"})
      if (counts.count(name))
        text += fmt::format("{}{} {}", text.empty() ? "" : ", ", counts[name], name);
    return text;
  }
  std::map<std::string, int64_t> countsOf(const Mix &mix) const {
    std::map<std::string, int64_t> counts;
    for (Precision precision : mix)
      ++counts[precisionName(precision).str()];
    return counts;
  }

  // What a whole inference takes by the layers' times: the f32 model's with the layers' differences.
  double modelled(const Mix &mix) const {
    double time = totals_[0];
    for (size_t i = 0; i < mix.size(); ++i)
      time += times_[i][static_cast<size_t>(mix[i])] - times_[i][0];
    return time;
  }

  // A candidate compiled and measured as it would be delivered.
  Result<Candidate> delivered(const Mix &mix) {
    session_.phase("search", progress(), "compiling " + describe(mix));
    auto library = compileMix(mix);
    if (!library)
      return library.error();
    auto model = open(*library);
    if (!model)
      return model.error();
    auto accuracy = compare(static_cast<int64_t>(answers_->size()),
                            [&](const std::vector<Tensor> &inputs) { return model->run(inputs); });
    if (!accuracy)
      return accuracy.error();
    Candidate candidate = candidateOf(mix, *accuracy);
    candidate.weightBytes = library->report.weightBytes;
    if (isHost_) {
      auto latency = measureLatency(*model, sample_, kLatencySeconds, std::max(request_.threads, 1));
      if (!latency)
        return latency.error();
      candidate.milliseconds = latency->medianMs;
      candidate.measured = true;
    }
    return candidate;
  }
  Candidate candidateOf(const Mix &mix, const MixAccuracy &accuracy) const {
    Candidate candidate;
    candidate.name = describe(mix);
    candidate.layers = countsOf(mix);
    candidate.milliseconds = modelled(mix);
    if (bySize())
      candidate.weightBytes =
          narrowestBytes_ +
          static_cast<int64_t>(costOf(layers_, mix) - costOf(layers_, Mix(layers_.size(), alternatives_.narrowest)));
    candidate.drop = accuracy.drop;
    candidate.passes = keeps(budget_, accuracy);
    return candidate;
  }

  Result<BudgetOutcome> choose(const SearchResult &found, const HostLibrary &reference, LoadedModel &original) {
    harm_ = found.harm;
    Mix exact(layers_.size(), Precision::F32);
    std::vector<std::pair<Mix, Candidate>> all;
    std::vector<bool> wasCompiled;
    Candidate plain = candidateOf(exact, {});
    plain.weightBytes = reference.report.weightBytes;
    if (isHost_) {
      auto latency = measureLatency(original, sample_, kLatencySeconds, std::max(request_.threads, 1));
      if (!latency)
        return latency.error();
      plain.milliseconds = latency->medianMs;
      plain.measured = true;
    }
    all.emplace_back(exact, plain);
    wasCompiled.push_back(true);

    // The fastest mixes that the switch says pass are compiled, so many until one does; and the slowest, which is all
    // bf16 where the target has that: times by layers are no more than a model. Those that do not pass are told as the
    // switch measured them.
    bool settled = false;
    for (const SearchedMix &mix : found.mixes) {
      if (mix.mix == exact)
        continue;
      bool isLast = &mix == &found.mixes.back() && !outOfTime();
      bool worthIt = keeps(budget_, mix.accuracy) && (!settled || isLast);
      if (!worthIt) {
        all.emplace_back(mix.mix, candidateOf(mix.mix, mix.accuracy));
        wasCompiled.push_back(false);
        continue;
      }
      auto candidate = delivered(mix.mix);
      if (!candidate)
        return candidate.error();
      settled = settled || candidate->passes;
      all.emplace_back(mix.mix, *candidate);
      wasCompiled.push_back(true);
    }
    auto cost = [&](const Candidate &a) { return bySize() ? static_cast<double>(a.weightBytes) : a.milliseconds; };
    auto better = [&](const Candidate &a, const Candidate &b) {
      return cost(a) <= cost(b) && a.drop <= b.drop && (cost(a) < cost(b) || a.drop < b.drop);
    };
    size_t chosen = 0;
    for (size_t i = 0; i < all.size(); ++i) {
      Candidate &own = all[i].second;
      own.onFront = std::none_of(all.begin(), all.end(), [&](auto &other) { return better(other.second, own); });
      if (own.passes && wasCompiled[i] && cost(own) < cost(all[chosen].second))
        chosen = i;
    }
    all[chosen].second.chosen = true;
    if (chosen == 0 && all.size() > 1)
      outcome_.notes.push_back(fmt::format("f32 is what keeps the accuracy budget and is {}: nothing was quantized",
                                           bySize() ? "smallest" : "fastest"));
    assign(graph_, all[chosen].first);
    if (chosen == 0) // tables too: what was promised is the original
      for (const Layer &layer : layersOf(graph_))
        setPrecision(layer.op, precisionName(Precision::F32),
                     fmt::format("the accuracy budget leaves no room for {} bits", bySize() ? 4 : 8));
    for (auto &[mix, candidate] : all)
      outcome_.candidates.push_back(std::move(candidate));
    return std::move(outcome_);
  }

  Session &session_;
  ModuleOp graph_;
  Alternatives alternatives_;
  const Target &target_;
  const BudgetRequest &request_;
  Clock::time_point end_;
  bool isHost_;
  std::vector<TensorDescription> outputs_;
  std::optional<ReferenceAnswers> answers_;
  std::vector<NamedTensor> sample_; // what is timed
  LoadedModel *mixes_ = nullptr;
  std::vector<SearchLayer> layers_;
  std::vector<Costs> times_;   // of each layer, in milliseconds
  int64_t narrowestBytes_ = 0; // of weights, where all layers are as narrow as they can be
  double totals_[kPrecisions] = {};
  std::vector<double> harm_;
  int64_t measured_ = 0;
  std::map<std::pair<Mix, int64_t>, MixAccuracy> known_;
  SearchBudget budget_;
  BudgetOutcome outcome_;
};

} // namespace

Result<BudgetOutcome> choosePrecisions(Session &session, ModuleOp graph, ModuleOp original,
                                       const Calibration &calibration, const Target &target,
                                       const BudgetRequest &request) {
  Alternatives alternatives{Precision::Int8,
                            [&](ModuleOp module) { return withPrecisionSwitch(module, calibration.dynamic); },
                            [&](ModuleOp module) { return quantizeGraph(session, module, calibration); }};
  return Budget(session, graph, std::move(alternatives), target, request).run(original);
}

Result<BudgetOutcome> chooseBlockPrecisions(Session &session, ModuleOp graph, const LayerBlockWeights &blocks,
                                            int64_t group, const Target &target, const BudgetRequest &request) {
  Alternatives alternatives{Precision::Int4, [&](ModuleOp module) { return withBlockSwitch(module, blocks); },
                            [&](ModuleOp module) { return quantizeGraphInBlocks(session, module, group, blocks); },
                            group};
  return Budget(session, graph, std::move(alternatives), target, request).run(graph);
}

} // namespace mlc
