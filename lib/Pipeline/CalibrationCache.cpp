#include "Pipeline/CalibrationCache.h"

#include "Support/Sha256.h"
#include "mlcompress/Compiler.h"
#include "targets/Target.h"

#include <cerrno>
#include <cstdlib>
#include <dlfcn.h>
#include <filesystem>
#include <fmt/format.h>
#include <set>
#include <signal.h>
#include <sys/stat.h>

using namespace mlir;

namespace mlc {

namespace fs = std::filesystem;

static constexpr const char *kExtension = ".calib";
static constexpr int64_t kLargestFile = int64_t(1) << 30, kLargestDirectory = int64_t(4) << 30;

static std::string defaultDirectory() {
  if (const char *cache = std::getenv("XDG_CACHE_HOME"); cache && *cache == '/')
    return std::string(cache) + "/mlcompress/calibration";
  if (const char *home = std::getenv("HOME"); home && *home == '/')
    return std::string(home) + "/.cache/mlcompress/calibration";
  return "";
}

Result<CalibrationCache> CalibrationCache::open(const CalibrationCacheOptions &options) {
  CalibrationCache cache;
  if (!options.use)
    return cache;
  cache.directory_ = options.directory.empty() ? defaultDirectory() : options.directory;
  std::error_code error;
  if (cache.used())
    fs::create_directories(cache.directory_, error);
  if (!error && cache.used() && !fs::is_directory(cache.directory_))
    error = std::make_error_code(std::errc::not_a_directory);
  if (!error)
    return cache;
  if (!options.directory.empty())
    return badInput(fmt::format("cannot keep calibration in '{}': {}; name another directory with --calib-cache, or "
                                "go without one with --no-calib-cache",
                                options.directory, error.message()));
  cache.directory_.clear();
  return cache;
}

// The version, and the build of this very code: a developer's next build may see other numbers.
static std::string toolStamp() {
  std::string stamp = version();
  Dl_info info;
  struct stat file;
  if (::dladdr(reinterpret_cast<const void *>(&toolStamp), &info) != 0 && info.dli_fname &&
      ::stat(info.dli_fname, &file) == 0)
    stamp += fmt::format(" {} {}.{}", file.st_size, file.st_mtim.tv_sec, file.st_mtim.tv_nsec);
  return stamp;
}

// The module's text, with the hashes of its weights in place of their names.
static std::string textOf(ModuleOp module) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  module.print(stream, OpPrintingFlags().elideLargeResourceString(0));
  std::map<std::string, std::string> hashes = graph::WeightStore::of(module.getContext()).hashes();
  constexpr std::string_view kResource = "dense_resource<";
  std::string result;
  size_t from = 0;
  for (size_t at; (at = text.find(kResource, from)) != std::string::npos;) {
    size_t name = at + kResource.size(), end = text.find('>', name);
    result.append(text, from, name - from);
    auto hash = hashes.find(text.substr(name, end - name));
    result += hash == hashes.end() ? text.substr(name, end - name) : hash->second;
    from = end;
  }
  return result.append(text, from);
}

std::vector<std::string> CalibrationCache::places(const std::string &kinds, ModuleOp tapped, const DataSet &data,
                                                  const std::vector<size_t> &samples) const {
  if (!used())
    return {};
  auto host = findTarget("host");
  std::string key = sha256(fmt::format("{}\n{}\n{}\n{}", toolStamp(), host ? host->name : "", kinds, textOf(tapped))),
              chain;
  std::vector<std::string> places;
  for (size_t i = 0; i <= samples.size(); ++i) {
    places.push_back(
        (fs::path(directory_) / fmt::format("{}-{}{}", key.substr(0, 32), chain.substr(0, 32), kExtension)).string());
    if (i == samples.size())
      break;
    auto fingerprint = data.fingerprint(samples[i]);
    if (!fingerprint)
      break; // whoever reads the sample says why
    chain = sha256(chain + *fingerprint);
  }
  return places;
}

CalibrationCache::Found CalibrationCache::load(const std::vector<std::string> &places,
                                               const std::vector<Observer *> &observers,
                                               std::vector<std::string> &warnings) const {
  for (size_t samples = places.empty() ? 0 : places.size() - 1; samples > 0; --samples) {
    const std::string &path = places[samples];
    std::error_code error;
    if (!fs::exists(path, error))
      continue;
    StateReader file(path);
    Found found{file.value<int64_t>(), file.value<uint8_t>() != 0};
    bool fits = found.samples == static_cast<int64_t>(samples);
    for (size_t i = 0; fits && i < observers.size() && file.ok(); ++i)
      observers[i]->load(file);
    if (fits && file.finished()) {
      fs::last_write_time(path, fs::file_time_type::clock::now(), error); // what is used stays
      return found;
    }
    warnings.push_back(fmt::format("'{}' is damaged and was not used: calibrated anew", path));
    for (Observer *observer : observers)
      observer->clear();
  }
  return {};
}

void CalibrationCache::save(const std::vector<std::string> &places, Found state,
                            const std::vector<Observer *> &observers) const {
  if (state.samples <= 0 || state.samples >= static_cast<int64_t>(places.size()))
    return;
  StateWriter file(places[state.samples], kLargestFile);
  file.value(state.samples);
  file.value(static_cast<uint8_t>(state.whole));
  for (const Observer *observer : observers)
    observer->save(file);
  if (file.commit())
    trim();
}

void CalibrationCache::drop(const std::vector<std::string> &places, int64_t samples) const {
  std::error_code ignored;
  if (samples > 0 && samples < static_cast<int64_t>(places.size()))
    fs::remove(places[samples], ignored);
}

// Removes what was used longest ago beyond the limit, and what killed processes have left.
void CalibrationCache::trim() const {
  std::error_code error;
  std::set<std::pair<fs::file_time_type, fs::path>> files;
  int64_t total = 0;
  for (fs::directory_iterator it(directory_, error), end; !error && it != end; it.increment(error)) {
    std::error_code gone; // by another process
    std::string name = it->path().filename().string();
    if (size_t at = name.rfind(".mlc-"); name.starts_with(".") && at != std::string::npos) {
      long pid = std::strtol(name.c_str() + at + 5, nullptr, 10);
      if (pid > 0 && ::kill(static_cast<pid_t>(pid), 0) != 0 && errno == ESRCH)
        fs::remove(it->path(), gone);
    } else if (it->path().extension() == kExtension) {
      auto size = static_cast<int64_t>(it->file_size(gone));
      auto time = it->last_write_time(gone);
      if (gone)
        continue;
      files.insert({time, it->path()});
      total += size;
    }
  }
  for (const auto &[time, path] : files) {
    if (total <= kLargestDirectory)
      break;
    std::error_code gone;
    auto size = static_cast<int64_t>(fs::file_size(path, gone));
    if (!gone && fs::remove(path, gone))
      total -= size;
  }
}

} // namespace mlc
