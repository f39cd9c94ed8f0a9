#include "Pipeline/CalibrateBlocks.h"

#include "passes/Quantization/Contractions.h"

#include "llvm/ADT/MapVector.h"

using namespace mlir;

namespace mlc {

static constexpr int64_t kMostBytes = int64_t(512) << 20; // of Hessians

Result<BlockCalibration> calibrateBlocks(Session &session, ModuleOp graph, const std::vector<Operation *> &products,
                                         int64_t block, const DataSource &source, const DimSizes &dims,
                                         const CalibrationCache &cache) {
  BlockCalibration calibration;
  llvm::MapVector<Value, std::vector<Operation *>> readers;
  for (Operation *product : products)
    readers[product->getOperand(0)].push_back(product);
  auto left = readers.takeVector();
  for (auto part = left.begin(); part != left.end();) {
    std::vector<std::unique_ptr<GptqObserver>> observers;
    SmallVector<Tap> taps;
    auto end = part;
    for (int64_t bytes = 0; end != left.end(); ++end) {
      int64_t depth = cast<RankedTensorType>(end->second.front()->getOperand(1).getType()).getDimSize(0);
      if (bytes += InputHessian::bytes(depth); bytes > kMostBytes && end != part)
        break;
      std::vector<GptqObserver::Weights> weights;
      for (Operation *product : end->second)
        weights.push_back([product] { return quantization::weightsTensor(product->getOperand(1)); });
      observers.push_back(std::make_unique<GptqObserver>(depth, block, std::move(weights)));
      taps.push_back({end->first, observers.back().get()});
    }
    auto observed = observeSamples(session, graph, taps, {source, dims, cache});
    if (!observed)
      return observed.error();
    calibration.passes.push_back(*observed);
    for (auto &observer : observers) {
      for (auto [product, rounded] : llvm::zip_equal(part->second, observer->rounded()))
        calibration.rounded.try_emplace(product, std::move(rounded));
      ++part;
    }
  }
  return calibration;
}

} // namespace mlc
