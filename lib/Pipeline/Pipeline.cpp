// The compiler on one page. Read it from top to bottom: a model goes through these lists and nothing else.
#include "Pipeline/Pipeline.h"
#include "Calibration/Calibrate.h"
#include "Calibration/Smoothing.h"
#include "Graph/Graph.h"
#include "Graph/WeightStore.h"
#include "Import/Import.h"
#include "Lowering/Kernel.h"
#include "Lowering/Lower.h"
#include "Pipeline/CalibrateBlocks.h"
#include "Pipeline/ObserveSamples.h"
#include "passes/BFloat16/BFloat16.h"
#include "passes/Passes.h"
#include "passes/Precision/Layers.h"
#include "passes/Quantization/Contractions.h"
#include "passes/QuantizeBlocks/QuantizeBlocks.h"
#include "passes/QuantizeDynamic/QuantizeDynamic.h"
#include "passes/QuantizeStatic/QuantizeStatic.h"
#include "passes/QuantizeWeights/QuantizeWeights.h"
#include "passes/SmoothActivations/SmoothActivations.h"

#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"

#include <cstdlib>

using namespace mlir;

namespace mlc {
namespace {

// MLC_PRINT_IR=1 in the environment prints the module after every pass and step to standard error.
void printIfAsked(ModuleOp module, const char *step) {
  if (const char *value = std::getenv("MLC_PRINT_IR"); value && *value == '1')
    llvm::errs() << "// ---- after " << step << "\n" << module << "\n";
}

LogicalResult runPasses(ModuleOp module, const char *list, function_ref<void(OpPassManager &)> fill) {
  PassManager manager(module.getContext());
  fill(manager);
  LogicalResult result = manager.run(module);
  if (succeeded(result))
    printIfAsked(module, list);
  return result;
}

// Messages about a node or tensor do not begin with the file's name.
Error naming(const std::string &path, Error error) {
  if (error.code == ExitCode::BadInput && error.message.find("'" + path + "'") == std::string::npos)
    error.message = "'" + path + "': " + error.message;
  return error;
}

// What every model goes through, once as it came and once after quantization.
void simplify(OpPassManager &passes) {
  passes.addPass(createInferShapes());       // result types, shape arithmetic to constants
  passes.addPass(createCanonicalizerPass()); // views of views
  passes.addPass(createFoldConstants());     // ops of constants, through the evaluator
  passes.addPass(createCSEPass());
}

} // namespace

Result<OwningOpRef<ModuleOp>> importGraph(Session &session, const std::string &path, const DimSizes &dims) {
  ImportOptions options;
  options.dims = dims;
  auto graph = importModel(session.context(), path, options);
  if (!graph)
    return naming(path, graph.error());
  ModuleOp module = graph->get();
  LogicalResult done = runPasses(module, "simplify", [](OpPassManager &passes) {
    simplify(passes);
    passes.addPass(createRaisePatterns()); // layer norm, gelu, swish as one op; needs folded constants
    passes.addPass(createFoldAffine());    // batch norm into weights; needs the same
    simplify(passes);
  });
  if (failed(done))
    return session.error(ExitCode::BadInput, path + ": the model could not be simplified");
  graph::WeightStore::of(&session.context()).collect(module);
  return graph;
}

// Rows of this many samples, taken evenly, say enough about which channels are large; the ranges come from all.
static constexpr int64_t kSmoothingSamples = 64;

// Chooses factors for the activations of products by their error on calibration samples, and applies them.
static Result<void> smoothActivations(Session &session, ModuleOp graph, const DataSource &calib, const DimSizes &dims,
                                      const CalibrationCache &cache, Calibration &calibration) {
  auto products = smoothableProducts(graph);
  if (products.empty())
    return {};
  std::vector<SmoothingObserver> observers;
  for (auto &entry : products)
    observers.emplace_back([&entry]() -> Result<std::vector<Tensor>> {
      std::vector<Tensor> weights;
      for (const quantization::Contraction &product : entry.second) {
        auto tensor = quantization::weightsTensor(product.op->getOperand(product.weights));
        if (!tensor)
          return tensor.error();
        weights.push_back(std::move(*tensor));
      }
      return weights;
    });
  SmallVector<Tap> taps;
  for (auto [entry, observer] : llvm::zip(products, observers))
    taps.push_back({entry.first, &observer});
  auto observed = observeSamples(session, graph, taps, {calib, dims, cache, kSmoothingSamples});
  if (!observed)
    return observed.error();
  calibration.passes.push_back(*observed);
  for (auto [entry, observer] : llvm::zip(products, observers))
    if (observer.chosen())
      for (const quantization::Contraction &product : entry.second)
        product.op->setAttr(kSmoothingAttr, DenseF32ArrayAttr::get(&session.context(), observer.chosen()->factors));
  LogicalResult done = runPasses(graph, "smooth activations", [](OpPassManager &passes) {
    passes.addNestedPass<func::FuncOp>(createSmoothActivations());
  });
  if (failed(done))
    return session.error(ExitCode::Unsupported, "the model's activations could not be smoothed");
  graph::WeightStore::of(&session.context()).collect(graph);
  return {};
}

Result<Calibration> calibrateGraph(Session &session, ModuleOp graph, const Int8Options &request, const DimSizes &dims,
                                   const CalibrationCache &cache) {
  auto calibrator = findCalibrator(request.calibrator);
  if (!calibrator)
    return calibrator.error();
  Calibration calibration;
  calibration.dynamic = !request.calib.given();
  if (request.equalize) {
    LogicalResult done = runPasses(graph, "equalize",
                                   [](OpPassManager &passes) { passes.addNestedPass<func::FuncOp>(createEqualize()); });
    if (failed(done))
      return session.error(ExitCode::Unsupported, "the model's layers could not be equalized");
    graph::WeightStore::of(&session.context()).collect(graph);
  }
  if (calibration.dynamic)
    return calibration;
  if (request.smooth)
    if (auto smoothed = smoothActivations(session, graph, request.calib, dims, cache, calibration); !smoothed)
      return smoothed.error();
  SmallVector<Value> values = valuesToCalibrate(graph, {});
  SmallVector<Operation *> layers;
  if (request.correctBias)
    layers = contractionsToQuantize(graph, {});
  std::vector<StateObserver<TensorStatistics>> seen(values.size());
  std::vector<StateObserver<ChannelMeans>> means;
  for (Operation *layer : layers)
    means.emplace_back(ChannelMeans(quantization::inputChannelDimension(layer)));
  SmallVector<Tap> taps;
  for (auto [value, observer] : llvm::zip(values, seen))
    taps.push_back({value, &observer});
  for (auto [layer, observer] : llvm::zip(layers, means))
    taps.push_back({layer->getOperand(0), &observer});
  auto observed = observeSamples(session, graph, taps, {request.calib, dims, cache});
  if (!observed)
    return observed.error();
  calibration.samples = observed->samples;
  calibration.passes.push_back(*observed);
  std::vector<TensorStatistics> statistics;
  for (const auto &observer : seen)
    statistics.push_back(observer.state());
  annotateRanges(values, statistics, *calibrator);
  for (auto [layer, observer] : llvm::zip(layers, means))
    layer->setAttr(kMeansAttr, DenseF64ArrayAttr::get(&session.context(), observer.state().means()));
  return calibration;
}

Result<QuantizationReport> quantizeGraph(Session &session, ModuleOp graph, const Calibration &calibration) {
  QuantizationReport decisions;
  QuantizeStaticOptions options;
  // Only contractions read the quantized form; what is added or normalised keeps its f32 form. Sharing it would
  // save memory traffic, but costs transformers half of their accuracy (MiniLM: cosine 0.989 for 0.995).
  options.shareQuantized = false;
  LogicalResult done = runPasses(graph, "quantize", [&](OpPassManager &passes) {
    if (calibration.dynamic)
      passes.addNestedPass<func::FuncOp>(createQuantizeDynamic(&decisions));
    else
      passes.addPass(createQuantizeStatic(options, &decisions));
    passes.addNestedPass<func::FuncOp>(createQuantizeWeights({}, &decisions)); // embedding tables
    if (llvm::any_of(layersOf(graph), [](const Layer &layer) { return precisionOf(layer.op) == "bf16"; }))
      passes.addNestedPass<func::FuncOp>(createBFloat16({/*onlyMarked=*/true}, &decisions));
  });
  dropRanges(graph);
  dropPrecisions(graph);
  if (succeeded(done))
    done = runPasses(graph, "simplify", simplify);
  if (failed(done))
    return session.error(ExitCode::Unsupported, "the model could not be quantized");
  graph::WeightStore::of(&session.context()).collect(graph);
  return decisions;
}

Result<QuantizationReport> quantizeGraphInBlocks(Session &session, ModuleOp graph, const Int4Options &request,
                                                 const DimSizes &dims, const CalibrationCache &cache,
                                                 Calibration &calibration) {
  if (request.group != 32 && request.group != 64 && request.group != 128)
    return usageError("weights of 4 bits share scales in groups of 32, 64 or 128, not of " +
                      std::to_string(request.group));
  QuantizationReport decisions;
  calibration.blocks = true;
  QuantizeBlocksOptions options;
  options.block = request.group;
  BlockCalibration observed;
  if (request.calib.given()) {
    auto seen =
        calibrateBlocks(session, graph, productsToQuantize(graph, options), request.group, request.calib, dims, cache);
    if (!seen)
      return seen.error();
    observed = std::move(*seen);
    if (!observed.passes.empty())
      calibration.samples = observed.passes.front().samples;
    calibration.passes = observed.passes;
  }
  LogicalResult done = runPasses(graph, "quantize in blocks", [&](OpPassManager &passes) {
    passes.addNestedPass<func::FuncOp>(createQuantizeBlocks(options, &decisions, &observed.rounded));
    QuantizeWeightsOptions tables;
    tables.block = request.group;
    passes.addNestedPass<func::FuncOp>(createQuantizeWeights(tables, &decisions)); // embedding tables
    simplify(passes);
  });
  if (failed(done))
    return session.error(ExitCode::Unsupported, "the model could not be quantized");
  graph::WeightStore::of(&session.context()).collect(graph);
  return decisions;
}

Result<QuantizationReport> bfloat16Graph(Session &session, ModuleOp graph, const Target &target) {
  QuantizationReport decisions;
  if (!target.row(ElementKind::BF16, ElementKind::BF16)) {
    graph.walk([&](Operation *op) {
      if (quantization::isContraction(op))
        decisions.add(op, "f32", target.name + " has no instructions for bf16");
    });
    return decisions;
  }
  LogicalResult done = runPasses(graph, "bfloat16", [&](OpPassManager &passes) {
    passes.addNestedPass<func::FuncOp>(createBFloat16({}, &decisions));
  });
  if (failed(done))
    return session.error(ExitCode::Unsupported, "the model could not be prepared for bf16");
  return decisions;
}

Result<LibraryReport> compileGraph(Session &session, OwningOpRef<ModuleOp> graph, const Target &target,
                                   const LibraryOptions &options) {
  LogicalResult done = runPasses(*graph, "lower graph", [](OpPassManager &passes) {
    passes.addNestedPass<func::FuncOp>(createLowerQuantization()); // QDQ → integer contractions
    passes.addNestedPass<func::FuncOp>(createChannelsLast());      // layout; moves transposes out of the way
    simplify(passes);
  });
  if (failed(done))
    return session.error(ExitCode::Unsupported, "the model could not be prepared for lowering");

  FailureOr<OwningOpRef<ModuleOp>> lowered = lowerGraph(*graph, target);
  if (failed(lowered))
    return session.error(ExitCode::Unsupported, "the model could not be lowered");
  graph = {}; // its weights live on where the lowered module uses them
  graph::WeightStore::of(&session.context()).collect(**lowered);
  printIfAsked(**lowered, "lowering");

  if (failed(fuseElementwise(**lowered)))
    return session.error(ExitCode::Unsupported, "elementwise fusion failed");
  printIfAsked(**lowered, "fusion");
  if (failed(outlineKernels(**lowered)))
    return session.error(ExitCode::Unsupported, "kernels could not be formed");
  done = runPasses(**lowered, "outline", [](OpPassManager &passes) {
    passes.addPass(createCSEPass());
    passes.addPass(createCanonicalizerPass()); // drops index arithmetic that nothing uses
  });
  if (failed(done))
    return session.error(ExitCode::Unsupported, "the schedule could not be simplified");
  selectsToBranches(**lowered);

  auto report = buildLibrary(std::move(*lowered), target, options);
  if (!report)
    return session.error(report.error().code, report.error().message);
  return report;
}

} // namespace mlc
