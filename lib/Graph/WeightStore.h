// Where constants above 1 KiB live: content-hashed, de-duplicated, emptied when their last user is gone.
#pragma once

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/Operation.h"

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>

namespace mlc::graph {

/// One a context, owned by the graph dialect. MLIR's own manager keeps a blob as long as the context lives;
/// this store hands MLIR the entries and takes the bytes back.
class WeightStore {
public:
  static WeightStore &of(mlir::MLIRContext *context);

  /// Bytes with an owner: mapped file data, or a vector. The owner is released when the last user is gone.
  struct Bytes {
    llvm::ArrayRef<char> data;
    std::shared_ptr<const void> owner;
  };

  /// The resource attribute for these bytes; equal bytes give the same resource.
  mlir::DenseResourceElementsAttr get(mlir::RankedTensorType type, Bytes bytes);

  /// Empties every blob that no constant under `root`, or under a module that is kept, refers to. Call between stages.
  void collect(mlir::Operation *root);

  /// Keeps another module's weights while this object lives: a context may hold a model and a copy of it.
  class Keep {
  public:
    explicit Keep(mlir::Operation *root) : store_(WeightStore::of(root->getContext())), root_(root) {
      store_.keep(root_, true);
    }
    ~Keep() { store_.keep(root_, false); }
    Keep(const Keep &) = delete;
    Keep &operator=(const Keep &) = delete;

  private:
    WeightStore &store_;
    mlir::Operation *root_;
  };

  /// Hash of the bytes of the resource of this name, of all that are held.
  std::map<std::string, std::string> hashes() const;
  /// Bytes held now.
  int64_t heldBytes() const;

private:
  void keep(mlir::Operation *root, bool on);

  struct Entry {
    mlir::DenseResourceElementsHandle handle;
    int64_t size;
  };
  mutable std::mutex mutex_;
  std::map<std::pair<uint64_t, uint64_t>, Entry> entries_; // by content hash (XXH3-128)
  std::multiset<mlir::Operation *> kept_;
  int64_t serial_ = 0;
};

} // namespace mlc::graph
