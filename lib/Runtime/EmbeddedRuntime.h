// What was compiled for generated libraries when mlcompress was built.
#pragma once

#include <string_view>

namespace mlc {

/// The run-time part (lib/Runtime/embedded) as a relocatable ELF object for "x86_64" or "aarch64"; empty for
/// any other architecture.
std::string_view embeddedRuntimeObject(std::string_view arch);

/// tools/mlc-runner as an executable for "aarch64", which needs that architecture's libc and libdl; empty for
/// any other architecture.
std::string_view embeddedRunner(std::string_view arch);

} // namespace mlc
