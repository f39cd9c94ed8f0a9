"""Cold start of MiniLM at 32 tokens: loading and the first inference in a fresh process, and the memory that this takes.

For the libraries: from before dlopen to after the first inference, by a C program; resident memory less what the process
had before. For ONNX Runtime: creating the session and its first run, after `import onnxruntime`; resident memory less what
the process had after that import. The median of several processes; files are in the page cache.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(HERE.parent / "e2e"))
import real_inputs
from compiled_model import Experiment, real_models

ONNXRUNTIME = """
import sys, time
import numpy as np
import onnxruntime
def resident():
    return int(open("/proc/self/statm").read().split()[1]) * 4096
before, start = resident(), time.perf_counter()
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1
session = onnxruntime.InferenceSession(sys.argv[1], options, providers=["CPUExecutionProvider"])
inputs = {value.name: np.ones((1, 32), np.int64) for value in session.get_inputs()}
session.run(None, inputs)
first = time.perf_counter()
session.run(None, inputs)
print((first - start) * 1e3, (time.perf_counter() - first) * 1e3, resident() - before, 0)
"""


def median_of(command, processes):
    runs = [list(map(float, subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()))
            for _ in range(processes)]
    return [statistics.median(column) for column in zip(*runs)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--mlcompress", type=Path, default=ROOT / "build/bin/mlcompress")
    parser.add_argument("--work", type=Path, default=ROOT / "build/test/bench/work")
    parser.add_argument("--processes", type=int, default=11)
    parser.add_argument("--json", type=Path, help="also write the figures here")
    options = parser.parse_args()
    options.quick = False
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})

    cache = real_models()
    experiment = Experiment("cold-start", options)
    experiment.work.mkdir(parents=True, exist_ok=True)
    program = experiment.work / "cold_start"
    subprocess.run(["cc", "-O2", "-I", ROOT / "include", HERE / "cold_start.c", "-o", program, "-ldl"], check=True)
    rows = []
    calibration = real_inputs.sentences(cache, True)
    for precision in ("fp32", "int8"):
        compiled = experiment.optimize(cache / "minilm.onnx", "host", calibration if precision == "int8" else None,
                                       precision=precision)
        first, second, resident, arena = median_of([program, compiled.library, "1", "32", "1", "32", "1", "32"],
                                                   options.processes)
        weights = compiled.manifest["weight_bytes"]
        rows.append({"implementation": "mlcompress", "precision": precision, "first_ms": first, "second_ms": second,
                     "resident_mb": resident / 1e6, "weights_mb": weights / 1e6, "arena_mb": arena / 1e6,
                     "beyond_mb": (resident - weights - arena) / 1e6})
        model = cache / "minilm.onnx" if precision == "fp32" else next(compiled.folder.glob("*.int8.onnx"))
        first, second, resident, _ = median_of([sys.executable, "-c", ONNXRUNTIME, model], options.processes)
        rows.append({"implementation": "onnxruntime", "precision": precision, "first_ms": first, "second_ms": second,
                     "resident_mb": resident / 1e6, "weights_mb": model.stat().st_size / 1e6})
    columns = ["first_ms", "second_ms", "resident_mb", "weights_mb", "arena_mb", "beyond_mb"]
    print("| MiniLM, 32 tokens | first inference ms | next ms | resident MB | weights MB | arena MB | beyond both MB |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    for row in rows:
        cells = [f"{row[column]:.1f}" if column in row else "–" for column in columns]
        print(f"| {row['implementation']} {row['precision']} | " + " | ".join(cells) + " |")
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
