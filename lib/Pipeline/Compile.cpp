#include "Pipeline/Emit.h"

namespace mlc {

Result<CompileReport> compile(const CompileOptions &options) {
  Session session(options.onPhase);
  Emission emission(session, options.model, options.target, options.name);
  std::string out = options.out.empty() ? defaultOutputDirectory(options.model, options.target, "") : options.out;
  if (auto begun = emission.begin(out, options.force); !begun)
    return begun.error();
  emission.phase("import");
  auto graph = importGraph(session, options.model, {});
  if (!graph)
    return graph.error();
  if (auto built = emission.build(std::move(*graph)); !built)
    return built.error();
  if (auto finished = emission.finish({}); !finished)
    return finished.error();
  return emission.report();
}

} // namespace mlc
