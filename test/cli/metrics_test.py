"""Metrics of the task and their gates on the command line: what passes, what fails, and what so few samples leave open.

Libraries of two models that differ as an original and a compressed model would: rows whose last input is 0.9 change
their class. The samples say how many such rows there are.
"""

import argparse
import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

ROOT = Path(__file__).parent.parent.parent
SIZE = 4


def write_model(path, weight, bias):
    nodes = [helper.make_node("MatMul", ["x", "w"], ["p"]), helper.make_node("Add", ["p", "b"], ["scores"])]
    graph = helper.make_graph(nodes, "classifier", [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", SIZE])],
                              [helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["n", SIZE])],
                              [numpy_helper.from_array(weight.astype(np.float32), "w"),
                               numpy_helper.from_array(bias.astype(np.float32), "b")])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)


def write_detector(path, shift):
    """Keeps the rows of boxes whose score, lowered by `shift`, is above one half: how many depends on the data."""
    nodes = [helper.make_node("Slice", ["x", "four", "five", "one"], ["score"]),
             helper.make_node("Squeeze", ["score", "one"], ["flat"]), helper.make_node("Greater", ["flat", "least"], ["keep"]),
             helper.make_node("NonZero", ["keep"], ["places"]), helper.make_node("Squeeze", ["places", "zero"], ["rows"]),
             helper.make_node("Gather", ["x", "rows"], ["boxes"], axis=0)]
    numbers = {"zero": [0], "one": [1], "four": [4], "five": [5]}
    graph = helper.make_graph(nodes, "detector", [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 6])],
                              [helper.make_tensor_value_info("boxes", TensorProto.FLOAT, ["kept", 6])],
                              [numpy_helper.from_array(np.array(v, np.int64), k) for k, v in numbers.items()]
                              + [numpy_helper.from_array(np.array(0.5 + shift, np.float32), "least")])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)


