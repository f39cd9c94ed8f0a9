// Where what calibration saw is kept between two runs of the tool.
#pragma once

#include "Calibration/Calibrate.h"
#include "Calibration/Observer.h"
#include "Graph/WeightStore.h"
#include "Support/DataSet.h"

#include <string>
#include <vector>

namespace mlc {

/// A directory of files (Calibration/StateFile.h), each the state of all observers of one pass after some samples. Its
/// name says what the state depends on, so that a file fits or is not found: the compiled graph with its weights, what
/// is observed, this build of mlcompress, and the samples in their order. Files of fewer samples are where a run goes
/// on, be it one that was interrupted or one with less data.
class CalibrationCache {
public:
  /// One that keeps nothing.
  CalibrationCache() = default;
  /// An error where the directory was named and cannot be used; a directory by default is then not used.
  static Result<CalibrationCache> open(const CalibrationCacheOptions &options);

  bool used() const { return !directory_.empty(); }
  const std::string &directory() const { return directory_; }

  /// Names for the states after 0 … n samples of observers of these kinds; fewer where a sample cannot be read. Empty
  /// where the cache is not used.
  std::vector<std::string> places(const std::string &kinds, mlir::ModuleOp tapped, const DataSet &data,
                                  const std::vector<size_t> &samples) const;

  struct Found {
    int64_t samples = 0; ///< 0: nothing, and the observers are as they were
    bool whole = false;  ///< of a pass that came to its end
  };
  /// Loads the state of the most samples. Damaged files are left out, with a warning.
  Found load(const std::vector<std::string> &places, const std::vector<Observer *> &observers,
             std::vector<std::string> &warnings) const;

  /// Keeps a state. Nothing happens where that is impossible (a full disk, a state that is too large).
  void save(const std::vector<std::string> &places, Found state, const std::vector<Observer *> &observers) const;
  /// Drops a state that another has replaced.
  void drop(const std::vector<std::string> &places, int64_t samples) const;

private:
  void trim() const;

  std::string directory_;
};

} // namespace mlc
