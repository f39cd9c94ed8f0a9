#include "Check/Report.h"
#include "TemporaryFolder.h"
#include "mlcompress/Json.h"

#include <catch2/catch.hpp>
#include <limits>
#include <nlohmann/json.hpp>

using namespace mlc;

TEST_CASE("report.json holds all parts in a fixed order") {
  OptimizeReport report;
  report.compile.name = "m\xff"; // not UTF-8
  report.check.emplace();
  OutputAgreement y;
  y.name = "y";
  y.dtype = DType::Float32;
  y.sqnrDb = std::numeric_limits<double>::infinity();
  report.check->outputs.push_back(y);
  report.notes.push_back("a note");
  TemporaryFolder folder;
  REQUIRE(writeReport(folder.path.string(), report));
  std::string text = readText(folder / "report.json");
  nlohmann::ordered_json json = nlohmann::ordered_json::parse(text);
  CHECK(json.begin().key() == "tool");
  CHECK(json["latency_before"].is_null());
  CHECK(json["check"]["outputs"][0]["sqnr_db"].is_null());
  CHECK(json["check"]["outputs"][0]["dtype"] == "float32");
  CHECK(json["notes"][0] == "a note");
  CHECK(formatReport(report) == text);
}

TEST_CASE("lists are arrays") {
  CHECK(nlohmann::json::parse(toJson(std::vector<TargetInfo>{})).is_array());
  auto ops = nlohmann::json::parse(toJson(std::vector<OperatorInfo>{{"Relu", "", 6, 28, "", ""}}));
  CHECK(ops[0]["name"] == "Relu");
  ModelInfo info;
  info.opsets[""] = 17;
  info.inputs = {{"x", DType::Float32, {-1, 3, -1}, {"batch", "", ""}}};
  auto json = nlohmann::json::parse(toJson(info));
  CHECK(json["opsets"]["ai.onnx"] == 17);
  CHECK(json["inputs"][0]["shape"] == nlohmann::json::parse(R"(["batch", 3, null])"));
}
