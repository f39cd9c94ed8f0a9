// Paths that must not outlive a process that is told to stop: temporary directories, outputs that are not whole yet.
#pragma once

#include <filesystem>
#include <functional>

namespace mlc {

/// While an object of this class lives, removeUnfinished() deletes its path. Movable.
class Unfinished {
public:
  Unfinished() = default;
  /// Takes the path that `make` makes and returns (empty: it failed, and there is nothing to take). No moment lies
  /// between the two for removeUnfinished(). `upTo`: also the directories above up to this one, as far as they are
  /// empty then.
  explicit Unfinished(const std::function<std::filesystem::path()> &make, const std::filesystem::path &upTo = {});
  Unfinished(Unfinished &&other) noexcept : number_(other.number_) { other.number_ = 0; }
  Unfinished &operator=(Unfinished &&other) noexcept;
  ~Unfinished() { done(); }

  void done(); ///< the path is whole, or gone

private:
  unsigned long number_ = 0; ///< 0: none
};

/// Deletes all of them, even while other threads still write there. For a program that is about to end: who makes or
/// finishes a path from now on waits for that.
void removeUnfinished();

} // namespace mlc
