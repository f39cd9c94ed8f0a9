#include "CommandLine.h"
#include "RecordingCompiler.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <sstream>

using namespace mlc;
using Catch::Contains;

namespace {
struct Outcome {
  int code;
  std::string out, err;
};

Outcome call(std::vector<const char *> arguments) {
  arguments.insert(arguments.begin(), "mlcompress");
  std::ostringstream out, err;
  int code = runCommandLine(int(arguments.size()), arguments.data(), out, err);
  return {code, out.str(), err.str()};
}

Outcome fresh(std::vector<const char *> arguments) {
  recorded = {};
  return call(std::move(arguments));
}
} // namespace

TEST_CASE("help and version") {
  Outcome help = fresh({"--help"});
  CHECK(help.code == 0);
  for (const char *text : {"Examples:", "Exit codes:", "optimize", "a gate failed", "targets"})
    CHECK_THAT(help.out, Contains(text));
  for (const char *command :
       {"optimize", "compile", "quantize", "check", "run", "bench", "inspect", "targets", "ops"}) {
    Outcome outcome = fresh({command, "--help"});
    INFO(command);
    CHECK(outcome.code == 0);
    CHECK_THAT(outcome.out, Contains("Examples:") && Contains("xit codes") && Contains(command));
    CHECK(recorded.called.empty());
  }
  Outcome shown = fresh({"--version"});
  CHECK(shown.code == 0);
  CHECK(shown.out == std::string("mlcompress ") + version() + "\n");
  CHECK(fresh({}).code == 2);
}

TEST_CASE("what is mistyped is named with a proposal") {
  Outcome command = fresh({"optimise", "m.onnx", "--int8"});
  CHECK(command.code == 2);
  CHECK_THAT(command.err, Contains("unknown command 'optimise' (did you mean 'optimize'?)"));
  Outcome flag = fresh({"optimize", "m.onnx", "--targt=host"});
  CHECK(flag.code == 2);
  CHECK_THAT(flag.err,
             Contains("unknown flag '--targt' (did you mean '--target'?)") && Contains("mlcompress optimize --help"));
  Outcome target = fresh({"compile", "m.onnx", "--target", "gravitn3"});
  CHECK(target.code == 2);
  CHECK_THAT(target.err, Contains("unknown target 'gravitn3' (did you mean 'graviton3'?)"));
  CHECK_THAT(fresh({"inspect", "a.onnx", "b.onnx"}).err, Contains("unexpected argument 'b.onnx'"));
  CHECK_THAT(fresh({"--verison"}).err, Contains("unknown flag '--verison' (did you mean '--version'?)"));
  CHECK_THAT(fresh({"optimize"}).err, Contains("model is required"));
  CHECK(recorded.called.empty());
}

TEST_CASE("values out of range are usage errors") {
  for (std::vector<const char *> arguments :
       std::vector<std::vector<const char *>>{{"check", "m.onnx", "d", "--data", "x", "--min-top1", "2"},
                                              {"check", "m.onnx", "d", "--data", "x", "--max-abs", "-1"},
                                              {"check", "m.onnx", "d", "--data", "x", "--random", "1"},
                                              {"check", "m.onnx", "d", "--random", "one"},
                                              {"check", "m.onnx", "d"},
                                              {"run", "m.onnx", "--outputs", "o"},
                                              {"run", "m.onnx", "--inputs", "x"},
                                              {"optimize", "m.onnx", "--calib", "x"},
                                              {"optimize", "m.onnx", "--min-cosine", "0.9"},
                                              {"optimize", "m.onnx", "--dim", "batch"},
                                              {"optimize", "m.onnx", "--dim", "batch=-1"},
                                              {"optimize", "m.onnx", "--dim", "=1"},
                                              {"optimize", "m.onnx", "--threads", "-1"},
                                              {"bench", "m.onnx", "--seconds", "0"}}) {
    Outcome outcome = fresh(arguments);
    INFO(outcome.err);
    CHECK(outcome.code == 2);
    CHECK(outcome.err.starts_with("error: "));
    CHECK(recorded.called.empty());
  }
}

TEST_CASE("optimize passes its options on") {
  Outcome outcome = fresh(
      {"optimize",  "dir/m.onnx", "--target",     "graviton3", "--int8",     "--calib", "data/",    "--random",     "7",
       "--samples", "3",          "--dim",        "batch=4",   "--dim",      "x.1=9",   "--force",  "--threads",    "2",
       "--name",    "net",        "--min-cosine", "0.9",       "--max-size", "10kb",    "--runner", "qemu -cpu max"});
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
  const OptimizeOptions &options = recorded.optimize;
  CHECK(options.model == "dir/m.onnx");
  CHECK(options.target == "graviton3");
  CHECK(options.int8);
  CHECK(options.quantization.calib.path == "data/");
  CHECK(options.data.seed == 7);
  CHECK(options.data.maxSamples == 3);
  CHECK(options.dims == DimSizes{{"batch", 4}, {"x.1", 9}});
  CHECK(options.force);
  CHECK(options.threads == 2);
  CHECK(options.name == "net");
  CHECK(options.gates.minCosine == 0.9);
  REQUIRE(options.gates.maxSize);
  CHECK(options.gates.maxSize->value == 10240);
  CHECK_FALSE(options.gates.maxSize->relative);
  CHECK(options.runner == "qemu -cpu max");
  CHECK(options.out == "m-graviton3-int8");
}

