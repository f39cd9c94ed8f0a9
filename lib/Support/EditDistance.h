// "did you mean": the known name that is nearest to a mistyped one.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mlc {

/// Insertions, deletions, substitutions and swaps of neighbours that turn `a` into `b` (restricted
/// Damerau-Levenshtein), letter case ignored.
size_t editDistance(std::string_view a, std::string_view b);

/// The candidate with the smallest distance, where that is at most a third of the longer name (at least 1);
/// of equal ones the first.
std::optional<std::string> nearestName(std::string_view name, const std::vector<std::string> &candidates);

/// " (did you mean 'x'?)", or "" where nothing is near.
std::string didYouMean(std::string_view name, const std::vector<std::string> &candidates);

} // namespace mlc
