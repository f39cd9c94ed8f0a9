// The launches of a library as rows of reports.
#pragma once

#include "Codegen/Native/Native.h"
#include "mlcompress/Reports.h"

namespace mlc {

std::vector<KernelRow> kernelRows(const LibraryReport &report);

} // namespace mlc
