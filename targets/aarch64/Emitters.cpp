// The inner steps of the AArch64 contraction kernels.
//
// Vectors are fixed-length: `vector<8xf32>` in a function with vscale_range(2, 2) is an SVE register. On SVE
// a float is repeated as an integer on a scalable vector: other spellings leave a `dup` beside the `ld1rw`.
// Mixed-sign byte products (`usdot`) came with i8mm; before that u8 is shifted into the range of s8 and the
// shift is added back exactly; before `sdot` everything is widened.
#include "targets/Emit.h"

#include "Runtime/ModelDescriptor.h"

using namespace mlir;

namespace mlc {
namespace {

template <int lanes> VectorType vec(Type type) { return VectorType::get({lanes}, type); }

Value splat(ImplicitLocOpBuilder &b, VectorType type, int64_t value) {
  return arith::ConstantOp::create(b, DenseElementsAttr::get(type, IntegerAttr::get(type.getElementType(), value)));
}

struct NeonFma {
  static Value broadcast(ImplicitLocOpBuilder &b, Value base) {
    return emit::splatLoad(b, base, b.getF32Type(), vec<4>(b.getF32Type()));
  }
  static Value multiplyAccumulate(ImplicitLocOpBuilder &b, Value acc, Value lhs, Value rhs) {
    return math::FmaOp::create(b, lhs, rhs, acc);
  }
};

struct SveFma {
  static Value broadcast(ImplicitLocOpBuilder &b, Value base) {
    Value bits = emit::splatLoad(b, base, b.getI32Type(), VectorType::get({4}, b.getI32Type(), {true}));
    Value values = vector::BitCastOp::create(b, VectorType::get({4}, b.getF32Type(), {true}), bits);
    return vector::ScalableExtractOp::create(b, vec<8>(b.getF32Type()), values, 0);
  }
  static Value multiplyAccumulate(ImplicitLocOpBuilder &b, Value acc, Value lhs, Value rhs) {
    return math::FmaOp::create(b, lhs, rhs, acc);
  }
};

template <int lanes> Value splatFourBytes(ImplicitLocOpBuilder &b, Value base) {
  Value words = emit::splatLoad(b, base, b.getI32Type(), vec<lanes>(b.getI32Type()));
  return vector::BitCastOp::create(b, vec<4 * lanes>(b.getI8Type()), words);
}

struct NeonDot {
  static constexpr auto broadcast = splatFourBytes<4>;
  static Value multiplyAccumulate(ImplicitLocOpBuilder &b, Value acc, Value lhs, Value rhs) {
    return emit::intrinsic(b, acc.getType(), "llvm.aarch64.neon.usdot.v4i32.v16i8", {acc, lhs, rhs});
  }
};

struct SveDot {
  static constexpr auto broadcast = splatFourBytes<8>;
  static Value multiplyAccumulate(ImplicitLocOpBuilder &b, Value acc, Value lhs, Value rhs) {
    return dot(b, "llvm.aarch64.sve.usdot.nxv4i32", acc, lhs, rhs);
  }
  static Value dot(ImplicitLocOpBuilder &b, StringRef name, Value acc, Value lhs, Value rhs) {
    auto words = VectorType::get({4}, b.getI32Type(), {true}), bytes = VectorType::get({16}, b.getI8Type(), {true});
    Value sum =
        emit::intrinsic(b, words, name, {scalable(b, words, acc), scalable(b, bytes, lhs), scalable(b, bytes, rhs)});
    return vector::ScalableExtractOp::create(b, cast<VectorType>(acc.getType()), sum, 0);
  }
  // No instruction: the fixed vector is the whole register.
  static Value scalable(ImplicitLocOpBuilder &b, VectorType type, Value value) {
    return vector::ScalableInsertOp::create(b, value, LLVM::PoisonOp::create(b, type), 0);
  }
};

// u8 * s8 by `sdot` (s8 * s8): x * w = (x - 128) * w + 128 * w. The second sum depends on the packed operand
// only, so it is computed once for all rows of a block; all of it is exact modulo 2^32.
struct ShiftedDot {
  static Value broadcast(ImplicitLocOpBuilder &b, Value base) {
    Value bytes = splatFourBytes<4>(b, base);
    return arith::XOrIOp::create(b, bytes, splat(b, cast<VectorType>(bytes.getType()), -128));
  }
  static Value multiplyAccumulate(ImplicitLocOpBuilder &b, Value acc, Value lhs, Value rhs) {
    auto bytes = cast<VectorType>(rhs.getType());
    Value shift = splat(b, cast<VectorType>(acc.getType()), 0);
    shift = dot(b, dot(b, shift, splat(b, bytes, 127), rhs), splat(b, bytes, 1), rhs);
    return dot(b, arith::AddIOp::create(b, acc, shift), lhs, rhs);
  }
  static Value dot(ImplicitLocOpBuilder &b, Value acc, Value lhs, Value rhs) {
    return emit::intrinsic(b, acc.getType(), "llvm.aarch64.neon.sdot.v4i32.v16i8", {acc, lhs, rhs});
  }
};

// ARMv8.0. |x * w| <= 255 * 128 fits in 16 bits; pairs of products add up in 32.
struct Widening {
  static constexpr auto broadcast = splatFourBytes<4>;
  static Value multiplyAccumulate(ImplicitLocOpBuilder &b, Value acc, Value lhs, Value rhs) {
    Value l = arith::ExtUIOp::create(b, vec<16>(b.getI16Type()), lhs);
    Value r = arith::ExtSIOp::create(b, vec<16>(b.getI16Type()), rhs);
    return addProducts(b, acc, l, r);
  }
  static Value addProducts(ImplicitLocOpBuilder &b, Value acc, Value l, Value r) {
    Value products = arith::MulIOp::create(b, l, r);
    Value pairs[2];
    for (int64_t half : {0, 1}) {
      Value part = vector::ExtractStridedSliceOp::create(b, products, {half * 8}, {8}, {1});
      pairs[half] = emit::intrinsic(b, acc.getType(), "llvm.aarch64.neon.saddlp.v4i32.v8i16", part);
    }
    Value sums = emit::intrinsic(b, acc.getType(), "llvm.aarch64.neon.addp.v4i32", {pairs[0], pairs[1]});
    return arith::AddIOp::create(b, acc, sums);
  }
};

struct NibbleDot {
  static constexpr auto broadcast = splatFourBytes<4>;
  static constexpr auto multiplyAccumulate = ShiftedDot::dot;
};

struct NibbleSveDot {
  static constexpr auto broadcast = splatFourBytes<8>;
  static Value multiplyAccumulate(ImplicitLocOpBuilder &b, Value acc, Value lhs, Value rhs) {
    return SveDot::dot(b, "llvm.aarch64.sve.sdot.nxv4i32", acc, lhs, rhs);
  }
};

struct NibbleWidening {
  static constexpr auto broadcast = splatFourBytes<4>;
  static Value multiplyAccumulate(ImplicitLocOpBuilder &b, Value acc, Value lhs, Value rhs) {
    Value l = arith::ExtSIOp::create(b, vec<16>(b.getI16Type()), lhs);
    Value r = arith::ExtUIOp::create(b, vec<16>(b.getI16Type()), rhs);
    return Widening::addProducts(b, acc, l, r);
  }
};

enum : uint64_t {
  NONE = 0,
  DOTPROD = 1ull << MLC_CPU_ASIMDDP,
  I8MM = 1ull << MLC_CPU_I8MM,
  SVE = 1ull << MLC_CPU_SVE,
  SVEI8MM = 1ull << MLC_CPU_SVEI8MM,
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
#include "targets/aarch64/Kernels.def"
#undef MLC_ROW
};

} // namespace

ArrayRef<ContractionRow> aarch64Rows() { return kRows; }

} // namespace mlc
