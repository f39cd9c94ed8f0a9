// A report as Markdown, short enough for a pull request.
#pragma once

#include "mlcompress/Reports.h"

#include <string>

namespace mlc {

std::string formatMarkdown(const OptimizeReport &report);

} // namespace mlc
