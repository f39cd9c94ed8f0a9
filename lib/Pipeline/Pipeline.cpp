// The compiler on one page. Read it from top to bottom: a model goes through these lists and nothing else.
#include "Pipeline/Pipeline.h"
#include "Calibration/Calibrate.h"
#include "Graph/Graph.h"
#include "Graph/WeightStore.h"
#include "Import/Import.h"
#include "Lowering/Kernel.h"
#include "Lowering/Lower.h"
#include "Pipeline/CalibrateBlocks.h"
#include "Pipeline/TapRunner.h"
#include "passes/BFloat16/BFloat16.h"
#include "passes/Passes.h"
#include "passes/Quantization/Contractions.h"
#include "passes/QuantizeBlocks/QuantizeBlocks.h"
#include "passes/QuantizeDynamic/QuantizeDynamic.h"
#include "passes/QuantizeStatic/QuantizeStatic.h"
#include "passes/QuantizeWeights/QuantizeWeights.h"

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

Result<QuantizeOutcome> quantizeGraph(Session &session, ModuleOp graph, const Int8Options &request,
                                      const DimSizes &dims) {
  auto calibrator = findCalibrator(request.calibrator);
  if (!calibrator)
    return calibrator.error();
  QuantizeOutcome outcome;
  outcome.dynamic = !request.calib.given();
  if (request.equalize) {
    LogicalResult done = runPasses(graph, "equalize",
                                   [](OpPassManager &passes) { passes.addNestedPass<func::FuncOp>(createEqualize()); });
    if (failed(done))
      return session.error(ExitCode::Unsupported, "the model's layers could not be equalized");
    graph::WeightStore::of(&session.context()).collect(graph);
  }
  if (!outcome.dynamic) {
    QuantizeStaticOptions options;
    // Only contractions read the quantized form; what is added or normalised keeps its f32 form. Sharing it would
    // save memory traffic, but costs transformers half of their accuracy (MiniLM: cosine 0.989 for 0.995).
    options.shareQuantized = false;
    SmallVector<Value> values = valuesToCalibrate(graph, options);
    SmallVector<Operation *> layers;
    if (request.correctBias)
      layers = contractionsToQuantize(graph, options);
    SmallVector<Value> taps(values);
    std::vector<ChannelMeans> means;
    for (Operation *layer : layers) {
      taps.push_back(layer->getOperand(0));
      means.emplace_back(quantization::inputChannelDimension(layer));
    }
    auto runner = TapRunner::create(session, graph, taps, request.calib, dims);
    if (!runner)
      return runner.error();
    auto statistics = calibrate(values.size(), [&] { return (*runner)->next(); }, means);
    if (!statistics)
      return statistics.error();
    outcome.samples = (*runner)->samples();
    annotateRanges(values, *statistics, *calibrator);
    for (auto [layer, mean] : llvm::zip(layers, means))
      layer->setAttr(kMeansAttr, DenseF64ArrayAttr::get(&session.context(), mean.means()));
    outcome.calibrator = request.calibrator;
    LogicalResult done = runPasses(graph, "quantize", [&](OpPassManager &passes) {
      passes.addPass(createQuantizeStatic(options, &outcome.decisions));
    });
    dropRanges(graph);
    if (failed(done))
      return session.error(ExitCode::Unsupported, "the model could not be quantized");
  }
  LogicalResult done = runPasses(graph, "quantize", [&](OpPassManager &passes) {
    if (outcome.dynamic)
      passes.addNestedPass<func::FuncOp>(createQuantizeDynamic({}, &outcome.decisions));
    passes.addNestedPass<func::FuncOp>(createQuantizeWeights({}, &outcome.decisions)); // embedding tables
    simplify(passes);
  });
  if (failed(done))
    return session.error(ExitCode::Unsupported, "the model could not be quantized");
  graph::WeightStore::of(&session.context()).collect(graph);
  return outcome;
}

Result<QuantizeOutcome> quantizeGraphInBlocks(Session &session, ModuleOp graph, const Int4Options &request,
                                              const DimSizes &dims) {
  if (request.group != 32 && request.group != 64 && request.group != 128)
    return usageError("weights of 4 bits share scales in groups of 32, 64 or 128, not of " +
                      std::to_string(request.group));
  QuantizeOutcome outcome;
  outcome.blocks = true;
  QuantizeBlocksOptions options;
  options.block = request.group;
  BlockCalibration calibration;
  if (request.calib.given()) {
    auto seen = calibrateBlocks(session, graph, productsToQuantize(graph, options), request.calib, dims);
    if (!seen)
      return seen.error();
    calibration = std::move(*seen);
    outcome.samples = calibration.samples;
    outcome.calibrator = "gptq";
  }
  LogicalResult done = runPasses(graph, "quantize in blocks", [&](OpPassManager &passes) {
    passes.addNestedPass<func::FuncOp>(createQuantizeBlocks(options, &outcome.decisions, &calibration.hessians));
    QuantizeWeightsOptions tables;
    tables.block = request.group;
    passes.addNestedPass<func::FuncOp>(createQuantizeWeights(tables, &outcome.decisions)); // embedding tables
    simplify(passes);
  });
  if (failed(done))
    return session.error(ExitCode::Unsupported, "the model could not be quantized");
  graph::WeightStore::of(&session.context()).collect(graph);
  return outcome;
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
    passes.addNestedPass<func::FuncOp>(createBFloat16(&decisions));
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
