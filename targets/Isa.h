// What an instruction set brings to the list of targets; Targets.cpp has one line for each.
#pragma once

#include "targets/Target.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include <optional>

namespace mlc {

/// A feature by the names it has: in the json files, in the run-time part, in LLVM.
struct FeatureName {
  llvm::StringRef name; ///< in cpus/*.json
  int bit;              ///< mlc_cpu_feature; -1: known of the hardware, but no generated code uses it
  llvm::StringRef llvm; ///< LLVM's -mattr
};

struct Isa {
  Arch arch;
  llvm::StringRef directory; ///< under targets/
  llvm::ArrayRef<FeatureName> features;
  llvm::ArrayRef<ContractionRow> rows;
  /// Fills triple, cpu, tuneCpu (where empty), llvmFeatures and vectorBits from `features` and sveBits; an
  /// error where the features are too few for generated code.
  Result<void> (*complete)(Target &target);
  /// The machine this runs on: features and sveBits; nullopt on another architecture.
  std::optional<Target> (*detectHost)();
};

const Isa &x86_64Isa();
const Isa &aarch64Isa();

/// One cpus/*.json, embedded when mlcompress is built.
struct CpuFile {
  llvm::StringRef directory, name, json;
};
llvm::ArrayRef<CpuFile> cpuFiles();

} // namespace mlc
