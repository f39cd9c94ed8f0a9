#include "Lowering/Kernel.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace mlir;

#include "Lowering/KernelDialect.cpp.inc"
#define GET_OP_CLASSES
#include "Lowering/KernelOps.cpp.inc"

namespace mlc::kernel {

void KernelDialect::initialize() {
  addOperations<
#define GET_OP_LIST
#include "Lowering/KernelOps.cpp.inc"
      >();
}

int64_t RecurrentOp::passedOn() {
  int64_t count = 0;
  for (Region &phase : getPhases().drop_back())
    count += phase.front().getTerminator()->getNumOperands();
  return count;
}

LogicalResult LaunchOp::verifySymbolUses(SymbolTableCollection &tables) {
  auto callee = tables.lookupNearestSymbolFrom<func::FuncOp>(*this, getCalleeAttr());
  if (!callee)
    return emitOpError() << "there is no kernel " << getCallee();
  size_t arguments = getInputs().size() + getScalars().size() + getOutputs().size();
  if (callee.getNumArguments() != arguments)
    return emitOpError() << getCallee() << " has " << callee.getNumArguments() << " arguments, not " << arguments;
  int64_t dynamic = 0;
  for (Type type : getOutputs().getTypes())
    dynamic += cast<RankedTensorType>(type).getNumDynamicDims();
  if (dynamic != static_cast<int64_t>(getSizes().size()))
    return emitOpError() << "has " << getSizes().size() << " sizes for " << dynamic << " dynamic dimensions";
  return success();
}

} // namespace mlc::kernel
