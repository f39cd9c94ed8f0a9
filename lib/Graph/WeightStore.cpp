#include "Graph/WeightStore.h"
#include "Graph/Graph.h"

#include "mlir/IR/AttrTypeSubElements.h"
#include "llvm/Support/xxhash.h"

#include <set>

using namespace mlir;

namespace mlc::graph {

WeightStore &WeightStore::of(MLIRContext *context) { return context->getOrLoadDialect<GraphDialect>()->weights(); }

DenseResourceElementsAttr WeightStore::get(RankedTensorType type, Bytes bytes) {
  std::lock_guard<std::mutex> lock(mutex_);
  llvm::XXH128_hash_t hash = llvm::xxh3_128bits(
      llvm::ArrayRef<uint8_t>(reinterpret_cast<const uint8_t *>(bytes.data.data()), bytes.data.size()));
  auto key = std::make_pair(hash.high64, hash.low64);
  auto found = entries_.find(key);
  if (found != entries_.end())
    return DenseResourceElementsAttr::get(type, found->second.handle);

  auto owner = bytes.owner;
  AsmResourceBlob blob(
      bytes.data, 64, [owner](void *, size_t, size_t) mutable { owner.reset(); },
      /*dataIsMutable=*/false);
  auto &manager = DenseResourceElementsHandle::getManagerInterface(type.getContext());
  DenseResourceElementsHandle handle = manager.insert("weight_" + std::to_string(serial_++), std::move(blob));
  entries_.emplace(key, Entry{handle, static_cast<int64_t>(bytes.data.size())});
  return DenseResourceElementsAttr::get(type, handle);
}

void WeightStore::keep(Operation *root, bool on) {
  std::lock_guard<std::mutex> lock(mutex_);
  if (on)
    kept_.insert(root);
  else
    kept_.erase(kept_.find(root));
}

void WeightStore::collect(Operation *root) {
  std::lock_guard<std::mutex> lock(mutex_);
  std::set<const void *> used;
  auto mark = [&](ConstantOp op) {
    if (auto resource = dyn_cast<DenseResourceElementsAttr>(op.getValue()))
      used.insert(resource.getRawHandle().getResource());
  };
  root->walk(mark);
  for (Operation *other : kept_)
    other->walk(mark);
  for (auto it = entries_.begin(); it != entries_.end();) {
    if (used.count(it->second.handle.getResource())) {
      ++it;
      continue;
    }
    it->second.handle.getResource()->setBlob(AsmResourceBlob());
    it = entries_.erase(it);
  }
}

std::map<std::string, std::string> WeightStore::hashes() const {
  std::lock_guard<std::mutex> lock(mutex_);
  std::map<std::string, std::string> hashes;
  for (const auto &[hash, entry] : entries_)
    hashes[DenseResourceElementsHandle(entry.handle).getKey().str()] =
        llvm::utohexstr(hash.first) + "-" + llvm::utohexstr(hash.second);
  return hashes;
}

int64_t WeightStore::heldBytes() const {
  std::lock_guard<std::mutex> lock(mutex_);
  int64_t total = 0;
  for (const auto &[key, entry] : entries_)
    total += entry.size;
  return total;
}

} // namespace mlc::graph
