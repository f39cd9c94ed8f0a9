#include "Support/AtomicDirectory.h"

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <signal.h>
#include <unistd.h>

namespace mlc {

namespace fs = std::filesystem;

namespace {
/// True where every entry of the directory is manifest.json, listed in it, or the report beside it.
bool writtenByMlcompress(const fs::path &directory) {
  std::ifstream file(directory / "manifest.json");
  nlohmann::json manifest = nlohmann::json::parse(file, nullptr, /*allow_exceptions=*/false);
  if (!manifest.is_object() || manifest.value("tool", nlohmann::json()) != "mlcompress")
    return false;
  std::set<std::string> listed{"manifest.json", "report.json"};
  for (const nlohmann::json &row : manifest.value("files", nlohmann::json::array()))
    if (row.is_object() && row.contains("name") && row["name"].is_string())
      listed.insert(row["name"].get<std::string>());
  std::error_code error;
  for (fs::directory_iterator it(directory, error), end; !error && it != end; it.increment(error))
    if (!listed.count(it->path().filename().string()))
      return false;
  return !error;
}

bool isWorkingDirectoryOrAbove(const fs::path &directory) {
  std::error_code error;
  fs::path working = fs::current_path(error);
  for (fs::path above = working; !error; above = above.parent_path()) {
    if (fs::equivalent(above, directory, error))
      return true;
    if (above == above.parent_path())
      return false;
  }
  return false;
}

/// Removes what a killed process has left for the same destination.
void removeStale(const fs::path &parent, const std::string &prefix) {
  std::error_code error;
  for (fs::directory_iterator it(parent, error), end; !error && it != end; it.increment(error)) {
    std::string name = it->path().filename().string();
    if (!name.starts_with(prefix))
      continue;
    long pid = std::strtol(name.c_str() + prefix.size(), nullptr, 10);
    if (pid > 0 && ::kill(pid_t(pid), 0) != 0 && errno == ESRCH) {
      std::error_code ignored;
      fs::remove_all(it->path(), ignored);
    }
  }
}
} // namespace

Result<AtomicDirectory> AtomicDirectory::create(const std::string &destination, bool force) {
  auto fail = [&](const std::string &why) {
    return badInput(fmt::format("cannot write the directory '{}': {}", destination, why));
  };
  if (destination.empty())
    return usageError("the output directory has an empty name");
  AtomicDirectory directory;
  std::error_code error;
  fs::path path = fs::absolute(destination, error).lexically_normal();
  if (!path.has_filename()) // "out/"
    path = path.parent_path();
  if (fs::is_symlink(path, error))
    if (fs::path target = fs::canonical(path, error); !error)
      path = target;
  if (fs::exists(path, error)) {
    if (!fs::is_directory(path, error))
      return fail("a file of that name exists; choose another name with -o");
    if (isWorkingDirectoryOrAbove(path))
      return fail("it is the working directory or above it; choose another name with -o");
    bool empty = fs::is_empty(path, error);
    if (error)
      return fail(error.message());
    if (!empty && !force && !writtenByMlcompress(path))
      return fail("it exists and holds files that mlcompress did not write; choose another name with -o, or "
                  "replace it with --force");
  }
  directory.destination_ = path;
  fs::path parent = path.parent_path();
  for (fs::path above = parent; !above.empty() && !fs::exists(above, error); above = above.parent_path())
    directory.createdParent_ = above;

  static std::atomic<unsigned> counter{0};
  std::string prefix = fmt::format(".{}.mlc-", path.filename().string());
  fs::path temporary = parent / fmt::format("{}{}-{}", prefix, ::getpid(), counter++);
  directory.unfinished_ = Unfinished(
      [&] {
        if (!fs::create_directories(parent, error) && error)
          return fs::path();
        removeStale(parent, prefix);
        if (fs::create_directory(temporary, error))
          directory.temporary_ = temporary;
        return directory.temporary_;
      },
      directory.createdParent_);
  if (directory.temporary_.empty())
    return fail(error ? error.message() : "its temporary directory exists already");
  return directory;
}

AtomicDirectory::AtomicDirectory(AtomicDirectory &&other) noexcept
    : destination_(std::move(other.destination_)), temporary_(std::move(other.temporary_)),
      createdParent_(std::move(other.createdParent_)), unfinished_(std::move(other.unfinished_)) {
  other.temporary_.clear();
  other.createdParent_.clear();
}

AtomicDirectory::~AtomicDirectory() {
  std::error_code ignored;
  if (!temporary_.empty())
    fs::remove_all(temporary_, ignored);
  if (createdParent_.empty())
    return;
  // From the innermost outwards; stops at the first that has become someone else's.
  for (fs::path parent = destination_.parent_path();; parent = parent.parent_path())
    if (!fs::remove(parent, ignored) || parent == createdParent_)
      return;
}

Result<void> AtomicDirectory::commit() {
  auto fail = [&](int error) {
    return badInput(fmt::format("cannot write the directory '{}': {}", destination_.string(), std::strerror(error)));
  };
  // rename() replaces an empty directory by itself.
  if (std::rename(temporary_.c_str(), destination_.c_str()) != 0) {
    if (errno != ENOTEMPTY && errno != EEXIST)
      return fail(errno);
    if (::renameat2(AT_FDCWD, temporary_.c_str(), AT_FDCWD, destination_.c_str(), RENAME_EXCHANGE) == 0) {
      std::error_code ignored;
      fs::remove_all(temporary_, ignored); // now holds the old files
    } else {
      fs::path old = temporary_;
      old += "-old";
      if (std::rename(destination_.c_str(), old.c_str()) != 0)
        return fail(errno);
      if (std::rename(temporary_.c_str(), destination_.c_str()) != 0) {
        int error = errno;
        std::rename(old.c_str(), destination_.c_str());
        return fail(error);
      }
      std::error_code ignored;
      fs::remove_all(old, ignored);
    }
  }
  temporary_.clear();
  createdParent_.clear();
  unfinished_.done();
  return {};
}

} // namespace mlc
