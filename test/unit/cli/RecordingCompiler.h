// A compiler for tests of the command line: keeps the options of the last call and answers what a test has set.
#pragma once

#include "mlcompress/Compiler.h"

struct Recorded {
  mlc::OptimizeOptions optimize;
  mlc::CompileOptions compile;
  mlc::QuantizeOptions quantize;
  mlc::CheckOptions check;
  mlc::RunOptions run;
  mlc::BenchOptions bench;
  std::string inspected;
  std::string called; ///< name of the last function
  std::optional<mlc::Error> failure;
  bool gatesPass = true;
  std::vector<mlc::MetricRow> metrics;
  std::optional<mlc::GateRow> open; ///< a gate that the samples do not decide
  std::vector<mlc::UnsupportedNode> unsupported;
};

extern Recorded recorded;
