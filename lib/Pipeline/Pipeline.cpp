// The compiler on one page. Read it from top to bottom: a model goes through these lists and nothing else.
#include "Pipeline/Pipeline.h"
#include "Calibration/BlockQuantization.h"
#include "Calibration/Calibrate.h"
#include "Calibration/Smoothing.h"
#include "Graph/Graph.h"
#include "Graph/NodeName.h"
#include "Graph/WeightStore.h"
#include "Import/Import.h"
#include "Lowering/Kernel.h"
#include "Lowering/Lower.h"
#include "Pipeline/CalibrateBlocks.h"
#include "Pipeline/ObserveSamples.h"
#include "passes/BFloat16/BFloat16.h"
#include "passes/Float16/Float16.h"
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

// What every model goes through, once as it came and once after quantization; then weights stay half floats.
void simplify(OpPassManager &passes, bool keepHalf) {
  FoldConstantsOptions fold;
  fold.keepHalf = keepHalf;
  passes.addPass(createInferShapes());       // result types, shape arithmetic to constants
  passes.addPass(createCanonicalizerPass()); // views of views
  passes.addPass(createFoldConstants(fold)); // ops of constants, through the evaluator
  passes.addPass(createCSEPass());
}

void simplifyCompressed(OpPassManager &passes) { simplify(passes, /*keepHalf=*/true); }

// Watches what range each of these values has, and writes it.
class RangeObservers {
public:
  explicit RangeObservers(ArrayRef<Value> values) : values_(values), seen_(values.size()) {}

  SmallVector<Tap> taps() {
    SmallVector<Tap> taps;
    for (auto [value, observer] : llvm::zip(values_, seen_))
      taps.push_back({value, &observer});
    return taps;
  }
  void annotate(const Calibrator &calibrator) const {
    annotateRanges(values_, llvm::map_to_vector(seen_, [](const auto &observer) { return observer.state(); }),
                   calibrator);
  }

private:
  SmallVector<Value> values_;
  std::vector<StateObserver<TensorStatistics>> seen_;
};

} // namespace

Result<OwningOpRef<ModuleOp>> importGraph(Session &session, const std::string &path, const DimSizes &dims) {
  ImportOptions options;
  options.dims = dims;
  auto graph = importModel(session.context(), path, options);
  if (!graph)
    return naming(path, graph.error());
  ModuleOp module = graph->get();
  LogicalResult done = runPasses(module, "simplify", [](OpPassManager &passes) {
    simplify(passes, /*keepHalf=*/false);
    passes.addPass(createRaisePatterns()); // layer norm, gelu, swish as one op; needs folded constants
    passes.addPass(createFoldAffine());    // batch norm into weights; needs the same
    simplify(passes, /*keepHalf=*/false);
  });
  if (failed(done))
    return session.error(ExitCode::BadInput, path + ": the model could not be simplified");
  graph::WeightStore::of(&session.context()).collect(module);
  return graph;
}

