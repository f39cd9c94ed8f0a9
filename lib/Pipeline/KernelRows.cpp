#include "Pipeline/KernelRows.h"

namespace mlc {

static KernelRow rowOf(const LaunchReport &launch) {
  KernelRow row;
  row.kernel = launch.kernel;
  for (size_t at = 0; at < launch.nodes.size();) {
    size_t end = launch.nodes.find(", ", at);
    end = end == std::string::npos ? launch.nodes.size() : end;
    row.nodes.push_back(launch.nodes.substr(at, end - at));
    at = end + 2;
  }
  row.instructionSet = launch.instructionSet;
  row.precision = launch.precision;
  return row;
}

std::vector<KernelRow> kernelRows(const LibraryReport &report) {
  std::vector<KernelRow> rows;
  for (const LaunchReport &launch : report.launches)
    rows.push_back(rowOf(launch));
  return rows;
}

} // namespace mlc
