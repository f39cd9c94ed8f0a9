// The last step of a compilation: objects become a shared library, by LLD inside this process.
#pragma once

#include "Codegen/Link/ElfFile.h"
#include "Codegen/Link/ElfObject.h"

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mlc {

/// An object file: its bytes in memory (not owned), or where `path` is set a file.
struct LinkInput {
  std::string name; ///< for messages
  std::string_view bytes;
  std::string path;
};

struct LinkOptions {
  ElfArch arch = ElfArch::X86_64;
  std::vector<LinkInput> inputs; ///< in the order of the output
  std::string soname;
  std::vector<std::string> exports;                         ///< the only symbols that the library exports
  std::vector<std::pair<std::string, std::string>> aliases; ///< (new symbol, defined symbol)
  std::string outputPath;                                   ///< replaced as a whole, and only on success
};

/// Links against the stub libraries of StubLibrary.h and nothing else. The same inputs give the same bytes,
/// and neither file names nor time enter them. May be called from several threads; LLD itself runs in one at
/// a time. An Error (LLD's messages) for undefined or duplicate symbols, unreadable objects, a full disk.
Result<void> linkSharedLibrary(const LinkOptions &options);

/// Everything a generated library consists of.
struct ModelLibrary {
  ElfArch arch = ElfArch::X86_64;
  std::string modelName;                ///< as in the ONNX file; made a C identifier for the symbol
  std::vector<LinkInput> objects;       ///< kernels, schedule and descriptor (`mlc_model_descriptor`)
  std::vector<DataBlob> weights;        ///< hidden symbols that the objects refer to
  std::function<void()> weightsWritten; ///< called once when their bytes are no longer read; may be empty
  std::string soname;
  std::string outputPath;
};

/// Adds the run-time part and the weights' object, exports `mlc_get_api` and its alias, and links.
Result<void> linkModelLibrary(const ModelLibrary &library);

/// `name` as a C identifier: other characters become '_', and '_' precedes a digit at the start; "model" for
/// "".
std::string identifierFor(std::string_view name);

/// "mlc_NAME_get_api" for a model of that name.
std::string apiSymbolFor(std::string_view modelName);

} // namespace mlc
