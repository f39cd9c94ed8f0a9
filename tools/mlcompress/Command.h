// What a subcommand's file sees of the rest of the tool.
#pragma once

#include "Support/Progress.h"
#include "mlcompress/Options.h"
#include "mlcompress/Result.h"

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <ostream>

namespace mlc {

/// One invocation of the tool.
struct Invocation {
  std::ostream &out;
  std::ostream &err;
  bool json = false;
  bool verbose = false;
  bool quiet = false;
  /// What the chosen subcommand does once all options are read; returns the exit code.
  std::function<int()> action = nullptr;

  /// Prints "error: …" and returns its exit code.
  int fail(const Error &error) const;

  /// How progress is shown here.
  Progress::Mode progressMode() const;
};

/// Each adds its subcommand with options, help and examples, and sets `action` when it is chosen.
void addOptimize(CLI::App &app, Invocation &invocation);
void addReport(CLI::App &app, Invocation &invocation);
void addCompare(CLI::App &app, Invocation &invocation);
void addCompile(CLI::App &app, Invocation &invocation);
void addQuantize(CLI::App &app, Invocation &invocation);
void addCheck(CLI::App &app, Invocation &invocation);
void addRun(CLI::App &app, Invocation &invocation);
void addBench(CLI::App &app, Invocation &invocation);
void addInspect(CLI::App &app, Invocation &invocation);
void addTargets(CLI::App &app, Invocation &invocation);
void addOps(CLI::App &app, Invocation &invocation);

} // namespace mlc
