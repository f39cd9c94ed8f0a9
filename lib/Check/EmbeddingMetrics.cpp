// Metrics of embeddings: each row of the output's last dimension is one.
#include "Check/Measure.h"

#include <Eigen/Core>
#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

namespace mlc {
namespace {

double cosineOf(std::span<const double> a, std::span<const double> b) {
  double aa = 0, bb = 0, ab = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    aa += a[i] * a[i];
    bb += b[i] * b[i];
    ab += a[i] * b[i];
  }
  if (aa == 0 || bb == 0)
    return aa == bb;
  double cosine = ab / std::sqrt(aa) / std::sqrt(bb);
  return std::isnan(cosine) ? 0 : std::clamp(cosine, -1.0, 1.0);
}

// Mean over rows; the truth is always the original's row.
class Cosine : public SumMeasure {
public:
  DropRule rule() const override { return DropRule::Fraction; }
  Result<void> add(const Tensor *, std::span<const Tensor *const> original,
                   std::span<const Tensor *const> compressed) override {
    Rows a = rowsOf(*original[0]), b = rowsOf(*compressed[0]);
    for (int64_t i = 0; i < a.count; ++i)
      append(std::array{1.0, 1.0}, std::array{cosineOf(a.row(i), b.row(i)), 1.0});
    return {};
  }

protected:
  MetricValues of(std::span<const double>, std::span<const double> b) const override { return {1.0, b[0] / b[1]}; }
};

// Of each row's K nearest neighbours among all rows of the original, by cosine, the share that the compressed rows have
// too.
class NeighbourRecall : public Measure {
public:
  explicit NeighbourRecall(int64_t k) : k_(k) {}
  DropRule rule() const override { return DropRule::Fraction; }
  size_t items() const override { return width_ ? original_.size() / width_ : 0; }
  Result<void> add(const Tensor *, std::span<const Tensor *const> original,
                   std::span<const Tensor *const> compressed) override {
    Rows a = rowsOf(*original[0]), b = rowsOf(*compressed[0]);
    if (width_ && static_cast<size_t>(a.width) != width_)
      return badInput("embeddings of different length cannot be neighbours");
    width_ = static_cast<size_t>(a.width);
    original_.insert(original_.end(), a.values.begin(), a.values.end());
    compressed_.insert(compressed_.end(), b.values.begin(), b.values.end());
    recalls_.clear();
    return {};
  }
  MetricValues value(std::span<const uint32_t> chosen) const override {
    if (recalls_.empty())
      compare();
    double sum = 0;
    for (uint32_t item : chosen)
      sum += recalls_[item];
    return {1.0, chosen.empty() ? 1.0 : sum / static_cast<double>(chosen.size())};
  }

private:
  using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  Matrix unit(const std::vector<double> &values) const {
    Matrix rows = Eigen::Map<const Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>(
                      values.data(), static_cast<Eigen::Index>(items()), static_cast<Eigen::Index>(width_))
                      .cast<float>();
    rows.rowwise().normalize();
    return rows;
  }
  static std::vector<Eigen::Index> nearest(const Eigen::VectorXf &similarity, Eigen::Index self, size_t k) {
    std::vector<Eigen::Index> order(static_cast<size_t>(similarity.size()));
    std::iota(order.begin(), order.end(), 0);
    std::erase(order, self);
    k = std::min(k, order.size());
    std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(k), order.end(),
                      [&](Eigen::Index x, Eigen::Index y) {
                        return similarity[x] != similarity[y] ? similarity[x] > similarity[y] : x < y;
                      });
    order.resize(k);
    std::sort(order.begin(), order.end());
    return order;
  }
  void compare() const {
    Matrix a = unit(original_), b = unit(compressed_);
    for (Eigen::Index i = 0; i < a.rows(); ++i) {
      auto wanted = nearest(a * a.row(i).transpose(), i, static_cast<size_t>(k_));
      auto found = nearest(b * b.row(i).transpose(), i, static_cast<size_t>(k_));
      std::vector<Eigen::Index> both;
      std::set_intersection(wanted.begin(), wanted.end(), found.begin(), found.end(), std::back_inserter(both));
      recalls_.push_back(wanted.empty() ? 1.0 : double(both.size()) / double(wanted.size()));
    }
  }
  int64_t k_;
  size_t width_ = 0;
  std::vector<double> original_, compressed_;
  mutable std::vector<double> recalls_; // of each item, once all are there
};

} // namespace

std::vector<MeasureKind> embeddingMeasures() {
  return {
      {"cosine", [](const MeasureArguments &) -> std::unique_ptr<Measure> { return std::make_unique<Cosine>(); }, {}},
      {"recall",
       [](const MeasureArguments &arguments) -> std::unique_ptr<Measure> {
         return std::make_unique<NeighbourRecall>(arguments.k ? arguments.k : 10);
       },
       {}}};
}

} // namespace mlc
