#include "Graph/Diagnostics.h"
#include "Graph/Graph.h"
#include "Lowering/Kernel.h"
#include "Pipeline/Pipeline.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/Linalg/Transforms/TilingInterfaceImpl.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"

using namespace mlir;

namespace mlc {

// The ONNX node behind a location.
static std::string nodeName(Location location) {
  if (auto name = dyn_cast<NameLoc>(location))
    return name.getName().getValue().str();
  if (auto fused = dyn_cast<FusedLoc>(location))
    for (Location part : fused.getLocations())
      if (std::string name = nodeName(part); !name.empty())
        return name;
  return "";
}

Session::Session(PhaseCallback onPhase) : onPhase_(std::move(onPhase)) {
  DialectRegistry registry;
  registry.insert<graph::GraphDialect, kernel::KernelDialect, func::FuncDialect, arith::ArithDialect, math::MathDialect,
                  linalg::LinalgDialect, tensor::TensorDialect, scf::SCFDialect, cf::ControlFlowDialect,
                  vector::VectorDialect, LLVM::LLVMDialect, affine::AffineDialect>();
  registerBuiltinDialectTranslation(registry);
  registerLLVMDialectTranslation(registry);
  context_ = std::make_unique<MLIRContext>(registry);
  context_->loadAllAvailableDialects();
  context_->getDiagEngine().registerHandler([this](Diagnostic &diagnostic) {
    if (diagnostic.getSeverity() != DiagnosticSeverity::Error)
      return success();
    std::string node = nodeName(diagnostic.getLocation());
    std::string message = graph::messageOf(diagnostic);
    std::lock_guard<std::mutex> lock(mutex_);
    messages_.push_back(node.empty() ? message : "node '" + node + "': " + message);
    return success();
  });
}

Session::~Session() = default;

void Session::phase(const std::string &name, double progress, const std::string &detail) {
  if (onPhase_)
    onPhase_({name, progress, detail});
}

Error Session::error(ExitCode code, const std::string &otherwise) {
  std::lock_guard<std::mutex> lock(mutex_);
  std::string message = messages_.empty() ? otherwise : messages_.front();
  messages_.clear();
  return {code, message};
}

} // namespace mlc
