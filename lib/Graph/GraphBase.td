// The dialect, its type constraints and the base of all its ops.
#ifndef MLC_GRAPH_BASE
#define MLC_GRAPH_BASE

include "mlir/IR/OpBase.td"
include "mlir/IR/EnumAttr.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Graph_Dialect : Dialect {
  let name = "graph";
  let cppNamespace = "::mlc::graph";
  let summary = "A model as canonical ONNX operators at one version.";
  let description = [{
    A small set of operators with ONNX semantics, on ranked tensors with dynamic dimensions.
    `i8` to `i64` are signed, `ui8` to `ui64` unsigned, `i1` is bool. Many ONNX operators map to few ops here;
    differences between operator versions end at the importer.
  }];
  let useDefaultAttributePrinterParser = 1;
  let hasConstantMaterializer = 1;
  let dependentDialects = ["::mlir::func::FuncDialect"];
  let extraClassDeclaration = [{
    WeightStore &weights() { return *weightStore; }
  private:
    std::shared_ptr<WeightStore> weightStore;
    void registerAttributes();
  public:
  }];
}

def Graph_Tensor : Type<CPred<"::llvm::isa<::mlir::RankedTensorType>($_self)">, "ranked tensor",
                        "::mlir::RankedTensorType">;
// Shapes, axes, bounds: 1-D (or scalar) tensors of i64.
def Graph_IndexTensor : Type<CPred<"::mlc::graph::isIndexTensor($_self)">, "i64 tensor of rank 0 or 1",
                             "::mlir::RankedTensorType">;

// Every op whose result types follow from operands and attributes. A type known better than inferred, or the
// reverse, is no contradiction: same element type and compatible shapes.
class Graph_Op<string mnemonic, list<Trait> traits = []>
    : Op<Graph_Dialect, mnemonic,
         traits # [Pure, DeclareOpInterfaceMethods<InferTypeOpInterface, ["inferReturnTypes"]>]> {
  code baseDeclaration = [{
    static bool isCompatibleReturnTypes(::mlir::TypeRange inferred, ::mlir::TypeRange actual) {
      return ::mlc::graph::areCompatible(inferred, actual);
    }
  }];
  let extraClassDeclaration = baseDeclaration;
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
}

class Graph_KindEnum<string name, list<I32EnumAttrCase> cases> : I32EnumAttr<name, "", cases> {
  let cppNamespace = "::mlc::graph";
  let genSpecializedAttr = 0;
}
// Printed bare: `graph.unary exp %x`.
class Graph_KindAttr<I32EnumAttr kinds, string name> : EnumAttr<Graph_Dialect, kinds, name> {
  let assemblyFormat = "$value";
}

#endif
