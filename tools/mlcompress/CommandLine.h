// The command line tool as a function.
#pragma once

#include <ostream>

namespace mlc {

/// Runs `mlcompress ARGUMENTS…`; argv[0] is the program's name. Results go to `out`, messages and progress to `err`.
/// Returns the exit code, see ExitCode. Does not throw.
int runCommandLine(int argc, const char *const *argv, std::ostream &out, std::ostream &err);

} // namespace mlc
