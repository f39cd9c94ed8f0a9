"""What calibration saw is kept: a second run needs none, an interrupted one goes on where it was, and the results are
those of a run without a cache to the bit.

The model is a chain of products large enough for a run that can be stopped in its middle.
"""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

ROOT = Path(__file__).parent.parent.parent
DEPTH, LAYERS = 256, 4
failures = []


def holds(what, condition, detail=""):
    print(f"{'ok  ' if condition else 'FAIL'} {what}{'' if condition else ': ' + str(detail)}", flush=True)
    if not condition:
        failures.append(what)


def write_model(path, seed):
    random = np.random.default_rng(seed)
    nodes, weights = [], []
    for i in range(LAYERS):
        weights.append(numpy_helper.from_array(random.standard_normal((DEPTH, DEPTH), dtype=np.float32) / 16, f"w{i}"))
        nodes += [helper.make_node("MatMul", [f"x{i}", f"w{i}"], [f"m{i}"], f"product{i}"),
                  helper.make_node("Tanh", [f"m{i}"], [f"x{i + 1}"])]
    graph = helper.make_graph(nodes, "chain", [helper.make_tensor_value_info("x0", TensorProto.FLOAT, ["rows", DEPTH])],
                              [helper.make_tensor_value_info(f"x{LAYERS}", TensorProto.FLOAT, ["rows", DEPTH])], weights)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)


