// The order of nodes, and graphs that have none.
#include "OnnxText.h"

#include <catch2/catch.hpp>

using namespace mlc;
using namespace mlc::test;

static const std::string kEnds = value("input", "x", 1, "2") + value("output", "y", 1, "2");

static std::string badInputOf(const std::string &nodes) {
  Imported r = importOf(modelOf(kEnds + nodes));
  REQUIRE(r.error);
  CHECK(r.error->code == ExitCode::BadInput);
  return r.error->message;
}

TEST_CASE("nodes out of order are sorted", "[import]") {
  Imported r = importOf(modelOf(kEnds + node("Exp", "b", "y") + node("Neg", "x", "a") + node("Abs", "a", "b")));
  REQUIRE_FALSE(r.error);
  size_t neg = r.text.find("unary neg"), abs = r.text.find("unary abs"), exp = r.text.find("unary exp");
  CHECK(neg < abs);
  CHECK(abs < exp);
  CHECK(exp != std::string::npos);
}

TEST_CASE("a cycle is named", "[import][errors]") {
  CHECK(badInputOf(node("Add", "x b", "a", "name: \"p\"") + node("Neg", "a", "b", "name: \"q\"") +
                   node("Abs", "b", "y", "name: \"r\"")) ==
        "the graph has a cycle, which no order of its nodes can run: node 'p' (Add), which reads from 'q' (Neg), which "
        "reads from the first");
}

TEST_CASE("names that nothing gives", "[import][errors]") {
  CHECK(badInputOf(node("Neg", "x", "hidden") + node("Abs", "hiden", "y", "name: \"r\"")) ==
        "node 'r' (Abs) reads 'hiden', which no node, input or initializer gives (did you mean 'hidden'?)");
  CHECK(badInputOf(node("Neg", "x", "a")) == "no node gives the model's output 'y'");
}

TEST_CASE("names that are given twice", "[import][errors]") {
  CHECK(badInputOf(node("Neg", "x", "y", "name: \"p\"") + node("Abs", "x", "y", "name: \"q\"")) ==
        "'y' is made twice: by node 'p' (Neg) and by node 'q' (Abs)");
  CHECK(badInputOf(node("Neg", "x", "x", "name: \"p\"")) ==
        "node 'p' (Neg) gives 'x', which is already the name of an input or initializer");
}
