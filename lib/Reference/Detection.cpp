#include "Reference/Families.h"
#include "Reference/Indexing.h"

#include <algorithm>
#include <array>
#include <numeric>

using namespace mlir;

namespace mlc::reference {
namespace {

// top, left, bottom, right
using Box = std::array<float, 4>;

Box cornersOf(const float *b, bool center) {
  if (center)
    return {b[1] - b[3] / 2, b[0] - b[2] / 2, b[1] + b[3] / 2, b[0] + b[2] / 2};
  return {std::min(b[0], b[2]), std::min(b[1], b[3]), std::max(b[0], b[2]), std::max(b[1], b[3])};
}

float intersectionOverUnion(const Box &x, const Box &y) {
  float height = std::min(x[2], y[2]) - std::max(x[0], y[0]), width = std::min(x[3], y[3]) - std::max(x[1], y[1]);
  auto area = [](const Box &box) { return (box[3] - box[1]) * (box[2] - box[0]); };
  float common = width * height, together = area(x) + area(y) - common;
  if (height <= 0 || width <= 0 || area(x) <= 0 || area(y) <= 0 || together <= 0)
    return 0;
  return common / together;
}

} // namespace

Tensors evaluateNode(graph::NonMaxSuppressionOp op, Operands operands) {
  const Tensor &boxes = *operands[0], &scores = *operands[1];
  int64_t entries = boxes.shape[0], count = boxes.shape[1], classes = scores.shape[1];
  if (boxes.shape[2] != 4 || scores.shape[0] != entries || scores.shape[2] != count)
    return badInput("boxes " + describeShape(boxes.shape) + " with scores " + describeShape(scores.shape));
  int64_t most = *operands[2]->data<int64_t>();
  float overlap = *operands[3]->data<float>();
  std::vector<int64_t> chosen;
  for (int64_t entry = 0; entry < entries; ++entry)
    for (int64_t c = 0; c < classes; ++c) {
      const float *score = scores.data<float>() + (entry * classes + c) * count;
      std::vector<int64_t> order(count);
      std::iota(order.begin(), order.end(), 0);
      std::stable_sort(order.begin(), order.end(), [&](int64_t i, int64_t j) { return score[i] > score[j]; });
      std::vector<Box> stayed;
      for (int64_t i : order) {
        if (operands.size() > 4 && !(score[i] > *operands[4]->data<float>()))
          continue;
        Box box = cornersOf(boxes.data<float>() + (entry * count + i) * 4, op.getCenter());
        bool covered = std::any_of(stayed.begin(), stayed.end(),
                                   [&](const Box &other) { return intersectionOverUnion(other, box) > overlap; });
        if (covered || static_cast<int64_t>(stayed.size()) >= most)
          continue;
        stayed.push_back(box);
        chosen.insert(chosen.end(), {entry, c, i});
      }
    }
  Tensor out(DType::Int64, {static_cast<int64_t>(chosen.size()) / 3, 3});
  std::copy(chosen.begin(), chosen.end(), out.data<int64_t>());
  return one(std::move(out));
}

} // namespace mlc::reference
