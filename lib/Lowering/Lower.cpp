#include "Lowering/Lower.h"
#include "Graph/Constants.h"
#include "Lowering/Context.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace mlc::graph;

namespace mlc {

namespace lowering {

LogicalResult lowerBlock(Context &context, Block &block) {
  for (Operation &op : block) {
    if (op.hasTrait<OpTrait::IsTerminator>())
      continue;
    context.b.setLoc(op.getLoc());
    if (auto constant = dyn_cast<ConstantOp>(op)) {
      // Attributes are shared between the two modules: no bytes are copied.
      Value lowered = ConstantOp::create(context.b, constant.getType(), constant.getValue());
      context.map(constant, lowered, Shape(context.shape(lowered)));
      continue;
    }
    using Family = std::optional<LogicalResult> (*)(Context &, Operation *);
    static constexpr Family families[] = {lowerElementwise, lowerShape,        lowerContraction, lowerReduction,
                                          lowerSpatial,     lowerQuantization, lowerOrder,       lowerDetection,
                                          lowerRecurrent,   lowerControl};
    std::optional<LogicalResult> result;
    for (Family family : families)
      if ((result = family(context, &op)))
        break;
    if (!result)
      return op.emitOpError("has no lowering");
    if (failed(*result))
      return failure();
  }
  return success();
}

} // namespace lowering

FailureOr<OwningOpRef<ModuleOp>> lowerGraph(ModuleOp graphModule, const Target &target) {
  MLIRContext *mlir = graphModule.getContext();
  mlir->loadDialect<kernel::KernelDialect, linalg::LinalgDialect, tensor::TensorDialect, arith::ArithDialect,
                    math::MathDialect, scf::SCFDialect>();
  auto source = graphModule.lookupSymbol<func::FuncOp>("main");
  if (!source)
    return graphModule.emitError("the module has no @main"), failure();

  OwningOpRef<ModuleOp> module = ModuleOp::create(graphModule.getLoc());
  (*module)->setAttrs(graphModule->getAttrDictionary());
  ImplicitLocOpBuilder builder(source.getLoc(), mlir);
  builder.setInsertionPointToEnd(module->getBody());
  auto function = func::FuncOp::create(builder, "main", source.getFunctionType());
  // A model without inputs has no attributes of them at all.
  if (ArrayAttr attributes = source.getAllArgAttrs())
    function.setAllArgAttrs(attributes);
  if (ArrayAttr attributes = source.getAllResultAttrs())
    function.setAllResultAttrs(attributes);
  Block *entry = function.addEntryBlock();
  builder.setInsertionPointToStart(entry);

  lowering::Context context(builder, target);
  for (auto [i, argument] : llvm::enumerate(source.getArguments())) {
    Value lowered = entry->getArgument(i);
    auto type = cast<RankedTensorType>(lowered.getType());
    auto names = source.getArgAttrOfType<ArrayAttr>(i, kDimsAttr);
    lowering::Shape shape;
    for (int64_t d = 0; d < type.getRank(); ++d) {
      if (!type.isDynamicDim(d)) {
        shape.push_back(context.constant(type.getDimSize(d)));
        continue;
      }
      auto dim = [&]() -> Value { return tensor::DimOp::create(builder, lowered, d); };
      StringRef name;
      if (names && d < static_cast<int64_t>(names.size()))
        name = cast<StringAttr>(names[d]).getValue();
      shape.push_back(name.empty() ? context.symbol(dim()) : context.namedSymbol(name, dim));
    }
    context.map(argument, lowered, shape);
  }
  if (failed(lowering::lowerBlock(context, source.front())))
    return failure();
  builder.setLoc(source.getLoc());
  SmallVector<Value> results;
  SmallVector<Type> resultTypes;
  for (Value value : source.front().getTerminator()->getOperands()) {
    results.push_back(context.lookup(value));
    resultTypes.push_back(results.back().getType());
  }
  func::ReturnOp::create(builder, results);
  function.setFunctionType(builder.getFunctionType(function.getArgumentTypes(), resultTypes));
  return module;
}

} // namespace mlc
