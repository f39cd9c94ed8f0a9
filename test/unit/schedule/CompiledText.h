// Graphs written as text, compiled for this machine, and run beside the evaluator.
#pragma once

#include "Pipeline/Pipeline.h"
#include "Runtime/LoadedModel.h"
#include "mlcompress/Tensor.h"

#include <cstdint>
#include <string>
#include <vector>

namespace mlc::test {

/// A library compiled from the text of a module; its file goes with it.
class CompiledText {
public:
  /// The test fails where the text does not compile. `threads`: of the compiler.
  explicit CompiledText(const std::string &text, bool multithreaded = false);
  ~CompiledText();
  CompiledText(const CompiledText &) = delete;

  const std::string &path() const { return path_; }
  const LibraryReport &report() const { return report_; }
  /// Runs the library and the evaluator: the same results, bit by bit for integers, to 1e-5 for floats. Gives them.
  std::vector<Tensor> check(const std::vector<Tensor> &inputs);
  LoadedModel &model() { return *model_; }

private:
  std::string text_, path_;
  LibraryReport report_;
  std::optional<LoadedModel> model_;
};

/// Compiles without Catch2's checks, which know one thread only: "" or the error.
std::string compileText(const std::string &text, const std::string &path, bool multithreaded,
                        LibraryReport *report = nullptr);

inline Tensor floats(std::vector<int64_t> shape, const std::vector<float> &values) {
  Tensor result(DType::Float32, std::move(shape));
  std::copy(values.begin(), values.end(), result.data<float>());
  return result;
}
inline Tensor integer(int64_t value) {
  Tensor result(DType::Int64, {});
  *result.data<int64_t>() = value;
  return result;
}
inline Tensor boolean(bool value) {
  Tensor result(DType::Bool, {});
  result.bytes[0] = std::byte(value);
  return result;
}
/// 0.5, 1.5, … with alternating signs.
inline Tensor ramp(std::vector<int64_t> shape) {
  Tensor result(DType::Float32, std::move(shape));
  for (int64_t i = 0; i < result.numElements(); ++i)
    result.data<float>()[i] = (i % 2 ? -1.0f : 1.0f) * (static_cast<float>(i) + 0.5f);
  return result;
}

} // namespace mlc::test
