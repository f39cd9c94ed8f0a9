#include "Runtime/EmbeddedRuntime.h"

extern "C" {
extern const char mlc_embedded_runtime_x86_64[], mlc_embedded_runtime_x86_64_end[];
extern const char mlc_embedded_runtime_aarch64[], mlc_embedded_runtime_aarch64_end[];
extern const char mlc_embedded_runner_aarch64[], mlc_embedded_runner_aarch64_end[];
}

namespace mlc {

static std::string_view between(const char *begin, const char *end) {
  return {begin, static_cast<size_t>(end - begin)};
}

std::string_view embeddedRuntimeObject(std::string_view arch) {
  if (arch == "x86_64")
    return between(mlc_embedded_runtime_x86_64, mlc_embedded_runtime_x86_64_end);
  if (arch == "aarch64")
    return between(mlc_embedded_runtime_aarch64, mlc_embedded_runtime_aarch64_end);
  return {};
}

std::string_view embeddedRunner(std::string_view arch) {
  if (arch == "aarch64")
    return between(mlc_embedded_runner_aarch64, mlc_embedded_runner_aarch64_end);
  return {};
}

} // namespace mlc