// Weights as [input channels, columns]; of those of a convolution [outputs, channels, window…] each place of the window
// is a column of its own, evenly taken where there are more than what tells the error.
static Tensor byInputChannel(const Tensor &weights, bool isProduct) {
  if (isProduct)
    return weights;
  constexpr int64_t kColumns = 1024;
  int64_t outputs = weights.shape[0], channels = weights.shape[1];
  int64_t window = weights.numElements() / std::max<int64_t>(outputs * channels, 1), all = outputs * window;
  int64_t columns = std::min(all, kColumns);
  Tensor result(DType::Float32, {channels, columns});
  for (int64_t column = 0; column < columns; ++column) {
    int64_t taken = column * all / columns, output = taken / window, place = taken % window;
    for (int64_t channel = 0; channel < channels; ++channel)
      result.data<float>()[channel * columns + column] =
          weights.data<float>()[(output * channels + channel) * window + place];
  }
  return result;
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
  for (auto &entry : products) {
    std::string names;
    for (const quantization::Contraction &product : entry.second)
      names += " " + graph::nodeName(product.op);
    auto weightsOf = [&entry]() -> Result<std::vector<Tensor>> {
      std::vector<Tensor> weights;
      for (const quantization::Contraction &product : entry.second) {
        if (isDepthwise(product.op))
          continue;
        auto tensor = quantization::weightsTensor(product.op->getOperand(product.weights));
        if (!tensor)
          return tensor.error();
        weights.push_back(byInputChannel(*tensor, isa<graph::MatmulOp>(product.op)));
      }
      return weights;
    };
    observers.emplace_back(weightsOf, quantization::inputChannelDimension(entry.second.front().op), names);
  }
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
  LogicalResult smoothed = runPasses(graph, "smooth activations", [](OpPassManager &passes) {
    passes.addNestedPass<func::FuncOp>(createSmoothActivations());
  });
  if (failed(smoothed))
    return session.error(ExitCode::Unsupported, "the model's activations could not be smoothed");
  graph::WeightStore::of(&session.context()).collect(graph);
  return {};
}

// Of branches that hold layers to quantize, and were never taken; the outermost of them.
static std::vector<std::string> untakenBranches(ModuleOp graph, ArrayRef<Value> observed) {
  std::vector<std::string> warnings;
  graph.walk<WalkOrder::PreOrder>([&](graph::IfOp op) {
    bool isDead = false;
    for (Region *branch : {&op.getThenRegion(), &op.getElseRegion()}) {
      bool any = false, taken = false;
      for (Value value : observed)
        if (branch->isAncestor(value.getParentRegion())) {
          any = true;
          taken |= rangeOf(value).has_value();
        }
      if (!any || taken)
        continue;
      isDead = true;
      warnings.push_back("no calibration sample took the " +
                         std::string(branch == &op.getThenRegion() ? "then" : "else") + " branch of node '" +
                         graph::nodeName(op) +
                         "': its layers are quantized at run time, at some cost in speed; add samples that take it");
    }
    return isDead ? WalkResult::skip() : WalkResult::advance();
  });
  return warnings;
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
  RangeObservers ranges(values);
  std::vector<StateObserver<ChannelMeans>> means;
  for (Operation *layer : layers)
    means.emplace_back(ChannelMeans(quantization::inputChannelDimension(layer)));
  SmallVector<Tap> taps = ranges.taps();
  for (auto [layer, observer] : llvm::zip(layers, means))
    taps.push_back({layer->getOperand(0), &observer});
  auto observed = observeSamples(session, graph, taps, {request.calib, dims, cache});
  if (!observed)
    return observed.error();
  calibration.samples = observed->samples;
  calibration.passes.push_back(*observed);
  ranges.annotate(*calibrator);
  calibration.warnings = untakenBranches(graph, values);
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
      passes.addNestedPass<func::FuncOp>(createQuantizeDynamic({}, &decisions));
    else
      passes.addPass(createQuantizeStatic(options, &decisions));
    passes.addNestedPass<func::FuncOp>(createQuantizeWeights({}, &decisions)); // embedding tables
    if (llvm::any_of(layersOf(graph), [](const Layer &layer) { return precisionOf(layer.op) == "bf16"; }))
      passes.addNestedPass<func::FuncOp>(createBFloat16({/*onlyMarked=*/true}, &decisions));
  });
  dropRanges(graph);
  dropPrecisions(graph);
  if (succeeded(done))
    done = runPasses(graph, "simplify", simplifyCompressed);
  if (failed(done))
    return session.error(ExitCode::Unsupported, "the model could not be quantized");
  graph::WeightStore::of(&session.context()).collect(graph);
  return decisions;
}

