// Between channels behind and channels before the spatial dimensions.
#pragma once

#include "Import/Node.h"

namespace mlc::importer {

mlir::Value channelsFirst(Node &n, mlir::Value x); ///< [N, spatial…, C] as [N, C, spatial…]
mlir::Value channelsLast(Node &n, mlir::Value x);  ///< [N, C, spatial…] as [N, spatial…, C]

} // namespace mlc::importer
