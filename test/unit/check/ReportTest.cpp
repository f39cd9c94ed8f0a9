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

TEST_CASE("metrics and gates with what they could not decide") {
  CheckReport report;
  MetricRow sqnr;
  sqnr.metric = "sqnr";
  sqnr.truth = "original";
  sqnr.baseline = std::numeric_limits<double>::infinity();
  sqnr.candidate = 40;
  sqnr.drop = 0.01;
  sqnr.interval = Interval{0.009, 0.011};
  sqnr.items = 20;
  report.metrics = {sqnr};
  report.gates = {{"max-drop", "y", 0.01, 0.01, sqnr.interval, false, true, "sqnr"},
                  {"max-size", "", 1, 2, std::nullopt, false},
                  {"max-size", "", 2, 2, std::nullopt, true}};
  report.inconclusive = true;
  report.warnings = {"odd"};
  auto json = nlohmann::json::parse(toJson(report));
  CHECK(json["metrics"][0]["baseline"].is_null());
  CHECK(json["metrics"][0]["drop"] == 0.01);
  CHECK(json["metrics"][0]["interval"]["high"] == 0.011);
  CHECK(json["metrics"][0]["candidate_interval"].is_null());
  CHECK(json["metrics"][0]["items"] == 20);
  CHECK(json["gates"][0]["status"] == "inconclusive");
  CHECK(json["gates"][0]["metric"] == "sqnr");
  CHECK(json["gates"][0]["interval"]["low"] == 0.009);
  CHECK(json["gates"][1]["status"] == "fail");
  CHECK(json["gates"][2]["status"] == "pass");
  CHECK(json["inconclusive"] == true);
  CHECK(json["warnings"][0] == "odd");
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
