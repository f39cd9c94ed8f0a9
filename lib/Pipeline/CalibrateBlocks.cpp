#include "Pipeline/CalibrateBlocks.h"

#include "passes/Quantization/Contractions.h"

#include "llvm/ADT/MapVector.h"

using namespace mlir;

namespace mlc {

static constexpr int64_t kMostBytes = int64_t(512) << 20; // of Hessians

Result<LayerBlockWeights> calibrateBlocks(Session &session, ModuleOp graph, const std::vector<Layer> &products,
                                          int64_t block, const DataSource &source, const DimSizes &dims,
                                          const CalibrationCache &cache, std::vector<Observation> &passes) {
  LayerBlockWeights all;
  llvm::MapVector<Value, std::vector<Layer>> readers;
  for (const Layer &product : products)
    readers[product.op->getOperand(0)].push_back(product);
  auto left = readers.takeVector();
  for (auto part = left.begin(); part != left.end();) {
    std::vector<std::unique_ptr<GptqObserver>> observers;
    SmallVector<Tap> taps;
    auto end = part;
    for (int64_t bytes = 0; end != left.end(); ++end) {
      int64_t depth = cast<RankedTensorType>(end->second.front().op->getOperand(1).getType()).getDimSize(0);
      if (bytes += InputHessian::bytes(depth); bytes > kMostBytes && end != part)
        break;
      std::vector<GptqObserver::Weights> weights;
      std::string names;
      for (const Layer &product : end->second) {
        weights.push_back([op = product.op] { return quantization::weightsTensor(op->getOperand(1)); });
        names += " " + product.name;
      }
      observers.push_back(std::make_unique<GptqObserver>(depth, block, std::move(weights), names));
      taps.push_back({end->first, observers.back().get()});
    }
    auto observed = observeSamples(session, graph, taps, {source, dims, cache});
    if (!observed)
      return observed.error();
    passes.push_back(*observed);
    for (auto &observer : observers) {
      for (auto [product, rounded] : llvm::zip_equal(part->second, observer->rounded()))
        if (rounded)
          all.emplace(product.name, std::move(*rounded));
      ++part;
    }
  }
  return all;
}

} // namespace mlc
