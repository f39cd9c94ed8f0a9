// --junit, --markdown, --html: a report in further forms.
#pragma once

#include "mlcompress/ReportFormats.h"

#include <CLI/CLI.hpp>

namespace mlc {

struct ReportFiles {
  std::string junit, markdown, html;

  bool any() const { return !junit.empty() || !markdown.empty() || !html.empty(); }
};

void addReportOptions(CLI::App &command, ReportFiles &files);
/// Writes those that were asked for, each whole or not at all.
Result<void> writeReports(const ReportFiles &files, const OptimizeReport &report);

} // namespace mlc
