#include "Check/Report.h"

#include "Check/Json.h"
#include "Support/FileBytes.h"
#include "mlcompress/Compiler.h"

#include <filesystem>
#include <fstream>

namespace mlc {

std::string formatReport(const OptimizeReport &report) {
  Json json = {{"tool", "mlcompress"}, {"schema", 2}, {"tool_version", version()}};
  json.update(jsonOf(report));
  return textOf(json);
}

std::vector<KernelRow> readReportedKernels(const std::string &directory) {
  std::vector<KernelRow> rows;
  std::ifstream file(std::filesystem::path(directory) / "report.json");
  Json report = Json::parse(file, nullptr, /*allow_exceptions=*/false);
  try {
    for (const Json &row : report.at("compile").at("kernels"))
      rows.push_back(
          {row.at("kernel"), row.at("nodes"), row.at("instruction_set"), row.at("precision"), row.at("note")});
  } catch (const Json::exception &) {
    rows.clear();
  }
  return rows;
}

Result<void> writeReport(const std::string &directory, const OptimizeReport &report) {
  return writeFile((std::filesystem::path(directory) / "report.json").string(), formatReport(report));
}

} // namespace mlc
