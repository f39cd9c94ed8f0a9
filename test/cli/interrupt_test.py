"""A compilation that is told to stop (Ctrl-C, kill, a closed terminal) leaves nothing behind.

mlcompress gets the signal once its hidden output directory is there, and again in a run that compiles to a temporary
directory. It must end by that signal, and what was there before must be all that is there.
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


def write_model(path):
    """Many layers of different sizes: each a kernel of its own, so that compiling takes a while."""
    random = np.random.default_rng(1)
    nodes, weights, width = [], [], 40
    for i in range(100):
        shape = (width, 40 + (i * 7) % 61)
        weights.append(numpy_helper.from_array(random.standard_normal(shape, dtype=np.float32) / 10, f"w{i}"))
        nodes += [helper.make_node("MatMul", [f"x{i}", f"w{i}"], [f"m{i}"]), helper.make_node("Tanh", [f"m{i}"], [f"x{i + 1}"])]
        width = shape[1]
    graph = helper.make_graph(nodes, "layers", [helper.make_tensor_value_info("x0", TensorProto.FLOAT, [3, 40])],
                              [helper.make_tensor_value_info("x100", TensorProto.FLOAT, [3, width])], weights)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)


def wait_for(pattern, folder, process):
    end = time.monotonic() + 60
    while time.monotonic() < end and process.poll() is None:
        found = list(folder.glob(pattern))
        if found:
            return found[0]
        time.sleep(0.001)
    sys.exit(f"FAILED: no {pattern} appeared in {folder}; mlcompress ended with {process.poll()}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--mlcompress", type=Path, default=ROOT / "build/bin/mlcompress")
    parser.add_argument("--work", type=Path, default=ROOT / "build/test/cli/work")
    options = parser.parse_args()
    shutil.rmtree(options.work, ignore_errors=True)
    out, temporary = options.work / "out", options.work / "tmp"
    out.mkdir(parents=True)
    temporary.mkdir()
    write_model(options.work / "model.onnx")
    np.savez(options.work / "x.npz", x0=np.zeros((3, 40), np.float32))

    commands = [
        (["optimize", "model.onnx", "--random", "1", "-o", "out/new/deep/library"], ".library.mlc-*", out / "new/deep"),
        (["run", "model.onnx", "--inputs", "x.npz", "--outputs", "out/y.npz"], "mlcompress-*", temporary),
    ]
    failed = False
    for arguments, pattern, folder in commands:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            process = subprocess.Popen([options.mlcompress.absolute(), *arguments], cwd=options.work, stdin=subprocess.DEVNULL,
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                       env=os.environ | {"TMPDIR": str(temporary.absolute())})
            wait_for(pattern, folder, process)
            process.send_signal(number)
            code = process.wait(60)
            left = [str(p.relative_to(options.work)) for place in (out, temporary) for p in place.rglob("*")]
            good = code == -number and not left
            failed |= not good
            print(f"{'ok' if good else 'FAILED'}: {arguments[0]} on {number.name} ended with {code}"
                  + (f" and left {', '.join(left)}" if left else ""))
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
