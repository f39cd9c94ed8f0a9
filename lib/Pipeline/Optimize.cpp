#include "Check/Gates.h"
#include "Check/Report.h"
#include "Export/Export.h"
#include "Graph/WeightStore.h"
#include "Pipeline/Agreement.h"
#include "Pipeline/CalibrationCache.h"
#include "Pipeline/DataWarnings.h"
#include "Pipeline/Emit.h"
#include "Pipeline/Fallbacks.h"
#include "Pipeline/LayerRows.h"
#include "Pipeline/PrecisionBudget.h"
#include "Pipeline/Recipe.h"
#include "Pipeline/Signature.h"
#include "Support/FileBytes.h"
#include "passes/Float16/Float16.h"
#include "passes/Precision/Layers.h"

using namespace mlir;

namespace mlc {

namespace {

// What compressing the graph needs to know, and leaves in the report.
struct Compression {
  Session &session;
  const OptimizeOptions &options;
  const std::optional<Recipe> &recipe;
  const DataSource &data;
  const CalibrationCache &cache;
  Emission &emission;
  OptimizeReport &report;
  std::set<std::string> selected = {}; // layers that were given a precision before calibration

  // The graph becomes int8, layer by layer what was asked for, what the recipe says or what the budget allows.
  Result<void> toInt8(ModuleOp graph) {
    if (auto selected = select(graph); !selected)
      return selected;
    bool searches = options.gates.maxDrop && !recipe;
    OwningOpRef<ModuleOp> original;
    std::optional<graph::WeightStore::Keep> keep;
    if (searches) {
      original = cast<ModuleOp>(graph->clone());
      keep.emplace(*original);
    }
    auto calibration = calibrateGraph(session, graph, options.quantization, options.dims, cache);
    if (!calibration)
      return calibration.error();
    report.warnings.insert(report.warnings.end(), calibration->warnings.begin(), calibration->warnings.end());
    if (searches) {
      emission.phase("search");
      auto chosen = choosePrecisions(session, graph, *original, *calibration, emission.target(), budgetRequest());
      if (!chosen)
        return chosen.error();
      addOutcome(std::move(*chosen));
    }
    if (auto written = writeRecipe(graph); !written)
      return written;
    if ((options.sensitivity || searches) && data.given()) {
      emission.phase("sensitivity");
      if (auto added = addSensitivity(session, report.layers, graph, *calibration, data, options.dims, kProbed); !added)
        return added;
    }
    emission.phase("compress");
    auto decisions = quantizeGraph(session, graph, *calibration);
    if (!decisions)
      return decisions.error();
    addDecisions(report.layers, *decisions);
    std::string file = emission.report().name + ".int8.onnx";
    if (auto exported = exportOnnx(graph, emission.path(file), version()); !exported)
      return exported.error();
    report.quantize =
        quantizeReport(*decisions, *calibration, options.quantization, options.model, emission.path(file));
    report.quantize->path = file;
    emission.report().fallbacks = report.quantize->fallbacks;
    if (calibration->dynamic)
      report.notes.push_back("no calibration data: activations are quantized dynamically, at some cost in speed; "
                             "give --calib for static quantization");
    return {};
  }

  // Weights of matrix products and tables become 4 bits.
  Result<void> toInt4(ModuleOp graph) {
    if (auto selected = select(graph); !selected)
      return selected;
    Calibration calibration;
    auto weights = calibrateGraphInBlocks(session, graph, {options.quantization.calib, options.group}, options.dims,
                                          cache, calibration);
    if (!weights)
      return weights.error();
    if (options.gates.maxDrop && !recipe) {
      emission.phase("search");
      auto chosen = chooseBlockPrecisions(session, graph, *weights, options.group, emission.target(), budgetRequest());
      if (!chosen)
        return chosen.error();
      addOutcome(std::move(*chosen));
    }
    if (auto written = writeRecipe(graph); !written)
      return written;
    emission.phase("compress");
    auto decisions = quantizeGraphInBlocks(session, graph, options.group, *weights);
    if (!decisions)
      return decisions.error();
    addDecisions(report.layers, *decisions);
    std::string file = emission.report().name + ".int4.onnx";
    if (auto exported = exportOnnx(graph, emission.path(file), version()); !exported)
      return exported.error();
    report.quantize = quantizeReport(*decisions, calibration, options.quantization, options.model, emission.path(file));
    report.quantize->path = file;
    emission.report().fallbacks = report.quantize->fallbacks;
    if (calibration.samples == 0)
      report.notes.push_back("no calibration data: weights are rounded to nearest; give --calib for GPTQ");
    return {};
  }

