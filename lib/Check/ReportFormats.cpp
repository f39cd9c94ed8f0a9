#include "mlcompress/ReportFormats.h"

#include "Check/Html.h"
#include "Check/JUnit.h"
#include "Check/Markdown.h"

namespace mlc {

std::string toJUnit(const OptimizeReport &report) { return formatJUnit(report); }
std::string toMarkdown(const OptimizeReport &report) { return formatMarkdown(report); }
std::string toHtml(const OptimizeReport &report) { return formatHtml(report); }

OptimizeReport asReport(const CheckReport &check, const std::string &name, const std::string &target) {
  OptimizeReport report;
  report.compile.name = name;
  report.compile.target = target;
  report.check = check;
  return report;
}

} // namespace mlc
