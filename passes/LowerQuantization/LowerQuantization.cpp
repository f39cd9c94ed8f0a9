#include "passes/LowerQuantization/Steps.h"
#include "passes/Passes.h"
#include "passes/Quantization/Contractions.h"

namespace mlc {
#define GEN_PASS_DEF_LOWERQUANTIZATION
#include "passes/Passes.h.inc"

namespace {
struct LowerQuantizationPass : impl::LowerQuantizationBase<LowerQuantizationPass> {
  void runOnOperation() override {
    quantization::lowerContractions(getOperation());
    quantization::eraseDeadOps(getOperation());
    quantization::lowerRequantization(getOperation());
    quantization::eraseDeadOps(getOperation());
  }
};
} // namespace
} // namespace mlc
