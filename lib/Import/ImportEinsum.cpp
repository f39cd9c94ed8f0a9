// Einsum as transposes, sums and matrix products.
#include "Import/OperatorTable.h"

#include <map>

using namespace mlir;
using namespace mlc::graph;

namespace mlc::importer {

namespace {

// An operand whose dimensions have names; dimensions of an ellipsis are named by digits, the last is '0'.
struct Term {
  Value value;
  std::string labels;
};

bool has(StringRef labels, char label) { return labels.contains(label); }

// The dimensions in the order of `wanted`, which names each of them once.
Value ordered(Node &n, const Term &term, StringRef wanted) {
  SmallVector<int64_t> perm;
  for (char label : wanted)
    perm.push_back(static_cast<int64_t>(term.labels.find(label)));
  return n.transpose(term.value, perm);
}

Term summed(Node &n, Term term, llvm::function_ref<bool(char)> drop) {
  SmallVector<int64_t> axes;
  std::string kept;
  for (auto [i, label] : llvm::enumerate(term.labels)) {
    if (drop(label))
      axes.push_back(static_cast<int64_t>(i));
    else
      kept += label;
  }
  return {n.reduce(ReduceKind::Sum, term.value, axes, /*keepdims=*/false), kept};
}

// Where a label stands twice, only elements with equal positions count: the others become 0 and are summed away.
Term withoutRepeats(Node &n, Term term) {
  for (size_t i = 0; i < term.labels.size(); ++i)
    for (size_t j = i + 1; j < term.labels.size(); ++j) {
      if (term.labels[i] != term.labels[j])
        continue;
      auto rank = static_cast<int64_t>(term.labels.size());
      auto place = [&](size_t at) {
        auto axis = static_cast<int64_t>(at);
        return n.alignAt(n.range(n.dim(term.value, axis)), axis, rank);
      };
      Value equal = n.compare(CompareKind::Eq, place(i), place(j));
      Value kept = n.select(equal, term.value, n.scalarLike(term.value, 0));
      term.value = n.reduce(ReduceKind::Sum, kept, {static_cast<int64_t>(j)}, /*keepdims=*/false);
      term.labels.erase(j--, 1);
    }
  return term;
}

// The sum of products over labels that neither the result nor a later operand has (`later` holds those that do).
Term multiplied(Node &n, Term a, Term b, StringRef later) {
  a = summed(n, a, [&](char label) { return !has(b.labels, label) && !has(later, label); });
  b = summed(n, b, [&](char label) { return !has(a.labels, label) && !has(later, label); });
  std::string batch, rows, columns, inner;
  for (char label : a.labels)
    (!has(b.labels, label) ? rows : has(later, label) ? batch : inner) += label;
  for (char label : b.labels)
    if (!has(a.labels, label))
      columns += label;
  auto sizes = [&](const Term &term, StringRef labels) {
    SmallVector<Dim> dims;
    for (char label : labels)
      dims.push_back(n.dim(term.value, static_cast<int64_t>(term.labels.find(label))));
    return dims;
  };
  auto product = [&](ArrayRef<Dim> dims) {
    Dim all = 1;
    for (const Dim &dim : dims)
      all = n.combine(BinaryKind::Mul, all, dim);
    return all;
  };
  SmallVector<Dim> rowSizes = sizes(a, rows), columnSizes = sizes(b, columns), shape = sizes(a, batch);
  shape.append({product(rowSizes), product(sizes(a, inner))});
  Value left = n.reshape(ordered(n, a, batch + rows + inner), shape);
  shape = sizes(b, batch);
  shape.append({product(sizes(b, inner)), product(columnSizes)});
  Value right = n.reshape(ordered(n, b, batch + inner + columns), shape);
  Value result = n.create<MatmulOp>(left, right); // batch dimensions of an ellipsis may be 1 on one side
  shape.clear();
  for (size_t i = 0; i < batch.size(); ++i)
    shape.push_back(n.dim(result, static_cast<int64_t>(i)));
  llvm::append_range(shape, rowSizes);
  llvm::append_range(shape, columnSizes);
  return {n.reshape(result, shape), batch + rows + columns};
}

// "ij,...jk->...ik" as the labels of each operand and of the result.
std::pair<std::vector<std::string>, std::string> readEquation(Node &n) {
  std::string equation;
  for (char c : n.text("equation", ""))
    if (c != ' ')
      equation += c;
  auto [left, right] = StringRef(equation).split("->");
  bool explicitResult = StringRef(equation).contains("->");
  SmallVector<StringRef> parts;
  left.split(parts, ',');
  if (parts.size() != n.inputs.size())
    n.invalid("the equation '" + equation + "' has not one term for each operand");
  static constexpr StringRef kDigits = "9876543210";
  std::vector<std::string> terms;
  std::string ellipsis;
  auto expand = [&](StringRef text, StringRef dims) {
    auto [before, after] = text.split("...");
    std::string labels = (before + (text.contains("...") ? dims : StringRef()) + after).str();
    for (char c : labels)
      if (!llvm::isAlpha(c) && !llvm::isDigit(c))
        n.invalid("the equation '" + equation + "' cannot be read");
    return labels;
  };
  for (auto [i, part] : llvm::enumerate(parts)) {
    int64_t named = static_cast<int64_t>(part.size()) - (part.contains("...") ? 3 : 0),
            more = n.rank(n.require(i)) - named;
    if (more < 0 || (more > 0 && !part.contains("...")) || more > 10)
      n.invalid("the equation '" + equation + "' does not fit the rank of operand " + std::to_string(i));
    StringRef dims = kDigits.take_back(more);
    terms.push_back(expand(part, dims));
    if (dims.size() > ellipsis.size())
      ellipsis = dims.str();
  }
  if (explicitResult)
    return {terms, expand(right, ellipsis)};
  std::map<char, int> counts;
  for (const std::string &term : terms)
    for (char c : term)
      ++counts[c];
  std::string result = ellipsis;
  for (auto [label, count] : counts)
    if (count == 1 && llvm::isAlpha(label))
      result += label;
  return {terms, result};
}

Results einsum(Node &n) {
  auto [labels, result] = readEquation(n);
  std::vector<Term> terms;
  for (auto [i, term] : llvm::enumerate(labels))
    terms.push_back(withoutRepeats(n, {n.require(i), term}));
  Term so = terms.front();
  for (size_t i = 1; i < terms.size(); ++i) {
    std::string later = result;
    for (size_t j = i + 1; j < terms.size(); ++j)
      later += terms[j].labels;
    so = multiplied(n, so, terms[i], later);
  }
  so = summed(n, so, [&, &result = result](char label) { return !has(result, label); });
  if (so.labels.size() != result.size())
    n.invalid("the result has a label that no operand has, or one twice");
  return {ordered(n, so, result)};
}

} // namespace

void addEinsumOperators(Rows &rows) { rows.push_back({"Einsum", 12, 28, Types::Numeric, einsum}); }

} // namespace mlc::importer
