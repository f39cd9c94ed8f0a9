// Groups of ops become kernels: functions in destination style, each called by one kernel.launch.
#include "Graph/Graph.h"
#include "Lowering/Kernel.h"
#include "Lowering/Lower.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"

#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringMap.h"

using namespace mlir;

namespace mlc {
namespace {

// What one kernel holds: a root and, where there is one, the elementwise op that finishes its result.
struct Group {
  Operation *root;
  linalg::GenericOp epilogue; // null: none

  Operation *last() { return epilogue ? epilogue.getOperation() : root; }
};

bool isRoot(Operation *op) {
  return isa<linalg::GenericOp, kernel::MatmulOp, kernel::ConvOp, kernel::WinogradOp, kernel::DepthwiseOp,
             kernel::PoolOp, kernel::SoftmaxOp, kernel::LayerNormOp, kernel::ConcatOp>(op);
}

// Epilogues run on registers that hold neighbouring elements of the last dimension.
bool takesEpilogue(Operation *root) {
  if (auto generic = dyn_cast<linalg::GenericOp>(root))
    return generic.getNumReductionLoops() > 0;
  return isa<kernel::MatmulOp, kernel::ConvOp, kernel::WinogradOp, kernel::DepthwiseOp>(root);
}

bool isContiguousOrUniform(AffineMap map) {
  for (auto [i, result] : llvm::enumerate(map.getResults())) {
    if (auto dim = dyn_cast<AffineDimExpr>(result)) {
      bool lastLoop = dim.getPosition() + 1 == map.getNumDims();
      if (lastLoop && i + 1 != map.getNumResults())
        return false;
    } else if (!isa<AffineConstantExpr>(result)) {
      return false;
    }
  }
  return true;
}

linalg::GenericOp findEpilogue(Operation *root) {
  if (!takesEpilogue(root) || !root->getResult(0).hasOneUse())
    return {};
  OpOperand &use = *root->getResult(0).use_begin();
  auto consumer = dyn_cast<linalg::GenericOp>(use.getOwner());
  if (!consumer || consumer->getBlock() != root->getBlock() || consumer.getNumReductionLoops() != 0 ||
      !consumer.isDpsInput(&use) || consumer.getNumResults() != 1)
    return {};
  if (!consumer.getMatchingIndexingMap(&use).isIdentity() || !consumer.getIndexingMapsArray().back().isIdentity())
    return {};
  for (AffineMap map : consumer.getIndexingMapsArray())
    if (!isContiguousOrUniform(map))
      return {};
  for (Operation &inner : consumer.getBlock()->without_terminator())
    if (isa<linalg::IndexOp, tensor::ExtractOp>(inner))
      return {};
  return consumer;
}

// Names of the ONNX nodes behind a location.
void collectNames(Location loc, llvm::SetVector<StringRef> &names) {
  if (auto name = dyn_cast<NameLoc>(loc)) {
    names.insert(name.getName().getValue());
  } else if (auto fused = dyn_cast<FusedLoc>(loc)) {
    for (Location part : fused.getLocations())
      collectNames(part, names);
  }
}

class Outliner {
public:
  explicit Outliner(ModuleOp module) : module_(module) {}

  LogicalResult run(Block &block) {
    SmallVector<Group> groups;
    llvm::DenseSet<Operation *> taken;
    for (Operation &op : block) {
      for (Region &region : op.getRegions())
        if (isa<scf::IfOp, scf::WhileOp, scf::ForOp>(op))
          for (Block &inner : region)
            if (failed(run(inner)))
              return failure();
      if (!isRoot(&op) || taken.count(&op))
        continue;
      linalg::GenericOp epilogue = findEpilogue(&op);
      if (epilogue && !taken.insert(epilogue).second)
        epilogue = nullptr; // it finishes another root already
      groups.push_back({&op, epilogue});
    }
    for (Group &group : groups)
      if (failed(outline(group)))
        return failure();
    return success();
  }

private:
  // Operands of the kernel, in the order of its arguments.
  struct Arguments {
    llvm::SetVector<Value> tensors, scalars;
    llvm::SetVector<Operation *> cloned; // constants and scalar arithmetic that move into the kernel
  };

  void capture(Value value, Group &group, Arguments &arguments) {
    if (Operation *op = value.getDefiningOp()) {
      if (op == group.root || op == group.epilogue || arguments.cloned.contains(op))
        return;
      for (Operation *parent = op->getParentOp(); parent; parent = parent->getParentOp())
        if (parent == group.root || parent == group.epilogue)
          return; // local to the body
      bool isScalarMath =
          isa<arith::ArithDialect, math::MathDialect>(op->getDialect()) && !isa<RankedTensorType>(value.getType());
      bool isNumber = isa<arith::ConstantOp>(op);
      if (isNumber || (isScalarMath && !value.getType().isIndex()) ||
          (isa<tensor::ExtractOp>(op) && !value.getType().isIndex()) || isa<linalg::FillOp>(op) ||
          isa<UnrealizedConversionCastOp>(op)) {
        for (Value operand : op->getOperands())
          capture(operand, group, arguments);
        arguments.cloned.insert(op);
        return;
      }
      if (isa<tensor::EmptyOp>(op))
        return; // a destination
    } else if (auto argument = dyn_cast<BlockArgument>(value)) {
      Operation *owner = argument.getOwner()->getParentOp();
      if (owner == group.root || owner == group.epilogue)
        return;
    }
    if (isa<RankedTensorType>(value.getType()))
      arguments.tensors.insert(value);
    else
      arguments.scalars.insert(value);
  }

