// What looks wrong with the samples, before anything is measured with them.
#pragma once

#include "mlcompress/Options.h"
#include "mlcompress/Reports.h"
#include "mlcompress/Result.h"

namespace mlc {

/// Reads samples of both sets, a few hundred at most, and gives sentences (Check/DataGuards.h). Either may be missing,
/// or be made up. Errors as DataSet's.
Result<std::vector<std::string>> dataWarnings(const DataSource &calib, const DataSource &data,
                                              const std::vector<TensorDescription> &inputs,
                                              const std::vector<TensorDescription> &outputs, const DimSizes &dims);

} // namespace mlc
