// What a pass of calibration did.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace mlc {

struct Observation {
  int64_t samples = 0;
  int64_t cached = 0; ///< of these, what the cache knew
  std::vector<std::string> warnings;
};

} // namespace mlc
