// QuantizeBlocks: weights of matrix products become 4 bits in blocks.
#ifndef MLC_PASSES_QUANTIZE_BLOCKS
#define MLC_PASSES_QUANTIZE_BLOCKS
include "mlir/Pass/PassBase.td"

def QuantizeBlocks : Pass<"quantize-blocks", "::mlir::func::FuncOp"> {
  let summary = "Stores constant weights of matrix products as 4-bit integers, with a scale for each block along K";
  let description = [{
    Scales are those of least squared error, rounded to float16 where that can hold them. With calibration data (createQuantizeBlocks) weights are rounded by
    GPTQ (arXiv 2210.17323), else to nearest. Activations stay f32; `int8` lets kernels round them, block by block. Exported as com.microsoft's MatMulNBits.

    ```mlir
    %y = graph.matmul %x, %w : (tensor<?x64xf32>, tensor<64x3xf32>) -> tensor<?x3xf32>
    // becomes
    %v = graph.dequantize %codes, %scales, %zero_points {axis = 1, block = 32} : (tensor<3x64xui4>, tensor<3x2xf32>, tensor<3x2xui4>) -> tensor<3x64xf32>
    %t = graph.transpose %v {perm = [1, 0]}
    %y = graph.matmul %x, %t {int8}
    ```
  }];
  let dependentDialects = ["::mlc::graph::GraphDialect"];
  let options = [
    ListOption<"exclude", "exclude", "std::string", "ONNX nodes that stay f32">,
    Option<"block", "block", "int64_t", "32", "Weights that share a scale: 16, 32, 64, 128 or 256">
  ];
}
#endif