TEST_CASE("one description of images serves all data of a command") {
  REQUIRE(fresh({"optimize", "m.onnx", "--int8", "--calib", "c/", "--preprocess", "p.json", "--data", "d/"}).code == 0);
  CHECK(recorded.optimize.data.preprocess == "p.json");
  CHECK(recorded.optimize.quantization.calib.preprocess == "p.json");
  REQUIRE(fresh({"check", "m.onnx", "lib", "--data", "d/", "--preprocess", "p.json"}).code == 0);
  CHECK(recorded.check.data.preprocess == "p.json");
  REQUIRE(fresh({"quantize", "m.onnx", "--calib", "d/", "--preprocess", "p.json"}).code == 0);
  CHECK(recorded.quantize.int8.calib.preprocess == "p.json");
}

TEST_CASE("metrics of the task and their gates") {
  REQUIRE(fresh({"check",    "m.onnx",     "d",      "--data",          "x",      "--metric",     "top1",
                 "--metric", "recall@10",  "--gate", "cer:blank=0<=8%", "--gate", "f1>=0.5",      "--max-drop",
                 "1%",       "--max-size", "0.3x",   "--max-latency",   "12.5ms", "--max-memory", "1kb"})
              .code == 0);
  const CheckOptions &options = recorded.check;
  CHECK(options.metrics == std::vector<std::string>{"top1", "recall@10"});
  REQUIRE(options.gates.metrics.size() == 2);
  CHECK(options.gates.metrics[0].metric == "cer:blank=0");
  CHECK_FALSE(options.gates.metrics[0].atLeast);
  CHECK(options.gates.metrics[0].limit == 0.08);
  CHECK(options.gates.metrics[1].metric == "f1");
  CHECK(options.gates.metrics[1].atLeast);
  CHECK(options.gates.maxDrop == 0.01);
  CHECK(options.gates.maxSize->value == 0.3);
  CHECK(options.gates.maxSize->relative);
  CHECK(options.gates.maxLatency->value == 12.5);
  CHECK_FALSE(options.gates.maxLatency->relative);
  CHECK(options.gates.maxMemory->value == 1024);
  for (std::vector<const char *> flags : std::vector<std::vector<const char *>>{{"--gate", "top1"},
                                                                                {"--gate", ">=1"},
                                                                                {"--gate", "top1>=x"},
                                                                                {"--max-drop", "-0.1"},
                                                                                {"--max-drop", "100%"},
                                                                                {"--max-size", "big"},
                                                                                {"--max-size", "-1"},
                                                                                {"--max-latency", "x"}}) {
    std::vector<const char *> arguments = {"check", "m.onnx", "d", "--data", "x"};
    arguments.insert(arguments.end(), flags.begin(), flags.end());
    INFO(flags[1]);
    CHECK(fresh(arguments).code == 2);
    CHECK(recorded.called.empty());
  }
  CHECK(fresh({"optimize", "m.onnx", "--metric", "top1"}).code == 2); // nothing to measure it on
}

TEST_CASE("what so few samples cannot decide has a code of its own") {
  recorded = {};
  MetricRow row;
  row.metric = "top1";
  row.output = "scores";
  row.truth = "labels";
  row.baseline = 0.75;
  row.candidate = 0.748;
  row.drop = 0.0027;
  row.interval = Interval{-0.001, 0.02};
  row.items = 300;
  row.worstSample = "img_7";
  row.worstDrop = 1;
  recorded.metrics = {row};
  recorded.open = GateRow{"max-drop", "scores", 0.01, 0.0027, row.interval, false, true, "top1"};
  for (std::vector<const char *> arguments : std::vector<std::vector<const char *>>{
           {"check", "m.onnx", "d", "--data", "x"}, {"optimize", "m.onnx", "--data", "x"}}) {
    Outcome outcome = call(arguments);
    CHECK(outcome.code == 5);
    CHECK_THAT(outcome.out, Contains("too few samples") && Contains("0.27 %") && Contains("-0.10 … 2.00 %") &&
                                Contains("300") && Contains("img_7") && Contains("warning: odd"));
    CHECK(outcome.err == "gate undecided: max-drop of top1 of 'scores': 0.0027 keeps the limit 0.01, but these samples "
                         "allow -0.001 … 0.02: give more\n");
  }
}

TEST_CASE("bf16 has a directory of its own and excludes int8") {
  REQUIRE(fresh({"optimize", "m.onnx", "--target", "graviton3", "--bf16"}).code == 0);
  CHECK(recorded.optimize.bf16);
  CHECK(recorded.optimize.out == "m-graviton3-bf16");
  CHECK(fresh({"optimize", "m.onnx", "--bf16", "--int8"}).code == 2);
  CHECK(recorded.called.empty());
}

