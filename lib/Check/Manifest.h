// manifest.json of an output directory: what it was made from and what it holds. Schema in docs/formats.md.
#pragma once

#include "mlcompress/Reports.h"
#include "mlcompress/Result.h"

#include <map>
#include <string>

namespace mlc {

struct Manifest {
  std::string toolVersion;
  std::string name;
  std::string target;
  std::string library; ///< file name of the shared library
  HashedSource model;
  std::optional<HashedSource> calib;
  std::optional<HashedSource> data;
  std::map<std::string, std::string> flags; ///< options that differ from their defaults, without paths
  std::vector<TensorDescription> inputs;
  std::vector<TensorDescription> outputs;
  int64_t modelBytes = 0;
  int64_t libraryBytes = 0;
  int64_t weightBytes = 0;
  std::vector<OutputFile> files; ///< as listOutputFiles() gives them
  std::optional<CheckReport> accuracy;
};

/// Name and hash of a file or folder.
Result<HashedSource> manifestSource(const std::string &path);

/// All regular files of a directory by name, with sizes and hashes; without manifest.json, and without
/// report.json, which holds times and so differs from run to run.
Result<std::vector<OutputFile>> listOutputFiles(const std::string &directory);

/// manifest.json's text: the same manifest gives the same bytes, and holds no time and no path.
std::string formatManifest(const Manifest &manifest);

/// Writes DIRECTORY/manifest.json.
Result<void> writeManifest(const std::string &directory, const Manifest &manifest);

/// Reads DIRECTORY/manifest.json; `accuracy` is not read back.
Result<Manifest> readManifest(const std::string &directory);

} // namespace mlc
