// Slices that are written into a tensor.
#pragma once

#include "Import/Node.h"

namespace mlc::importer {

/// `cache` with `update` from position begins[b] (i64[batch]; null: 0) of `axis` on, for each entry b of dimension 0.
/// With `circular`, what reaches beyond the end begins anew at the front.
mlir::Value writeAt(Node &n, mlir::Value cache, mlir::Value update, mlir::Value begins, int64_t axis, bool circular);

} // namespace mlc::importer
