// How far a result is from its reference.
#pragma once

#include "mlcompress/Reports.h"
#include "mlcompress/Result.h"

#include <string>

namespace mlc {

/// Collects the agreement of one output over samples, in memory that does not grow. Arithmetic is in double.
class OutputMetrics {
public:
  OutputMetrics(std::string name, DType dtype);

  /// Adds a sample. An Error where the two differ in element type or shape: nothing is added then.
  Result<void> add(const Tensor &reference, const Tensor &result);

  OutputAgreement finish() const;

private:
  /// Sums over elements that are finite on both sides.
  struct Sums {
    double reference2 = 0.0; ///< Σ r²
    double result2 = 0.0;    ///< Σ a²
    double product = 0.0;    ///< Σ r a
    double error2 = 0.0;     ///< Σ (a - r)²
  };
  static double cosine(const Sums &sums);
  void addTop1(const Tensor &reference, const Tensor &result);

  OutputAgreement counts_; ///< name, counts and extremes; the ratios are filled in by finish()
  Sums total_;
  double errorSum_ = 0.0;
  int64_t finite_ = 0;
  int64_t equal_ = 0;
  int64_t rows_ = 0, agreeingRows_ = 0; ///< of class scores
};

} // namespace mlc