  Result<void> toBFloat16(ModuleOp graph) {
    if (auto selected = select(graph); !selected)
      return selected;
    if (auto written = writeRecipe(graph); !written)
      return written;
    auto decisions = bfloat16Graph(session, graph, emission.target());
    if (!decisions)
      return decisions.error();
    addDecisions(report.layers, *decisions);
    emission.report().fallbacks = fallbacksOf(*decisions, "bf16");
    return {};
  }

  Result<void> toFloat16(ModuleOp graph) {
    if (auto selected = select(graph); !selected)
      return selected;
    if (auto written = writeRecipe(graph); !written)
      return written;
    Calibration calibration;
    const Target &target = emission.target();
    auto decisions = float16Graph(session, graph, target, options.quantization.calib, options.dims, cache, calibration);
    if (!decisions)
      return decisions.error();
    addDecisions(report.layers, *decisions);
    // A layer without weights lacks nothing.
    emission.report().fallbacks = fallbacksOf(*decisions, "fp16");
    std::erase_if(emission.report().fallbacks, [](const Fallback &row) { return row.reason == kNoWeightsReason; });
    if (!target.hasHalfArithmetic())
      report.notes.push_back(target.name +
                             " has no arithmetic on fp16: weights are stored so, and values and sums stay "
                             "fp32");
    else if (calibration.samples == 0)
      report.notes.push_back(
          "no calibration data: weights are stored in fp16, and values between layers stay fp32; give "
          "--calib to narrow those that fit");
    return {};
  }

private:
  static constexpr int64_t kProbed = 16; // samples: every layer's output of each is compared

