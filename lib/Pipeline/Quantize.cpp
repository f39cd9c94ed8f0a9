#include "Export/Export.h"
#include "Pipeline/Fallbacks.h"
#include "Pipeline/Pipeline.h"
#include "mlcompress/Compiler.h"

#include <chrono>

namespace mlc {

Result<QuantizeReport> quantize(const QuantizeOptions &options) {
  auto start = std::chrono::steady_clock::now();
  Session session(options.onPhase);
  session.phase("import");
  auto graph = importGraph(session, options.model, {});
  if (!graph)
    return graph.error();
  session.phase("compress");
  auto outcome = options.int4 ? quantizeGraphInBlocks(session, **graph, {options.int8.calib, options.group}, options.dims)
                              : quantizeGraph(session, **graph, options.int8, options.dims);
  if (!outcome)
    return outcome.error();
  session.phase("export");
  if (auto exported = exportOnnx(**graph, options.out, version()); !exported)
    return exported.error();
  QuantizeReport report = quantizeReport(*outcome, options.model, options.out);
  report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return report;
}

} // namespace mlc
