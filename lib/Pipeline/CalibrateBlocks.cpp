#include "Pipeline/CalibrateBlocks.h"
#include "Pipeline/TapRunner.h"
#include "passes/Quantization/Contractions.h"

using namespace mlir;

namespace mlc {

Result<LayerBlockWeights> calibrateBlocks(Session &session, ModuleOp graph, const std::vector<Layer> &products,
                                          int64_t block, const DataSource &source, const DimSizes &dims,
                                          int64_t &samples) {
  std::vector<std::unique_ptr<InputHessian>> inputs; // products with one left operand share one
  SmallVector<Value> taps;
  llvm::DenseMap<Value, InputHessian *> known;
  for (const Layer &product : products) {
    Value input = product.op->getOperand(0);
    InputHessian *&hessian = known[input];
    if (!hessian) {
      int64_t depth = cast<RankedTensorType>(product.op->getOperand(1).getType()).getDimSize(0);
      inputs.push_back(std::make_unique<InputHessian>(depth));
      hessian = inputs.back().get();
      taps.push_back(input);
    }
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
    for (auto [hessian, tensor] : llvm::zip(inputs, **tensors))
      if (auto added = hessian->add(tensor); !added)
        return added.error();
  }
  samples = (*runner)->samples();
  if (samples == 0)
    return badInput("the calibration data holds no sample");
  LayerBlockWeights rounded;
  GptqOptions options;
  options.block = block;
  for (size_t i = 0; i < products.size(); ++i) {
    session.phase("compress", static_cast<double>(i) / static_cast<double>(products.size()),
                  "rounding " + products[i].name);
    auto weights = quantization::weightsTensor(products[i].op->getOperand(1));
    if (!weights)
      return weights.error();
    const InputHessian &hessian = *known[products[i].op->getOperand(0)];
    if (hessian.rows() == 0)
      continue; // its branch of the model's shapes was never taken: rounded to nearest
    if (auto made = gptq(*weights, hessian, options))
      rounded.emplace(products[i].name, std::move(*made));
  }
  return rounded;
}

} // namespace mlc
