// Every mix of precisions in one model, to measure how accurate each is without compiling it.
#pragma once

#include "passes/Precision/LayerForms.h"
#include "passes/QuantizeBlocks/QuantizeBlocks.h"

#include "mlir/IR/OwningOpRef.h"

#include <string>
#include <vector>

namespace mlc {

/// A model in which each layer that can be compressed is computed in all its precisions, and the one that the last
/// argument names (i64 [layers], of Precision) is taken. Asking for a form that a layer has not gives its f32 form.
struct PrecisionSwitch {
  mlir::OwningOpRef<mlir::ModuleOp> module;
  std::vector<std::string> layers; ///< as layersOf names them, in order of the argument's elements
  std::vector<bool> hasBf16;       ///< whether the layer has a bf16 form
};

/// Makes the switch of a module between f32, int8 and bf16: calibrated (annotateRanges), or `dynamic`. Layers that were
/// given a precision (graph.precision) have no switch and stay f32.
PrecisionSwitch withPrecisionSwitch(mlir::ModuleOp module, bool dynamic);

/// The switch of the products that have weights of 4 bits, between f32, these and int8 with activations quantized at
/// run time.
PrecisionSwitch withBlockSwitch(mlir::ModuleOp module, const LayerBlockWeights &blocks);

/// A model that computes the original beside its compressed form. Results are those of the compressed form, and a last
/// one, f32 [layers, 3]: of each layer's output the energy (sum of squares) in the original, of the error where that
/// layer alone is compressed and reads exact inputs, and of the error in the compressed model.
struct SensitivityProbe {
  mlir::OwningOpRef<mlir::ModuleOp> module; ///< of which the original's part is finished, and the rest still to be
                                            ///< compressed: what is not, was given the precision f32
  std::vector<std::string> layers;
};

/// Makes the probe of a module whose layers were all given a precision (graph.precision): of those that are not f32.
SensitivityProbe withSensitivityProbe(mlir::ModuleOp module, bool dynamic);

} // namespace mlc
