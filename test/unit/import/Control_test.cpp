// If and Loop: bodies, captured values, types that change from one iteration to the next.
#include "OnnxText.h"

#include <catch2/catch.hpp>

using namespace mlc;
using namespace mlc::test;

static std::string graphAttribute(const std::string &name, const std::string &graph) {
  return "attribute { name: \"" + name + "\" type: GRAPH g { name: \"" + name + "\" " + graph + " } } ";
}
static const std::string kBranches =
    graphAttribute("then_branch", node("Neg", "x", "a") + value("output", "a", 1, "?")) +
    graphAttribute("else_branch", node("Slice", "x i j", "b") + value("output", "b", 1, "?"));
static const std::string kEnds =
    value("input", "x", 1, "4") + value("output", "y", 1, "?") + indices("i", "0") + indices("j", "2");

TEST_CASE("branches capture values and their types are joined", "[import][control]") {
  Imported r = importOf(modelOf(kEnds + value("input", "c", 9, "") + node("If", "c", "y", kBranches)));
  REQUIRE_FALSE(r.error);
  CHECK(contains(r.text, "graph.if %arg1"));
  CHECK(contains(r.text, "graph.unary neg %arg0"));
  CHECK(contains(r.text, "-> tensor<?xf32>"));
}

TEST_CASE("a known condition chooses the branch", "[import][control]") {
  Imported r = importOf(
      modelOf(kEnds + "initializer { name: \"c\" data_type: 9 int32_data: 1 } " + node("If", "c", "y", kBranches)));
  REQUIRE_FALSE(r.error);
  CHECK(contains(r.text, "graph.unary neg %arg0"));
  CHECK_FALSE(r.text.find("graph.if") != std::string::npos);
}

TEST_CASE("unsupported nodes of both branches are listed", "[import][control][errors]") {
  Imported r =
      importOf(modelOf(kEnds + value("input", "c", 9, "") +
                       node("If", "c", "y",
                            graphAttribute("then_branch", node("Foo", "x", "a") + value("output", "a", 1, "?")) +
                                graphAttribute("else_branch", node("Bar", "x", "b") + value("output", "b", 1, "?")))));
  REQUIRE(r.error);
  CHECK(r.error->code == ExitCode::Unsupported);
  CHECK(contains(r.error->message, "Foo that gives 'a'"));
  CHECK(contains(r.error->message, "Bar that gives 'b'"));
}

TEST_CASE("a carried value that grows is dynamic; scan outputs are stacked", "[import][control]") {
  std::string body =
      graphAttribute("body", value("input", "n", 7, "") + value("input", "go", 9, "") + value("input", "v", 1, "?") +
                                 node("Concat", "v x", "w", "attribute { name: \"axis\" type: INT i: 0 }") +
                                 node("Identity", "go", "on") + node("Neg", "x", "s") + value("output", "on", 9, "") +
                                 value("output", "w", 1, "?") + value("output", "s", 1, "?"));
  Imported r =
      importOf(modelOf(value("input", "x", 1, "4") + value("input", "m", 7, "") + value("output", "y", 1, "?") +
                       value("output", "z", 1, "? ?") + node("Loop", "m _ x", "y z", body)));
  INFO((r.error ? r.error->message : ""));
  REQUIRE_FALSE(r.error);
  CHECK(contains(r.text, "graph.loop"));
  CHECK(contains(r.text, "-> (tensor<?xf32>, tensor<?x4xf32>)"));
}
