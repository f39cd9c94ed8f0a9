// References that carry no version bind to glibc's oldest symbols, and a sysroot is not there at compile
// time: so the linker gets shared objects with just the symbols and versions that we mean.
//
// Versions: AArch64 began with GLIBC_2.17 and x86-64 with GLIBC_2.2.5. Where glibc later gave a function a
// new version that only changes errno, signalling or the library it lives in, the old one is named here,
// because it loads everywhere: exp, log, pow, fmod, pthread_create. libpthread.so.0 is named for threads:
// from glibc 2.34 on it is an empty library and the symbols are found in libc.
#include "Codegen/Link/StubLibrary.h"

#include "llvm/BinaryFormat/ELF.h"
#include "llvm/Object/ELF.h"
#include "llvm/Object/ELFTypes.h"
#include "llvm/Support/raw_ostream.h"

#include <cstring>

namespace mlc {

using ELFT = llvm::object::ELF64LE;

namespace {

struct Row {
  std::string_view name;
  std::string_view x86Version; ///< empty: GLIBC_2.2.5
};

constexpr std::string_view kLibc = "libc.so.6";
constexpr std::string_view kLibm = "libm.so.6";
constexpr std::string_view kLibpthread = "libpthread.so.0";

constexpr Row kLibcRows[] = {
    {"calloc", ""},
    {"clock_gettime", "GLIBC_2.17"},
    {"free", ""},
    {"getauxval", "GLIBC_2.16"},
    {"getpid", ""},
    {"madvise", ""},
    {"malloc", ""},
    {"memcmp", ""},
    {"memcpy", "GLIBC_2.14"},
    {"memmove", ""},
    {"memset", ""},
    {"mmap", ""},
    {"munmap", ""},
    {"posix_memalign", ""},
    {"sigfillset", ""},
    {"sigprocmask", ""},
    {"snprintf", ""},
    {"strcmp", ""},
    {"strlen", ""},
    {"syscall", ""},
    {"vsnprintf", ""},
};

constexpr Row kLibpthreadRows[] = {{"pthread_create", ""}, {"pthread_join", ""}};

// Double precision; each has a float form with an f behind its name.
constexpr std::string_view kLibmNames[] = {
    "acos",   "acosh", "asin",  "asinh", "atan",      "atan2",  "atanh",     "cbrt",   "ceil",  "copysign",
    "cos",    "cosh",  "erf",   "erfc",  "exp",       "exp2",   "expm1",     "fabs",   "floor", "fma",
    "fmax",   "fmin",  "fmod",  "frexp", "hypot",     "ldexp",  "lgamma",    "llrint", "log",   "log10",
    "log1p",  "log2",  "lrint", "modf",  "nearbyint", "pow",    "remainder", "rint",   "round", "sin",
    "sincos", "sinh",  "sqrt",  "tan",   "tanh",      "tgamma", "trunc",
};

std::string_view baseVersion(ElfArch arch) { return arch == ElfArch::X86_64 ? "GLIBC_2.2.5" : "GLIBC_2.17"; }

void addRows(std::vector<ImportedSymbol> &symbols, ElfArch arch, std::string_view library, std::span<const Row> rows) {
  for (const Row &row : rows) {
    bool special = arch == ElfArch::X86_64 && !row.x86Version.empty();
    symbols.push_back({library, row.name, special ? row.x86Version : baseVersion(arch)});
  }
}

/// Names of the float forms, made once.
const std::vector<std::string> &floatNames() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> made;
    for (std::string_view name : kLibmNames)
      made.push_back(std::string(name) + "f");
    return made;
  }();
  return names;
}

template <typename T> std::string_view bytesOf(const std::vector<T> &values) {
  return {reinterpret_cast<const char *>(values.data()), values.size() * sizeof(T)};
}

