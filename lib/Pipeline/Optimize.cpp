#include "Check/Gates.h"
#include "Check/Report.h"
#include "Export/Export.h"
#include "Pipeline/Agreement.h"
#include "Pipeline/Emit.h"
#include "Pipeline/Fallbacks.h"

namespace mlc {

Result<OptimizeReport> optimize(const OptimizeOptions &options) {
  Session session(options.onPhase);
  OptimizeReport report;
  DataSource data = options.data.given() ? options.data : options.quantization.calib;
  if (options.int8 + options.bf16 + options.int4 > 1)
    return usageError("int8, int4 and bf16 exclude each other");
  bool gated = options.gates.minCosine || options.gates.maxAbs || options.gates.minTop1;
  if (gated && !data.given())
    return usageError("a gate on accuracy needs samples: give --data, or --random SEED to make them up");
  bool runsHere = options.target == "host" || !options.runner.empty();
  if (gated && !runsHere)
    return usageError("a gate on accuracy needs the library to run, which is for " + options.target +
                      ": give --runner with an emulator, or drop the gate and use 'mlcompress check' there");
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

  if (options.int8 || options.int4) {
    emission.phase("compress");
    auto outcome = options.int8 ? quantizeGraph(session, **graph, options.quantization, options.dims)
                                : quantizeGraphInBlocks(session, **graph, {options.quantization.calib, options.group},
                                                        options.dims);
    if (!outcome)
      return outcome.error();
    std::string file = emission.report().name + "." + options.precision() + ".onnx";
    if (auto exported = exportOnnx(**graph, emission.path(file), version()); !exported)
      return exported.error();
    report.quantize = quantizeReport(*outcome, options.model, emission.path(file));
    report.quantize->path = file;
    emission.report().fallbacks = report.quantize->fallbacks;
    if (outcome->blocks && outcome->samples == 0)
      report.notes.push_back("no calibration data: weights are rounded to nearest; give --calib for GPTQ");
    if (outcome->dynamic)
      report.notes.push_back("no calibration data: activations are quantized dynamically, at some cost in speed; "
                             "give --calib for static quantization");
  }
  if (options.bf16) {
    emission.phase("compress");
    auto decisions = bfloat16Graph(session, **graph, emission.target());
    if (!decisions)
      return decisions.error();
    emission.report().fallbacks = fallbacksOf(*decisions, "bf16");
  }
  if (auto built = emission.build(std::move(*graph)); !built)
    return built.error();

  if (data.given() && runsHere) {
    emission.phase("check");
    AgreementRequest request{
        options.model, emission.libraryPath(), isHost && options.precision().empty(), data, options.dims,
        options.gates, options.runner,         options.threads > 0 ? options.threads : 1};
    auto outcome = compareWithModel(session, request, isHost);
    if (!outcome)
      return outcome.error();
    report.check = outcome->report;
    report.latencyAfter = outcome->after;
    report.latencyBefore = outcome->before;
  } else {
    report.notes.push_back(
        data.given() ? "not checked: the library is for " + options.target + "; give --runner to run it in an emulator"
                     : "not checked against the original: give --data, or --random SEED to make inputs up");
    // The size needs no data.
    if (options.gates.maxSize) {
      report.check.emplace();
      report.check->gates = evaluateGates(options.gates, {}, emission.report().libraryBytes);
      report.check->passed = allPassed(report.check->gates);
    }
  }
  auto finished = emission.finish([&](Manifest &manifest) -> Result<void> {
    if (options.int8)
      manifest.flags["int8"] = options.quantization.calib.given() ? "static" : "dynamic";
    if (options.int8 && options.quantization.calib.given() &&
        options.quantization.calibrator != Int8Options().calibrator)
      manifest.flags["calib_method"] = options.quantization.calibrator;
    if (options.int8 && options.quantization.equalize)
      manifest.flags["equalize"] = "on";
    if (options.int8 && options.quantization.correctBias)
      manifest.flags["correct_bias"] = "on";
    if (options.int4) {
      manifest.flags["int4"] = options.quantization.calib.given() ? "gptq" : "nearest";
      manifest.flags["group"] = std::to_string(options.group);
    }
    if (options.bf16)
      manifest.flags["bf16"] = "on";
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
    report.compile = emission.report();
    return writeReport(std::filesystem::path(emission.path("")).string(), report);
  });
  if (!finished)
    return finished.error();
  report.compile = emission.report();
  return report;
}

} // namespace mlc
