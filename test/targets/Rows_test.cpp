// Every row of every table: compiles to its instructions without spilling, and answers to the bit.
#include "RowKernel.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

#include <catch2/catch.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <unistd.h>

using namespace mlc;

namespace {

// What a row is compiled for, and what its loop must consist of. The target is a CPU whose newest row this
// is.
struct Expected {
  const char *row;
  const char *target;
  const char *instruction; ///< in the loop, once for every `step` of every accumulator
  int perAccumulator;      ///< of them for each accumulator register
};

const Expected kExpected[] = {
    {"avx2.fma.f32", "x86-64-v3", "vfmadd231ps\t", 1},
    {"avx512.fma.f32", "skylake-avx512", "vfmadd231ps\t", 1},
    {"avx512vl.vdpbf16ps", "znver4", "vdpbf16ps\t", 1},
    {"avx512.vdpbf16ps", "znver4", "vdpbf16ps\t", 1},
    {"avx2.vpmaddwd.s16s8", "x86-64-v3", "vpmaddwd\t", 1},
    {"avxvnni.vpdpbusd.u8s8", "", "vpdpbusd\t", 1},
    {"avx512.vpmaddwd.s16s8", "skylake-avx512", "vpmaddwd\t", 1},
    {"avx512vl.vpdpbusd.u8s8", "cascadelake", "vpdpbusd\t", 1},
    {"avx512.vpdpbusd.u8s8", "cascadelake", "vpdpbusd\t", 1},
    {"avx2.vpmaddubsw.s8u4", "x86-64-v3", "vpmaddubsw\t", 1},
    {"avxvnni.vpdpbusd.s8u4", "", "vpdpbusd\t", 1},
    {"avx512.vpmaddubsw.s8u4", "skylake-avx512", "vpmaddubsw\t", 1},
    {"avx512.vpdpbusd.s8u4", "cascadelake", "vpdpbusd\t", 1},
    {"neon.fmla.f32", "graviton2", "fmla\tv", 1},
    {"sve256.fmla.f32", "graviton3", "fmla\tz|fmad\tz", 1},
    {"neon.mul.u8s8", "aarch64", "saddlp\tv", 2},
    {"neon.sdot.u8s8", "graviton2", "sdot\tv", 1},
    {"neon.usdot.u8s8", "graviton4", "usdot\tv", 1},
    {"sve256.usdot.u8s8", "graviton3", "usdot\tz", 1},
    {"neon.mul.s8u4", "aarch64", "saddlp\tv", 2},
    {"neon.sdot.s8u4", "graviton2", "sdot\tv", 1},
    {"sve256.sdot.s8u4", "graviton3", "sdot\tz", 1},
};

const Expected &expectedOf(const ContractionRow &row) {
  for (const Expected &expected : kExpected)
    if (std::string_view(expected.row) == row.name)
      return expected;
  FAIL("no expectation for row " << row.name);
  return kExpected[0];
}

// No product in the list has AVX-VNNI without AVX-512: that target is made here.
Target targetOf(const ContractionRow &row, Arch arch) {
  const Expected &expected = expectedOf(row);
  if (*expected.target)
    return *findTarget(expected.target);
  Target target = *findTarget("x86-64-v3");
  target.features |= row.features;
  target.llvmFeatures += ",+avxvnni";
  return target;
}

int countOf(llvm::StringRef text, llvm::StringRef instructions) {
  llvm::SmallVector<llvm::StringRef> lines, wanted;
  text.split(lines, '\n');
  instructions.split(wanted, '|');
  return llvm::count_if(lines, [&](llvm::StringRef line) {
    line = line.ltrim();
    line.consume_front("{vex}\t");
    return llvm::any_of(wanted, [&](llvm::StringRef name) { return line.starts_with(name); });
  });
}

// From a label to the branch back to it: the loop over K is the only one.
std::string loopOf(llvm::StringRef assembly) {
  for (size_t begin = assembly.find("\n.LBB"); begin != llvm::StringRef::npos;
       begin = assembly.find("\n.LBB", begin + 1)) {
    llvm::StringRef rest = assembly.drop_front(begin + 1), label = rest.take_until([](char c) { return c == ':'; });
    size_t branch = rest.find(("\t" + label + "\n").str());
    if (branch != llvm::StringRef::npos && rest.take_front(branch).count("\n.LBB") == 0)
      return rest.take_front(branch).str();
  }
  return "";
}

int run(const std::string &command) {
  INFO(command);
  return std::system(command.c_str());
}

bool present(const char *program) {
  return std::system(("command -v " + std::string(program) + " >/dev/null").c_str()) == 0;
}

void checkAnswers(const Target &target, const ContractionRow &row, const RowKernel &kernel) {
  namespace fs = std::filesystem;
  fs::path dir = fs::temp_directory_path() / ("mlc-row-" + std::to_string(getpid()));
  fs::create_directories(dir);
  std::ofstream(dir / "block.o", std::ios::binary) << kernel.object;
  bool arm = target.arch == Arch::AArch64;
  std::string build =
      llvm::formatv("{0} -O2 -ffp-contract=off -DM0={1} -DN0={2} -DK0={3} -D{4} {5} {6}/block.o -o {6}/block -lm",
                    arm ? "aarch64-linux-gnu-gcc -static" : MLC_TEST_CC, row.m0, row.n0, row.k0,
                    row.lhs == ElementKind::U8     ? "U8S8"
                    : row.rhs == ElementKind::U4   ? "S8U4"
                    : row.lhs == ElementKind::S16  ? "S16S8"
                    : row.lhs == ElementKind::BF16 ? "BF16"
                                                   : "F32",
                    MLC_TEST_SOURCE_DIR "/block_harness.c", dir.string());
  CHECK(run(build) == 0);
  std::string runner;
  if (arm)
    runner = "qemu-aarch64 -cpu max,sve256=on,sve512=off,sve-default-vector-length=32 ";
  CHECK(run(runner + (dir / "block").string()) == 0);
  fs::remove_all(dir);
}

} // namespace

