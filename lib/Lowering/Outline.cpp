// Groups of ops become kernels: functions in destination style, each called by one kernel.launch.
#include "Graph/Graph.h"
#include "Lowering/Groups.h"
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

// What one kernel holds, in the order of the block: a root and what finishes its result, or the parts of an attention.
struct Group {
  SmallVector<Operation *> ops;
  StringRef kind;

  Operation *last() const { return ops.back(); }
  bool holds(Operation *op) const { return llvm::is_contained(ops, op); }
  // Of an attention: the product with the values, and the keys, whose columns are those of the scores.
  Operation *values() const { return isa<kernel::MatmulOp>(last()) ? last() : ops[ops.size() - 2]; }
  Value keys() const { return cast<kernel::MatmulOp>(ops.front()).getRhs(); }
};

bool isRoot(Operation *op) {
  return isa<linalg::GenericOp, kernel::MatmulOp, kernel::BlockMatmulOp, kernel::QuantizeBlocksOp, kernel::ConvOp,
             kernel::WinogradOp, kernel::DepthwiseOp, kernel::PoolOp, kernel::SoftmaxOp, kernel::LayerNormOp,
             kernel::ConcatOp, kernel::ScatterOp, kernel::CumSumOp, kernel::TopKOp, kernel::SuppressOp,
             kernel::RecurrentOp>(op);
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
      groups.push_back(groupOf(&op, taken));
    }
    for (Group &group : groups)
      if (failed(outline(group)))
        return failure();
    return success();
  }

private:
  static Group groupOf(Operation *root, llvm::DenseSet<Operation *> &taken) {
    Group group{{root}, root->getName().stripDialect()};
    auto isFree = [&](Operation *op) { return !taken.contains(op); };
    auto attention = lowering::findAttention(root);
    if (attention && llvm::all_of(attention->ops(), isFree))
      group = {attention->ops(), "attention"};
    else if (linalg::GenericOp epilogue = lowering::findEpilogue(root); epilogue && isFree(epilogue))
      group.ops.push_back(epilogue); // unless it finishes another root already
    taken.insert(group.ops.begin(), group.ops.end());
    return group;
  }

  // Operands of the kernel, in the order of its arguments.
  struct Arguments {
    llvm::SetVector<Value> tensors, scalars;
    llvm::SetVector<Operation *> cloned; // constants and scalar arithmetic that move into the kernel
  };

  void capture(Value value, Group &group, Arguments &arguments) {
    if (Operation *op = value.getDefiningOp()) {
      if (group.holds(op) || arguments.cloned.contains(op))
        return;
      for (Operation *parent = op->getParentOp(); parent; parent = parent->getParentOp())
        if (group.holds(parent))
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
      if (group.holds(argument.getOwner()->getParentOp()))
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
    for (Operation *op : group.ops)
      captureAll(op, group, arguments);

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
    // What passes between the ops is never stored whole. Its sizes are those of the destination, but for the columns of
    // an attention's scores.
    for (Operation *op : ArrayRef<Operation *>(group.ops).drop_back()) {
      tensor::EmptyOp inner = destination(op);
      if (!inner)
        return op->emitOpError("has no fresh destination");
      if (inner == empty || mapping.contains(inner.getResult()))
        continue;
      Value keys = group.kind == "attention" && op != group.values() ? mapping.lookup(group.keys()) : Value();
      SmallVector<Value> sizes;
      int64_t rank = inner.getType().getRank();
      for (auto [i, size] : llvm::enumerate(inner.getType().getShape())) {
        if (!ShapedType::isDynamic(size))
          continue;
        bool column = keys && static_cast<int64_t>(i) + 1 == rank;
        Value like = column ? keys : entry->getArgument(next);
        int64_t dim = column ? cast<RankedTensorType>(keys.getType()).getRank() - 1 : static_cast<int64_t>(i);
        sizes.push_back(tensor::DimOp::create(builder, unknown, like, dim));
      }
      mapping.map(inner.getResult(), tensor::EmptyOp::create(builder, unknown, inner.getType(), sizes).getResult());
    }
    for (Operation *op : arguments.cloned)
      cloneInto(builder, op, mapping);
    Operation *result = nullptr;
    for (Operation *op : group.ops)
      result = cloneInto(builder, op, mapping);
    func::ReturnOp::create(builder, unknown, result->getResult(0));

    // ---- one function for equal kernels
    std::string text;
    llvm::raw_string_ostream stream(text);
    function.print(stream);
    auto [entryIt, isNew] = kernels_.try_emplace(text, "");
    if (isNew) {
      entryIt->second = ("k" + Twine(kernels_.size() - 1) + "_" + group.kind).str();
      function.setName(entryIt->second);
      module_.push_back(function);
    } else {
      function.erase();
    }

    // ---- the call
    OpBuilder at(last);
    llvm::SetVector<StringRef> names;
    for (Operation *op : group.ops)
      collectNames(op->getLoc(), names);
    auto launch = kernel::LaunchOp::create(at, last->getLoc(), TypeRange(empty.getType()), entryIt->second,
                                           arguments.tensors.getArrayRef(), arguments.scalars.getArrayRef(),
                                           empty.getDynamicSizes());
    SmallVector<Attribute> nodes;
    for (StringRef name : names)
      nodes.push_back(at.getStringAttr(name));
    launch->setAttr(kernel::kNodesAttr, at.getArrayAttr(nodes));
    last->getResult(0).replaceAllUsesWith(launch.getResult(0));
    for (Operation *op : llvm::reverse(group.ops))
      op->erase();
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

void selectsToBranches(ModuleOp lowered) {
  SmallVector<arith::SelectOp> selects;
  auto main = lowered.lookupSymbol<func::FuncOp>("main");
  main.walk([&](arith::SelectOp op) {
    if (isa<RankedTensorType>(op.getType()))
      selects.push_back(op);
  });
  for (arith::SelectOp op : selects) {
    OpBuilder builder(op);
    auto yield = [](Value value) {
      return [value](OpBuilder &b, Location loc) { scf::YieldOp::create(b, loc, value); };
    };
    auto branch =
        scf::IfOp::create(builder, op.getLoc(), op.getCondition(), yield(op.getTrueValue()), yield(op.getFalseValue()));
    op.replaceAllUsesWith(branch.getResult(0));
    op.erase();
  }
}

LogicalResult outlineKernels(ModuleOp lowered) {
  auto main = lowered.lookupSymbol<func::FuncOp>("main");
  return Outliner(lowered).run(main.front());
}

} // namespace mlc
