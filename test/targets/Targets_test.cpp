// The list of targets, and which rows they choose.
#include "targets/Isa.h"
#include "targets/Target.h"

#include "Runtime/ModelDescriptor.h"

#include <catch2/catch.hpp>

using namespace mlc;

static std::string rowName(const char *target, ElementKind lhs, ElementKind rhs) {
  Result<Target> found = findTarget(target);
  if (!found)
    return found.error().message;
  const ContractionRow *row = found->row(lhs, rhs);
  return row ? row->name : "none";
}

TEST_CASE("every json file is a complete target") {
  for (const CpuFile &file : cpuFiles()) {
    INFO(file.name.str());
    Result<Target> target = findTarget(file.name);
    REQUIRE(target);
    CHECK(target->name == file.name);
    CHECK_FALSE(target->description.empty());
    CHECK(target->l1Bytes >= 32 << 10);
    CHECK(target->l2Bytes >= 256 << 10);
    CHECK(target->f32MacsPerCycle >= 8);
    CHECK(target->row(ElementKind::F32, ElementKind::F32));
    CHECK(target->byteRow());
    for (const ContractionRow *row : target->rows()) {
      int bits = row->acc == ElementKind::S32 || row->acc == ElementKind::F32 ? 32 : 0;
      CHECK(row->lanes * bits <= target->vectorBits);
      CHECK(row->n0 % row->lanes == 0);
    }
  }
}

TEST_CASE("a target takes the newest row that its features allow") {
  struct {
    const char *target, *f32, *i8;
  } cases[] = {
      {"x86-64-v3", "avx2.fma.f32", "avx2.vpmaddwd.s16s8"},
      {"znver3", "avx2.fma.f32", "avx2.vpmaddwd.s16s8"},
      {"skylake-avx512", "avx512.fma.f32", "avx512.vpmaddwd.s16s8"},
      {"cascadelake", "avx512.fma.f32", "avx512.vpdpbusd.u8s8"},
      {"icelake-server", "avx512.fma.f32", "avx512.vpdpbusd.u8s8"},
      {"sapphirerapids", "avx512.fma.f32", "avx512.vpdpbusd.u8s8"},
      {"graniterapids", "avx512.fma.f32", "avx512.vpdpbusd.u8s8"},
      {"znver4", "avx512.fma.f32", "avx512.vpdpbusd.u8s8"},
      {"znver5", "avx512.fma.f32", "avx512.vpdpbusd.u8s8"},
      {"aarch64", "neon.fmla.f32", "neon.mul.u8s8"},
      {"graviton2", "neon.fmla.f32", "neon.sdot.u8s8"},
      {"graviton3", "sve256.fmla.f32", "sve256.usdot.u8s8"},
      {"graviton3e", "sve256.fmla.f32", "sve256.usdot.u8s8"},
      {"graviton4", "neon.fmla.f32", "neon.usdot.u8s8"},
      {"cobalt100", "neon.fmla.f32", "neon.usdot.u8s8"},
      {"axion", "neon.fmla.f32", "neon.usdot.u8s8"},
      {"grace", "neon.fmla.f32", "neon.usdot.u8s8"},
      {"ampere-one", "neon.fmla.f32", "neon.usdot.u8s8"},
  };
  for (auto &c : cases) {
    INFO(c.target);
    CHECK(rowName(c.target, ElementKind::F32, ElementKind::F32) == c.f32);
    CHECK(std::string(findTarget(c.target)->byteRow()->name) == c.i8);
    CHECK(rowName(c.target, ElementKind::F16, ElementKind::S8) == "none");
  }
  CHECK(cpuFiles().size() == std::size(cases));
  for (const char *target : {"sapphirerapids", "graniterapids", "znver4", "znver5"})
    CHECK(rowName(target, ElementKind::BF16, ElementKind::BF16) == "avx512.vdpbf16ps");
  for (const char *target : {"icelake-server", "x86-64-v3", "graviton2"})
    CHECK(rowName(target, ElementKind::BF16, ElementKind::BF16) == "none");
}

