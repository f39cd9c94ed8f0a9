#include "Import/Layout.h"

using namespace mlir;

namespace mlc::importer {

Value channelsFirst(Node &n, Value x) {
  SmallVector<int64_t> perm{0, n.rank(x) - 1};
  for (int64_t d = 1; d + 1 < n.rank(x); ++d)
    perm.push_back(d);
  return n.transpose(x, perm);
}

Value channelsLast(Node &n, Value x) {
  SmallVector<int64_t> perm{0};
  for (int64_t d = 2; d < n.rank(x); ++d)
    perm.push_back(d);
  perm.push_back(1);
  return n.transpose(x, perm);
}

} // namespace mlc::importer