TEST_CASE("fp16 has a directory of its own, takes calibration data and excludes the others") {
  REQUIRE(fresh({"optimize", "m.onnx", "--fp16", "--calib", "d"}).code == 0);
  CHECK(recorded.optimize.fp16);
  CHECK(recorded.optimize.out == "m-host-fp16");
  CHECK(recorded.optimize.quantization.calib.path == "d");
  for (const char *other : {"--int8", "--bf16", "--int4"})
    CHECK(fresh({"optimize", "m.onnx", "--fp16", other}).code == 2);
  CHECK(recorded.called.empty());
}

TEST_CASE("options before the model do not swallow it") {
  REQUIRE(fresh({"optimize", "--dim", "batch=4", "m.onnx", "-o", "out"}).code == 0);
  CHECK(recorded.optimize.model == "m.onnx");
  CHECK(recorded.optimize.out == "out");
  CHECK_FALSE(recorded.optimize.data.given());
}

TEST_CASE("optimize ends with its table") {
  Outcome outcome = fresh({"optimize", "m.onnx", "--data", "d"});
  REQUIRE(outcome.code == 0);
  for (const char *text : {"2.0 KiB", "512 B", "0.25 x", "2.00 ms", "0.5000 ms", "scores", "99.99 %", "min-cosine",
                           "/conv_7", "weights are not constant", "note: a note", "wrote digits-host: libdigits.so"})
    CHECK_THAT(outcome.out, Contains(text));
  CHECK(outcome.err.empty());
  Outcome verbose = call({"optimize", "m.onnx", "-v"});
  CHECK_THAT(verbose.err, Contains("import"));
}

TEST_CASE("exit codes") {
  recorded = {};
  recorded.gatesPass = false;
  CHECK(call({"check", "m.onnx", "d", "--data", "x"}).code == 1);
  CHECK(call({"optimize", "m.onnx", "--data", "x"}).code == 1);
  for (Error error : {usageError("u"), unsupported("s"), badInput("b")}) {
    recorded.failure = error;
    for (std::vector<const char *> arguments :
         std::vector<std::vector<const char *>>{{"optimize", "m.onnx"},
                                                {"compile", "m.onnx"},
                                                {"quantize", "m.onnx"},
                                                {"inspect", "m.onnx"},
                                                {"bench", "m.onnx"},
                                                {"check", "m.onnx", "d", "--random", "1"},
                                                {"run", "m.onnx", "--random", "1", "--outputs", "o"}}) {
      Outcome outcome = call(arguments);
      CHECK(outcome.code == int(error.code));
      CHECK(outcome.err == "error: " + error.message + "\n");
      CHECK(outcome.out.empty());
      CHECK(recorded.called == arguments[0]);
    }
  }
  recorded = {};
  recorded.unsupported = {{"/loop", "Loop", "", 17, "control flow"}};
  Outcome outcome = call({"inspect", "m.onnx"});
  CHECK(outcome.code == 3);
  CHECK_THAT(outcome.out, Contains("/loop") && Contains("control flow"));
}

TEST_CASE("JSON on request") {
  for (std::vector<const char *> arguments :
       std::vector<std::vector<const char *>>{{"optimize", "m.onnx", "--data", "d"},
                                              {"compile", "m.onnx"},
                                              {"quantize", "m.onnx"},
                                              {"check", "m.onnx", "d", "--data", "x"},
                                              {"run", "m.onnx", "--inputs", "x", "--outputs", "o"},
                                              {"bench", "m.onnx"},
                                              {"inspect", "m.onnx"},
                                              {"targets"},
                                              {"ops"}}) {
    INFO(arguments[0]);
    arguments.push_back("--json");
    Outcome outcome = fresh(arguments);
    CHECK(outcome.code == 0);
    CHECK_FALSE(nlohmann::json::parse(outcome.out, nullptr, false).is_discarded());
  }
}

TEST_CASE("the other commands") {
  REQUIRE(fresh({"quantize", "a/m.onnx", "--calib", "d"}).code == 0);
  CHECK(recorded.quantize.out == "m.int8.onnx");
  CHECK(recorded.quantize.int8.calib.path == "d");
  REQUIRE(fresh({"bench", "lib.so", "--seconds", "0.5"}).code == 0);
  CHECK(recorded.bench.inputs.seed == 0);
  CHECK(recorded.bench.seconds == 0.5);
  REQUIRE(fresh({"run", "lib", "--inputs", "i", "--outputs", "o.npz", "--runner", "qemu"}).code == 0);
  CHECK(recorded.run.outputs == "o.npz");
  CHECK(recorded.run.runner == "qemu");
  Outcome inspected = fresh({"inspect", "m.onnx"});
  CHECK_THAT(inspected.out, Contains("float32[batch,3]") && Contains("6: 5 Conv, 1 Add"));
  CHECK_THAT(fresh({"targets"}).out, Contains("graviton3") && Contains("aarch64"));
  CHECK_THAT(fresh({"ops"}).out, Contains("Conv") && Contains("6-28"));
}
