// Scaled dot-product attention, which several operators are forms of.
#pragma once

#include "Import/Node.h"

namespace mlc::importer {

/// [batch, length, heads * size] as [batch, heads, length, size], and back.
mlir::Value splitHeads(Node &n, mlir::Value value, int64_t heads);
mlir::Value joinHeads(Node &n, mlir::Value value);

struct AttentionOperands {
  mlir::Value query;      ///< [batch, heads, queries, size]
  mlir::Value key, value; ///< [batch, key heads, keys, size]; each serves heads / key heads queries
  mlir::Value bias;       ///< added to the scores, broadcast to [batch, heads, queries, keys]; or null
  mlir::Value allowed;    ///< i1, broadcast the same; a row that allows nothing gives zeros; or null
  float scale;            ///< of the scores
  float softcap = 0;      ///< scores become tanh(scores / softcap) * softcap; 0: as they are
  mlir::Type softmaxType; ///< what the softmax is computed in; null: as the operands
};

struct AttentionResults {
  mlir::Value output;                            ///< [batch, heads, queries, value size]
  mlir::Value scores, capped, biased, softmaxed; ///< [batch, heads, queries, keys] after each stage
};

/// softmax(query keyᵀ * scale + bias) value. Vaswani et al., arXiv 1706.03762; ONNX Attention.
AttentionResults attend(Node &n, const AttentionOperands &operands);

/// The head's halves (or, `interleaved`, its even and odd elements) turned by an angle:
/// (a cos - b sin, a sin + b cos) in the first `rotated` elements of [batch, length, heads, size], with `cosine` and
/// `sine` [batch or 1, length, 1, rotated / 2]. Su et al., arXiv 2104.09864.
mlir::Value rotate(Node &n, mlir::Value value, mlir::Value cosine, mlir::Value sine, const Dim &rotated,
                   bool interleaved);

} // namespace mlc::importer
