// AArch64: feature names, and what a set of features means for LLVM and for the width of vectors.
//
// Generated code starts at ARMv8.0 with NEON. SVE is used where its registers have exactly 256 bits (Neoverse
// V1); where they have 128, NEON reaches the same peak and the SVE bits are dropped, so that the library does
// not ask for them.
#include "targets/Emit.h"
#include "targets/Isa.h"

#include "Runtime/ModelDescriptor.h"

#if defined(__aarch64__) && defined(__linux__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#endif

namespace mlc {
namespace {

const FeatureName kFeatures[] = {
    {"asimddp", MLC_CPU_ASIMDDP, "dotprod"},
    {"asimdhp", MLC_CPU_ASIMDHP, "fullfp16"},
    {"i8mm", MLC_CPU_I8MM, "i8mm"},
    {"sve", MLC_CPU_SVE, "sve"},
    {"svei8mm", MLC_CPU_SVEI8MM, "i8mm"},
    // Of the hardware; no row or generic code uses them, so libraries must not ask for them.
    {"bf16", -1, "bf16"},
    {"svebf16", -1, "bf16"},
    {"sve2", -1, "sve2"},
    {"atomics", -1, "lse"},
};

constexpr uint64_t bit(int feature) { return 1ull << feature; }
constexpr uint64_t kSve = bit(MLC_CPU_SVE) | bit(MLC_CPU_SVEI8MM);

Result<void> complete(Target &target) {
  if (target.sveBits != 256 || !target.has(MLC_CPU_SVE)) {
    target.sveBits = 0;
    target.features &= ~kSve;
  }
  // LLVM's SVE implies half-precision arithmetic; without SVE nothing asks for it.
  if (!target.sveBits)
    target.features &= ~bit(MLC_CPU_ASIMDHP);
  else if (!target.has(MLC_CPU_ASIMDHP))
    return unsupported("the CPU of target '" + target.name + "' has SVE, but not half-precision arithmetic (asimdhp)");
  target.triple = "aarch64-unknown-linux-gnu";
  target.cpu = "generic";
  if (target.tuneCpu.empty())
    target.tuneCpu = target.sveBits ? "neoverse-v1" : "cortex-a76";
  target.vectorBits = target.sveBits ? target.sveBits : 128;
  target.llvmFeatures = "+neon";
  for (const FeatureName &feature : kFeatures)
    if (feature.bit >= 0 && target.has(feature.bit) && feature.bit != MLC_CPU_SVEI8MM)
      target.llvmFeatures += ",+" + feature.llvm.str();
  return {};
}

std::optional<Target> detectHost() {
#if defined(__aarch64__) && defined(__linux__)
  Target target;
  unsigned long caps = getauxval(AT_HWCAP), caps2 = getauxval(AT_HWCAP2);
  auto add = [&](bool present, int feature) { target.features |= present ? bit(feature) : 0; };
  add(caps & HWCAP_ASIMDDP, MLC_CPU_ASIMDDP);
  add(caps & HWCAP_ASIMDHP, MLC_CPU_ASIMDHP);
  add(caps2 & HWCAP2_I8MM, MLC_CPU_I8MM);
  add(caps & HWCAP_SVE, MLC_CPU_SVE);
  add(caps2 & HWCAP2_SVEI8MM, MLC_CPU_SVEI8MM);
  if (target.has(MLC_CPU_SVE)) {
    int length = prctl(PR_SVE_GET_VL);
    target.sveBits = length < 0 ? 0 : (length & PR_SVE_VL_LEN_MASK) * 8;
  }
  return target;
#else
  return std::nullopt;
#endif
}

} // namespace

const Isa &aarch64Isa() {
  static const Isa isa{Arch::AArch64, "aarch64", kFeatures, aarch64Rows(), complete, detectHost};
  return isa;
}

} // namespace mlc
