#include "Export/Export.h"
#include "Pipeline/CalibrationCache.h"
#include "Pipeline/Fallbacks.h"
#include "Pipeline/Pipeline.h"
#include "mlcompress/Compiler.h"
#include "passes/Precision/Layers.h"

#include <chrono>

namespace mlc {

Result<QuantizeReport> quantize(const QuantizeOptions &options) {
  auto start = std::chrono::steady_clock::now();
  Session session(options.onPhase);
  auto cache = CalibrationCache::open(options.calibrationCache);
  if (!cache)
    return cache.error();
  session.phase("import");
  auto graph = importGraph(session, options.model, {});
  if (!graph)
    return graph.error();
  session.phase("compress");
  if (auto selected = selectLayers(**graph, options.layers.include, options.layers.exclude); !selected)
    return selected.error();
  Calibration calibration;
  LayerBlockWeights weights;
  if (options.int4) {
    auto rounded = calibrateGraphInBlocks(session, **graph, {options.int8.calib, options.group}, options.dims, *cache,
                                          calibration);
    if (!rounded)
      return rounded.error();
    weights = std::move(*rounded);
  } else {
    auto calibrated = calibrateGraph(session, **graph, options.int8, options.dims, *cache);
    if (!calibrated)
      return calibrated.error();
    calibration = *calibrated;
  }
  auto decisions = options.int4 ? quantizeGraphInBlocks(session, **graph, options.group, weights)
                                : quantizeGraph(session, **graph, calibration);
  if (!decisions)
    return decisions.error();
  session.phase("export");
  if (auto exported = exportOnnx(**graph, options.out, version()); !exported)
    return exported.error();
  QuantizeReport report = quantizeReport(*decisions, calibration, options.int8, options.model, options.out);
  report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return report;
}

} // namespace mlc
