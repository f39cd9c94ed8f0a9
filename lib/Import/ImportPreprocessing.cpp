// Operators of ai.onnx.ml that prepare features.
#include "Import/OperatorTable.h"
#include "Import/Strings.h"
#include "Support/DTypeConversion.h"

#include <cmath>
#include <fmt/format.h>

using namespace mlir;
using namespace mlc::graph;

namespace mlc::importer {

namespace {

// A tensor of these numbers in an element type.
Value list(Node &n, Type type, ArrayRef<double> values) {
  Tensor tensor(DType::Float64, {static_cast<int64_t>(values.size())});
  std::copy(values.begin(), values.end(), tensor.data<double>());
  return n.constant(convert(tensor, dtypeOf(type)));
}

SmallVector<double> numbersOf(Node &n, StringRef name) {
  auto values = n.numbers(name).value_or(SmallVector<float>());
  return SmallVector<double>(values.begin(), values.end());
}

Results arrayFeatureExtractor(Node &n) {
  Value x = n.require(0), places = n.toIndices(n.reshape(n.require(1), {-1}));
  if (n.rank(x) == 0)
    n.invalid("the operand is a scalar");
  Value y = n.create<GatherOp>(x, places, n.rank(x) - 1);
  return {n.rank(y) == 1 ? n.unsqueeze(y, {0}) : y};
}

Results binarizer(Node &n) {
  Value x = n.require(0);
  return {n.cast(n.compare(CompareKind::Gt, x, n.scalarLike(x, n.number("threshold", 0))), n.element(x))};
}

Results scaler(Node &n) {
  Type f32 = n.builder().getF32Type();
  Value x = n.cast(n.require(0), f32);
  if (auto offset = numbersOf(n, "offset"); !offset.empty())
    x = n.sub(x, list(n, f32, offset));
  if (auto scale = numbersOf(n, "scale"); !scale.empty())
    x = n.mul(x, list(n, f32, scale));
  return {x};
}

// Missing values are NaN, or equal to a number; each column may have its own replacement.
Results imputer(Node &n) {
  Value x = n.require(0), replacement, missing;
  if (isa<FloatType>(n.element(x))) {
    auto values = numbersOf(n, "imputed_value_floats");
    if (values.empty())
      n.invalid("attribute 'imputed_value_floats' is missing");
    replacement = list(n, n.element(x), values);
    float marker = n.number("replaced_value_float", 0);
    missing =
        std::isnan(marker) ? n.unary(UnaryKind::IsNan, x) : n.compare(CompareKind::Eq, x, n.scalarLike(x, marker));
  } else {
    auto values = n.integers("imputed_value_int64s");
    if (!values || values->empty())
      n.invalid("attribute 'imputed_value_int64s' is missing");
    replacement = n.cast(n.indices(*values), n.element(x));
    auto marker = static_cast<double>(n.integer("replaced_value_int64", 0));
    missing = n.compare(CompareKind::Eq, x, n.scalarLike(x, marker));
  }
  return {n.select(missing, replacement, x)};
}

// Rows divided by their largest element, or the sum of magnitudes, or their length; rows of zeros stay.
Results normalizer(Node &n) {
  Value x = n.cast(n.require(0), n.builder().getF32Type()), size;
  std::string norm = n.text("norm", "MAX");
  SmallVector<int64_t> last{n.rank(x) - 1};
  if (norm == "MAX")
    size = n.reduce(ReduceKind::Max, x, last, /*keepdims=*/true);
  else if (norm == "L1")
    size = n.reduce(ReduceKind::Sum, n.unary(UnaryKind::Abs, x), last, true);
  else if (norm == "L2")
    size = n.unary(UnaryKind::Sqrt, n.reduce(ReduceKind::Sum, n.mul(x, x), last, true));
  else
    n.invalid("norm must be MAX, L1 or L2, not '" + norm + "'");
  Value zero = n.compare(CompareKind::Eq, size, n.scalarLike(size, 0));
  return {n.div(x, n.select(zero, n.scalarLike(size, 1), size))};
}

Results featureVectorizer(Node &n) {
  auto widths = n.integers("inputdimensions");
  if (!widths || widths->size() != n.inputs.size() || n.inputs.empty())
    n.invalid("inputdimensions has not one number for each operand");
  SmallVector<Value> parts;
  for (auto [i, width] : llvm::enumerate(*widths)) {
    Value part = n.cast(n.require(i), n.builder().getF32Type());
    if (n.rank(part) == 1)
      part = n.unsqueeze(part, {1});
    Dim size = n.dim(part, 1);
    if (!size.isNumber() || size.number != width) {
      // Cut, or filled with zeros.
      part = n.slice(part, 1, 0, width);
      Value missing = n.dimValue(n.combine(BinaryKind::Sub, width, n.dim(part, 1)));
      Value pads = n.create<ConcatOp>(ValueRange{n.indices(0), missing}, 0);
      part = n.create<PadOp>(part, pads, n.scalarLike(part, 0), ArrayRef<int64_t>(1), PadMode::Constant);
    }
    parts.push_back(part);
  }
  return {n.create<ConcatOp>(ValueRange(parts), 1)};
}

// ---- categories ------------------------------------------------------------------------------------

// For each element the place of the key that equals it, or -1; keys are [k] of the operand's element type. Since
// version 4 NaN is a key like others.
Value placeOfKey(Node &n, Value x, Value keys) {
  Value column = n.unsqueeze(x, {n.rank(x)});
  Value equal = n.compare(CompareKind::Eq, column, keys);
  if (isa<FloatType>(n.element(x)) && n.opset >= 4)
    equal = n.binary(BinaryKind::Or, equal,
                     n.binary(BinaryKind::And, n.unary(UnaryKind::IsNan, column), n.unary(UnaryKind::IsNan, keys)));
  Value place = n.range(n.dim(keys, 0));
  return n.reduce(ReduceKind::Max, n.select(equal, place, n.scalarLike(place, -1)), {n.rank(x)}, /*keepdims=*/false);
}

// The place among `names` of each entry of a table of strings, or -1.
SmallVector<int64_t> placesIn(ArrayRef<std::string> table, ArrayRef<std::string> names) {
  SmallVector<int64_t> places;
  for (const std::string &entry : table) {
    auto found = llvm::find(names, entry);
    places.push_back(found == names.end() ? -1 : found - names.begin());
  }
  return places;
}

Results oneHotEncoder(Node &n) {
  Value place;
  int64_t count = 0;
  if (auto strings = stringsOf(n.input(0))) {
    SmallVector<std::string> names = n.texts("cats_strings");
    count = static_cast<int64_t>(names.size());
    place = n.create<GatherOp>(n.indices(placesIn(strings->table, names)), strings->places, 0);
  } else {
    auto categories = n.integers("cats_int64s");
    if (!categories || categories->empty())
      n.unsupported("categories that are strings, for an operand that is a number");
    count = static_cast<int64_t>(categories->size());
    Value x = n.cast(n.require(0), n.builder().getI64Type());
    place = placeOfKey(n, x, n.indices(*categories));
  }
  if (n.integer("zeros", 1) == 0)
    n.unsupported("zeros = 0, which ends a run on an unknown category: with zeros = 1 its row is all zeros");
  Value hot = n.compare(CompareKind::Eq, n.unsqueeze(place, {n.rank(place)}), n.range(count));
  return {n.cast(hot, n.builder().getF32Type())};
}

// The values that a LabelEncoder gives, the last one for unknown keys.
struct Labels {
  Value numbers; ///< [k + 1], or null
  SmallVector<std::string> names;
};

Labels readLabels(Node &n, size_t count) {
  Labels labels;
  auto check = [&](size_t size) {
    if (size != count)
      n.invalid(fmt::format("{} values for {} keys", size, count));
  };
  auto appended = [&](Value values, Value last) {
    check(n.type(values).getDimSize(0));
    labels.numbers = n.create<ConcatOp>(ValueRange{values, n.reshape(last, {1})}, 0);
  };
  if (auto names = n.texts("values_strings"); !names.empty()) {
    check(names.size());
    labels.names = names;
    labels.names.push_back(n.text("default_string", "_Unused"));
  } else if (auto ints = n.integers("values_int64s"); ints && !ints->empty()) {
    appended(n.indices(*ints), n.indices(n.integer("default_int64", -1)));
  } else if (auto floats = numbersOf(n, "values_floats"); !floats.empty()) {
    Type f32 = n.builder().getF32Type();
    appended(list(n, f32, floats), n.scalar(f32, n.number("default_float", -0.0f)));
  } else if (const auto *tensor = n.attribute("values_tensor")) {
    Value values = n.create<ConstantOp>(n.tensor(tensor->t()));
    const auto *otherwise = n.attribute("default_tensor");
    appended(values, otherwise ? n.create<ConstantOp>(n.tensor(otherwise->t())) : n.scalarLike(values, -1));
  } else {
    n.invalid("no values");
  }
  return labels;
}

// Opset 1: from strings to their place, or back.
Results labelEncoderOfClasses(Node &n) {
  SmallVector<std::string> classes = n.texts("classes_strings");
  auto count = static_cast<int64_t>(classes.size());
  if (auto strings = stringsOf(n.input(0))) {
    SmallVector<int64_t> places = placesIn(strings->table, classes);
    for (int64_t &place : places)
      place = place < 0 ? n.integer("default_int64", -1) : place;
    return {n.create<GatherOp>(n.indices(places), strings->places, 0)};
  }
  Value x = n.cast(n.require(0), n.builder().getI64Type());
  Value known = n.binary(BinaryKind::And, n.compare(CompareKind::Ge, x, n.scalarLike(x, 0)),
                         n.compare(CompareKind::Lt, x, n.scalarLike(x, static_cast<double>(count))));
  classes.push_back(n.text("default_string", "_Unused"));
  return {makeStrings(n, {n.select(known, x, n.scalarLike(x, static_cast<double>(count))), classes})};
}

Results labelEncoder(Node &n) {
  if (n.opset < 2)
    return labelEncoderOfClasses(n);
  Value place; // of the key; as many as there are keys where there is none
  int64_t count = 0;
  auto orLast = [&](Value found) {
    Value none = n.compare(CompareKind::Lt, found, n.scalarLike(found, 0));
    return n.select(none, n.scalarLike(found, static_cast<double>(count)), found);
  };
  if (auto strings = stringsOf(n.input(0))) {
    SmallVector<std::string> keys = n.texts("keys_strings");
    count = static_cast<int64_t>(keys.size());
    Value table = orLast(n.indices(placesIn(strings->table, keys)));
    place = n.create<GatherOp>(table, strings->places, 0);
  } else {
    Value x = n.require(0), keys;
    if (!n.texts("keys_strings").empty())
      n.invalid("keys are strings, but the operand is not");
    if (auto ints = n.integers("keys_int64s"); ints && !ints->empty())
      keys = n.indices(*ints);
    else if (auto floats = numbersOf(n, "keys_floats"); !floats.empty())
      keys = list(n, n.builder().getF32Type(), floats);
    else if (const auto *tensor = n.attribute("keys_tensor"))
      keys = n.create<ConstantOp>(n.tensor(tensor->t()));
    else
      n.invalid("no keys");
    keys = n.cast(keys, n.element(x));
    count = n.type(keys).getDimSize(0);
    place = orLast(placeOfKey(n, x, keys));
  }
  Labels labels = readLabels(n, static_cast<size_t>(count));
  if (!labels.numbers)
    return {makeStrings(n, {place, labels.names})};
  return {n.create<GatherOp>(labels.numbers, place, 0)};
}

} // namespace

void addPreprocessingOperators(Rows &rows) {
  using T = Types;
  const char *domain = "ai.onnx.ml", *inside = "strings only between operators of the model";
  rows.insert(rows.end(), {
                              {"ArrayFeatureExtractor", 1, 5, T::Any, arrayFeatureExtractor, "no strings", domain},
                              {"Binarizer", 1, 5, T::Numeric, binarizer, "", domain},
                              {"FeatureVectorizer", 1, 5, T::Numeric, featureVectorizer, "", domain},
                              {"Imputer", 1, 5, T::Numeric, imputer, "", domain},
                              {"LabelEncoder", 1, 5, T::Sequence, labelEncoder, inside, domain},
                              {"Normalizer", 1, 5, T::Numeric, normalizer, "", domain},
                              {"OneHotEncoder", 1, 5, T::Sequence, oneHotEncoder, inside, domain},
                              {"Scaler", 1, 5, T::Numeric, scaler, "", domain},
                          });
}

} // namespace mlc::importer
