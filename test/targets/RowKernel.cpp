#include "RowKernel.h"

#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/SmallVectorMemoryBuffer.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/Transforms/Utils/Cloning.h"

using namespace mlir;

namespace mlc {

static int64_t bytesOf(Type element) { return element.getIntOrFloatBitWidth() / 8; }

// The block as loops over emitters: accumulators are loaded once and carried through the loop over K.
static void buildBlock(ModuleOp module, const ContractionRow &row) {
  MLIRContext *context = module.getContext();
  ImplicitLocOpBuilder b(module.getLoc(), context);
  b.setInsertionPointToEnd(module.getBody());
  Type ptr = LLVM::LLVMPointerType::get(context), i64 = b.getI64Type();
  auto function = func::FuncOp::create(b, "block", b.getFunctionType({ptr, ptr, ptr, i64, i64}, {}));
  Block *entry = function.addEntryBlock();
  b.setInsertionPointToStart(entry);
  Value lhs = entry->getArgument(0), rhs = entry->getArgument(1), acc = entry->getArgument(2);
  Value steps = entry->getArgument(3), stride = entry->getArgument(4);

  Type lhsType = elementType(context, row.lhs), rhsType = elementType(context, row.rhs);
  auto accType = VectorType::get({row.lanes}, elementType(context, row.acc));
  auto rhsVector = VectorType::get({row.lanes * row.k0}, rhsType);
  int64_t accBytes = row.lanes * bytesOf(accType.getElementType()), rhsBytes = row.lanes * row.k0 * bytesOf(rhsType);
  int vectors = row.vectorsPerRow();

  auto number = [&](int64_t value) -> Value { return arith::ConstantOp::create(b, b.getI64IntegerAttr(value)); };
  auto address = [&](Value base, Value offset) -> Value {
    return LLVM::GEPOp::create(b, ptr, b.getI8Type(), base, offset);
  };
  SmallVector<Value> initial, rows;
  for (int m = 0; m < row.m0; ++m) {
    rows.push_back(address(lhs, arith::MulIOp::create(b, stride, number(m))));
    for (int v = 0; v < vectors; ++v)
      initial.push_back(LLVM::LoadOp::create(b, accType, address(acc, number((m * vectors + v) * accBytes)), 4));
  }
  auto loop = scf::ForOp::create(b, number(0), steps, number(1), initial);
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    Value k = loop.getInductionVar();
    Value rhsOffset = arith::MulIOp::create(b, k, number(vectors * rhsBytes));
    Value lhsOffset = arith::MulIOp::create(b, k, number(row.k0 * bytesOf(lhsType)));
    SmallVector<Value> packed, sums(loop.getRegionIterArgs());
    for (int v = 0; v < vectors; ++v)
      packed.push_back(LLVM::LoadOp::create(
          b, rhsVector, address(rhs, arith::AddIOp::create(b, rhsOffset, number(v * rhsBytes))), 4));
    for (int m = 0; m < row.m0; ++m) {
      Value splat = row.broadcast(b, address(rows[m], lhsOffset));
      for (int v = 0; v < vectors; ++v)
        sums[m * vectors + v] = row.multiplyAccumulate(b, sums[m * vectors + v], splat, packed[v]);
    }
    scf::YieldOp::create(b, sums);
  }
  for (auto [i, sum] : llvm::enumerate(loop.getResults()))
    LLVM::StoreOp::create(b, sum, address(acc, number(i * accBytes)), 4);
  func::ReturnOp::create(b);
}

static std::string emit(llvm::TargetMachine &machine, llvm::Module &module, llvm::CodeGenFileType type) {
  SmallVector<char> bytes;
  llvm::raw_svector_ostream stream(bytes);
  llvm::legacy::PassManager passes;
  bool refused = machine.addPassesToEmitFile(passes, stream, nullptr, type);
  assert(!refused && "this target cannot emit files");
  (void)refused;
  passes.run(module);
  return std::string(bytes.begin(), bytes.end());
}

static void optimize(llvm::TargetMachine &machine, llvm::Module &module) {
  llvm::PassBuilder builder(&machine);
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager calls;
  llvm::ModuleAnalysisManager modules;
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(calls);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, calls, modules);
  builder.buildPerModuleDefaultPipeline(llvm::OptimizationLevel::O3).run(module, modules);
}

RowKernel compileRow(const Target &target, const ContractionRow &row) {
  DialectRegistry registry;
  registerBuiltinDialectTranslation(registry);
  registerLLVMDialectTranslation(registry);
  MLIRContext context(registry);
  context.loadDialect<arith::ArithDialect, func::FuncDialect, LLVM::LLVMDialect, math::MathDialect, scf::SCFDialect,
                      vector::VectorDialect>();
  OwningOpRef<ModuleOp> module = ModuleOp::create(UnknownLoc::get(&context));
  buildBlock(*module, row);
  PassManager passes(&context);
  passes.addPass(createSCFToControlFlowPass());
  passes.addPass(createConvertVectorToLLVMPass());
  passes.addPass(createConvertMathToLLVMPass());
  passes.addPass(createArithToLLVMConversionPass());
  passes.addPass(createConvertControlFlowToLLVMPass());
  passes.addPass(createConvertFuncToLLVMPass());
  passes.addPass(createReconcileUnrealizedCastsPass());
  if (failed(passes.run(*module)))
    return {};

  llvm::LLVMContext llvmContext;
  std::unique_ptr<llvm::Module> lowered = translateModuleToLLVMIR(*module, llvmContext);
  if (!lowered)
    return {};
  llvm::InitializeAllTargetInfos();
  llvm::InitializeAllTargets();
  llvm::InitializeAllTargetMCs();
  llvm::InitializeAllAsmPrinters();
  llvm::Triple triple(target.triple);
  std::string message;
  const llvm::Target *codegen = llvm::TargetRegistry::lookupTarget(triple, message);
  llvm::TargetOptions options;
  options.MCOptions.AsmVerbose = true; // spills are told by comments
  std::unique_ptr<llvm::TargetMachine> machine(codegen->createTargetMachine(triple, target.cpu, target.llvmFeatures,
                                                                            options, llvm::Reloc::PIC_, std::nullopt,
                                                                            llvm::CodeGenOptLevel::Aggressive));
  lowered->setTargetTriple(triple);
  lowered->setDataLayout(machine->createDataLayout());
  llvm::Function *function = lowered->getFunction("block");
  function->addFnAttr("target-cpu", target.cpu);
  function->addFnAttr("tune-cpu", target.tuneCpu);
  function->addFnAttr("target-features", target.llvmFeatures);
  if (target.sveBits)
    function->addFnAttr(
        llvm::Attribute::getWithVScaleRangeArgs(llvmContext, target.sveBits / 128, target.sveBits / 128));
  optimize(*machine, *lowered);
  std::unique_ptr<llvm::Module> copy = llvm::CloneModule(*lowered);
  return {emit(*machine, *copy, llvm::CodeGenFileType::AssemblyFile),
          emit(*machine, *lowered, llvm::CodeGenFileType::ObjectFile)};
}

} // namespace mlc
