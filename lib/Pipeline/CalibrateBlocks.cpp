#include "Pipeline/CalibrateBlocks.h"
#include "Pipeline/ObserveSamples.h"

using namespace mlir;

namespace mlc {

Result<BlockCalibration> calibrateBlocks(Session &session, ModuleOp graph, const std::vector<Operation *> &products,
                                         const DataSource &source, const DimSizes &dims,
                                         const CalibrationCache &cache) {
  BlockCalibration calibration;
  SmallVector<Tap> taps;
  llvm::DenseMap<Value, const InputHessian *> known;
  for (Operation *product : products) {
    Value input = product->getOperand(0);
    const InputHessian *&hessian = known[input];
    if (!hessian) {
      int64_t depth = cast<RankedTensorType>(product->getOperand(1).getType()).getDimSize(0);
      calibration.inputs.push_back(std::make_unique<StateObserver<InputHessian>>(InputHessian(depth)));
      hessian = &calibration.inputs.back()->state();
      taps.push_back({input, calibration.inputs.back().get()});
    }
    calibration.hessians[product] = hessian;
  }
  auto observed = observeSamples(session, graph, taps, {"hessians", source, dims, cache});
  if (!observed)
    return observed.error();
  calibration.passes.push_back(*observed);
  return calibration;
}

} // namespace mlc