Result<LayerBlockWeights> calibrateGraphInBlocks(Session &session, ModuleOp graph, const Int4Options &request,
                                                 const DimSizes &dims, const CalibrationCache &cache,
                                                 Calibration &calibration) {
  if (request.group != 32 && request.group != 64 && request.group != 128)
    return usageError("weights of 4 bits share scales in groups of 32, 64 or 128, not of " +
                      std::to_string(request.group));
  calibration.blocks = true;
  QuantizeBlocksOptions options;
  options.block = request.group;
  std::vector<Layer> products = productsToQuantize(graph, options);
  if (request.calib.given()) {
    auto rounded =
        calibrateBlocks(session, graph, products, request.group, request.calib, dims, cache, calibration.passes);
    if (!calibration.passes.empty())
      calibration.samples = calibration.passes.front().samples;
    return rounded;
  }
  LayerBlockWeights nearest;
  for (const Layer &product : products) {
    auto weights = quantization::weightsTensor(product.op->getOperand(1));
    if (!weights)
      return weights.error();
    // Weights that are not finite stay f32, and the pass says so.
    if (auto rounded = quantizeBlocks(*weights, request.group))
      nearest.emplace(product.name, std::move(*rounded));
  }
  return nearest;
}

Result<QuantizationReport> quantizeGraphInBlocks(Session &session, ModuleOp graph, int64_t group,
                                                 const LayerBlockWeights &weights) {
  QuantizationReport decisions;
  LogicalResult done = runPasses(graph, "quantize in blocks", [&](OpPassManager &passes) {
    QuantizeBlocksOptions options;
    options.block = group;
    passes.addNestedPass<func::FuncOp>(createQuantizeBlocks(options, &decisions, &weights));
    QuantizeDynamicOptions marked;
    marked.onlyMarked = true;
    passes.addNestedPass<func::FuncOp>(createQuantizeDynamic(marked, &decisions));
    QuantizeWeightsOptions tables;
    tables.block = group;
    passes.addNestedPass<func::FuncOp>(createQuantizeWeights(tables, &decisions)); // embedding tables
  });
  dropPrecisions(graph);
  if (succeeded(done))
    done = runPasses(graph, "simplify", simplifyCompressed);
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

// Writes the ranges of values that may become float16; nothing of them is cut off.
static Result<void> observeValues(Session &session, ModuleOp graph, const DataSource &calib, const DimSizes &dims,
                                  const CalibrationCache &cache, Calibration &calibration) {
  SmallVector<Value> values = valuesToNarrow(graph);
  if (values.empty())
    return {};
  RangeObservers ranges(values);
  auto observed = observeSamples(session, graph, ranges.taps(), {calib, dims, cache});
  if (!observed)
    return observed.error();
  calibration.samples = observed->samples;
  ranges.annotate(*findCalibrator("min-max"));
  return {};
}

Result<QuantizationReport> float16Graph(Session &session, ModuleOp graph, const Target &target, const DataSource &calib,
                                        const DimSizes &dims, const CalibrationCache &cache, Calibration &calibration) {
  QuantizationReport decisions;
  Float16Options options;
  options.values = calib.given() && target.hasHalfArithmetic();
  if (options.values)
    if (auto observed = observeValues(session, graph, calib, dims, cache, calibration); !observed)
      return observed.error();
  LogicalResult done = runPasses(graph, "float16", [&](OpPassManager &passes) {
    passes.addNestedPass<func::FuncOp>(createFloat16(options, &decisions));
  });
  dropRanges(graph);
  if (failed(done))
    return session.error(ExitCode::Unsupported, "the model could not be prepared for fp16");
  graph::WeightStore::of(&session.context()).collect(graph);
  return decisions;
}

Result<LibraryReport> compileGraph(Session &session, OwningOpRef<ModuleOp> graph, const Target &target,
                                   const LibraryOptions &options) {
  LogicalResult done = runPasses(*graph, "lower graph", [](OpPassManager &passes) {
    passes.addNestedPass<func::FuncOp>(createLowerQuantization()); // QDQ → integer contractions
    passes.addNestedPass<func::FuncOp>(createChannelsLast());      // layout; moves transposes out of the way
    simplify(passes, /*keepHalf=*/true);
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
