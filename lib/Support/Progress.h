// Where a long operation is: one line of a terminal, or one line a phase.
#pragma once

#include "mlcompress/Options.h"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <ostream>
#include <string>
#include <thread>

namespace mlc {

/// Shows PhaseEvents. The destructor ends the last phase.
class Progress {
public:
  enum class Mode {
    Quiet,
    Lines,    ///< a line at the end of each phase: for logs
    Terminal, ///< one line, redrawn with the elapsed time, gone at the end
  };

  Progress(std::ostream &out, Mode mode);
  ~Progress();
  Progress(const Progress &) = delete;

  void report(const PhaseEvent &event);

  /// Ends the last phase, so that other output can follow.
  void finish();

private:
  void endPhase();
  void draw();

  std::ostream &out_;
  Mode mode_;
  std::mutex mutex_;
  std::condition_variable stop_;
  bool stopping_ = false;
  PhaseEvent current_;
  std::chrono::steady_clock::time_point start_;
  std::thread ticker_; ///< redraws, so that the time moves while a phase reports nothing
};

} // namespace mlc
