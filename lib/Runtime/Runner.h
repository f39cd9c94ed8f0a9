// Running a generated library of another architecture in an emulator.
#pragma once

#include "mlcompress/Result.h"
#include "mlcompress/Tensor.h"

#include <string>
#include <vector>

namespace mlc {

/// Runs the library once in a process of its own: `runnerCommand` (words separated by blanks; quotes keep
/// blanks in a word), then the embedded mlc-runner of the library's architecture, for example "qemu-aarch64
/// -L /usr/aarch64-linux-gnu -cpu max". Inputs are found by their names; the result is in the order of the
/// library's outputs. An Error with what the runner said where it fails.
Result<std::vector<NamedTensor>> runThroughRunner(const std::string &libraryPath, const std::string &runnerCommand,
                                                  const std::vector<NamedTensor> &inputs);

} // namespace mlc
