#include "targets/Emit.h"

using namespace mlir;

namespace mlc::emit {

Value splatLoad(ImplicitLocOpBuilder &b, Value base, Type scalar, VectorType type) {
  Value value = LLVM::LoadOp::create(b, scalar, base, /*alignment=*/1);
  return vector::BroadcastOp::create(b, type, value);
}

Value intrinsic(ImplicitLocOpBuilder &b, Type result, llvm::StringRef name, ValueRange operands) {
  return LLVM::CallIntrinsicOp::create(b, result, b.getStringAttr(name), operands).getResult(0);
}

} // namespace mlc::emit
