#include "Pipeline/Agreement.h"
#include "mlcompress/Compiler.h"

namespace mlc {

Result<CheckReport> check(const CheckOptions &options) {
  Session session(options.onPhase);
  if (!options.data.given())
    return usageError("check needs samples: give --data PATH, or --random SEED for made-up inputs");
  auto library = findLibrary(options.library);
  if (!library)
    return library.error();
  session.phase("import");
  auto outcome = compareWithModel(session,
                                  {options.model, *library, false, options.data, options.dims, options.metrics,
                                   options.gates, options.runner, options.threads},
                                  false);
  if (!outcome)
    return outcome.error();
  return outcome->report;
}

} // namespace mlc
