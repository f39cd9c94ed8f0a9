// The inner steps of the x86-64 contraction kernels.
//
// f32 has a fused multiply-add since AVX2. For bytes there is no exact multiply-add before VNNI: `vpmaddubsw`
// saturates its 16-bit sums, so activations are stored in 16 bits, weights are widened as they are loaded, and
// `vpmaddwd`, which cannot overflow here, adds pairs. `vpdpbusd` wraps like plain int32 arithmetic; its sibling
// `vpdpbusds` saturates and is never used.
#include "targets/Emit.h"
#include "targets/Isa.h"

#include "Runtime/ModelDescriptor.h"

using namespace mlir;

namespace mlc {
namespace {

template <int lanes> struct Fma {
  static Value broadcast(ImplicitLocOpBuilder &b, Value base) {
    return emit::splatLoad(b, base, b.getF32Type(), vec(lanes, b.getF32Type()));
  }
  static Value multiplyAccumulate(ImplicitLocOpBuilder &b, Value acc, Value lhs, Value rhs) {
    return math::FmaOp::create(b, lhs, rhs, acc);
  }
  static VectorType vec(int n, Type type) { return VectorType::get({n}, type); }
};

// The elements of one dword, repeated.
template <int lanes> Value splatDword(ImplicitLocOpBuilder &b, Value base, Type element) {
  Value words = emit::splatLoad(b, base, b.getI32Type(), VectorType::get({lanes}, b.getI32Type()));
  int64_t each = 32 / element.getIntOrFloatBitWidth();
  return vector::BitCastOp::create(b, VectorType::get({each * lanes}, element), words);
}

template <int lanes> struct DotProduct {
  static Value broadcast(ImplicitLocOpBuilder &b, Value base) { return splatDword<lanes>(b, base, b.getI8Type()); }
  static Value multiplyAccumulate(ImplicitLocOpBuilder &b, Value acc, Value lhs, Value rhs) {
    StringRef name = lanes == 16 ? "llvm.x86.avx512.vpdpbusd.512" : "llvm.x86.avx512.vpdpbusd.256";
    return emit::intrinsic(b, acc.getType(), name, {acc, lhs, rhs});
  }
};

// Two bf16 as one dword, repeated; pairs of products are added to the f32 sum of their dword.
template <int lanes> struct BFloat16Dot {
  static Value broadcast(ImplicitLocOpBuilder &b, Value base) { return splatDword<lanes>(b, base, b.getBF16Type()); }
  static Value multiplyAccumulate(ImplicitLocOpBuilder &b, Value acc, Value lhs, Value rhs) {
    StringRef name = lanes == 16 ? "llvm.x86.avx512bf16.dpbf16ps.512" : "llvm.x86.avx512bf16.dpbf16ps.256";
    return emit::intrinsic(b, acc.getType(), name, {acc, lhs, rhs});
  }
};

// Two 16-bit activations as one dword, repeated; the weights' bytes are widened once for all rows of a block.
// 255 * 128 * 2 is far from overflow.
template <int lanes> struct Pairs {
  static Value broadcast(ImplicitLocOpBuilder &b, Value base) { return splatDword<lanes>(b, base, b.getI16Type()); }
  static Value multiplyAccumulate(ImplicitLocOpBuilder &b, Value acc, Value lhs, Value rhs) {
    Value wide = arith::ExtSIOp::create(b, lhs.getType(), rhs);
    StringRef name = lanes == 16 ? "llvm.x86.avx512.pmaddw.d.512" : "llvm.x86.avx2.pmadd.wd";
    return arith::AddIOp::create(b, acc, emit::intrinsic(b, acc.getType(), name, {lhs, wide}));
  }
};

// Weights of 4 bits are the unsigned operand.
template <int lanes> struct NibbleDot {
  static Value broadcast(ImplicitLocOpBuilder &b, Value base) { return splatDword<lanes>(b, base, b.getI8Type()); }
  static Value multiplyAccumulate(ImplicitLocOpBuilder &b, Value acc, Value lhs, Value rhs) {
    return DotProduct<lanes>::multiplyAccumulate(b, acc, rhs, lhs);
  }
};

// 15 * 128 * 2 is far from where `vpmaddubsw` saturates.
template <int lanes> struct NibblePairs {
  static Value broadcast(ImplicitLocOpBuilder &b, Value base) { return splatDword<lanes>(b, base, b.getI8Type()); }
  static Value multiplyAccumulate(ImplicitLocOpBuilder &b, Value acc, Value lhs, Value rhs) {
    auto words = VectorType::get({2 * lanes}, b.getI16Type());
    bool wide = lanes == 16;
    Value pairs =
        emit::intrinsic(b, words, wide ? "llvm.x86.avx512.pmaddubs.w.512" : "llvm.x86.avx2.pmadd.ub.sw", {rhs, lhs});
    Value ones = arith::ConstantOp::create(b, DenseElementsAttr::get(words, b.getI16IntegerAttr(1)));
    Value sums = emit::intrinsic(b, acc.getType(), wide ? "llvm.x86.avx512.pmaddw.d.512" : "llvm.x86.avx2.pmadd.wd",
                                 {pairs, ones});
    return arith::AddIOp::create(b, acc, sums);
  }
};

enum : uint64_t {
  AVX2 = 1ull << MLC_CPU_AVX2,
  FMA = 1ull << MLC_CPU_FMA,
  AVXVNNI = 1ull << MLC_CPU_AVXVNNI,
  AVX512 = 1ull << MLC_CPU_AVX512F | 1ull << MLC_CPU_AVX512VL | 1ull << MLC_CPU_AVX512DQ | 1ull << MLC_CPU_AVX512BW |
           1ull << MLC_CPU_AVX512CD,
  AVX512VNNI = 1ull << MLC_CPU_AVX512VNNI,
  AVX512BF16 = 1ull << MLC_CPU_AVX512BF16,
};

const ContractionRow kRows[] = {
#define MLC_ROW(NAME, LHS, RHS, ACC, M0, N0, K0, LANES, REGISTERS, FEATURES, ...)                                      \
  {NAME,                                                                                                               \
   ElementKind::LHS,                                                                                                   \
   ElementKind::RHS,                                                                                                   \
   ElementKind::ACC,                                                                                                   \
   M0,                                                                                                                 \
   N0,                                                                                                                 \
   K0,                                                                                                                 \
   LANES,                                                                                                              \
   REGISTERS,                                                                                                          \
   FEATURES,                                                                                                           \
   __VA_ARGS__::broadcast,                                                                                             \
   __VA_ARGS__::multiplyAccumulate},
#include "targets/x86_64/Kernels.def"
#undef MLC_ROW
};

} // namespace

ArrayRef<ContractionRow> x86_64Rows() { return kRows; }

} // namespace mlc
