#include "Codegen/Native/ToLLVM.h"
#include "Codegen/Native/Exponential.h"

#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/Math/Transforms/Passes.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Target/LLVMIR/Dialect/All.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "mlir/Transforms/Passes.h"

#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/SmallVectorMemoryBuffer.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"

#include <mutex>

using namespace mlir;

namespace mlc::codegen {
namespace {

void initializeTargets() {
  static std::once_flag once;
  std::call_once(once, [] {
    LLVMInitializeX86TargetInfo();
    LLVMInitializeX86Target();
    LLVMInitializeX86TargetMC();
    LLVMInitializeX86AsmPrinter();
    LLVMInitializeX86AsmParser();
    LLVMInitializeAArch64TargetInfo();
    LLVMInitializeAArch64Target();
    LLVMInitializeAArch64TargetMC();
    LLVMInitializeAArch64AsmPrinter();
    LLVMInitializeAArch64AsmParser();
  });
}

// Integers to bf16 by f32: LLVM calls compiler-rt for the step that canonicalization makes of the two.
template <typename ToFloat> struct ToBF16ByF32 : OpRewritePattern<ToFloat> {
  using OpRewritePattern<ToFloat>::OpRewritePattern;
  LogicalResult matchAndRewrite(ToFloat op, PatternRewriter &rewriter) const override {
    Type type = op.getType();
    if (!getElementTypeOrSelf(type).isBF16())
      return rewriter.notifyMatchFailure(op, "not to bf16");
    Type wide = rewriter.getF32Type();
    if (auto shaped = dyn_cast<ShapedType>(type))
      wide = shaped.clone(wide);
    Value value = ToFloat::create(rewriter, op.getLoc(), wide, op.getIn());
    rewriter.replaceOpWithNewOp<arith::TruncFOp>(op, type, value);
    return success();
  }
};

LogicalResult expandBF16(ModuleOp module) {
  RewritePatternSet patterns(module.getContext());
  patterns.add<ToBF16ByF32<arith::SIToFPOp>, ToBF16ByF32<arith::UIToFPOp>>(module.getContext());
  if (failed(applyPatternsGreedily(module, std::move(patterns))))
    return failure();
  PassManager manager(module.getContext());
  manager.enableVerifier(false);
  arith::ArithExpandOpsPassOptions expand;
  expand.includeBf16 = true;
  manager.addPass(arith::createArithExpandOpsPass(expand));
  return manager.run(module);
}

// One polynomial a function, in f32; what has none (and f64) is left to libm.
LogicalResult expandMath(ModuleOp module) {
  RewritePatternSet patterns(module.getContext());
  codegen::populateExponential(patterns);
  auto always = [](StringRef) { return true; };
  populateMathF32ExpansionPatterns(patterns, always);
  populateMathPolynomialApproximationPatterns(patterns, always);
  math::populateExpansionPatterns(patterns,
                                  {"sinh", "cosh", "tan", "asinh", "acosh", "atanh", "fpowi", "ipowi", "rsqrt"});
  return applyPatternsGreedily(module, std::move(patterns));
}

LogicalResult lowerToLLVMDialect(ModuleOp module) {
  PassManager manager(module.getContext());
  manager.enableVerifier(false);
  manager.addPass(createCanonicalizerPass());
  manager.addPass(createCSEPass());
  manager.addPass(createLoopInvariantCodeMotionPass());
  if (failed(expandBF16(module)) || failed(manager.run(module)) || failed(expandMath(module)))
    return failure();
  PassManager convert(module.getContext());
  convert.enableVerifier(false);
  convert.addPass(arith::createArithExpandOpsPass());
  convert.addPass(createCanonicalizerPass());
  convert.addPass(createCSEPass());
  convert.addPass(createConvertMathToLLVMPass()); // first: libm has an fma, too
  convert.addPass(createConvertMathToLibmPass());
  convert.addPass(createSCFToControlFlowPass());
  convert.addPass(createConvertVectorToLLVMPass());
  convert.addPass(createArithToLLVMConversionPass());
  convert.addPass(createConvertControlFlowToLLVMPass());
  convert.addPass(createConvertFuncToLLVMPass());
  convert.addPass(createReconcileUnrealizedCastsPass());
  return convert.run(module);
}

std::unique_ptr<llvm::TargetMachine> targetMachine(const Target &target, CodeKind kind, std::string &error) {
  llvm::Triple triple(target.triple);
  const llvm::Target *backend = llvm::TargetRegistry::lookupTarget(triple, error);
  if (!backend)
    return nullptr;
  llvm::TargetOptions options;
  options.FunctionSections = options.DataSections = true;
  // Products and sums stay apart unless the code says fma: the same bits everywhere.
  options.AllowFPOpFusion = llvm::FPOpFusion::Strict;
  bool baseline = kind == CodeKind::Schedule;
  std::string cpu = baseline ? (target.arch == Arch::X86_64 ? "x86-64" : "generic") : target.cpu;
  return std::unique_ptr<llvm::TargetMachine>(
      backend->createTargetMachine(triple, cpu, baseline ? "" : target.llvmFeatures, options, llvm::Reloc::PIC_,
                                   llvm::CodeModel::Small, llvm::CodeGenOptLevel::Default));
}

void setAttributes(llvm::Module &module, const Target &target, CodeKind kind, const llvm::TargetMachine &machine) {
  for (llvm::Function &function : module) {
    bool ours = function.getName().starts_with("mlc_") || function.getName().starts_with("k");
    if (function.isIntrinsic())
      continue;
    if (ours && (!function.isDeclaration() || function.getName() != "mlc_get_api")) {
      function.setVisibility(llvm::GlobalValue::HiddenVisibility);
      function.setDSOLocal(true);
    }
    function.addFnAttr(llvm::Attribute::NoUnwind);
    if (function.isDeclaration())
      continue;
    function.addFnAttr("target-cpu", machine.getTargetCPU());
    function.addFnAttr("target-features", machine.getTargetFeatureString());
    if (kind != CodeKind::Kernel)
      continue;
    if (!target.tuneCpu.empty())
      function.addFnAttr("tune-cpu", target.tuneCpu);
    function.addFnAttr("prefer-vector-width", std::to_string(target.vectorBits));
    function.addFnAttr("min-legal-vector-width", std::to_string(target.vectorBits));
    if (target.sveBits > 0)
      function.addFnAttr(
          llvm::Attribute::getWithVScaleRangeArgs(module.getContext(), target.sveBits / 128, target.sveBits / 128));
  }
  for (llvm::GlobalVariable &global : module.globals())
    if (global.hasHiddenVisibility())
      global.setDSOLocal(true);
}

void optimize(llvm::Module &module, llvm::TargetMachine &machine, CodeKind kind) {
  llvm::PipelineTuningOptions tuning;
  tuning.SLPVectorization = false;
  tuning.LoopVectorization = kind == CodeKind::Kernel;
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager callGraph;
  llvm::ModuleAnalysisManager modules;
  llvm::PassBuilder builder(&machine, tuning);
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(callGraph);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, callGraph, modules);
  builder.buildPerModuleDefaultPipeline(llvm::OptimizationLevel::O2).run(module, modules);
}

} // namespace

