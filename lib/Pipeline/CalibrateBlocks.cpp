#include "Pipeline/CalibrateBlocks.h"
#include "Pipeline/TapRunner.h"

using namespace mlir;

namespace mlc {

Result<BlockCalibration> calibrateBlocks(Session &session, ModuleOp graph, const std::vector<Operation *> &products,
                                         const DataSource &source, const DimSizes &dims) {
  BlockCalibration calibration;
  SmallVector<Value> taps;
  llvm::DenseMap<Value, InputHessian *> known;
  for (Operation *product : products) {
    Value input = product->getOperand(0);
    InputHessian *&hessian = known[input];
    if (!hessian) {
      int64_t depth = cast<RankedTensorType>(product->getOperand(1).getType()).getDimSize(0);
      calibration.inputs.push_back(std::make_unique<InputHessian>(depth));
      hessian = calibration.inputs.back().get();
      taps.push_back(input);
    }
    calibration.hessians[product] = hessian;
  }
  auto runner = TapRunner::create(session, graph, taps, source, dims);
  if (!runner)
    return runner.error();
  while (true) {
    auto tensors = (*runner)->next();
    if (!tensors)
      return tensors.error();
    if (!*tensors)
      break;
    for (auto [hessian, tensor] : llvm::zip(calibration.inputs, **tensors))
      if (auto added = hessian->add(tensor); !added)
        return added.error();
  }
  calibration.samples = (*runner)->samples();
  if (calibration.samples == 0)
    return badInput("the calibration data holds no sample");
  return calibration;
}

} // namespace mlc
