// A self-checking test of graph ops: a function in the graph dialect with its runs as attributes.
#pragma once

#include "mlcompress/Result.h"
#include "mlcompress/Tensor.h"

#include "mlir/IR/BuiltinOps.h"

#include <optional>
#include <set>
#include <string>
#include <vector>

namespace mlc::test {

/// One run: inputs, and what must come out. Without `outputs` the evaluator tells; with `error` the run must end with a
/// message that holds this text.
struct OpRun {
  std::vector<Tensor> inputs;
  std::optional<std::vector<Tensor>> outputs;
  std::string error;
};

struct OpTest {
  std::string name;   ///< FILE:FUNCTION
  std::string module; ///< text: the function as @main
  std::vector<OpRun> runs;
  double tolerance = -1; ///< |a - b| <= tolerance * max(1, |b|); below 0: by the element type
};

/// The tests of a file. Each function has one or both of the attributes
///
///     cases = [{inputs = [dense<…> : tensor<…>, …], outputs = [dense<…> : tensor<…>, …]}, …]
///     shapes = [[array<i64: 2, 3>, …], …]     inputs of these shapes made up, one run an inner list
///
/// (`error = "text"` in the place of `outputs` where the run must fail) and may have `tolerance = 1e-3 : f64`.
/// Adds to `covered` each op that the file's tests hold, and for ops with a kind "op kind".
Result<std::vector<OpTest>> readOpTests(const std::string &path, std::set<std::string> &covered);

/// Every op of the dialect, and "op kind" for each of the kinds.
std::set<std::string> everyOp();

/// "" where the actual tensor agrees, else what differs.
std::string difference(const Tensor &expected, const Tensor &actual, double tolerance);

} // namespace mlc::test
