#include "Runtime/Runner.h"

#include "Runtime/EmbeddedRuntime.h"
#include "Runtime/LoadedModel.h"
#include "Runtime/TensorContainer.h"
#include "Support/FileBytes.h"
#include "Support/TemporaryFile.h"

#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <optional>

extern char **environ;

namespace mlc {

namespace {

/// The words of a command line; empty where a quote is not closed.
std::optional<std::vector<std::string>> splitCommand(const std::string &command) {
  std::vector<std::string> words;
  std::string word;
  bool inWord = false;
  char quote = 0;
  for (char c : command) {
    if (quote) {
      if (c == quote)
        quote = 0;
      else
        word += c;
    } else if (c == '\'' || c == '"') {
      quote = c;
      inWord = true;
    } else if (c == ' ' || c == '\t' || c == '\n') {
      if (inWord)
        words.push_back(word);
      word.clear();
      inWord = false;
    } else {
      word += c;
      inWord = true;
    }
  }
  if (quote)
    return std::nullopt;
  if (inWord)
    words.push_back(word);
  return words;
}

/// Runs a program, its standard output and error into a file; the wait status, or an Error where it cannot
/// start.
Result<int> runProgram(const std::vector<std::string> &words, const std::string &messagesPath) {
  std::vector<char *> argv;
  for (const std::string &word : words)
    argv.push_back(const_cast<char *>(word.c_str()));
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 1, messagesPath.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  posix_spawn_file_actions_adddup2(&actions, 1, 2);
  // A signal that this program takes in a thread of its own is blocked here; the runner takes it as usual.
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  pid_t child;
  int failure = posix_spawnp(&child, argv[0], &actions, &attributes, argv.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (failure)
    return badInput("cannot start the runner '" + words[0] + "': " + std::strerror(failure));
  int status;
  while (waitpid(child, &status, 0) < 0)
    if (errno != EINTR)
      return badInput("lost the runner '" + words[0] + "': " + std::strerror(errno));
  return status;
}

std::string lastMessages(const std::string &path) {
  auto bytes = readFile(path);
  if (!bytes)
    return "";
  std::string text(reinterpret_cast<const char *>(bytes->data()), bytes->size());
  while (!text.empty() && text.back() == '\n')
    text.pop_back();
  return text.size() > 2000 ? text.substr(text.size() - 2000) : text;
}

} // namespace

Result<std::vector<NamedTensor>> runThroughRunner(const std::string &libraryPath, const std::string &runnerCommand,
                                                  const std::vector<NamedTensor> &inputs) {
  auto architecture = libraryArchitecture(libraryPath);
  if (!architecture)
    return architecture.error();
  std::string_view runner = embeddedRunner(*architecture);
  if (runner.empty())
    return usageError("--runner is for aarch64 libraries; '" + libraryPath + "' is one for " + *architecture);
  auto words = splitCommand(runnerCommand);
  if (!words || words->empty())
    return usageError("--runner: '" + runnerCommand + "' is not a command");

  auto runnerFile = TemporaryFile::create("mlc-runner");
  if (!runnerFile)
    return runnerFile.error();
  const std::string &runnerPath = runnerFile->path();
  auto beside = [&](const char *name) { return (std::filesystem::path(runnerPath).parent_path() / name).string(); };
  if (auto written = writeFile(runnerPath, runner); !written)
    return written.error();
  if (chmod(runnerPath.c_str(), 0700) != 0)
    return badInput("cannot make '" + runnerPath + "' executable: " + std::strerror(errno));
  if (auto written = writeTensorContainer(beside("inputs"), inputs); !written)
    return written.error();

  words->push_back(runnerPath);
  words->push_back(std::filesystem::absolute(libraryPath).string());
  words->push_back(beside("inputs"));
  words->push_back(beside("outputs"));
  auto status = runProgram(*words, beside("messages"));
  if (!status)
    return status.error();
  if (*status != 0) {
    std::string how = WIFSIGNALED(*status) ? "was ended by signal " + std::to_string(WTERMSIG(*status))
                                           : "ended with code " + std::to_string(WEXITSTATUS(*status));
    return badInput("the runner '" + runnerCommand + "' " + how + ": " + lastMessages(beside("messages")));
  }
  return readTensorContainer(beside("outputs"));
}

} // namespace mlc
