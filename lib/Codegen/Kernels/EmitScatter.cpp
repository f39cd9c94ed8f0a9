// Rows of a matrix that are replaced by, or combined with, rows of updates, one update after the other.
#include "Codegen/Kernels/Kernel.h"
#include "Codegen/Kernels/Loops.h"
#include "Lowering/Kernel.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace mlc::codegen {
namespace {

// Elements of a row that one work item copies and updates.
constexpr int64_t kPiece = 1024;

class ScatterEmitter : public RootEmitter {
public:
  explicit ScatterEmitter(kernel::ScatterOp op) : op_(op) {}

  SmallVector<Value> items(Kernel &kernel) override {
    Builder &b = kernel.b;
    return {ceilDiv(b, kernel.destination().sizes[1], constantIndex(b, kPiece))};
  }

  LogicalResult body(Kernel &kernel, Value begin, Value end) override {
    Builder &b = kernel.b;
    const Buffer &in = kernel.buffer(op_.getInput()), &indices = kernel.buffer(op_.getIndices()),
                 &updates = kernel.buffer(op_.getUpdates()), &out = kernel.destination();
    int lanes = kernel.lanes();
    Value zero = constantIndex(b, 0), piece = constantIndex(b, kPiece), rows = out.sizes[0], width = out.sizes[1];
    forLoop(b, begin, end, 1, [&](Value item) {
      Value first = mul(b, item, piece), last = minimum(b, add(b, first, piece), width);
      forLoop(b, zero, rows, 1, [&](Value row) {
        Value base = mul(b, row, width);
        vectorLoop(b, first, last, lanes, [&](Value i, Value mask) {
          storeVector(b, out, add(b, base, i), loadVector(b, in, add(b, base, i), lanes, mask), mask);
        });
      });
      forLoop(b, zero, indices.sizes[0], 1, [&](Value update) {
        Value row = arith::IndexCastOp::create(b, b.getIndexType(), loadScalar(b, indices, update));
        // As unsigned, what is negative is beyond the end as well.
        Value inside = arith::CmpIOp::create(b, arith::CmpIPredicate::ult, row, rows);
        branch(b, inside, [&] {
          Value to = mul(b, row, width), from = mul(b, update, width);
          vectorLoop(b, first, last, lanes, [&](Value i, Value mask) {
            Value value = loadVector(b, updates, add(b, from, i), lanes, mask);
            if (op_.getKind() != "replace")
              value = combine(b, loadVector(b, out, add(b, to, i), lanes, mask), value);
            storeVector(b, out, add(b, to, i), value, mask);
          });
        });
      });
    });
    return success();
  }

private:
  Value combine(Builder &b, Value x, Value y) {
    StringRef kind = op_.getKind();
    Type element = op_.getOut().getType().getElementType();
    auto integer = dyn_cast<IntegerType>(element);
    bool isUnsigned = integer && (integer.isUnsigned() || integer.getWidth() == 1);
    if (kind == "add")
      return integer ? Value(arith::AddIOp::create(b, x, y)) : arith::AddFOp::create(b, x, y);
    if (kind == "mul")
      return integer ? Value(arith::MulIOp::create(b, x, y)) : arith::MulFOp::create(b, x, y);
    if (kind == "min")
      return !integer     ? Value(arith::MinimumFOp::create(b, x, y))
             : isUnsigned ? Value(arith::MinUIOp::create(b, x, y))
                          : arith::MinSIOp::create(b, x, y);
    return !integer     ? Value(arith::MaximumFOp::create(b, x, y))
           : isUnsigned ? Value(arith::MaxUIOp::create(b, x, y))
                        : arith::MaxSIOp::create(b, x, y);
  }

  kernel::ScatterOp op_;
};

} // namespace

std::unique_ptr<RootEmitter> scatterEmitter(kernel::ScatterOp op) { return std::make_unique<ScatterEmitter>(op); }

} // namespace mlc::codegen
