#include "Support/Progress.h"

#include "Support/Table.h"

#include <algorithm>
#include <fmt/format.h>

namespace mlc {

static constexpr const char *eraseLine = "\r\033[K";

Progress::Progress(std::ostream &out, Mode mode) : out_(out), mode_(mode) {
  if (mode_ == Mode::Terminal)
    ticker_ = std::thread([this] {
      std::unique_lock lock(mutex_);
      while (!stop_.wait_for(lock, std::chrono::milliseconds(100), [this] { return stopping_; }))
        draw();
    });
}

Progress::~Progress() { finish(); }

void Progress::finish() {
  {
    std::lock_guard lock(mutex_);
    endPhase();
    stopping_ = true;
  }
  stop_.notify_all();
  if (ticker_.joinable())
    ticker_.join();
}

void Progress::report(const PhaseEvent &event) {
  if (mode_ == Mode::Quiet)
    return;
  std::lock_guard lock(mutex_);
  if (event.phase != current_.phase) {
    endPhase();
    start_ = std::chrono::steady_clock::now();
  }
  current_ = event;
  if (mode_ == Mode::Terminal)
    draw();
}

void Progress::endPhase() {
  if (current_.phase.empty())
    return;
  if (mode_ == Mode::Terminal)
    out_ << eraseLine << std::flush;
  if (mode_ == Mode::Lines) {
    std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start_;
    out_ << fmt::format("{:<10} {}\n", current_.phase, formatSeconds(elapsed.count())) << std::flush;
  }
  current_ = {};
}

void Progress::draw() {
  if (current_.phase.empty())
    return;
  std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start_;
  std::string line = fmt::format("{:<10} {:>8}", current_.phase, fmt::format("{:.1f} s", elapsed.count()));
  if (current_.progress >= 0)
    line += fmt::format("  {:3.0f} %", std::min(current_.progress, 1.0) * 100);
  // A line that wraps could not be erased.
  if (!current_.detail.empty())
    line += "  " + current_.detail.substr(0, 40);
  out_ << eraseLine << line << std::flush;
}

} // namespace mlc