std::string makeStub(ElfArch arch, std::string_view soname, const std::vector<ImportedSymbol> &symbols) {
  ElfStrings names;
  uint32_t sonameOffset = names.add(soname);

  // Version 1 is the library itself; the others follow in the order of their first use.
  std::vector<std::string_view> versions{soname};
  std::vector<ELFT::Sym> dynamicSymbols(1);
  std::memset(dynamicSymbols.data(), 0, sizeof(ELFT::Sym));
  std::vector<ELFT::Versym> symbolVersions(1);
  symbolVersions[0].vs_index = llvm::ELF::VER_NDX_LOCAL;
  for (const ImportedSymbol &symbol : symbols) {
    size_t version = 1;
    while (version < versions.size() && versions[version] != symbol.version)
      ++version;
    if (version == versions.size())
      versions.push_back(symbol.version);
    ELFT::Sym entry;
    std::memset(&entry, 0, sizeof entry);
    entry.st_name = names.add(symbol.name);
    entry.setBindingAndType(llvm::ELF::STB_GLOBAL, llvm::ELF::STT_FUNC);
    entry.st_shndx = 1; // any section: defined is what counts
    dynamicSymbols.push_back(entry);
    ELFT::Versym index;
    index.vs_index = version + 1;
    symbolVersions.push_back(index);
  }

  std::string definitions;
  for (size_t i = 0; i < versions.size(); ++i) {
    ELFT::Verdef definition;
    std::memset(&definition, 0, sizeof definition);
    definition.vd_version = llvm::ELF::VER_DEF_CURRENT;
    definition.vd_flags = i == 0 ? llvm::ELF::VER_FLG_BASE : 0;
    definition.vd_ndx = i + 1;
    definition.vd_cnt = 1;
    definition.vd_hash = llvm::object::hashSysV(llvm::StringRef(versions[i].data(), versions[i].size()));
    definition.vd_aux = sizeof(ELFT::Verdef);
    definition.vd_next = i + 1 < versions.size() ? sizeof(ELFT::Verdef) + sizeof(ELFT::Verdaux) : 0;
    ELFT::Verdaux name;
    name.vda_name = i == 0 ? sonameOffset : names.add(versions[i]);
    name.vda_next = 0;
    definitions.append(reinterpret_cast<const char *>(&definition), sizeof definition);
    definitions.append(reinterpret_cast<const char *>(&name), sizeof name);
  }

  std::vector<ELFT::Dyn> dynamic(2);
  std::memset(dynamic.data(), 0, dynamic.size() * sizeof(ELFT::Dyn));
  dynamic[0].d_tag = llvm::ELF::DT_SONAME;
  dynamic[0].d_un.d_val = sonameOffset;
  dynamic[1].d_tag = llvm::ELF::DT_NULL;

  auto section = [](const char *name, uint32_t type, uint32_t link, uint32_t info, uint64_t entrySize,
                    std::string_view bytes) {
    ElfSection made;
    made.name = name;
    made.type = type;
    made.flags = llvm::ELF::SHF_ALLOC;
    made.align = 8;
    made.link = link;
    made.info = info;
    made.entrySize = entrySize;
    made.pieces = {bytes};
    return made;
  };
  enum { DynSym = 1, DynStr = 2 };
  std::vector<ElfSection> sections{
      section(".dynsym", llvm::ELF::SHT_DYNSYM, DynStr, 1, sizeof(ELFT::Sym), bytesOf(dynamicSymbols)),
      section(".dynstr", llvm::ELF::SHT_STRTAB, 0, 0, 0, names.bytes()),
      section(".gnu.version", llvm::ELF::SHT_GNU_versym, DynSym, 0, sizeof(ELFT::Versym), bytesOf(symbolVersions)),
      section(".gnu.version_d", llvm::ELF::SHT_GNU_verdef, DynStr, versions.size(), 0, definitions),
      section(".dynamic", llvm::ELF::SHT_DYNAMIC, DynStr, 0, sizeof(ELFT::Dyn), bytesOf(dynamic)),
  };
  std::string bytes;
  llvm::raw_string_ostream out(bytes);
  writeElfFile(out, arch, llvm::ELF::ET_DYN, sections);
  return bytes;
}

} // namespace

std::vector<ImportedSymbol> allowedImports(ElfArch arch) {
  std::vector<ImportedSymbol> symbols;
  addRows(symbols, arch, kLibc, kLibcRows);
  addRows(symbols, arch, kLibpthread, kLibpthreadRows);
  for (size_t i = 0; i < std::size(kLibmNames); ++i) {
    symbols.push_back({kLibm, kLibmNames[i], baseVersion(arch)});
    symbols.push_back({kLibm, floatNames()[i], baseVersion(arch)});
  }
  return symbols;
}

std::vector<StubLibrary> makeStubLibraries(ElfArch arch) {
  std::vector<StubLibrary> libraries;
  std::vector<ImportedSymbol> all = allowedImports(arch);
  for (std::string_view soname : {kLibc, kLibpthread, kLibm}) {
    std::vector<ImportedSymbol> own;
    for (const ImportedSymbol &symbol : all)
      if (symbol.library == soname)
        own.push_back(symbol);
    libraries.push_back({std::string(soname), makeStub(arch, soname, own)});
  }
  return libraries;
}

} // namespace mlc
