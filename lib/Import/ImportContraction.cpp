// Matrix products.
#include "Import/Contractions.h"
#include "Import/OperatorTable.h"

using namespace mlir;
using namespace mlc::graph;

namespace mlc::importer {

namespace {

Results matmul(Node &n) { return {n.create<MatmulOp>(n.require(0), n.require(1))}; }

Results gemmOperator(Node &n) { return {gemm(n)}; }

// A zero point as the dialect has it: a scalar, or one value a row or column.
Value zeroPoint(Node &n, size_t i, Value operand) {
  Value zero = n.input(i);
  if (!zero)
    return n.scalarLike(operand, 0);
  if (n.element(zero) != n.element(operand))
    n.invalid("a zero point's element type differs from its operand's");
  if (n.rank(zero) > 1)
    n.unsupported("zero points with more than one dimension");
  return n.perTensor(zero);
}

Results matmulInteger(Node &n) {
  Value a = n.require(0), b = n.require(1);
  for (Value operand : {a, b})
    if (!n.element(operand).isInteger(8))
      n.invalid("the operands are not of 8 bits");
  return {n.create<MatmulIntegerOp>(a, b, zeroPoint(n, 2, a), zeroPoint(n, 3, b))};
}

} // namespace

Value gemm(Node &n) {
  Value a = n.require(0), b = n.require(1), c = n.input(2);
  if (n.rank(a) != 2 || n.rank(b) != 2)
    n.invalid("the operands are not matrices");
  if (n.integer("transA", 0))
    a = n.transpose(a, {1, 0});
  if (n.integer("transB", 0))
    b = n.transpose(b, {1, 0});
  Value product = n.create<MatmulOp>(a, b);
  float alpha = n.number("alpha", 1), beta = n.number("beta", 1);
  if (alpha != 1)
    product = n.mul(product, n.scalarLike(product, alpha));
  if (!c)
    return product;
  if (beta != 1)
    c = n.mul(c, n.scalarLike(c, beta));
  return n.add(product, c);
}

void addContractionOperators(Rows &rows) {
  using T = Types;
  rows.insert(rows.end(), {
                              {"Gemm", 6, 28, T::Numeric, gemmOperator},
                              {"MatMul", 6, 28, T::Numeric, matmul},
                              {"MatMulInteger", 10, 28, T::Integer, matmulInteger, "zero points of rank 0 or 1"},
                          });
}

} // namespace mlc::importer
