// The list of targets: the json files of every instruction set, and the machine this runs on.
#include "targets/Isa.h"

#include "Runtime/ModelDescriptor.h"
#include "Support/EditDistance.h"

#include "llvm/ADT/StringExtras.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace mlc {

// One line for each instruction set.
static std::array<const Isa *, 2> isas() { return {&x86_64Isa(), &aarch64Isa()}; }

static constexpr std::string_view kHost = "host";

static const Isa &isaOf(llvm::StringRef directory) {
  for (const Isa *isa : isas())
    if (isa->directory == directory)
      return *isa;
  llvm_unreachable("a CPU file outside the instruction sets' directories");
}

static const Isa &isaOf(Arch arch) {
  for (const Isa *isa : isas())
    if (isa->arch == arch)
      return *isa;
  llvm_unreachable("no such architecture");
}

llvm::ArrayRef<ContractionRow> contractionRows(Arch arch) { return isaOf(arch).rows; }

mlir::Type elementType(mlir::MLIRContext *context, ElementKind kind) {
  mlir::Builder b(context);
  switch (kind) {
  case ElementKind::F32:
    return b.getF32Type();
  case ElementKind::F16:
    return b.getF16Type();
  case ElementKind::BF16:
    return b.getBF16Type();
  case ElementKind::S8:
  case ElementKind::U8:
  case ElementKind::U4:
    return b.getI8Type();
  case ElementKind::S16:
    return b.getI16Type();
  case ElementKind::S32:
    return b.getI32Type();
  }
  llvm_unreachable("no such element kind");
}

bool Target::hasHalfArithmetic() const { return has(MLC_CPU_AVX512FP16) || has(MLC_CPU_ASIMDHP); }

std::vector<const ContractionRow *> Target::rows() const {
  std::vector<const ContractionRow *> result;
  for (const ContractionRow &row : contractionRows(arch))
    if ((row.features & ~features) == 0)
      result.push_back(&row);
  return result;
}

const ContractionRow *Target::row(ElementKind lhs, ElementKind rhs) const {
  const ContractionRow *match = nullptr;
  for (const ContractionRow *row : rows())
    if (row->lhs == lhs && row->rhs == rhs)
      match = row;
  return match;
}

const ContractionRow *Target::byteRow() const {
  const ContractionRow *match = nullptr;
  for (const ContractionRow *row : rows())
    if (row->rhs == ElementKind::S8)
      match = row;
  return match;
}

const ContractionRow *Target::halfOf(const ContractionRow &whole) const {
  const ContractionRow *match = nullptr;
  for (const ContractionRow *row : rows())
    if (row->lhs == whole.lhs && row->rhs == whole.rhs && row->k0 == whole.k0 && 2 * row->lanes == whole.lanes)
      match = row;
  return match;
}

// ---- the json files -------------------------------------------------------------------------

// A figure stands beside its source: {"value": …, "source": "…"}.
template <typename T> static T figure(const nlohmann::json &file, const char *key) {
  auto entry = file.find(key);
  return entry == file.end() ? T(0) : entry->at("value").get<T>();
}

static std::vector<std::string> aliasesOf(const nlohmann::json &file) {
  return file.value("aliases", std::vector<std::string>());
}

static Result<Target> readCpu(const CpuFile &cpu) {
  auto file = nlohmann::json::parse(cpu.json.begin(), cpu.json.end());
  const Isa &isa = isaOf(cpu.directory);
  Target target;
  target.arch = isa.arch;
  target.name = cpu.name.str();
  target.description = file.at("description").get<std::string>();
  target.tuneCpu = file.value("tune", "");
  for (const auto &name : file.at("features")) {
    auto known = llvm::find_if(isa.features, [&](const FeatureName &f) { return f.name == name.get<std::string>(); });
    if (known == isa.features.end())
      return badInput("targets/" + cpu.directory.str() + "/cpus/" + target.name + ".json: unknown feature " +
                      name.dump());
    if (known->bit >= 0)
      target.features |= 1ull << known->bit;
  }
  target.sveBits = figure<int>(file, "sve_bits");
  target.l1Bytes = figure<int64_t>(file, "l1d_bytes");
  target.l2Bytes = figure<int64_t>(file, "l2_bytes");
  target.l3Bytes = figure<int64_t>(file, "l3_bytes");
  target.clockGHz = figure<double>(file, "clock_ghz");
  target.memoryGBs = figure<double>(file, "memory_gb_s");
  target.f32MacsPerCycle = figure<double>(file, "f32_macs_per_cycle");
  target.i8MacsPerCycle = figure<double>(file, "i8_macs_per_cycle");
  if (auto done = isa.complete(target); !done)
    return done.error();
  return target;
}

// ---- the host -------------------------------------------------------------------------------

static Result<Target> detectHost() {
  for (const Isa *isa : isas()) {
    std::optional<Target> target = isa->detectHost();
    if (!target)
      continue;
    target->arch = isa->arch;
    target->name = kHost;
    if (auto done = isa->complete(*target); !done)
      return done.error();
    // Block sizes follow caches; the figures are fixed, so that equal feature sets give equal bytes.
    target->l1Bytes = 32 << 10;
    target->l2Bytes = 1 << 20;
    std::vector<std::string> names;
    for (const FeatureName &feature : isa->features)
      if (feature.bit >= 0 && target->has(feature.bit))
        names.push_back(feature.name.str());
    target->description = "this machine: " + isa->directory.str() + " with " + llvm::join(names, " ");
    return *target;
  }
  return unsupported("libraries for this machine's architecture cannot be made; name a target with --target");
}

// ---- lookup ---------------------------------------------------------------------------------

std::vector<TargetLine> allTargets() {
  std::vector<TargetLine> result;
  Result<Target> host = detectHost();
  result.push_back(
      {std::string(kHost), host ? host->description : host.error().message, host ? host->arch : Arch::X86_64, {}});
  for (const CpuFile &cpu : cpuFiles()) {
    auto file = nlohmann::json::parse(cpu.json.begin(), cpu.json.end());
    result.push_back(
        {cpu.name.str(), file.at("description").get<std::string>(), isaOf(cpu.directory).arch, aliasesOf(file)});
  }
  return result;
}

Result<Target> findTarget(std::string_view name) {
  std::string wanted = llvm::StringRef(name).lower();
  if (wanted == kHost)
    return detectHost();
  std::vector<std::string> all{std::string(kHost)}, shown{std::string(kHost)};
  for (const CpuFile &cpu : cpuFiles()) {
    auto file = nlohmann::json::parse(cpu.json.begin(), cpu.json.end());
    std::vector<std::string> aliases = aliasesOf(file);
    if (cpu.name == wanted || llvm::is_contained(aliases, wanted))
      return readCpu(cpu);
    shown.push_back(cpu.name.str());
    all.push_back(cpu.name.str());
    llvm::append_range(all, aliases);
  }
  return usageError("unknown target '" + std::string(name) + "'" + didYouMean(wanted, all) +
                    "\ntargets: " + llvm::join(shown, ", "));
}

} // namespace mlc
