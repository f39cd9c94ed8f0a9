#include "LoweringSteps.h"

#include "Codegen/Kernels/Kernel.h"
#include "Codegen/Schedule/Schedule.h"
#include "Lowering/Kernel.h"
#include "Lowering/Lower.h"
#include "targets/Target.h"

#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Pass/Pass.h"

using namespace mlir;

namespace mlc {
namespace {

template <typename Derived> struct Step : PassWrapper<Derived, OperationPass<ModuleOp>> {
  void getDependentDialects(DialectRegistry &registry) const override {
    registry
        .insert<kernel::KernelDialect, linalg::LinalgDialect, tensor::TensorDialect, arith::ArithDialect,
                math::MathDialect, scf::SCFDialect, cf::ControlFlowDialect, vector::VectorDialect, LLVM::LLVMDialect>();
  }

protected:
  // The contents of another module in the place of this one's.
  void become(ModuleOp other) {
    ModuleOp module = this->getOperation();
    module.getBodyRegion().takeBody(other.getBodyRegion());
  }

  FailureOr<Target> find(const std::string &name) {
    auto target = findTarget(name);
    if (target)
      return *target;
    this->getOperation().emitError(target.error().message);
    return failure();
  }
};

struct LowerGraph : Step<LowerGraph> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(LowerGraph)
  LowerGraph() = default;
  LowerGraph(const LowerGraph &) : Step() {}
  Option<std::string> target{*this, "target", llvm::cl::desc("CPU to compile for"), llvm::cl::init("x86-64-v3")};
  StringRef getArgument() const override { return "lower-graph"; }
  StringRef getDescription() const override { return "Graph ops to linalg, tensor and the kernel dialect"; }
  void runOnOperation() override {
    FailureOr<Target> found = find(target);
    if (failed(found))
      return signalPassFailure();
    auto lowered = lowerGraph(getOperation(), *found);
    if (failed(lowered))
      return signalPassFailure();
    become(**lowered);
  }
};

struct FuseElementwise : Step<FuseElementwise> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(FuseElementwise)
  StringRef getArgument() const override { return "fuse-elementwise"; }
  StringRef getDescription() const override { return "Elementwise linalg ops into their consumers"; }
  void runOnOperation() override {
    if (failed(fuseElementwise(getOperation())))
      signalPassFailure();
  }
};

struct OutlineKernels : Step<OutlineKernels> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(OutlineKernels)
  StringRef getArgument() const override { return "outline-kernels"; }
  StringRef getDescription() const override {
    return "Groups of ops to kernels, @main to the schedule that launches them";
  }
  void runOnOperation() override {
    if (failed(outlineKernels(getOperation())))
      signalPassFailure();
  }
};

struct EmitKernels : Step<EmitKernels> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(EmitKernels)
  EmitKernels() = default;
  EmitKernels(const EmitKernels &) : Step() {}
  Option<std::string> target{*this, "target", llvm::cl::desc("CPU to compile for"), llvm::cl::init("x86-64-v3")};
  StringRef getArgument() const override { return "emit-kernels"; }
  StringRef getDescription() const override {
    return "Kernels to loops and vectors over raw addresses; the schedule goes";
  }
  void runOnOperation() override {
    FailureOr<Target> found = find(target);
    if (failed(found))
      return signalPassFailure();
    OwningOpRef<ModuleOp> code = ModuleOp::create(getOperation().getLoc());
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (function->hasAttr(kernel::kBodyAttr) && failed(codegen::Kernel(function, *code, *found).emit()))
        return signalPassFailure();
    become(*code);
  }
};

struct EmitSchedule : Step<EmitSchedule> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(EmitSchedule)
  StringRef getArgument() const override { return "emit-schedule"; }
  StringRef getDescription() const override {
    return "@main to the functions that plan the arena and launch the kernels";
  }
  void runOnOperation() override {
    auto schedule = codegen::emitSchedule(getOperation());
    if (failed(schedule))
      return signalPassFailure();
    become(*schedule->module);
  }
};

} // namespace

void registerLoweringSteps() {
  PassRegistration<LowerGraph>();
  PassRegistration<FuseElementwise>();
  PassRegistration<OutlineKernels>();
  PassRegistration<EmitKernels>();
  PassRegistration<EmitSchedule>();
}

} // namespace mlc