TEST_CASE("every row compiles to its instructions and answers to the bit") {
  Result<Target> host = findTarget("host");
  for (Arch arch : {Arch::X86_64, Arch::AArch64}) {
    for (const ContractionRow &row : contractionRows(arch)) {
      INFO("row " << row.name);
      Target target = targetOf(row, arch);
      const Expected &expected = expectedOf(row);
      RowKernel kernel = compileRow(target, row);
      REQUIRE(!kernel.object.empty());
      INFO(kernel.assembly);
      int accumulators = row.m0 * row.vectorsPerRow();
      int extra = std::string_view(row.name) == "neon.sdot.u8s8" ? 2 * row.vectorsPerRow() : 0;
      std::string loop = loopOf(kernel.assembly);
      int step = accumulators * expected.perAccumulator + extra, found = countOf(loop, expected.instruction);
      CHECK(found > 0);
      CHECK(found % step == 0); // a short loop is unrolled
      for (const char *stack : {"Spill", "Reload", "rsp", "sp,"})
        CHECK(loop.find(stack) == std::string::npos);
      CHECK(countOf(loop, "mov\tz|mov\tv|movprfx|vmovaps\t%|vmovdqa\t%") == 0); // between registers
      // It saturates sums of two products of bytes, but for weights of 4 bits.
      if (row.rhs != ElementKind::U4)
        CHECK(kernel.assembly.find("vpmaddubsw") == std::string::npos);
      CHECK(kernel.assembly.find("vpdpbusds") == std::string::npos);

      bool arm = arch == Arch::AArch64;
      if (arm && !(present("qemu-aarch64") && present("aarch64-linux-gnu-gcc")))
        WARN("not run: " << row.name << " (no qemu-aarch64 or aarch64-linux-gnu-gcc)");
      else if (!arm && !(host && host->arch == Arch::X86_64 && (row.features & ~host->features) == 0))
        WARN("not run: " << row.name << " (this CPU lacks its features)");
      else
        checkAnswers(target, row, kernel);
    }
  }
}
