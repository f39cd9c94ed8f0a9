#include "Support/Unfinished.h"

#include <map>
#include <mutex>
#include <utility>

namespace mlc {

namespace fs = std::filesystem;

namespace {
struct Registry {
  std::mutex mutex;
  std::map<unsigned long, std::pair<fs::path, fs::path>> paths;
  unsigned long last = 0;
};
// Never destroyed: objects of static storage may end after it.
Registry &registry() {
  static Registry *all = new Registry;
  return *all;
}
} // namespace

Unfinished::Unfinished(const std::function<fs::path()> &make, const fs::path &upTo) {
  Registry &all = registry();
  std::lock_guard<std::mutex> lock(all.mutex);
  fs::path path = make();
  if (path.empty())
    return;
  number_ = ++all.last;
  all.paths[number_] = {path, upTo};
}

Unfinished &Unfinished::operator=(Unfinished &&other) noexcept {
  std::swap(number_, other.number_);
  return *this;
}

void Unfinished::done() {
  if (number_ == 0)
    return;
  Registry &all = registry();
  std::lock_guard<std::mutex> lock(all.mutex);
  all.paths.erase(number_);
  number_ = 0;
}

void removeUnfinished() {
  Registry &all = registry();
  all.mutex.lock(); // and keeps it
  for (const auto &[number, paths] : all.paths) {
    const auto &[path, upTo] = paths;
    std::error_code error;
    // A file may appear between the listing and the removal.
    for (int tries = 0; tries < 10 && fs::exists(path, error); ++tries)
      fs::remove_all(path, error);
    for (fs::path above = path.parent_path(); !upTo.empty(); above = above.parent_path())
      if (!fs::remove(above, error) || above == upTo)
        break;
  }
}

} // namespace mlc
