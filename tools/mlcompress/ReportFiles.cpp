#include "ReportFiles.h"

#include "Support/FileBytes.h"

namespace mlc {

void addReportOptions(CLI::App &command, ReportFiles &files) {
  const char *group = "Reports";
  command.add_option("--junit", files.junit, "also write the gates as JUnit XML, for continuous integration")
      ->type_name("FILE.xml")
      ->group(group);
  command.add_option("--markdown", files.markdown, "also write a summary in Markdown, for a pull request")
      ->type_name("FILE.md")
      ->group(group);
  command.add_option("--html", files.html, "also write all of it as one HTML page with plots")
      ->type_name("FILE.html")
      ->group(group);
}

Result<void> writeReports(const ReportFiles &files, const OptimizeReport &report) {
  if (!files.junit.empty())
    if (auto written = writeFile(files.junit, toJUnit(report)); !written)
      return written;
  if (!files.markdown.empty())
    if (auto written = writeFile(files.markdown, toMarkdown(report)); !written)
      return written;
  if (!files.html.empty())
    if (auto written = writeFile(files.html, toHtml(report)); !written)
      return written;
  return {};
}

} // namespace mlc
