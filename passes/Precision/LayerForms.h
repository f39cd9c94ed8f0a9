// The forms that a layer can take, beside each other in one graph.
#pragma once

#include "Graph/BlockWeights.h"
#include "passes/QuantizeStatic/Groups.h"

namespace mlc {

/// What becomes of a layer. Int4: weights of 4 bits in blocks.
enum class Precision : int64_t { F32 = 0, Int8 = 1, BF16 = 2, Int4 = 3 };
inline constexpr size_t kPrecisions = 4;
/// "f32", "int8", "bf16", "int4".
llvm::StringRef precisionName(Precision precision);

/// The contractions of a function that can become int8, and copies of them in other precisions that read the same
/// operands. Each copy stands after its original, and nothing reads it yet.
class LayerForms {
public:
  /// As QuantizeStatic would take them by the ranges on its values; where `dynamic`, as QuantizeDynamic would.
  LayerForms(mlir::func::FuncOp function, bool dynamic);

  const std::vector<quantization::Contraction> &contractions() const { return groups_.contractions(); }

  /// The layer's result with 8-bit activations and weights. Errors as quantizeWeightsOf's, and where its input has no
  /// range.
  Result<mlir::Value> int8(const quantization::Contraction &layer);
  /// With operands rounded to bf16 and sums in f32, whatever this machine's instructions; null where the layer has no
  /// bf16 kernel.
  mlir::Value bf16(const quantization::Contraction &layer);
  /// A product with these weights in place of its own.
  mlir::Value int4(const quantization::Contraction &layer, const graph::BlockWeights &weights);

  /// The form of a contraction that its precision names; null where there is none.
  mlir::Value form(mlir::Operation *op, llvm::StringRef precision);

private:
  bool dynamic_;
  quantization::Groups groups_;
};

} // namespace mlc