TEST_CASE("the last columns have a row of half the lanes and the same packing") {
  auto half = [](const char *target, ElementKind lhs, ElementKind rhs) -> std::string {
    Result<Target> found = findTarget(target);
    REQUIRE(found);
    const ContractionRow *row = found->halfOf(*found->row(lhs, rhs));
    return row ? row->name : "none";
  };
  CHECK(half("skylake-avx512", ElementKind::F32, ElementKind::F32) == "avx2.fma.f32");
  CHECK(half("skylake-avx512", ElementKind::S16, ElementKind::S8) == "avx2.vpmaddwd.s16s8");
  CHECK(half("znver4", ElementKind::U8, ElementKind::S8) == "avx512vl.vpdpbusd.u8s8");
  CHECK(half("znver4", ElementKind::BF16, ElementKind::BF16) == "avx512vl.vdpbf16ps");
  CHECK(half("x86-64-v3", ElementKind::F32, ElementKind::F32) == "none");
  CHECK(half("graviton3", ElementKind::F32, ElementKind::F32) == "neon.fmla.f32");
  CHECK(half("graviton3", ElementKind::U8, ElementKind::S8) == "neon.usdot.u8s8");
}

TEST_CASE("a library asks for what its code uses and no more") {
  Result<Target> v1 = findTarget("graviton3"), v2 = findTarget("graviton4"), spr = findTarget("sapphirerapids");
  REQUIRE((v1 && v2 && spr));
  CHECK(v1->sveBits == 256);
  CHECK(v1->vectorBits == 256);
  CHECK(v1->has(MLC_CPU_SVE));
  // SVE2 of 128 bits is not used: neither asked for nor given to LLVM.
  CHECK(v2->sveBits == 0);
  CHECK(v2->vectorBits == 128);
  CHECK_FALSE(v2->has(MLC_CPU_SVE));
  CHECK_FALSE(v2->has(MLC_CPU_SVE2));
  CHECK(v2->llvmFeatures.find("sve") == std::string::npos);
  CHECK_FALSE(spr->has(MLC_CPU_AMX_TILE));
  CHECK(spr->llvmFeatures.find("amx") == std::string::npos);
  CHECK(spr->cpu == "x86-64-v4");
  CHECK(spr->tuneCpu == "sapphirerapids");
}

TEST_CASE("names, aliases and mistakes") {
  CHECK(findTarget("neoverse-v1")->name == "graviton3");
  CHECK(findTarget("neoverse-n1")->name == "graviton2");
  CHECK(findTarget("neoverse-n2")->name == "cobalt100");
  CHECK(findTarget("neoverse-v2")->name == "graviton4");
  CHECK(findTarget("Graviton3")->name == "graviton3");
  Result<Target> wrong = findTarget("gravitn3");
  REQUIRE_FALSE(wrong);
  CHECK(wrong.error().code == ExitCode::Usage);
  CHECK(wrong.error().message.find("did you mean 'graviton3'?") != std::string::npos);
  CHECK(wrong.error().message.find("sapphirerapids") != std::string::npos);
  Result<Target> strange = findTarget("quantum");
  REQUIRE_FALSE(strange);
  CHECK(strange.error().message.find("did you mean") == std::string::npos);
  CHECK(allTargets().front().name == "host");
  CHECK(allTargets().size() == cpuFiles().size() + 1);
}

TEST_CASE("x86-64 without AVX2 is refused, and AVX-512 in part is not used") {
  Target old;
  old.name = "host";
  Result<void> refused = x86_64Isa().complete(old);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ExitCode::Unsupported);
  CHECK(refused.error().message.find("avx2") != std::string::npos);

  Target partial = *findTarget("cascadelake");
  partial.features &= ~(1ull << MLC_CPU_AVX512BW);
  REQUIRE(x86_64Isa().complete(partial));
  CHECK(partial.vectorBits == 256);
  CHECK(partial.cpu == "x86-64-v3");
  CHECK_FALSE(partial.has(MLC_CPU_AVX512F));
  CHECK_FALSE(partial.has(MLC_CPU_AVX512VNNI));
  CHECK(std::string(partial.byteRow()->name) == "avx2.vpmaddwd.s16s8");
}

TEST_CASE("the host is known by its features") {
  Result<Target> host = findTarget("host");
  if (!host) {
    CHECK(host.error().code == ExitCode::Unsupported);
    return;
  }
  CHECK(host->name == "host");
  CHECK(host->row(ElementKind::F32, ElementKind::F32));
  Result<Target> again = findTarget("host");
  CHECK(again->llvmFeatures == host->llvmFeatures);
  CHECK(again->tuneCpu == host->tuneCpu);
}
