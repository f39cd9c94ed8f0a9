"""Times the compiled real models beside ONNX Runtime: one thread, one process, taking turns.

For each model the table has the median time of a call (ONNX Runtime fp32, the fp32 library, the int8 library), the
libraries' times as ratios to ONNX Runtime's (below 1 is faster), what `mlcompress bench` says of the fp32 library on
the same inputs right after, and what compiling took.
"""

import argparse
import json
import os
import statistics
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(HERE.parent / "e2e"))
import numpy as np
import onnxruntime

import real_inputs
from compiled_model import CommandFailed, Experiment, real_models
from loaded_library import LoadedLibrary


def workloads(models):
    """(name, model, inputs of one call, calibration inputs)."""
    lines = real_inputs.text_lines()
    sentences = real_inputs.sentences(models, batches=(1, 8))
    return [
        ("digits 40", ROOT / "examples/digits/digits.onnx", real_inputs.digits()[0], real_inputs.digits(True)),
        ("ppocr-det 640x480", models / "ppocr-det.onnx", real_inputs.pages()[0], real_inputs.pages(True)),
        ("ppocr-det 224x352", models / "ppocr-det.onnx", real_inputs.pages()[3], real_inputs.pages(True)),
        ("ppocr-cls", models / "ppocr-cls.onnx", real_inputs.directed_lines()[0], real_inputs.directed_lines(True)),
        (f"ppocr-rec {lines[0]['x'].shape[-1]}", models / "ppocr-rec.onnx", lines[0], real_inputs.text_lines(True)),
        ("magika", models / "magika.onnx", real_inputs.file_bytes()[0], real_inputs.file_bytes(True)),
        (f"minilm 1x{sentences[0]['input_ids'].shape[1]}", models / "minilm.onnx", sentences[0],
         real_inputs.sentences(models, True)),
        (f"minilm 8x{sentences[1]['input_ids'].shape[1]}", models / "minilm.onnx", sentences[1],
         real_inputs.sentences(models, True)),
    ]


def take_turns(calls, seconds):
    """Median seconds of each call of the dict, measured in alternating short bursts for about `seconds` in all."""
    times = {name: [] for name in calls}
    for call in calls.values():
        call()
        call()
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or len(next(iter(times.values()))) < 5:
        for name, call in calls.items():
            burst = time.perf_counter() + seconds / 50
            while True:
                start = time.perf_counter()
                call()
                now = time.perf_counter()
                times[name].append(now - start)
                if now >= burst:
                    break
    return {name: statistics.median(values) for name, values in times.items()}


def bench_command(experiment, folder, inputs):
    """Median milliseconds by `mlcompress bench`."""
    data = experiment.work / "bench-inputs.npz"
    np.savez(data, **inputs)
    _, _, report = experiment.mlcompress("bench", folder, "--inputs", data, "--threads", "1", "--seconds", "1", "--json", "--quiet")
    return json.loads(report)["latency"]["median_ms"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--mlcompress", type=Path, default=ROOT / "build/bin/mlcompress")
    parser.add_argument("--work", type=Path, default=ROOT / "build/test/bench/work")
    parser.add_argument("--only", help="workloads whose name contains this")
    parser.add_argument("--seconds", type=float, default=4, help="time to measure each workload for")
    parser.add_argument("--max-ratio", type=float, help="fail where fp32 takes more than this times ONNX Runtime's time")
    parser.add_argument("--json", type=Path, help="also write the figures here")
    options = parser.parse_args()

    sys.argv = [sys.argv[0], "--mlcompress", str(options.mlcompress), "--work", str(options.work)]
    rows, failures, compiled = [], [], {}
    processors = os.sched_getaffinity(0)
    for name, model, inputs, calibration in workloads(real_models()):
        if options.only and options.only not in name:
            continue
        row = {"workload": name}
        rows.append(row)
        experiment = Experiment(f"bench-{model.stem}")
        os.sched_setaffinity(0, processors)
        session_options = onnxruntime.SessionOptions()
        session_options.intra_op_num_threads = session_options.inter_op_num_threads = 1
        session = onnxruntime.InferenceSession(str(model), session_options, providers=["CPUExecutionProvider"])
        calls = {"onnxruntime": lambda: session.run(None, inputs)}
        try:
            if model not in compiled:
                experiment.__enter__()
                compiled[model] = {"fp32": experiment.optimize(model, "host"),
                                   "int8": experiment.optimize(model, "host", calibration, int8=True)}
            for form, result in compiled[model].items():
                row |= {f"{form}_compile_seconds": result.seconds, f"{form}_compile_peak_mb": result.peak_bytes / 1e6,
                        f"{form}_library_mb": result.size / 1e6}
                calls[form] = LoadedLibrary(result.library).prepare(inputs)
            # One processor for all: turns on different ones would compare processors.
            os.sched_setaffinity(0, {max(processors)})
            row |= {f"{key}_ms": value * 1e3 for key, value in take_turns(calls, options.seconds).items()}
            row["bench_ms"] = bench_command(experiment, compiled[model]["fp32"].folder, inputs)
        except (CommandFailed, RuntimeError) as error:
            failures.append(f"{name}: {error}")
            continue
        for form in ("fp32", "int8", "bench"):
            row[f"{form}_ratio"] = row[f"{form}_ms"] / row["onnxruntime_ms"]
        if options.max_ratio and row["fp32_ratio"] > options.max_ratio:
            failures.append(f"{name}: fp32 takes {row['fp32_ratio']:.2f} times as long as onnxruntime, "
                            f"allowed: {options.max_ratio:g}")

    columns = ["onnxruntime_ms", "fp32_ms", "fp32_ratio", "int8_ms", "int8_ratio", "bench_ms", "bench_ratio", "fp32_compile_seconds",
               "fp32_compile_peak_mb", "int8_compile_seconds", "int8_compile_peak_mb", "fp32_library_mb",
               "int8_library_mb"]
    heads = ["ort ms", "fp32 ms", "/ort", "int8 ms", "/ort", "bench ms", "/ort", "compile s", "peak MB", "int8 c. s", "peak MB", "fp32 MB",
             "int8 MB"]
    print(f"{'one thread':<20}" + "".join(f"{h:>11}" for h in heads))
    for row in rows:
        print(f"{row['workload']:<20}" + "".join(f"{row[c]:>11.3f}" if c in row else f"{'-':>11}" for c in columns))
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1) + "\n")
    for failure in failures:
        print(f"FAILED {failure}")
    sys.exit(1 if failures or not rows else 0)


if __name__ == "__main__":
    main()
