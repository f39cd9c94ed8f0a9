#include "Codegen/Native/Descriptor.h"
#include "Graph/Graph.h"
#include "Runtime/ModelDescriptor.h"

#include "llvm/IR/Constants.h"
#include "llvm/IR/DerivedTypes.h"
#include "llvm/IR/Module.h"

using namespace mlir;

namespace mlc::codegen {
namespace {

class DescriptorBuilder {
public:
  explicit DescriptorBuilder(llvm::Module &module)
      : module_(module), context_(module.getContext()), pointer_(llvm::PointerType::get(context_, 0)),
        i32_(llvm::Type::getInt32Ty(context_)), i64_(llvm::Type::getInt64Ty(context_)) {}

  void build(func::FuncOp main, const Target &target, const DescriptorContents &contents) {
    llvm::SmallVector<llvm::Constant *> inputs, outputs, kernels;
    for (auto [i, type] : llvm::enumerate(main.getArgumentTypes()))
      inputs.push_back(tensorInfo(cast<RankedTensorType>(type), main.getArgAttrOfType<StringAttr>(i, graph::kNameAttr),
                                  main.getArgAttrOfType<ArrayAttr>(i, graph::kDimsAttr)));
    for (auto [i, type] : llvm::enumerate(main.getResultTypes()))
      outputs.push_back(tensorInfo(cast<RankedTensorType>(type),
                                   main.getResultAttrOfType<StringAttr>(i, graph::kNameAttr),
                                   main.getResultAttrOfType<ArrayAttr>(i, graph::kDimsAttr)));
    for (const std::string &name : contents.kernelNames)
      kernels.push_back(text(name));
    llvm::SmallVector<llvm::Constant *> fields{number(i32_, 1),
                                               number(i32_, inputs.size()),
                                               number(i32_, outputs.size()),
                                               number(i32_, kernels.size()),
                                               text(contents.modelName),
                                               text(target.name),
                                               text(contents.toolVersion),
                                               array(infoType(), inputs),
                                               array(infoType(), outputs),
                                               number(i64_, target.features),
                                               number(i32_, target.sveBits),
                                               number(i32_, 0),
                                               module_.getFunction("mlc_run"),
                                               module_.getFunction("mlc_workspace"),
                                               array(pointer_, kernels)};
    llvm::Constant *value = llvm::ConstantStruct::getAnon(context_, fields);
    auto *global = new llvm::GlobalVariable(module_, value->getType(), /*isConstant=*/true,
                                            llvm::GlobalValue::ExternalLinkage, value, "mlc_model_descriptor");
    global->setVisibility(llvm::GlobalValue::HiddenVisibility);
    global->setDSOLocal(true);
  }

private:
  llvm::Constant *number(llvm::Type *type, uint64_t value) { return llvm::ConstantInt::get(type, value); }

  llvm::Constant *data(llvm::Constant *value) {
    auto *global = new llvm::GlobalVariable(module_, value->getType(), /*isConstant=*/true,
                                            llvm::GlobalValue::PrivateLinkage, value, "mlc_descriptor_data");
    return global;
  }

  llvm::Constant *text(StringRef content) { return data(llvm::ConstantDataArray::getString(context_, content)); }

  llvm::Constant *array(llvm::Type *element, ArrayRef<llvm::Constant *> values) {
    if (values.empty())
      return llvm::ConstantPointerNull::get(pointer_);
    return data(llvm::ConstantArray::get(llvm::ArrayType::get(element, values.size()), values));
  }

  // struct mlc_tensor_info
  llvm::StructType *infoType() { return llvm::StructType::get(context_, {pointer_, i32_, i32_, pointer_, pointer_}); }

  llvm::Constant *tensorInfo(RankedTensorType type, StringAttr name, ArrayAttr symbols) {
    llvm::SmallVector<llvm::Constant *> dims, names;
    for (auto [i, size] : llvm::enumerate(type.getShape())) {
      dims.push_back(number(i64_, ShapedType::isDynamic(size) ? -1 : size));
      StringRef symbol;
      if (symbols && i < symbols.size() && ShapedType::isDynamic(size))
        symbol = cast<StringAttr>(symbols[i]).getValue();
      names.push_back(symbol.empty() ? llvm::ConstantPointerNull::get(pointer_) : text(symbol));
    }
    return llvm::ConstantStruct::get(infoType(),
                                     {text(name ? name.getValue() : ""),
                                      number(i32_, static_cast<int32_t>(graph::dtypeOf(type.getElementType()))),
                                      number(i32_, type.getRank()), array(i64_, dims), array(pointer_, names)});
  }

  llvm::Module &module_;
  llvm::LLVMContext &context_;
  llvm::PointerType *pointer_;
  llvm::Type *i32_, *i64_;
};

} // namespace

void addDescriptor(llvm::Module &module, func::FuncOp main, const Target &target, const DescriptorContents &contents) {
  DescriptorBuilder(module).build(main, target, contents);
}

} // namespace mlc::codegen
