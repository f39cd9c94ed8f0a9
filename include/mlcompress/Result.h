// Errors as values: the one way in which a part of mlcompress reports what a user can mend.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace mlc {

/// Process exit codes of the command line tool; documented in the README.
enum class ExitCode : int {
  Pass = 0,         ///< everything asked for was done, every gate passed
  GateFailed = 1,   ///< an accuracy or size gate failed
  Usage = 2,        ///< the command line is wrong
  Unsupported = 3,  ///< the model uses something that is not supported
  BadInput = 4,     ///< a file is missing, unreadable or malformed
  Inconclusive = 5, ///< no gate failed, but the samples are too few to decide one
};

/// A failure: its class and one message that names the cause and the way out.
struct Error {
  ExitCode code = ExitCode::BadInput;
  std::string message;
};

inline Error badInput(std::string message) { return {ExitCode::BadInput, std::move(message)}; }
inline Error usageError(std::string message) { return {ExitCode::Usage, std::move(message)}; }
inline Error unsupported(std::string message) { return {ExitCode::Unsupported, std::move(message)}; }

/// A value or an Error. Test with `if (!r)`, then use `*r` or `r.error()`.
template <typename T> class [[nodiscard]] Result {
public:
  Result(T value) : state_(std::move(value)) {}
  Result(Error error) : state_(std::move(error)) {}

  explicit operator bool() const { return state_.index() == 0; }
  T &operator*() { return std::get<0>(state_); }
  const T &operator*() const { return std::get<0>(state_); }
  T *operator->() { return &std::get<0>(state_); }
  const T *operator->() const { return &std::get<0>(state_); }
  const Error &error() const { return std::get<1>(state_); }

private:
  std::variant<T, Error> state_;
};

/// Success without a value, or an Error.
template <> class [[nodiscard]] Result<void> {
public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}

  explicit operator bool() const { return !error_; }
  const Error &error() const { return *error_; }

private:
  std::optional<Error> error_;
};

} // namespace mlc
