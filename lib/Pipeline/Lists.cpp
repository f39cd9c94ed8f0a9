// What the compiler knows: models, targets and operators, listed.
#include "Import/Import.h"
#include "mlcompress/Compiler.h"
#include "targets/Target.h"

namespace mlc {

std::vector<TargetInfo> listTargets() {
  std::vector<TargetInfo> result;
  for (const TargetLine &line : allTargets()) {
    TargetInfo info{line.name, line.arch == Arch::X86_64 ? "x86_64" : "aarch64", line.description, {}};
    if (auto target = findTarget(line.name))
      for (const ContractionRow *row : target->rows())
        info.features.push_back(row->name);
    result.push_back(std::move(info));
  }
  return result;
}

std::vector<OperatorInfo> listOperators() {
  std::vector<OperatorInfo> result;
  for (const OperatorSupport &row : supportedOperators())
    result.push_back({row.op, row.domain, row.since, row.until, row.types, row.limits});
  return result;
}

} // namespace mlc