  void captureAll(Operation *op, Group &group, Arguments &arguments) {
    op->walk([&](Operation *inner) {
      for (Value operand : inner->getOperands())
        capture(operand, group, arguments);
    });
  }

  // The tensor.empty that holds the op's result, through a fill.
  static tensor::EmptyOp destination(Operation *op) {
    Value init = cast<DestinationStyleOpInterface>(op).getDpsInits()[0];
    if (auto fill = init.getDefiningOp<linalg::FillOp>())
      init = fill.getOutputs()[0];
    return init.getDefiningOp<tensor::EmptyOp>();
  }

  LogicalResult outline(Group &group) {
    Operation *last = group.last();
    tensor::EmptyOp empty = destination(last);
    if (!empty || last->getNumResults() != 1)
      return last->emitOpError("has no fresh destination");
    Arguments arguments;
    captureAll(group.root, group, arguments);
    if (group.epilogue)
      captureAll(group.epilogue, group, arguments);

    // ---- the kernel
    MLIRContext *context = module_.getContext();
    Location unknown = UnknownLoc::get(context);
    SmallVector<Type> types;
    for (Value tensor : arguments.tensors)
      types.push_back(tensor.getType());
    types.append(arguments.scalars.size(), IndexType::get(context));
    types.push_back(empty.getType());
    OpBuilder builder(context);
    auto function = func::FuncOp::create(unknown, "kernel", FunctionType::get(context, types, empty.getType()));
    function.setPrivate();
    function->setAttr(kernel::kBodyAttr, builder.getUnitAttr());
    Block *entry = function.addEntryBlock();
    builder.setInsertionPointToStart(entry);
    IRMapping mapping;
    unsigned next = 0;
    for (Value tensor : arguments.tensors)
      mapping.map(tensor, entry->getArgument(next++));
    for (Value scalar : arguments.scalars)
      mapping.map(scalar, entry->getArgument(next++));
    mapping.map(empty.getResult(), entry->getArgument(next));
    if (group.epilogue) {
      // The root's own destination is never stored: it stays in registers.
      tensor::EmptyOp inner = destination(group.root);
      if (!inner)
        return group.root->emitOpError("has no fresh destination");
      SmallVector<Value> sizes;
      for (auto [i, size] : llvm::enumerate(inner.getType().getShape()))
        if (ShapedType::isDynamic(size))
          sizes.push_back(tensor::DimOp::create(builder, unknown, entry->getArgument(next), i));
      if (inner != empty)
        mapping.map(inner.getResult(), tensor::EmptyOp::create(builder, unknown, inner.getType(), sizes).getResult());
    }
    for (Operation *op : arguments.cloned)
      cloneInto(builder, op, mapping);
    Operation *root = cloneInto(builder, group.root, mapping);
    Operation *result = group.epilogue ? cloneInto(builder, group.epilogue, mapping) : root;
    func::ReturnOp::create(builder, unknown, result->getResult(0));

    // ---- one function for equal kernels
    std::string text;
    llvm::raw_string_ostream stream(text);
    function.print(stream);
    auto [entryIt, isNew] = kernels_.try_emplace(text, "");
    if (isNew) {
      StringRef kind = group.root->getName().stripDialect();
      entryIt->second = ("k" + Twine(kernels_.size() - 1) + "_" + kind).str();
      function.setName(entryIt->second);
      module_.push_back(function);
    } else {
      function.erase();
    }

    // ---- the call
    OpBuilder at(last);
    llvm::SetVector<StringRef> names;
    collectNames(group.root->getLoc(), names);
    if (group.epilogue)
      collectNames(group.epilogue.getLoc(), names);
    auto launch = kernel::LaunchOp::create(at, last->getLoc(), TypeRange(empty.getType()), entryIt->second,
                                           arguments.tensors.getArrayRef(), arguments.scalars.getArrayRef(),
                                           empty.getDynamicSizes());
    SmallVector<Attribute> nodes;
    for (StringRef name : names)
      nodes.push_back(at.getStringAttr(name));
    launch->setAttr(kernel::kNodesAttr, at.getArrayAttr(nodes));
    last->getResult(0).replaceAllUsesWith(launch.getResult(0));
    last->erase();
    if (group.epilogue)
      group.root->erase();
    return success();
  }

  static Operation *cloneInto(OpBuilder &builder, Operation *op, IRMapping &mapping) {
    Operation *clone = builder.clone(*op, mapping);
    clone->walk([](Operation *inner) { inner->setLoc(UnknownLoc::get(inner->getContext())); });
    return clone;
  }

  ModuleOp module_;
  llvm::StringMap<std::string> kernels_;
};

} // namespace

LogicalResult outlineKernels(ModuleOp lowered) {
  auto main = lowered.lookupSymbol<func::FuncOp>("main");
  return Outliner(lowered).run(main.front());
}

} // namespace mlc
