// What a library is compiled for: a target is data, plus the table of contraction kernels that its features
// allow.
#pragma once

#include "mlcompress/Result.h"

#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/Value.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mlc {

enum class Arch { X86_64, AArch64 };

/// Element types of contraction operands as the kernels see them (in MLIR: signless).
/// U4 are numbers 0 to 15, a byte each.
enum class ElementKind { F32, F16, BF16, S8, U8, U4, S16, S32 };

/// One way to multiply and accumulate: a register block of `m0` rows times `n0` columns that consumes `k0`
/// values of K at a time.
///
/// The right operand is packed [N/n0][K/k0][n0][k0], padded with zeros; the left one is read where it lies,
/// `k0` consecutive elements of a row at a time. One accumulator register holds `lanes` neighbouring columns
/// of one row, so a block has m0 * n0 / lanes of them, and a register of the packed right operand `lanes *
/// k0` elements. Every row's arithmetic is exact: f32 is one fused multiply-add a step of K; integer products
/// accumulate modulo 2^32 and never saturate before that; s16 operands lie within ±255.
struct ContractionRow {
  const char *name; ///< as the lowering report prints it
  ElementKind lhs, rhs, acc;
  int m0, n0, k0;
  int lanes;         ///< accumulator elements in one register
  int registers;     ///< for accumulators and the right operand together, in blocks of any shape
  uint64_t features; ///< bits of mlc_cpu_feature that the emitters' instructions need

  /// `base` (!llvm.ptr) is the address of `k0` elements of the left operand, without alignment; gives
  /// vector<lanes*k0 x lhs> that repeats them.
  mlir::Value (*broadcast)(mlir::ImplicitLocOpBuilder &b, mlir::Value base);
  /// acc: vector<lanes x acc>, lhs: from `broadcast`, rhs: vector<lanes*k0 x rhs> of the packed operand;
  /// gives acc[j] + sum over k of lhs[j*k0 + k] * rhs[j*k0 + k].
  mlir::Value (*multiplyAccumulate)(mlir::ImplicitLocOpBuilder &b, mlir::Value acc, mlir::Value lhs, mlir::Value rhs);

  /// Accumulator registers along N: n0 / lanes.
  int vectorsPerRow() const { return n0 / lanes; }
  /// Rows of a block that is `vectors` registers wide.
  int mostRows(int64_t vectors) const {
    return static_cast<int>(std::max(m0 * vectorsPerRow() / vectors, (registers - vectors) / vectors));
  }
};

/// The MLIR (signless) type of an element kind.
mlir::Type elementType(mlir::MLIRContext *context, ElementKind kind);

/// A CPU as the compiler sees it. Functions compiled for it carry `cpu`, `tuneCpu` and `llvmFeatures` as the
/// LLVM attributes "target-cpu", "tune-cpu" and "target-features", and vscale_range(n, n) with n = sveBits /
/// 128 where that is not 0.
struct Target {
  std::string name;        ///< "graviton3", "sapphirerapids", or "host"
  std::string description; ///< one line for `mlcompress targets`
  Arch arch = Arch::X86_64;
  std::string triple;
  /// LLVM's -mcpu: an architecture level, never a product, so that nothing beyond `features` is ever emitted.
  std::string cpu;
  std::string tuneCpu;      ///< whose scheduling model LLVM uses; "" = cpu
  std::string llvmFeatures; ///< "+avx512vnni,…": what to add to (or take from) `cpu`
  uint64_t features = 0;    ///< bits of mlc_cpu_feature that generated code may use; what `open` must check
  int vectorBits = 128;     ///< width of the generic vector path: 512, 256 or 128
  int sveBits = 0;          ///< the SVE vector length generated code relies on; 0: NEON or no Arm at all

  // What cost decisions use: of one core, unless said otherwise.
  int64_t l1Bytes = 0;        ///< data cache, bytes
  int64_t l2Bytes = 0;        ///< bytes
  int64_t l3Bytes = 0;        ///< bytes, shared by the cores of a socket; 0: none or not known
  double clockGHz = 0;        ///< sustained; 0: not known
  double memoryGBs = 0;       ///< of a socket, GB/s; 0: not known
  double f32MacsPerCycle = 0; ///< peak fused multiply-adds of f32; 0: not known
  double i8MacsPerCycle = 0;  ///< peak 8-bit products of the best row's instruction; 0: not known

  /// The row for these operands: the last of the table whose features this target has; null where there is
  /// none.
  const ContractionRow *row(ElementKind lhs, ElementKind rhs) const;
  /// The row for products of 8-bit activations and weights: u8 × s8, or s16 × s8 where the instructions that multiply
  /// bytes do not exist or are not exact; null where there is none.
  const ContractionRow *byteRow() const;
  /// The row for products of 8-bit activations and weights of 4 bits; null where there is none.
  const ContractionRow *nibbleRow() const { return row(ElementKind::S8, ElementKind::U4); }
  /// The row for the same operands and packing with half the lanes, for the last columns of a block; null where there
  /// is none.
  const ContractionRow *halfOf(const ContractionRow &row) const;
  /// All rows this target could run, oldest first.
  std::vector<const ContractionRow *> rows() const;

  /// Whether arithmetic on float16 has instructions, and not conversions alone.
  bool hasHalfArithmetic() const;
  bool has(int feature) const { return features >> feature & 1; }
  /// Widest vector of elements of this many bits.
  int lanesOf(int elementBits) const { return vectorBits / elementBits; }
};

/// A line of `mlcompress targets`.
struct TargetLine {
  std::string name;
  std::string description;
  Arch arch;
  std::vector<std::string> aliases;
};

/// The target of this name or alias; "host" is the machine this runs on, known by its feature bits alone. An
/// unknown name is a usage error that lists the names; a host without AVX2 (x86) is unsupported.
Result<Target> findTarget(std::string_view name);
/// All named targets ("host" first), in the order of their architecture and name.
std::vector<TargetLine> allTargets();

/// The table of an architecture, from oldest to newest.
llvm::ArrayRef<ContractionRow> contractionRows(Arch arch);

} // namespace mlc