  BudgetRequest budgetRequest() const {
    std::vector<std::string> metrics = options.metrics;
    for (const MetricGate &gate : options.gates.metrics)
      metrics.push_back(gate.metric);
    return {data, options.dims, metrics, *options.gates.maxDrop, options.budgetSeconds, std::max(options.threads, 1)};
  }
  void addOutcome(BudgetOutcome outcome) {
    report.candidates = std::move(outcome.candidates);
    report.notes.insert(report.notes.end(), outcome.notes.begin(), outcome.notes.end());
  }
  Result<void> select(ModuleOp graph) {
    auto done = recipe ? applyRecipe(*recipe, graph, /*searched=*/false)
                       : selectLayers(graph, options.layers.include, options.layers.exclude);
    for (const Layer &layer : layersOf(graph))
      if (!precisionOf(layer.op).empty())
        selected.insert(layer.name);
    return done;
  }
  // At last gives layers what a search had found, where a recipe tells it.
  Result<void> writeRecipe(ModuleOp graph) {
    if (recipe)
      if (auto applied = applyRecipe(*recipe, graph, /*searched=*/true); !applied)
        return applied;
    auto made = recipeOf(options, graph, selected);
    if (!made)
      return made.error();
    return writeFile(emission.path("recipe.json"), formatRecipe(*made));
  }
};

} // namespace

Result<OptimizeReport> optimize(const OptimizeOptions &given) {
  OptimizeOptions options = given;
  Session session(options.onPhase);
  OptimizeReport report;
  std::optional<Recipe> recipe;
  if (!options.recipe.empty()) {
    auto read = readRecipe(options.recipe);
    if (!read)
      return read.error();
    recipe = std::move(*read);
    if (auto applied = applyRecipe(*recipe, options); !applied)
      return applied.error();
  }
  DataSource data = options.data.given() ? options.data : options.quantization.calib;
  if (options.int8 + options.bf16 + options.int4 + options.fp16 > 1)
    return usageError("int8, int4, bf16 and fp16 exclude each other");
  auto cache = CalibrationCache::open(
      {options.calibrationCache.use && options.quantization.calib.given(), options.calibrationCache.directory});
  if (!cache)
    return cache.error();
  bool gated = options.gates.needSamples();
  if ((gated || !options.metrics.empty()) && !data.given())
    return usageError("a gate on accuracy needs samples: give --data, or --random SEED to make them up");
  bool runsHere = options.target == "host" || !options.runner.empty();
  if (gated && !runsHere)
    return usageError("a gate on accuracy needs the library to run, which is for " + options.target +
                      ": give --runner with an emulator, or drop the gate and use 'mlcompress check' there");
  if ((options.gates.maxLatency || options.gates.maxMemory) && options.target != "host")
    return usageError("a gate on latency or memory is about this machine, but the library is for " + options.target +
                      ": drop the gate and use 'mlcompress check' there");
  Emission emission(session, options.model, options.target, options.name);
  std::string out =
      options.out.empty() ? defaultOutputDirectory(options.model, options.target, options.precision()) : options.out;
  if (auto begun = emission.begin(out, options.force); !begun)
    return begun.error();
  bool isHost = options.target == "host";

  emission.phase("import");
  auto graph = importGraph(session, options.model, {});
  if (!graph)
    return graph.error();
  if (auto metrics = taskMetrics(options.metrics, options.gates, outputsOf(**graph)); !metrics)
    return metrics.error();

  report.layers = layerRows(**graph);
  auto warnings =
      dataWarnings(options.quantization.calib, options.data, inputsOf(**graph), outputsOf(**graph), options.dims);
  if (!warnings)
    return warnings.error();
  report.warnings = std::move(*warnings);
  Compression compression{session, options, recipe, data, *cache, emission, report};
  if (!options.precision().empty()) {
    emission.phase("compress");
    auto done = options.int8   ? compression.toInt8(**graph)
                : options.int4 ? compression.toInt4(**graph)
                : options.bf16 ? compression.toBFloat16(**graph)
                               : compression.toFloat16(**graph);
    if (!done)
      return done.error();
  }
  if (auto built = emission.build(std::move(*graph)); !built)
    return built.error();

  if (data.given() && runsHere) {
    emission.phase("check");
    AgreementRequest request{options.model, emission.libraryPath(), isHost && options.precision().empty(),
                             data,          options.dims,           options.metrics,
                             options.gates, options.runner,         options.threads > 0 ? options.threads : 1};
    auto outcome = compareWithModel(session, request, isHost);
    if (!outcome)
      return outcome.error();
    report.check = outcome->report;
    report.warnings.insert(report.warnings.end(), report.check->warnings.begin(), report.check->warnings.end());
    report.latencyAfter = outcome->after;
    report.latencyBefore = outcome->before;
  } else {
    report.notes.push_back(
        data.given() ? "not checked: the library is for " + options.target + "; give --runner to run it in an emulator"
                     : "not checked against the original: give --data, or --random SEED to make inputs up");
    // The size needs no data.
    if (options.gates.maxSize) {
      report.check.emplace();
      Measurements measured;
      measured.size =
          Cost{static_cast<double>(emission.report().libraryBytes), static_cast<double>(modelFileBytes(options.model))};
      report.check->gates = evaluateGates(options.gates, measured);
      conclude(*report.check);
    }
  }
  auto finished = emission.finish([&](Manifest &manifest) -> Result<void> {
    if (options.int8)
      manifest.flags["int8"] = options.quantization.calib.given() ? "static" : "dynamic";
    if (options.int8 && options.quantization.calib.given() &&
        options.quantization.calibrator != Int8Options().calibrator)
      manifest.flags["calib_method"] = options.quantization.calibrator;
    if (options.int8 && options.quantization.calib.given() && !options.quantization.smooth)
      manifest.flags["smooth"] = "off";
    if (options.int8 && options.quantization.equalize)
      manifest.flags["equalize"] = "on";
    if (options.int8 && options.quantization.calib.given() && !options.quantization.correctBias)
      manifest.flags["correct_bias"] = "off";
    if (options.int4) {
      manifest.flags["int4"] = options.quantization.calib.given() ? "gptq" : "nearest";
      manifest.flags["group"] = std::to_string(options.group);
    }
    if (options.bf16)
      manifest.flags["bf16"] = "on";
    if (options.fp16)
      manifest.flags["fp16"] = "on";
    for (auto [source, place] :
         {std::pair(&options.quantization.calib, &manifest.calib), std::pair(&options.data, &manifest.data)}) {
      if (source->path.empty())
        continue;
      auto hashed = manifestSource(source->path);
      if (!hashed)
        return hashed.error();
      *place = *hashed;
    }
    manifest.accuracy = report.check;
    report.model = manifest.model;
    report.calib = manifest.calib;
    report.data = manifest.data;
    if (std::string path = emission.path("recipe.json"); std::filesystem::exists(path)) {
      auto hashed = manifestSource(path);
      if (!hashed)
        return hashed.error();
      report.recipe = *hashed;
    }
    if (manifest.accuracy) // times differ from run to run
      std::erase_if(manifest.accuracy->gates, [](const GateRow &row) { return row.gate.starts_with("max-latency"); });
    report.compile = emission.report();
    return writeReport(std::filesystem::path(emission.path("")).string(), report);
  });
  if (!finished)
    return finished.error();
  report.compile = emission.report();
  return report;
}

} // namespace mlc
