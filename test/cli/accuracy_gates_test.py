"""An accuracy budget as a pipeline would gate on it: passing, failing and undecided, with the reports that it leaves.

The model is the digits network; `collapsing` is the same with its first layer's channels scaled apart, which costs 8 bits
per tensor nearly all accuracy and f32 none.
"""

import argparse
import json
import shutil
import subprocess
import sys
import xml.etree.ElementTree as xml
from pathlib import Path

import jsonschema
import numpy as np
import onnx
from onnx import numpy_helper

ROOT = Path(__file__).parent.parent.parent
failures = []


def holds(what, condition, detail=""):
    print(f"{'ok  ' if condition else 'FAIL'} {what}{': ' + str(detail) if detail != '' else ''}")
    if not condition:
        failures.append(what)


def collapsing(path):
    """conv1's channels times 2^-7 … 2^7, and conv2's inputs by the inverse: ReLU and max pooling let factors through."""
    model = onnx.load(ROOT / "examples/digits/digits.onnx")
    convolutions = [node for node in model.graph.node if node.op_type == "Conv"]
    weights = {tensor.name: tensor for tensor in model.graph.initializer}
    factors = 2.0 ** np.linspace(-7, 7, numpy_helper.to_array(weights[convolutions[0].input[1]]).shape[0])
    for name, shape in ((convolutions[0].input[1], (-1, 1, 1, 1)), (convolutions[0].input[2], (-1,)),
                        (convolutions[1].input[1], (1, -1, 1, 1))):
        scale = factors if name != convolutions[1].input[1] else 1 / factors
        array = numpy_helper.to_array(weights[name]) * scale.reshape(shape)
        weights[name].CopyFrom(numpy_helper.from_array(array.astype(np.float32), name))
    onnx.save(model, path)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--mlcompress", type=Path, default=ROOT / "build/bin/mlcompress")
    parser.add_argument("--work", type=Path, default=ROOT / "build/test/cli/gates")
    options = parser.parse_args()
    work = options.work.absolute()
    shutil.rmtree(work, ignore_errors=True)
    (work / "val").mkdir(parents=True)
    (work / "few").mkdir()
    images, labels = np.load(ROOT / "examples/digits/test.npz")["image"], np.load(ROOT / "examples/digits/test_labels.npy")
    for i in range(0, len(images), 40):
        np.savez(work / "val" / f"{i:04d}.npz", image=images[i : i + 40], label=labels[i : i + 40])
    np.savez(work / "few/0000.npz", image=images[:8], label=labels[:8])
    digits, calib = ROOT / "examples/digits/digits.onnx", ROOT / "examples/digits/calibration.npz"
    collapsing(work / "collapsing.onnx")

    def run(code, *arguments):
        done = subprocess.run([options.mlcompress, *map(str, arguments)], cwd=work, capture_output=True, text=True)
        holds(" ".join(map(str, arguments)).replace(str(ROOT) + "/", "") + f" ends with {code}", done.returncode == code,
              done.returncode if done.returncode == code else done.stdout + done.stderr)
        return done

    def report(folder):
        return json.loads((work / folder / "report.json").read_text())

    # Passing.
    run(0, "optimize", digits, "--int8", "--calib", calib, "--val", "val", "--metric", "top1", "--max-drop", "3%",
        "--max-size", "8MB", "--junit", "out.xml", "--markdown", "out.md", "--html", "out.html", "-o", "good")
    suite = xml.parse(work / "out.xml").getroot().find("testsuite")
    holds("JUnit lists both gates as passed", [(case.get("name"), len(case)) for case in suite] ==
          [("max-drop of top1", 0), ("max-size", 0)] and suite.get("failures") == "0")
    holds("Markdown says so", "### digits on host: pass" in (work / "out.md").read_text())
    page = (work / "out.html").read_text()
    holds("HTML is one page without links", page.startswith("<!DOCTYPE html>") and "http" not in page and "src=" not in page)
    good = report("good")
    metric = good["check"]["metrics"][0]
    holds("the metric is measured against labels", metric["truth"] == "labels" and metric["items"] == len(labels))
    holds("the drop is within the budget with its interval", metric["interval"]["high"] <= 0.03, metric)
    holds("a candidate was chosen", [c["chosen"] for c in good["candidates"]].count(True) == 1)
    holds("layers have what they lose", all(layer["local_sqnr_db"] > 10 for layer in good["layers"]
                                            if layer["local_sqnr_db"] is not None))

    # The recipe repeats it, bit by bit.
    run(0, "optimize", digits, "--recipe", "good/recipe.json", "--calib", calib, "-o", "again")
    holds("the same library", (work / "good/libdigits.so").read_bytes() == (work / "again/libdigits.so").read_bytes())
    run(4, "optimize", work / "collapsing.onnx", "--recipe", "good/recipe.json", "--calib", calib, "-o", "other")

    # Failing: by size, and by accuracy.
    failed = run(1, "optimize", digits, "--int8", "--calib", calib, "--val", "val", "--metric", "top1", "--max-drop", "3%", "--max-size", "10kb",
                 "--junit", "bad.xml", "-o", "large")
    holds("it says which gate", "gate failed: max-size" in failed.stderr, failed.stderr)
    suite = xml.parse(work / "bad.xml").getroot().find("testsuite")
    holds("JUnit has the failure", suite.get("failures") == "1" and suite.find("testcase/failure") is not None)
    naive = ("--no-smooth", "--no-correct-bias")
    run(0, "optimize", work / "collapsing.onnx", "--int8", "--calib", calib, *naive, "-o", "collapsed")
    failed = run(1, "check", work / "collapsing.onnx", "collapsed", "--data", "val", "--metric", "top1", "--max-drop", "3%",
                 "--junit", "collapsed.xml")
    holds("the drop is told", "gate failed: max-drop of top1" in failed.stderr, failed.stderr)

    # Undecided: eight images cannot tell three percent.
    undecided = run(5, "check", digits, "good", "--data", "few", "--metric", "top1", "--max-drop", "3%", "--junit", "few.xml")
    holds("it asks for more samples", "gate undecided" in undecided.stderr and "give more" in undecided.stderr)
    holds("JUnit skips it", xml.parse(work / "few.xml").getroot().find("testsuite").get("skipped") == "1")

    # The budget keeps what collapses accurate: by other precisions, or by equalization with all of int8.
    run(0, "optimize", work / "collapsing.onnx", "--int8", "--calib", calib, *naive, "--val", "val", "--metric", "top1", "--max-drop", "3%", "-o", "mixed")
    mixed = report("mixed")
    holds("some layer is no int8", any(layer["precision"] != "int8" for layer in mixed["layers"]))
    holds("and says why", all(layer["reason"] for layer in mixed["layers"] if layer["precision"] == "fp32"))
    run(0, "optimize", work / "collapsing.onnx", "--recipe", "mixed/recipe.json", "--calib", calib, "-o", "mixed-again")
    holds("the same mix again", (work / "mixed/libcollapsing.so").read_bytes() == (work / "mixed-again/libcollapsing.so").read_bytes())
    # What a search takes out of int8 was calibrated and smoothed with the rest.
    run(0, "optimize", work / "collapsing.onnx", "--int8", "--calib", calib, "--val", "val", "--metric", "cosine", "--max-drop", "0.0005%", "-o", "narrow")
    run(0, "optimize", work / "collapsing.onnx", "--recipe", "narrow/recipe.json", "--calib", calib, "-o", "narrow-again")
    holds("the same of a narrow budget", (work / "narrow/libcollapsing.so").read_bytes() == (work / "narrow-again/libcollapsing.so").read_bytes(),
          [layer["precision"] for layer in report("narrow")["layers"]])
    for name, way, flags in (("equalized", "equalization and corrected biases recover", ("--equalize", "--no-smooth")),
                             ("smoothed", "factors of channels recover", ())):
        run(0, "optimize", work / "collapsing.onnx", "--int8", "--calib", calib, *flags, "-o", name)
        done = run(0, "check", work / "collapsing.onnx", name, "--data", "val", "--metric", "top1", "--max-drop", "5%", "--json")
        metric = json.loads(done.stdout)["metrics"][0]
        holds(f"{way} to a point", metric["candidate"] >= metric["baseline"] - 0.01,
              f"{metric['candidate']:.4f} of {metric['baseline']:.4f}")

    # Weights of 4 bits give way to 8 where the budget asks for it, and the recipe repeats that.
    for drop, precision in (("3%", "int4 weights"), ("0.01%", "int8 dynamic")):
        run(0, "optimize", digits, "--int4", "--calib", calib, "--val", "val", "--metric", "cosine", "--max-drop", drop, "-o", "four", "--force")
        (dense,) = [layer for layer in report("four")["layers"] if layer["node"] == "dense"]
        holds(f"{drop} leave the product {precision}", dense["precision"] == precision, dense)
        (chosen,) = [mix for mix in report("four")["candidates"] if mix["chosen"]]
        holds("the smallest of those that pass", all(mix["weight_bytes"] >= chosen["weight_bytes"]
                                                     for mix in report("four")["candidates"] if mix["passes"]))
    run(0, "optimize", digits, "--recipe", "four/recipe.json", "--calib", calib, "-o", "again")
    holds("the same library again", (work / "again/libdigits.so").read_bytes() == (work / "four/libdigits.so").read_bytes())
    run(0, "optimize", digits, "--int4", "--calib", calib, "--exclude", "dense", "-o", "kept")
    holds("an excluded product stays fp32", [layer["precision"] for layer in report("kept")["layers"] if layer["node"] == "dense"] == ["fp32"])

    # Layers by name, and what an earlier run gave in other forms.
    run(0, "optimize", digits, "--int8", "--calib", calib, "--exclude", "conv1", "-o", "excluded")
    layers = {layer["node"]: layer for layer in report("excluded")["layers"]}
    holds("an excluded layer stays fp32 and says so", layers["conv1"]["precision"] == "fp32" and
          layers["conv1"]["reason"] == "excluded by --exclude" and layers["conv2"]["precision"] == "int8", layers)
    run(0, "optimize", digits, "--int8", "--calib", calib, "--include", "op:MatMul", "-o", "included")
    holds("included layers alone", sorted(layer["node"] for layer in report("included")["layers"]
                                          if layer["precision"] == "int8") == ["dense"])
    run(0, "report", "good", "--html", "later.html", "--junit", "later.xml")
    holds("the same page from the file", (work / "later.html").read_text() == page)

    # Regressions between two runs.
    run(0, "compare", "good", "good/report.json")
    regressed = run(1, "compare", "good", "excluded", "--max-size-growth", "0", "--junit", "compare.xml", "--markdown", "c.md")
    holds("a metric that is no longer measured is a regression", "regressed: top1" in regressed.stderr, regressed.stderr)
    changed = run(1, "compare", "excluded", "included", "--max-size-growth", "0", "--max-latency-growth", "1000%")
    holds("a layer that changed is listed", "layer conv2" in changed.stdout, changed.stdout)
    run(2, "compare", "good", "mixed")

    # All of these reports are what the published schema says.
    schema = json.loads((ROOT / "docs/report.schema.json").read_text())
    for folder in ("good", "again", "large", "collapsed", "mixed", "excluded"):
        errors = [f"{list(error.absolute_path)}: {error.message}"
                  for error in jsonschema.Draft202012Validator(schema).iter_errors(report(folder))]
        holds(f"report of {folder} keeps the schema", not errors, errors[:3] or "")
    verdicts = {folder: report(folder)["verdict"] for folder in ("good", "large", "again")}
    holds("verdicts", verdicts == {"good": "pass", "large": "fail", "again": "pass"}, verdicts)

    if failures:
        sys.exit(f"{len(failures)} of the above failed")


main()
