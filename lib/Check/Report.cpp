#include "Check/Report.h"

#include "Check/Json.h"
#include "Support/FileBytes.h"
#include "mlcompress/Compiler.h"

#include <filesystem>

namespace mlc {

std::string formatReport(const OptimizeReport &report) {
  Json json = {{"tool", "mlcompress"}, {"schema", 1}, {"tool_version", version()}};
  json.update(jsonOf(report));
  return textOf(json);
}

Result<void> writeReport(const std::string &directory, const OptimizeReport &report) {
  return writeFile((std::filesystem::path(directory) / "report.json").string(), formatReport(report));
}

} // namespace mlc
