// Images read at computed positions, by interpolation between neighbouring elements.
#pragma once

#include "Import/Node.h"

namespace mlc::importer {

/// What stands beyond the border: zeros, the nearest element, or the image mirrored at its corners' centres
/// (Reflect) or at its edges (ReflectEdges).
enum class Border { Zeros, Nearest, Reflect, ReflectEdges };

/// An image [N, C, spatial…] as rows of channels.
class Image {
public:
  Image(Node &n, mlir::Value x);

  int64_t dimensions() const { return static_cast<int64_t>(sizes_.size()); }
  /// Size of a spatial dimension: i64 scalar.
  mlir::Value size(int64_t dimension) const { return sizes_[dimension]; }

  /// [positions…, C]: the elements of entry `batch` at whole `positions`, one a spatial dimension; all i64, broadcast.
  mlir::Value at(mlir::Value batch, llvm::ArrayRef<mlir::Value> positions, Border border) const;

private:
  Node &n_;
  mlir::Value rows_; // [N * spatial, C]
  llvm::SmallVector<mlir::Value> sizes_;
};

/// A neighbour of a position along one dimension, i64, and its weight, f32.
struct Tap {
  mlir::Value position, weight;
};
llvm::SmallVector<Tap> linearTaps(Node &n, mlir::Value position);                   ///< 2
llvm::SmallVector<Tap> cubicTaps(Node &n, mlir::Value position, float coefficient); ///< 4; Keys 1981

/// The products weight * element of all combinations of one tap a dimension, each [positions…, C] in f32.
llvm::SmallVector<mlir::Value> weighted(Node &n, const Image &image, mlir::Value batch,
                                        llvm::ArrayRef<llvm::SmallVector<Tap>> taps, Border border);

/// The sum of `weighted`.
mlir::Value interpolate(Node &n, const Image &image, mlir::Value batch, llvm::ArrayRef<llvm::SmallVector<Tap>> taps,
                        Border border);

} // namespace mlc::importer