def write_rows(path, rows, changing, wrong=0):
    """Of class 0, and in turn of others; `wrong` of them are labelled otherwise."""
    x = np.zeros((rows, SIZE), np.float32)
    label = np.arange(rows) % 3
    x[np.arange(rows), label] = 1
    x[:, 1] = np.maximum(x[:, 1], 0.85)
    changed = np.flatnonzero(label != 1)[:changing]
    x[changed, 3] = 0.9
    truth = label.copy()
    truth[len(truth) - wrong:] = 3
    np.savez(path, x=x, label=truth)
    np.savez(path.with_name("unlabelled_" + path.name), x=x)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--mlcompress", type=Path, default=ROOT / "build/bin/mlcompress")
    parser.add_argument("--work", type=Path, default=ROOT / "build/test/cli/metrics")
    options = parser.parse_args()
    shutil.rmtree(options.work, ignore_errors=True)
    options.work.mkdir(parents=True)

    def run(*arguments):
        return subprocess.run([options.mlcompress.absolute(), *arguments], cwd=options.work, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=300)

    coupled = np.eye(SIZE)
    coupled[3, 1] = 0.2
    write_model(options.work / "original.onnx", np.eye(SIZE), np.zeros(SIZE))
    write_model(options.work / "changed.onnx", coupled, np.zeros(SIZE))
    write_model(options.work / "collapsed.onnx", np.eye(SIZE), np.array([0, 0, 9, 0]))
    for name in ("changed", "collapsed"):
        done = run("compile", f"{name}.onnx", "-o", name)
        assert done.returncode == 0, done.stderr
    write_rows(options.work / "many.npz", 600, 0)
    write_rows(options.work / "few.npz", 60, 0)
    write_rows(options.work / "some.npz", 600, 3)
    write_rows(options.work / "lost.npz", 600, 60, wrong=60)

    failures = []

    def expect(what, good, outcome):
        print(f"{'ok' if good else 'FAILED'}: {what}")
        if not good:
            failures.append(what)
            print(outcome.returncode, outcome.stdout, outcome.stderr, sep="\n")

    def check(what, data, flags, code, *texts, library="changed"):
        outcome = run("check", "original.onnx", library, "--data", f"{data}.npz", *flags)
        shown = outcome.stdout + outcome.stderr
        missing = [text for text in texts if text not in shown]
        expect(what + (f" (without {missing})" if missing else ""), outcome.returncode == code and not missing, outcome)

    drop = ["--metric", "top1", "--max-drop", "1%"]
    check("no loss in 600 rows", "many", drop, 0, "max-drop of top1", "pass")
    check("no loss in 60 rows says little of one in a hundred", "few", drop, 5,
          "gate undecided: max-drop of top1 of 'scores': 0 keeps the limit 0.01")
    check("a tenth is excluded by 60 rows", "few", ["--metric", "top1", "--max-drop", "0.1"], 0)
    check("3 lost in 600 may be 1 % elsewhere", "some", drop, 5, "too few samples")
    check("60 lost in 600", "lost", drop, 1, "gate failed: max-drop of top1 of 'scores'")
    check("a failed gate outweighs an undecided one", "few", [*drop, "--max-abs", "1e-9", "--max-size", "1"], 1)
    check("limits on the value itself", "lost", ["--gate", "top1>=0.7", "--gate", "flips<=0.2"], 0, "top1 at least")
    check("a limit that the value misses", "lost", ["--gate", "top1>=0.95"], 1,
          "gate failed: top1 at least of 'scores': 0.8 where the limit is 0.95")
    check("costs beside the original's", "few",
          ["--max-latency", "1000x", "--max-memory", "1000x", "--max-size", "100000x"], 0,
          "max-latency 1000x", "max-memory 1000x", "max-size 100000x")
    check("a size that cannot be", "few", ["--max-size", "0.001x"], 1, "gate failed: max-size 0.001x")
    check("one class for all", "few", [], 1, "warning: output 'scores': the compressed model answers class 2 for 100 %",
          "gate failed: collapse of 'scores'", library="collapsed")

    outcome = run("check", "original.onnx", "changed", "--data", "lost.npz", "--metric", "top1", "--metric", "flips", "--json")
    rows = json.loads(outcome.stdout)["metrics"]
    expect("the figures of the rows that are lost",
           outcome.returncode == 0 and [row["metric"] for row in rows] == ["top1", "flips"] and rows[0]["truth"] == "labels"
           and abs(rows[0]["baseline"] - 0.9) < 1e-9 and abs(rows[0]["candidate"] - 0.8) < 1e-9
           and abs(rows[0]["drop"] - 0.1 / 0.9) < 1e-9 and rows[0]["items"] == 600
           and rows[0]["interval"]["low"] < rows[0]["drop"] < rows[0]["interval"]["high"]
           and abs(rows[1]["candidate"] - 0.1) < 1e-9, outcome)
    again = run("check", "original.onnx", "changed", "--data", "lost.npz", "--metric", "top1", "--metric", "flips", "--json",
                "--threads", "2")
    expect("equal on another number of threads", outcome.stdout == again.stdout, again)
    outcome = run("check", "original.onnx", "changed", "--data", "unlabelled_lost.npz", "--metric", "top1", "--json")
    row = json.loads(outcome.stdout)["metrics"][0]
    expect("without labels the original is right",
           row["truth"] == "original" and row["baseline"] == 1 and abs(row["candidate"] - 0.9) < 1e-9, outcome)

    outcome = run("optimize", "original.onnx", "--data", "many.npz", *drop, "-o", "optimized", "--json")
    report = json.loads(outcome.stdout)["check"] if outcome.stdout else {}
    expect("optimize judges by metrics too", outcome.returncode == 0 and report.get("passed")
           and report["metrics"][0]["candidate"] == 1, outcome)
    # Two boxes an image, of which the compressed detector loses one in every other image.
    write_detector(options.work / "detector.onnx", 0)
    write_detector(options.work / "weaker.onnx", 0.2)
    done = run("compile", "weaker.onnx", "-o", "weaker")
    assert done.returncode == 0, done.stderr
    (options.work / "images").mkdir()
    for i in range(20):
        boxes = np.array([[0, 0, 10, 10, 0.9, 0], [20, 20, 30, 40, 0.6 if i % 2 else 0.8, 0], [5, 5, 6, 6, 0.1, 0]], np.float32)
        np.savez(options.work / f"images/{i:02}.npz", x=boxes, truth=np.delete(boxes[:2], 4, axis=1))
    outcome = run("check", "detector.onnx", "weaker", "--data", "images", "--metric", "map", "--metric", "boxf1", "--json")
    report = json.loads(outcome.stdout) if outcome.stdout else {"metrics": [{}, {}], "warnings": []}
    expect("outputs whose number of rows differs", outcome.returncode == 0 and report["metrics"][0]["baseline"] == 1
           and abs(report["metrics"][0]["candidate"] - 76 / 101) < 1e-9  # recall ends at 30 of 40
           and abs(report["metrics"][1]["candidate"] - 60 / 70) < 1e-9 and report["metrics"][1]["worst_sample"] == "01"
           and len(report["warnings"]) == 1 and "in 10 of 20 samples" in report["warnings"][0], outcome)
    outcome = run("check", "detector.onnx", "weaker", "--data", "images")
    expect("without a metric they cannot be compared", outcome.returncode == 4 and "'boxes' is float32[1,6]" in outcome.stderr,
           outcome)

    for flags, text in ((["--metric", "topp1"], "did you mean 'top1'?"), (["--max-drop", "1%"], "add --metric"),
                        (["--max-drop", "1"], "write 1% or 0.01"), (["--gate", "top1=0.5"], "METRIC>=VALUE"),
                        (["--gate", "top1>=much"], "METRIC>=VALUE"), (["--max-latency", "fast"], "12ms"),
                        (["--metric", "top1:output=score"], "did you mean 'scores'?")):
        check(" ".join(["wrong usage:", *flags]), "few", flags, 2, text)
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