def write_samples(folder, count, rows=20):
    folder.mkdir()
    random = np.random.default_rng(7)
    for i in range(count):
        x = random.standard_normal((rows, DEPTH), dtype=np.float32)
        x[:, 5] *= 60  # worth smoothing
        np.savez(folder / f"{i:05}.npz", x0=x)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--mlcompress", type=Path, default=ROOT / "build/bin/mlcompress")
    parser.add_argument("--work", type=Path, default=ROOT / "build/test/cli/calibration_cache")
    options = parser.parse_args()
    work = options.work.absolute()
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    environment = os.environ | {"XDG_CACHE_HOME": str(work / "home")}
    write_model(work / "model.onnx", 1)
    write_model(work / "other.onnx", 2)
    write_samples(work / "samples", 12)

    def command(model, samples, out, *flags):
        return [options.mlcompress.absolute(), "quantize", model, "--calib", samples, "-o", out, *flags]

    def quantize(*arguments, code=0):
        done = subprocess.run(command(*arguments), cwd=work, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=300, env=environment)
        holds(f"exit code of {' '.join(arguments)}", done.returncode == code, done.stderr)
        return done.stdout + done.stderr

    def files(cache):
        return sorted((work / cache).glob("*.calib"))

    def same(one, two):
        return (work / one).read_bytes() == (work / two).read_bytes()

    known, resumed = "calibration did not run", "calibration went on after"
    default = "home/mlcompress/calibration"
    for name, flags in (("int8", []), ("bias", ["--no-correct-bias"]), ("plain", ["--no-smooth"]), ("int4", ["--int4"])):
        before = files(default)
        text = quantize("model.onnx", "samples", f"{name}-none.onnx", "--no-calib-cache", *flags)
        holds(f"{name}: --no-calib-cache keeps nothing", files(default) == before and "calibration" not in text, text)
        text = quantize("model.onnx", "samples", f"{name}-first.onnx", *flags)
        holds(f"{name}: the first run leaves files", files(default) != before and known not in text, text)
        left = files(default)
        text = quantize("model.onnx", "samples", f"{name}-second.onnx", *flags)
        holds(f"{name}: the second run is not needed", known in text and files(default) == left, text)
        text = quantize("model.onnx", "samples", f"{name}-anew.onnx", "--no-calib-cache", *flags)
        holds(f"{name}: unless it is asked for", known not in text, text)
        holds(f"{name}: equal bits", same(f"{name}-none.onnx", f"{name}-first.onnx")
              and same(f"{name}-none.onnx", f"{name}-second.onnx") and same(f"{name}-none.onnx", f"{name}-anew.onnx"))

    # Another calibrator needs the same statistics; another model or other samples do not fit.
    text = quantize("model.onnx", "samples", "entropy.onnx", "--calib-method", "entropy")
    holds("statistics serve every calibrator", known in text and not same("entropy.onnx", "int8-none.onnx"), text)
    text = quantize("other.onnx", "samples", "other.onnx.out")
    holds("another model is calibrated", "calibration" not in text.replace("calibrated", ""), text)
    shutil.copytree(work / "samples", work / "changed")
    np.savez(work / "changed/00000.npz", x0=np.ones((3, DEPTH), np.float32))
    text = quantize("model.onnx", "changed", "changed.onnx")
    holds("other samples are run", known not in text and resumed not in text, text)

    # Renamed samples are the same ones.
    shutil.copytree(work / "samples", work / "renamed")
    for path in sorted((work / "renamed").iterdir()):
        path.rename(path.with_name("s" + path.name))
    text = quantize("model.onnx", "renamed", "renamed.onnx")
    holds("names of samples do not matter", known in text and same("renamed.onnx", "int8-none.onnx"), text)

    # Damage.
    for path in files(default):
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
    text = quantize("model.onnx", "samples", "damaged.onnx")
    holds("a damaged file is said to be one", "is damaged and was not used: calibrated anew" in text and known not in text, text)
    holds("a damaged file does no harm", same("damaged.onnx", "int8-none.onnx"))
    text = quantize("model.onnx", "samples", "mended.onnx")
    holds("and is replaced", known in text and "damaged" not in text, text)

    # A sample that cannot be read ends the run; what came before it need not be run again.
    for name, flags in (("int8", ["--no-smooth"]), ("int4", ["--int4"])):
        shutil.copytree(work / "samples", work / f"broken-{name}")
        broken = work / f"broken-{name}" / "00008.npz"
        good = broken.read_bytes()
        broken.write_bytes(good[:1000])
        text = quantize("model.onnx", broken.parent.name, f"{name}-broken.onnx", "--calib-cache", f"own-{name}", *flags, code=4)
        holds(f"{name}: the broken sample is named", "00008.npz" in text, text)
        holds(f"{name}: what was seen is kept", len(files(f"own-{name}")) == 1, files(f"own-{name}"))
        broken.write_bytes(good)
        text = quantize("model.onnx", broken.parent.name, f"{name}-mended.onnx", "--calib-cache", f"own-{name}", *flags)
        holds(f"{name}: the run goes on", f"{resumed} 8 of 12 samples" in text, text)
        holds(f"{name}: to the same bits", same(f"{name}-mended.onnx", "plain-none.onnx" if name == "int8" else "int4-none.onnx"))
        holds(f"{name}: the checkpoint is gone", len(files(f"own-{name}")) == 1, files(f"own-{name}"))

    # Killed in its middle. The run lasts much longer than the ten seconds between two checkpoints, on any machine.
    count = 250
    write_samples(work / "many", count, rows=400)
    for _ in range(8):
        start = time.monotonic()
        quantize("model.onnx", "many", "many.onnx", "--no-smooth", "--no-calib-cache")
        took = time.monotonic() - start
        if took > 14:
            break
        factor = min(8, int(20 / took) + 1)
        for copy in range(1, factor):
            for i in range(count):
                os.link(work / "many" / f"{i:05}.npz", work / "many" / f"{count * copy + i:05}.npz")
        count *= factor
    process = subprocess.Popen(command("model.onnx", "many", "killed.onnx", "--no-smooth", "--calib-cache", "killed"), cwd=work,
                               stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
    end = time.monotonic() + 120
    while time.monotonic() < end and process.poll() is None and not files("killed"):
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    holds("killed after a checkpoint", process.wait() == -signal.SIGKILL and len(files("killed")) == 1, files("killed"))
    text = quantize("model.onnx", "many", "resumed.onnx", "--no-smooth", "--calib-cache", "killed")
    holds("goes on from the checkpoint", f"{resumed} " in text and f" of {count} samples" in text, text)
    holds("to the same bits", same("resumed.onnx", "many.onnx"))
    left = [path.name for path in (work / "killed").iterdir()]
    holds("nothing else is left", len(left) == 1 and not left[0].startswith("."), left)

    sys.exit(f"{len(failures)} of the above failed" if failures else 0)


main()
