#include "Codegen/Native/Native.h"
#include "Codegen/Kernels/Kernel.h"
#include "Codegen/Link/Link.h"
#include "Codegen/Native/Descriptor.h"
#include "Codegen/Native/ToLLVM.h"
#include "Codegen/Schedule/Schedule.h"
#include "Graph/Constants.h"
#include "Graph/WeightStore.h"
#include "Lowering/Kernel.h"

#include "mlir/IR/Threading.h"

#include "llvm/IR/Module.h"

#include <atomic>
#include <filesystem>
#include <malloc.h>
#include <mutex>

using namespace mlir;

namespace mlc {
namespace {

struct KernelObject {
  std::string name, instructionSet, precision;
  OwningOpRef<ModuleOp> module;
  std::string object;
};

// What the kernel's products are computed with.
void describe(func::FuncOp function, const Target &target, KernelObject &kernel) {
  kernel.instructionSet = "generic";
  Type element = cast<RankedTensorType>(function.getArgumentTypes().back()).getElementType();
  kernel.precision = std::string(dtypeName(graph::dtypeOf(element)));
  for (Operation &op : function.front()) {
    if (auto matmul = dyn_cast<kernel::BlockMatmulOp>(op)) {
      kernel.precision = "int4";
      if (matmul.quantized())
        kernel.instructionSet = target.nibbleRow()->name;
      return;
    }
    if (!isa<kernel::MatmulOp, kernel::ConvOp, kernel::WinogradOp, kernel::DepthwiseOp, kernel::RecurrentOp>(op))
      continue;
    Type lhs = cast<RankedTensorType>(op.getOperand(0).getType()).getElementType();
    auto attention = lowering::findAttention(&op);
    const ContractionRow *row =
        attention ? codegen::contractionRow(target, *attention) : codegen::contractionRow(target, lhs);
    if (attention && row && row->lhs == ElementKind::BF16)
      lhs = elementType(op.getContext(), row->lhs); // f32 in memory
    kernel.precision = isa<IntegerType>(lhs) ? "int8" : std::string(dtypeName(graph::dtypeOf(lhs)));
    if (lhs.isF32() && cast<RankedTensorType>(op.getOperand(1).getType()).getElementType().isF16())
      kernel.precision = "float16 weights";
    if (row && !isa<kernel::DepthwiseOp>(op))
      kernel.instructionSet = row->name;
    return; // an attention's second product is like its first
  }
}

Result<void> emitKernels(ModuleOp lowered, const Target &target, std::vector<KernelObject> &kernels) {
  for (auto function : lowered.getOps<func::FuncOp>()) {
    if (!function->hasAttr(kernel::kBodyAttr))
      continue;
    KernelObject kernel;
    kernel.name = function.getName().str();
    kernel.module = ModuleOp::create(UnknownLoc::get(lowered.getContext()));
    if (failed(codegen::Kernel(function, *kernel.module, target).emit()))
      return unsupported("kernel " + kernel.name + " could not be emitted");
    describe(function, target, kernel);
    kernels.push_back(std::move(kernel));
  }
  return {};
}

std::vector<DataBlob> weightBlobs(const std::vector<codegen::WeightSymbol> &weights, std::vector<Tensor> &copies) {
  std::vector<DataBlob> blobs;
  copies.reserve(weights.size());
  for (const codegen::WeightSymbol &weight : weights) {
    std::span<const std::byte> bytes;
    if (auto inPlace = graph::constantBytesInPlace(weight.value)) {
      bytes = {reinterpret_cast<const std::byte *>(inPlace->data()), inPlace->size()};
    } else {
      copies.push_back(graph::constantTensor(weight.value));
      bytes = copies.back().bytes;
    }
    blobs.push_back({weight.symbol, bytes});
  }
  return blobs;
}

} // namespace

Result<LibraryReport> buildLibrary(OwningOpRef<ModuleOp> owned, const Target &target, const LibraryOptions &options) {
  ModuleOp lowered = *owned;
  MLIRContext *context = lowered.getContext();
  context->loadDialect<LLVM::LLVMDialect>();
  auto main = lowered.lookupSymbol<func::FuncOp>("main");
  LibraryReport report;

  FailureOr<codegen::ScheduleCode> schedule = codegen::emitSchedule(lowered);
  if (failed(schedule))
    return unsupported("the schedule of kernels could not be emitted");
  std::vector<KernelObject> kernels;
  if (auto emitted = emitKernels(lowered, target, kernels); !emitted)
    return emitted.error();

  // Every kernel is a module of its own: the unit of parallel compilation.
  std::mutex mutex;
  std::optional<Error> failed;
  std::atomic<size_t> done = 0;
  parallelFor(context, 0, kernels.size(), [&](size_t i) {
    auto object = codegen::compileModule(*kernels[i].module, target, codegen::CodeKind::Kernel);
    kernels[i].module = {};
    std::lock_guard<std::mutex> lock(mutex);
    if (object)
      kernels[i].object = std::move(*object);
    else if (!failed)
      failed = Error{object.error().code, "kernel " + kernels[i].name + ": " + object.error().message};
    if (options.progress)
      options.progress(static_cast<double>(++done) / (kernels.size() + 1));
  });
  if (failed)
    return *failed;

  codegen::DescriptorContents contents{options.modelName, options.toolVersion, schedule->kernelNames};
  auto scheduleObject =
      codegen::compileModule(*schedule->module, target, codegen::CodeKind::Schedule,
                             [&](llvm::Module &module) { codegen::addDescriptor(module, main, target, contents); });
  if (!scheduleObject)
    return scheduleObject.error();

  auto arch = parseElfArch(target.arch == Arch::X86_64 ? "x86_64" : "aarch64");
  if (!arch)
    return arch.error();
  ModelLibrary library;
  library.arch = *arch;
  library.modelName = options.modelName;
  library.soname = options.soname;
  library.outputPath = options.outputPath;
  library.objects.push_back({"schedule", *scheduleObject, ""});
  report.codeBytes = scheduleObject->size();
  for (const KernelObject &kernel : kernels) {
    library.objects.push_back({kernel.name, kernel.object, ""});
    report.codeBytes += kernel.object.size();
  }
  std::vector<Tensor> copies;
  library.weights = weightBlobs(schedule->weights, copies);
  for (const DataBlob &blob : library.weights)
    report.weightBytes += blob.bytes.size();
  // The linker reads them from a file, and its output is as large again.
  library.weightsWritten = [&] {
    copies.clear();
    owned = {};
    OwningOpRef<ModuleOp> nothing = ModuleOp::create(UnknownLoc::get(context));
    graph::WeightStore::of(context).collect(*nothing);
#ifdef __GLIBC__
    malloc_trim(0); // what compilation has freed, a third of a transformer's weights
#endif
  };
  if (auto linked = linkModelLibrary(library); !linked)
    return linked.error();

  report.distinctKernels = kernels.size();
  report.arenaBytes = schedule->staticArenaBytes;
  for (auto [kernel, nodes] : llvm::zip(schedule->kernelNames, schedule->kernelNodes))
    for (const KernelObject &object : kernels)
      if (object.name == kernel)
        report.launches.push_back({kernel, nodes, object.instructionSet, object.precision});
  if (options.progress)
    options.progress(1);
  return report;
}

} // namespace mlc
