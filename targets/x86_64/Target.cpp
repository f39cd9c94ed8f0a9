// x86-64: feature names, and what a set of features means for LLVM and for the width of vectors.
//
// Generated code starts at AVX2 (x86-64-v3); with the AVX-512 of servers (F, CD, VL, DQ, BW together) vectors
// have 512 bits. LLVM gets an architecture level and single features, so that it cannot emit what `open` does
// not check: `movbe` belongs to x86-64-v3 but has no bit, so it is taken away.
#include "targets/Emit.h"
#include "targets/Isa.h"

#include "Runtime/ModelDescriptor.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/TargetParser/Host.h"

namespace mlc {
namespace {

const FeatureName kFeatures[] = {
    {"avx2", MLC_CPU_AVX2, "avx2"},
    {"fma", MLC_CPU_FMA, "fma"},
    {"f16c", MLC_CPU_F16C, "f16c"},
    {"bmi", MLC_CPU_BMI, "bmi"},
    {"bmi2", MLC_CPU_BMI2, "bmi2"},
    {"lzcnt", MLC_CPU_LZCNT, "lzcnt"},
    {"popcnt", MLC_CPU_POPCNT, "popcnt"},
    {"avx512f", MLC_CPU_AVX512F, "avx512f"},
    {"avx512cd", MLC_CPU_AVX512CD, "avx512cd"},
    {"avx512vl", MLC_CPU_AVX512VL, "avx512vl"},
    {"avx512dq", MLC_CPU_AVX512DQ, "avx512dq"},
    {"avx512bw", MLC_CPU_AVX512BW, "avx512bw"},
    {"avx512vbmi", MLC_CPU_AVX512VBMI, "avx512vbmi"},
    {"avx512vnni", MLC_CPU_AVX512VNNI, "avx512vnni"},
    {"avxvnni", MLC_CPU_AVXVNNI, "avxvnni"},
    {"avx512bf16", MLC_CPU_AVX512BF16, "avx512bf16"},
    // Of the hardware; no row or generic code uses them, so libraries must not ask for them.
    {"avx512fp16", -1, "avx512fp16"},
    {"amx-tile", -1, "amx-tile"},
    {"amx-int8", -1, "amx-int8"},
    {"amx-bf16", -1, "amx-bf16"},
};

constexpr uint64_t bit(int feature) { return 1ull << feature; }

constexpr uint64_t kLevel3 = bit(MLC_CPU_AVX2) | bit(MLC_CPU_FMA) | bit(MLC_CPU_F16C) | bit(MLC_CPU_BMI) |
                             bit(MLC_CPU_BMI2) | bit(MLC_CPU_LZCNT) | bit(MLC_CPU_POPCNT);
constexpr uint64_t kLevel4 = kLevel3 | bit(MLC_CPU_AVX512F) | bit(MLC_CPU_AVX512CD) | bit(MLC_CPU_AVX512VL) |
                             bit(MLC_CPU_AVX512DQ) | bit(MLC_CPU_AVX512BW);
// AVX-512 without all of level 4 (which no server has) is not used; these need it.
constexpr uint64_t kBeyondLevel4 = bit(MLC_CPU_AVX512VBMI) | bit(MLC_CPU_AVX512VNNI) | bit(MLC_CPU_AVX512BF16);

Result<void> complete(Target &target) {
  llvm::SmallVector<llvm::StringRef> missing;
  for (const FeatureName &feature : kFeatures)
    if (feature.bit >= 0 && (kLevel3 & bit(feature.bit)) && !target.has(feature.bit))
      missing.push_back(feature.name);
  if (!missing.empty())
    return unsupported("the CPU of target '" + target.name + "' lacks " + llvm::join(missing, ", ") +
                       "; libraries for x86-64 need AVX2 and what came with it (2013: Haswell, 2017: Zen)");
  bool wide = (target.features & kLevel4) == kLevel4;
  if (!wide)
    target.features &= ~(kLevel4 & ~kLevel3) & ~kBeyondLevel4;
  target.triple = "x86_64-unknown-linux-gnu";
  target.cpu = wide ? "x86-64-v4" : "x86-64-v3";
  if (target.tuneCpu.empty())
    target.tuneCpu = wide ? "sapphirerapids" : "haswell";
  target.vectorBits = wide ? 512 : 256;
  target.sveBits = 0;
  target.llvmFeatures = wide ? "-movbe,-prefer-256-bit" : "-movbe";
  uint64_t beyond = target.features & ~(wide ? kLevel4 : kLevel3);
  for (const FeatureName &feature : kFeatures)
    if (feature.bit >= 0 && (beyond & bit(feature.bit)))
      target.llvmFeatures += ",+" + feature.llvm.str();
  return {};
}

std::optional<Target> detectHost() {
#if defined(__x86_64__)
  // LLVM reads CPUID and XGETBV: a feature whose registers the operating system does not save is absent.
  llvm::StringMap<bool> host = llvm::sys::getHostCPUFeatures();
  Target target;
  for (const FeatureName &feature : kFeatures)
    if (feature.bit >= 0 && host.lookup(feature.llvm))
      target.features |= bit(feature.bit);
  return target;
#else
  return std::nullopt;
#endif
}

} // namespace

const Isa &x86_64Isa() {
  static const Isa isa{Arch::X86_64, "x86_64", kFeatures, x86_64Rows(), complete, detectHost};
  return isa;
}

} // namespace mlc
