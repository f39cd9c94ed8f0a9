#pragma once

#include "mlir/IR/PatternMatch.h"

namespace mlc::codegen {

/// math.exp of f32, scalar or vector, by a polynomial in a few instructions: within 0.9 units in the last place from
/// -87.6 to 88.3, 0 below (also for what f32 holds as subnormal numbers), infinity above; what is not a number stays
/// so. Method of Cody and Waite, Software Manual for the Elementary Functions, 1980, chapter 6.
void populateExponential(mlir::RewritePatternSet &patterns);

} // namespace mlc::codegen
