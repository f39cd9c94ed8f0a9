"""`optimize --fp16`: a real model, models made so that a weight or a value does not fit float16, and one with Resize and Cast.

Values become float16 where the target computes with it, which is tried in an emulator (a Graviton3's).
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
QEMU = "qemu-aarch64 -L /usr/aarch64-linux-gnu -cpu max,sve256=on,sve512=off,sve-default-vector-length=32"
failures = []


def holds(what, condition, detail=""):
    print(f"{'ok  ' if condition else 'FAIL'} {what}{': ' + str(detail) if detail != '' else ''}")
    if not condition:
        failures.append(what)


def save(path, nodes, inputs, outputs, weights):
    info = [[helper.make_tensor_value_info(name, kind, shape) for name, kind, shape in group] for group in (inputs, outputs)]
    constants = [numpy_helper.from_array(array, name) for name, array in weights.items()]
    model = helper.make_model(helper.make_graph(nodes, path.stem, *info, constants),
                              opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, path)


def overflowing(path, random):
    """`wide`'s weights reach 1e5, `tall` gives more than 65504 from weights that fit, `small` has weights of 1e-7; `plain` is
    none of it. What stands between cannot be folded into weights."""
    weights = {
        "w_wide": random.normal(size=(16, 16)).astype(np.float32),
        "w_tall": np.abs(random.normal(size=(16, 16))).astype(np.float32) * 12000,
        "w_small": random.normal(size=(16, 16)).astype(np.float32) * 1e-7,
        "w_plain": random.normal(size=(16, 16)).astype(np.float32),
    }
    weights["w_wide"][3, 5] = 1e5
    nodes = [
        helper.make_node("MatMul", ["x", "w_wide"], ["a"], "wide"),
        helper.make_node("Sigmoid", ["a"], ["b"], "sigmoid"),
        helper.make_node("MatMul", ["b", "w_tall"], ["c"], "tall"),
        helper.make_node("Sqrt", ["c"], ["d"], "sqrt"),
        helper.make_node("MatMul", ["d", "w_small"], ["e"], "small"),
        helper.make_node("Abs", ["e"], ["f"], "abs"),
        helper.make_node("Sqrt", ["f"], ["g"], "sqrt_again"),
        helper.make_node("MatMul", ["g", "w_plain"], ["h"], "plain"),
        helper.make_node("Relu", ["h"], ["y"], "relu"),
    ]
    save(path, nodes, [("x", TensorProto.FLOAT, ["n", 16])], [("y", TensorProto.FLOAT, ["n", 16])], weights)


def resized(path, random):
    """Two sizes that the model computes from its input's shape with floats, and casts to float16 and back."""
    weights = {
        "w": random.normal(size=(8, 3, 3, 3)).astype(np.float32) / 5, "v": random.normal(size=(4, 8, 3, 3)).astype(np.float32) / 8,
        "two": np.array([1, 1, 2, 2], np.float32), "roi": np.zeros(0, np.float32), "half": np.float32(0.5),
        "first": np.array([0, 1], np.int64), "last": np.array([2, 3], np.int64),
    }
    nodes = [
        helper.make_node("Conv", ["x", "w"], ["a"], "conv", pads=[1, 1, 1, 1]),
        helper.make_node("Relu", ["a"], ["b"], "relu"),
        helper.make_node("Resize", ["b", "roi", "two"], ["c"], "nearest", mode="nearest", nearest_mode="floor",
                         coordinate_transformation_mode="asymmetric"),
        helper.make_node("Cast", ["c"], ["d"], "narrow", to=TensorProto.FLOAT16),
        helper.make_node("Cast", ["d"], ["e"], "widen", to=TensorProto.FLOAT),
        helper.make_node("Conv", ["e", "v"], ["f"], "conv2", pads=[1, 1, 1, 1]),
        helper.make_node("Shape", ["f"], ["s"], "shape"),
        helper.make_node("Gather", ["s", "first"], ["s0"], "kept"),
        helper.make_node("Gather", ["s", "last"], ["s1"], "spatial"),
        helper.make_node("Cast", ["s1"], ["s2"], "to_float", to=TensorProto.FLOAT),
        helper.make_node("Mul", ["s2", "half"], ["s3"], "halve"),
        helper.make_node("Cast", ["s3"], ["s4"], "to_int", to=TensorProto.INT64),
        helper.make_node("Concat", ["s0", "s4"], ["s5"], "sizes", axis=0),
        helper.make_node("Resize", ["f", "roi", "", "s5"], ["y"], "linear", mode="linear"),
    ]
    save(path, nodes, [("x", TensorProto.FLOAT, [1, 3, "h", "w"])], [("y", TensorProto.FLOAT, [1, 4, "oh", "ow"])], weights)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--mlcompress", type=Path, default=ROOT / "build/bin/mlcompress")
    parser.add_argument("--work", type=Path, default=ROOT / "build/test/cli/float16")
    options = parser.parse_args()
    work = options.work.absolute()
    shutil.rmtree(work, ignore_errors=True)
    for folder in ("samples", "images"):
        (work / folder).mkdir(parents=True)
    random = np.random.default_rng(1)
    overflowing(work / "overflowing.onnx", random)
    resized(work / "resized.onnx", random)
    for i in range(4):
        np.savez(work / f"samples/{i}.npz", x=random.normal(size=(5, 16)).astype(np.float32))
        np.savez(work / f"images/{i}.npz", x=random.normal(size=(1, 3, 10, 12 + 2 * i)).astype(np.float32))

    def run(code, *arguments):
        done = subprocess.run([options.mlcompress, *map(str, arguments)], cwd=work, capture_output=True, text=True)
        holds(" ".join(map(str, arguments)).replace(str(ROOT) + "/", "") + f" ends with {code}", done.returncode == code,
              done.returncode if done.returncode == code else done.stdout + done.stderr)
        return done.stdout

    def report(folder):
        return json.loads((work / folder / "report.json").read_text())

    def layers(folder):
        return {row["node"]: row["precision"] for row in report(folder)["layers"]}

    def reasons(folder):
        return {row["node"]: row["reason"] for row in report(folder)["layers"]}

    # A real model.
    digits = ROOT / "examples/digits/digits.onnx"
    run(0, "optimize", digits, "-o", "digits-fp32")
    said = run(0, "optimize", digits, "--fp16", "--data", ROOT / "examples/digits/test.npz", "--min-cosine", "0.9999", "-o", "digits")
    computes = "no arithmetic on fp16" not in said
    holds("one line says what fp16 means here",
          said.count("note: host has no arithmetic on fp16: weights are stored so, and values and sums stay fp32") == (not computes))
    holds("every layer's weights are fp16", set(layers("digits").values()) == {"fp16 weights"}, layers("digits"))
    weights, before = report("digits")["compile"]["weight_bytes"], report("digits-fp32")["compile"]["weight_bytes"]
    holds("weights take half the bytes", weights <= 0.52 * before, f"{weights} of {before}")
    outputs = report("digits")["compile"]["outputs"]
    holds("outputs keep their types", {output["dtype"] for output in outputs} == {"float32"}, outputs)
    run(0, "optimize", digits, "--recipe", "digits/recipe.json", "-o", "again")
    holds("its recipe makes the same library", (work / "digits/libdigits.so").read_bytes() == (work / "again/libdigits.so").read_bytes())

    # Weights that do not fit stay, and say why.
    run(0, "optimize", "overflowing.onnx", "--fp16", "--data", "samples", "--min-cosine", "0.9999", "-o", "weights")
    holds("what does not fit stays fp32", layers("weights") ==
          {"wide": "fp32", "tall": "fp16 weights", "small": "fp32", "plain": "fp16 weights"}, layers("weights"))
    holds("and says why", reasons("weights")["wide"] == "its weights reach 1.0e+05, beyond float16's 65504" and
          reasons("weights")["small"].endswith("% of its weights are smaller than float16 holds in full (6.1e-05)"), reasons("weights"))
    said = run(0, "optimize", "overflowing.onnx", "--fp16", "--exclude", "plain", "-o", "excluded")
    holds("what is excluded stays fp32", layers("excluded")["plain"] == "fp32" and layers("excluded")["tall"] == "fp16 weights" and
          "excluded by --exclude" in said)

    run(0, "optimize", "resized.onnx", "--fp16", "--data", "images", "--min-cosine", "0.9999", "-o", "resized")

    # Values, too.
    if shutil.which("qemu-aarch64") is None:
        print("not run: qemu-aarch64 is missing")
    else:
        there = ["--target", "graviton3", "--runner", QEMU, "--fp16"]
        said = run(0, "optimize", "overflowing.onnx", *there, "--data", "samples", "-o", "uncalibrated")
        holds("without calibration values stay", layers("uncalibrated") == layers("weights") and "give --calib to narrow" in said)
        run(0, "optimize", "overflowing.onnx", *there, "--calib", "samples", "--min-cosine", "0.9999", "-o", "values")
        holds("values that fit are fp16", layers("values") ==
              {"wide": "fp32", "tall": "fp16 weights", "small": "fp32", "plain": "fp16"}, layers("values"))
        holds("one that does not says why", "its output reaches" in reasons("values")["tall"], reasons("values")["tall"])
        run(0, "optimize", "resized.onnx", *there, "--calib", "images", "--min-cosine", "0.9999", "-o", "resized-values")
        holds("both convolutions give fp16", layers("resized-values") == {"conv": "fp16", "conv2": "fp16"}, layers("resized-values"))

    if failures:
        sys.exit("failed:\n  " + "\n  ".join(failures))


main()
