// The state of emitting one schedule. Schedule.cpp holds the functions as wholes, Sizes.cpp sizes and the arena,
// Steps.cpp the ops of a block, Control.cpp branches and loops.
#pragma once

#include "Codegen/Schedule/Lives.h"
#include "Codegen/Schedule/Schedule.h"
#include "Codegen/Schedule/Work.h"
#include "Graph/Graph.h"
#include "Lowering/Kernel.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

#include "llvm/ADT/MapVector.h"

namespace mlc::codegen {

// A buffer starts at a multiple of this, and a read in whole groups of a kernel may reach a few bytes past it.
constexpr int64_t kAlignment = 64, kSlack = 16;

inline int64_t elementBytes(mlir::Type type) { return std::max<int64_t>(1, type.getIntOrFloatBitWidth() / 8); }

class Scheduler {
public:
  explicit Scheduler(mlir::ModuleOp lowered)
      : lowered_(lowered), main_(lowered.lookupSymbol<mlir::func::FuncOp>("main")), lives_(main_),
        b(lowered.getLoc(), lowered.getContext()) {}

  mlir::FailureOr<ScheduleCode> run();

private:
  template <typename T> using Small = llvm::SmallVector<T>;
  using Value = mlir::Value;

  // A tensor in the emitted function.
  struct TensorCode {
    Value pointer;
    Small<Value> dims; // of type index
  };

  // Offsets of all buffers whose sizes follow from the inputs, and the arena's size.
  struct Plan {
    llvm::DenseMap<Value, Value> offsets; // index
    llvm::DenseMap<Value, Value> halves;  // index: bytes of one of the two buffers of a carried value
    Value total;                          // index
    Value scratch;                        // index: offset of the threads' scratch memory; null: no kernel needs any
    bool exact = true;
  };

  // ---- the functions (Schedule.cpp)
  void declare(llvm::StringRef name, llvm::ArrayRef<mlir::Type> inputs, llvm::ArrayRef<mlir::Type> results);
  void declareRuntime();
  void chooseDirectOutputs();
  void startFunction(llvm::StringRef name, llvm::ArrayRef<mlir::Type> arguments, Value &inputsPointer,
                     unsigned inputsArgument);
  mlir::LogicalResult emitWorkspace();
  mlir::LogicalResult emitRun();
  void allocateArrays();
  void returnStatusIfNull(Value pointer);
  void storeDims(llvm::ArrayRef<Value> dims);
  Value outputPointer(int64_t output, llvm::ArrayRef<Value> dims);
  Value call(llvm::StringRef name, mlir::ValueRange operands);
  Value slot(Value array, mlir::Type element, int64_t i);

  Value index(int64_t value) { return mlir::arith::ConstantIndexOp::create(b, b.getLoc(), value); }
  Value i64(int64_t value) { return mlir::arith::ConstantOp::create(b, b.getI64IntegerAttr(value)); }
  Value toI64(Value index) { return mlir::arith::IndexCastOp::create(b, b.getI64Type(), index); }
  Value toIndex(Value number) { return mlir::arith::IndexCastOp::create(b, b.getIndexType(), number); }
  Value nullPointer() { return mlir::LLVM::ZeroOp::create(b, pointer_); }

  // ---- sizes that follow from the inputs' dimensions alone, and the arena (Sizes.cpp)
  Value hoist(Value value);
  Value hoistDim(Value tensor, int64_t i);
  Value hoistCarriedDim(mlir::BlockArgument carried, int64_t i);
  std::optional<Small<Value>> dynamicSizes(Value tensor);
  std::optional<Small<Value>> hoistDims(Value tensor);
  Value bytesOf(llvm::ArrayRef<Value> dims, mlir::Type element);
  Value aligned(Value bytes);
  int64_t typical(Value value, int depth = 0);
  Plan planArena();
  void addScratch(Plan &plan, Value threads);

  // ---- ops of a block (Steps.cpp)
  Value scalar(Value value);
  mlir::LogicalResult emitBlock(mlir::Block &block);
  mlir::LogicalResult emitOp(mlir::Operation *op);
  Value loadElement(mlir::tensor::ExtractOp extract);
  TensorCode memory(Value result);
  Value allocate(mlir::Operation *op, Value bytes);
  TensorCode weight(graph::ConstantOp constant);
  Value kernelPointer(llvm::StringRef name);
  mlir::LogicalResult emitLaunch(kernel::LaunchOp launch);
  Value amount(llvm::ArrayRef<WorkTerm> terms, llvm::ArrayRef<TensorCode> operands);
  mlir::LogicalResult emitUnbounded(kernel::UnboundedOp op);
  void emitCheck(kernel::CheckOp check);
  void failUnless(Value holds, const std::string &message, Value x, Value y);
  static std::string messageOf(mlir::Operation *op, llvm::StringRef message);
  Value text(const std::string &content);

  // ---- branches and loops (Control.cpp)
  mlir::LogicalResult emitIf(mlir::scf::IfOp op);
  mlir::LogicalResult emitWhile(mlir::scf::WhileOp op);
  mlir::LogicalResult emitAppend(kernel::AppendOp op);
  void chooseDirectCarries();
  Value carriedPlace(mlir::BlockArgument carried, Value bytes);
  Value growable(int64_t count);
  Value grow(Value growable, Value bytes, Value keep);

  mlir::ModuleOp lowered_;
  mlir::func::FuncOp main_;
  Lives lives_;
  mlir::ImplicitLocOpBuilder b;
  ScheduleCode code_;
  mlir::Type pointer_;
  mlir::func::FuncOp function_;
  Value session_, bufferArray_, scalarArray_, dimsArray_, arena_, scratch_;
  Plan plan_;
  llvm::DenseMap<Value, Value> scalars_;
  llvm::DenseSet<Value> notHoistable_, hoisted_;
  llvm::DenseSet<std::pair<Value, int64_t>> visiting_; // dimensions of carried values that are being proven constant
  llvm::DenseMap<Value, TensorCode> tensors_;
  llvm::MapVector<Value, unsigned> directOutput_; // in the order of the outputs: the same code from each compilation
  llvm::DenseMap<Value, Value> directCarry_; // a launch's result whose only place is the carried value's next buffer
  llvm::DenseMap<Value, Value> carriedGrowables_;
  llvm::DenseMap<mlir::Operation *, Value> nextHalf_; // of a loop: 0 or 1, the buffers that its iteration writes
  llvm::DenseMap<mlir::Attribute, std::string> weightSymbols_;
  Small<TensorCode> inputs_;
  int64_t texts_ = 0;
};

} // namespace mlc::codegen
