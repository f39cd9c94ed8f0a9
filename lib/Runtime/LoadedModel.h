// A generated library in this process, used through its C ABI.
#pragma once

#include "mlcompress/Result.h"
#include "mlcompress/Tensor.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace mlc {

/// An input or output of a generated library.
struct LibraryTensor {
  std::string name;
  DType dtype = DType::Undefined;
  std::vector<int64_t> dims;        ///< -1: dynamic
  std::vector<std::string> symbols; ///< one a dimension, "" where it has none
  bool rankKnown = true;            ///< false: dims is empty because only a run tells the rank
};

struct SessionOptions {
  uint32_t threads = 0; ///< 0: as many as the CPUs that this thread may run on
  bool profile = false; ///< measure each kernel
};

/// Time spent in one launch of the schedule, and what it did, since the session began or its profile was reset.
struct KernelTime {
  std::string name;
  uint64_t calls = 0;
  uint64_t nanoseconds = 0;
  uint64_t operations = 0; ///< arithmetic; a multiply-add counts as two
  uint64_t bytes = 0;      ///< read and written, each element once
};

/// Architecture ("x86_64", "aarch64") of an ELF shared object; an Error where the file is missing or is none.
Result<std::string> libraryArchitecture(const std::string &path);

/// A loaded library with one session. Movable; closes everything and unloads when it goes.
class LoadedModel {
public:
  /// Loads the library. An Error that names the cause: not there, of another architecture, not made by
  /// mlcompress, or this CPU lacks something.
  static Result<LoadedModel> open(const std::string &path, const SessionOptions &options = {});
  LoadedModel(LoadedModel &&) noexcept;
  LoadedModel &operator=(LoadedModel &&) noexcept;
  ~LoadedModel();

  const std::string &name() const;
  const std::string &target() const;
  const std::string &toolVersion() const;
  const std::vector<LibraryTensor> &inputs() const;
  const std::vector<LibraryTensor> &outputs() const;

  /// One inference; `inputs` in the order of inputs(), the result in that of outputs().
  Result<std::vector<Tensor>> run(const std::vector<Tensor> &inputs);

  /// The same into tensors whose memory is used again.
  Result<void> run(const std::vector<Tensor> &inputs, std::vector<Tensor> &results);

  /// Nanoseconds of each of `repetitions` inferences on the same inputs, without copies of inputs or outputs.
  Result<std::vector<uint64_t>> time(const std::vector<Tensor> &inputs, int repetitions);

  /// Bytes of arena that inputs of these shapes need, with the session's number of threads.
  Result<uint64_t> workspaceBytes(const std::vector<std::vector<int64_t>> &inputShapes) const;

  /// One row for each kernel, in the library's order; empty where the session does not profile.
  std::vector<KernelTime> profile() const;
  void resetProfile();

private:
  struct State;
  explicit LoadedModel(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

} // namespace mlc
