#include "Codegen/Link/Link.h"

#include "Codegen/Link/StubLibrary.h"
#include "Runtime/EmbeddedRuntime.h"

#include "lld/Common/Driver.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

#include <mutex>

LLD_HAS_DRIVER(elf)

namespace mlc {

namespace {

/// A directory of this link alone, removed with its contents whatever happens.
class PrivateDirectory {
public:
  static Result<PrivateDirectory> create() {
    llvm::SmallString<128> path;
    if (std::error_code failure = llvm::sys::fs::createUniqueDirectory("mlcompress-link", path))
      return badInput("cannot make a temporary directory: " + failure.message() +
                      " (the environment variable TMPDIR names another place)");
    return PrivateDirectory(std::string(path));
  }
  PrivateDirectory(PrivateDirectory &&other) : path_(std::exchange(other.path_, {})) {}
  PrivateDirectory &operator=(PrivateDirectory &&) = delete;
  ~PrivateDirectory() {
    if (!path_.empty())
      llvm::sys::fs::remove_directories(path_);
  }

  std::string file(std::string_view name) const { return path_ + "/" + std::string(name); }
  const std::string &path() const { return path_; }

private:
  explicit PrivateDirectory(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

Result<void> writeBytes(const std::string &path, std::string_view bytes) {
  std::error_code failure;
  llvm::raw_fd_ostream out(path, failure);
  if (!failure) {
    out.write(bytes.data(), bytes.size());
    out.close();
    failure = out.error();
    out.clear_error();
  }
  if (failure)
    return badInput("cannot write the temporary file '" + path + "': " + failure.message());
  return {};
}

/// LLD keeps its state in globals: one link at a time, and none after one that it could not clean up.
struct Linker {
  std::mutex mutex;
  bool usable = true;

  static Linker &instance() {
    static Linker linker;
    return linker;
  }
};

/// LLD's messages without the names of our temporary files' directory and its own name.
std::string readableMessages(std::string text, const std::string &directory) {
  for (const std::string &noise : {directory + "/", std::string("ld.lld: ")})
    for (size_t at; (at = text.find(noise)) != std::string::npos;)
      text.erase(at, noise.size());
  while (!text.empty() && text.back() == '\n')
    text.pop_back();
  return text;
}

Result<void> runLinker(const std::vector<std::string> &arguments, const std::string &directory) {
  std::vector<const char *> argv;
  for (const std::string &argument : arguments)
    argv.push_back(argument.c_str());
  std::string messages;
  llvm::raw_string_ostream stream(messages);

  Linker &linker = Linker::instance();
  std::lock_guard<std::mutex> lock(linker.mutex);
  if (!linker.usable)
    return badInput("the linker crashed earlier in this process and cannot be used again; start mlcompress anew");
  lld::Result result = lld::lldMain(argv, stream, stream, {{lld::Gnu, &lld::elf::link}});
  linker.usable = result.canRunAgain;
  if (!result.canRunAgain)
    return badInput("the linker crashed: " + readableMessages(messages, directory));
  if (result.retCode != 0)
    return badInput("linking failed: " + readableMessages(messages, directory));
  return {};
}

std::string versionScript(const std::vector<std::string> &exports) {
  std::string text = "{\n";
  if (!exports.empty())
    text += "global:\n";
  for (const std::string &symbol : exports)
    text += "  " + symbol + ";\n";
  return text + "local:\n  *;\n};\n";
}

} // namespace

Result<void> linkSharedLibrary(const LinkOptions &options) {
  auto directory = PrivateDirectory::create();
  if (!directory)
    return directory.error();

  bool x86 = options.arch == ElfArch::X86_64;
  std::vector<std::string> arguments{"ld.lld", "-shared", "-m", x86 ? "elf_x86_64" : "aarch64linux",
                                     // AArch64 kernels have pages of 4, 16 or 64 KiB.
                                     "-z", x86 ? "max-page-size=4096" : "max-page-size=65536", "-z", "defs", "-z",
                                     "relro", "-z", "now", "-z", "noexecstack", "--gc-sections", "--strip-all",
                                     "--hash-style=gnu", "--build-id=none", "--as-needed", "--no-undefined-version",
                                     "--fatal-warnings", "--threads=1", "--color-diagnostics=never", "-O2"};
  if (!options.soname.empty())
    arguments.push_back("--soname=" + options.soname);

  std::string scriptPath = directory->file("exports");
  if (auto written = writeBytes(scriptPath, versionScript(options.exports)); !written)
    return written;
  arguments.push_back("--version-script=" + scriptPath);
  for (const auto &[alias, target] : options.aliases)
    arguments.push_back("--defsym=" + alias + "=" + target);

  for (size_t i = 0; i < options.inputs.size(); ++i) {
    const LinkInput &input = options.inputs[i];
    if (!input.path.empty()) {
      arguments.push_back(input.path);
      continue;
    }
    std::string path = directory->file(std::to_string(i) + "-" + identifierFor(input.name) + ".o");
    if (auto written = writeBytes(path, input.bytes); !written)
      return written;
    arguments.push_back(path);
  }
  for (const StubLibrary &stub : makeStubLibraries(options.arch)) {
    std::string path = directory->file(stub.soname);
    if (auto written = writeBytes(path, stub.bytes); !written)
      return written;
    arguments.push_back(path);
  }
  arguments.push_back("-o");
  arguments.push_back(options.outputPath);
  return runLinker(arguments, directory->path());
}

Result<void> linkModelLibrary(const ModelLibrary &library) {
  auto directory = PrivateDirectory::create();
  if (!directory)
    return directory.error();

  LinkOptions options;
  options.arch = library.arch;
  options.soname = library.soname;
  options.outputPath = library.outputPath;
  options.inputs.push_back({"runtime", embeddedRuntimeObject(elfArchName(library.arch)), ""});
  for (const LinkInput &object : library.objects)
    options.inputs.push_back(object);
  if (!library.weights.empty()) {
    std::string path = directory->file("weights.o");
    if (auto written = writeDataObject(path, library.arch, library.weights); !written)
      return written;
    if (library.weightsWritten)
      library.weightsWritten();
    options.inputs.push_back({"weights", {}, path});
  }
  std::string alias = apiSymbolFor(library.modelName);
  options.exports = {"mlc_get_api", alias};
  options.aliases = {{alias, "mlc_get_api"}};
  return linkSharedLibrary(options);
}

std::string identifierFor(std::string_view name) {
  std::string result;
  for (char c : name)
    result += (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ? c : '_';
  if (result.empty())
    return "model";
  if (result[0] >= '0' && result[0] <= '9')
    result.insert(result.begin(), '_');
  return result;
}

std::string apiSymbolFor(std::string_view modelName) { return "mlc_" + identifierFor(modelName) + "_get_api"; }

} // namespace mlc
