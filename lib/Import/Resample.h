// Resampling of one axis by a matrix of weights.
#pragma once

#include "Import/Node.h"

namespace mlc::importer {

struct ResampleForm {
  graph::ResizeMode mode;
  graph::CoordinateMode coordinates;
  graph::NearestMode nearest;
  float cubicCoefficient;
  bool excludeOutside, crop, antialias;
  mlir::Value begin, end; ///< f32[1]: the part of the axis that `crop` resizes, from 0 to 1
};

/// The value with `axis` resampled to `size` elements. `scale` is f32[1]. With `crop`, what lies outside of the axis
/// becomes `extrapolation`. With `antialias` the filter is stretched by 1 / scale where that is above 1. ONNX Resize.
mlir::Value resampleAxis(Node &n, mlir::Value value, int64_t axis, const Dim &size, mlir::Value scale,
                         const ResampleForm &form, float extrapolation);

} // namespace mlc::importer