Result<std::string> compileModule(ModuleOp module, const Target &target, CodeKind kind,
                                  const std::function<void(llvm::Module &)> &amend) {
  initializeTargets();
  if (failed(lowerToLLVMDialect(module)))
    return unsupported("a kernel could not be lowered to machine code");
  llvm::LLVMContext context;
  std::unique_ptr<llvm::Module> llvmModule = translateModuleToLLVMIR(module, context, "mlcompress");
  if (!llvmModule)
    return unsupported("a kernel could not be translated to LLVM");
  if (amend)
    amend(*llvmModule);
  std::string error;
  auto machine = targetMachine(target, kind, error);
  if (!machine)
    return unsupported("LLVM has no code generator for " + target.triple + ": " + error);
  llvmModule->setTargetTriple(machine->getTargetTriple());
  llvmModule->setDataLayout(machine->createDataLayout());
  setAttributes(*llvmModule, target, kind, *machine);
  optimize(*llvmModule, *machine, kind);

  llvm::SmallVector<char, 0> object;
  llvm::raw_svector_ostream stream(object);
  llvm::legacy::PassManager emit;
  if (machine->addPassesToEmitFile(emit, stream, nullptr, llvm::CodeGenFileType::ObjectFile))
    return unsupported("LLVM cannot write objects for " + target.triple);
  emit.run(*llvmModule);
  return std::string(object.begin(), object.end());
}

} // namespace mlc::codegen
