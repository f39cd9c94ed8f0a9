"""Times compiled models beside ONNX Runtime, and OpenVINO where it is installed, taking turns in one process.

Workloads are the real models on real inputs, and models of published architecture with generated weights (models.py).
For each the table has the median time of a call: the peers', the library's, and how many times as long as the library
the best peer takes (above 1 the library is faster). Peers run the same file at their best setting for the precision,
with all dimensions fixed; int8 peers run ONNX Runtime's static QDQ quantization, per channel. The libraries keep the
dimensions that the model leaves open.

    tools/setup --bench      # adds OpenVINO
    build/venv/bin/python test/bench/compare.py --models all --threads all --json figures.json
"""

import argparse
import json
import math
import os
import platform
import statistics
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(HERE.parent / "e2e"))
import models as generated
import peers
import real_inputs
from compiled_model import CommandFailed, Experiment, cpu_flags, real_models
from loaded_library import LoadedLibrary

PRECISIONS = ["fp32", "bf16", "int8"]
STATIC = "mlcompress static"


@dataclass
class Subject:
    """A model with its workloads: {name: inputs of one call}, and inputs to calibrate with."""
    name: str
    path: Path
    workloads: dict
    calibration: list
    libraries: dict = field(default_factory=dict)  # precision → CompiledModel


def real_subjects():
    cache = real_models()
    lines, sentences = real_inputs.text_lines(), real_inputs.sentences(cache, batches=(1, 8))
    pages = real_inputs.pages()
    return [
        Subject("digits", ROOT / "examples/digits/digits.onnx", {"40": real_inputs.digits()[0]}, real_inputs.digits(True)),
        Subject("ppocr-det", cache / "ppocr-det.onnx", {"640x480": pages[0], "224x352": pages[3]}, real_inputs.pages(True)),
        Subject("ppocr-cls", cache / "ppocr-cls.onnx", {"": real_inputs.directed_lines()[0]},
                real_inputs.directed_lines(True)),
        Subject("ppocr-rec", cache / "ppocr-rec.onnx", {str(lines[0]["x"].shape[-1]): lines[0]},
                real_inputs.text_lines(True)),
        Subject("magika", cache / "magika.onnx", {"": real_inputs.file_bytes()[0]}, real_inputs.file_bytes(True)),
        Subject("minilm", cache / "minilm.onnx",
                {f"{batch}x{x['input_ids'].shape[1]}": x for batch, x in zip((1, 8), sentences)},
                real_inputs.sentences(cache, True)),
    ]


def generated_subjects(folder, every_workload):
    subjects = []
    folder.mkdir(parents=True, exist_ok=True)
    for name, model in generated.MODELS.items():
        path = folder / f"{name}.onnx"
        if not path.exists() or path.stat().st_mtime < (HERE / "models.py").stat().st_mtime:
            print(f"writing {path}", file=sys.stderr)
            generated.write(name, path)
        inputs = {workload: generated.inputs_of(name, workload) for workload in model.workloads}
        calibration = list(inputs.values())[:2]
        if not every_workload:
            inputs = {workload: x for workload, x in inputs.items() if not workload.startswith("8")}
        subjects.append(Subject(name, path, inputs, calibration))
    return subjects


def take_turns(calls, seconds, pause=0):
    """Median seconds of each call of the dict, measured in alternating short bursts for about `seconds` in all.

    `pause` is slept before each burst, and a call made that does not count: the threads of a pool that has just worked
    spin for a while, and would take the processor from the next one.
    """
    times = {name: [] for name in calls}
    for call in calls.values():
        call()
        call()
    bursts = 8 if pause else 50
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or len(next(iter(times.values()))) < 5:
        for name, call in calls.items():
            if pause:
                time.sleep(pause)
                call()
            burst = time.perf_counter() + seconds / bursts
            while True:
                start = time.perf_counter()
                call()
                now = time.perf_counter()
                times[name].append(now - start)
                if now >= burst:
                    break
    return {name: statistics.median(values) for name, values in times.items()}


def geometric_mean(values):
    return math.exp(sum(map(math.log, values)) / len(values))


def bench_command(experiment, folder, inputs):
    """Median milliseconds by `mlcompress bench`."""
    data = experiment.work / "bench-inputs.npz"
    real_inputs.np.savez(data, **inputs)
    _, _, report = experiment.mlcompress("bench", folder, "--inputs", data, "--threads", "1", "--seconds", "1", "--json",
                                         "--quiet")
    return json.loads(report)["latency"]["median_ms"]


class Comparison:
    def __init__(self, options):
        self.options, self.rows, self.failures, self.compiled = options, [], [], []
        self.troubles = {}  # (model, peer, precision) → what keeps the peer from running it, or None
        self.processors = sorted(os.sched_getaffinity(0))

    def library(self, experiment, subject, precision):
        if precision not in subject.libraries:
            os.sched_setaffinity(0, self.processors)
            result = experiment.optimize(subject.path, "host", subject.calibration if precision == "int8" else None,
                                         precision=precision)
            subject.libraries[precision] = result
            self.compiled.append({"model": subject.name, "precision": precision, "seconds": result.seconds,
                                  "peak_mb": result.peak_bytes / 1e6, "library_mb": result.size / 1e6})
        return subject.libraries[precision]

    def peer_calls(self, experiment, subject, precision, threads, inputs):
        calls = {}
        for peer in self.options.peers:
            try:
                path = subject.path
                if precision == "int8":
                    path = peers.quantize(path, subject.calibration, experiment.work.parent / f"{subject.name}.qdq.onnx")
                key = (subject.name, peer, precision)
                if key not in self.troubles:
                    self.troubles[key] = peers.survives(peer, path, precision, threads, inputs, experiment.work)
                trouble = self.troubles[key]
                call = None if trouble else peers.call(peer, path, precision, threads, inputs)
                if call:
                    call()
                    calls[peer] = call
            except Exception as error:  # what a peer cannot run is a dash in the table
                trouble = str(error).strip().splitlines()[0]
            if trouble:
                print(f"{subject.name} {precision}: {peer} failed: {trouble}", file=sys.stderr)
        return calls

    def fixed(self, experiment, subject, precision, threads, inputs):
        """With --static: the same model compiled for these sizes alone."""
        dims = peers.dimensions(subject.path, inputs) if self.options.static else {}
        if not dims:
            return None
        os.sched_setaffinity(0, self.processors)
        result = experiment.optimize(subject.path, "host", subject.calibration if precision == "int8" else None,
                                     precision=precision, dims=dims)
        os.sched_setaffinity(0, self.processors if threads > 1 else self.processors[-1:])
        return LoadedLibrary(result.library, threads)

    def measure(self, experiment, subject, workload, precision, threads):
        inputs = subject.workloads[workload]
        library = self.library(experiment, subject, precision)
        # One processor for all that run one thread: turns on different ones would compare processors.
        os.sched_setaffinity(0, self.processors if threads > 1 else self.processors[-1:])
        calls = self.peer_calls(experiment, subject, precision, threads, inputs)
        loaded = LoadedLibrary(library.library, threads)
        calls["mlcompress"] = loaded.prepare(inputs)
        fixed = self.fixed(experiment, subject, precision, threads, inputs)
        if fixed:
            calls[STATIC] = fixed.prepare(inputs)
        times = {name: 1e3 * value for name, value in take_turns(calls, self.options.seconds, 0.1 if threads > 1 else 0).items()}
        del calls
        loaded.close()
        if fixed:
            fixed.close()
        row = {"model": subject.name, "workload": workload, "precision": precision, "threads": threads, "ms": times}
        theirs = [value for name, value in times.items() if name not in ("mlcompress", STATIC)]
        if theirs:
            row["speedup"] = min(theirs) / times["mlcompress"]
        if threads == 1 and precision == "fp32" and self.options.bench_command:
            row["bench_command_ms"] = bench_command(experiment, library.folder, inputs)
        self.rows.append(row)
        print(f"{subject.name} {workload} {precision} x{threads}: "
              + ", ".join(f"{name} {value:.3f} ms" for name, value in times.items())
              + (f": {row['speedup']:.2f}" if theirs else ""), file=sys.stderr)
        limit = self.options.max_ratio
        ort = times.get("onnxruntime")
        if limit and precision == "fp32" and not ort:
            self.failures.append(f"{subject.name} {workload}: onnxruntime has no time")
        elif limit and precision == "fp32" and times["mlcompress"] > limit * ort:
            self.failures.append(f"{subject.name} {workload}: fp32 takes {times['mlcompress'] / ort:.2f} times as long as "
                                 f"onnxruntime, allowed: {limit:g}")

    def run(self, subjects):
        for subject in subjects:
            experiment = Experiment(f"bench-{subject.name}", self.options)
            experiment.__enter__()
            for workload in subject.workloads:
                for precision in self.options.precisions:
                    try:
                        self.measure(experiment, subject, workload, precision, self.options.threads)
                    except (CommandFailed, RuntimeError) as error:
                        self.failures.append(f"{subject.name} {workload} {precision}: {error}")
        os.sched_setaffinity(0, self.processors)

    def tables(self):
        """Markdown."""
        lines, threads = [], self.options.threads
        for precision in self.options.precisions:
            rows = [row for row in self.rows if row["precision"] == precision]
            if not rows:
                continue
            names = [*self.options.peers, "mlcompress"] + ([STATIC] if self.options.static else [])
            lines += ["", f"### {precision}, {threads} thread{'s' if threads > 1 else ''}", "",
                      "| workload | " + " | ".join(f"{name} ms" for name in names) + " | best peer / ours |",
                      "|---|" + "---:|" * (len(names) + 1)]
            for row in rows:
                cells = [f"{row['ms'][name]:.4g}" if name in row["ms"] else "–" for name in names]
                cells.append(f"{row['speedup']:.2f}" if "speedup" in row else "–")
                lines.append(f"| {row['model']} {row['workload']} | ".replace("  ", " ") + " | ".join(cells) + " |")
            ratios = [row["speedup"] for row in rows if "speedup" in row]
            if ratios:
                lines += ["", f"Geometric mean {geometric_mean(ratios):.3f}, least {min(ratios):.2f}."]
        lines += ["", "### Compiling", "", "| model | precision | seconds | peak MB | library MB |", "|---|---|---:|---:|---:|"]
        for row in self.compiled:
            lines.append(f"| {row['model']} | {row['precision']} | {row['seconds']:.1f} | {row['peak_mb']:.0f} | "
                         f"{row['library_mb']:.2f} |")
        return "\n".join(lines[1:]) + "\n"


def parse():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--mlcompress", type=Path, default=ROOT / "build/bin/mlcompress")
    parser.add_argument("--work", type=Path, default=ROOT / "build/test/bench/work")
    parser.add_argument("--models", choices=["real", "generated", "all"], default="real")
    parser.add_argument("--all-workloads", action="store_true", help="of the generated models those of batch 8 too")
    parser.add_argument("--only", default="", help="models whose name contains one of these words, split by commas")
    parser.add_argument("--precisions", default="fp32,int8", help="of fp32, bf16 and int8")
    parser.add_argument("--threads", default="1", help="a number, or 'all'; one a run, because a pool of threads keeps the "
                                                       "processors that it was started with")
    parser.add_argument("--peers", default=",".join(peers.PEERS), help="default: those that are installed")
    parser.add_argument("--static", action="store_true", help="also time the library compiled for the workload's sizes alone")
    parser.add_argument("--seconds", type=float, default=4, help="time to measure each workload for")
    parser.add_argument("--bench-command", action="store_true", help="time the fp32 libraries by 'mlcompress bench' too")
    parser.add_argument("--max-ratio", type=float, help="fail where fp32 takes more than this times ONNX Runtime's time")
    parser.add_argument("--json", type=Path, help="also write the figures here")
    parser.add_argument("--markdown", type=Path, help="also write the tables here")
    options = parser.parse_args()
    options.quick = False
    options.peers = [name for name in options.peers.split(",") if name]
    options.precisions = options.precisions.split(",")
    count = len(os.sched_getaffinity(0))
    options.threads = count if options.threads == "all" else int(options.threads)
    for name, known in [(p, peers.PEERS) for p in options.peers] + [(p, PRECISIONS) for p in options.precisions]:
        if name not in known:
            parser.error(f"'{name}' is not one of {', '.join(known)} here")
    if "bf16" in options.precisions and not {"avx512_bf16", "amx_bf16", "bf16"} & cpu_flags():
        print("bf16: left out, this CPU has no instructions for it", file=sys.stderr)
        options.precisions.remove("bf16")
    return options


def main():
    options = parse()
    subjects = real_subjects() if options.models != "generated" else []
    if options.models != "real":
        subjects += generated_subjects(options.work / "models", options.all_workloads)
    words = options.only.split(",")
    subjects = [subject for subject in subjects if any(word in subject.name for word in words)]
    comparison = Comparison(options)
    comparison.run(subjects)
    tables = comparison.tables()
    print(tables)
    if options.markdown:
        options.markdown.write_text(tables)
    if options.json:
        machine = {"processor": platform.processor() or platform.machine(), "features": sorted(cpu_flags())}
        options.json.write_text(json.dumps({"machine": machine, "peers": peers.versions(), "rows": comparison.rows,
                                            "compiled": comparison.compiled}, indent=1) + "\n")
    for failure in comparison.failures:
        print(f"FAILED {failure}")
    sys.exit(1 if comparison.failures or not comparison.rows else 0)


if __name__ == "__main__":
    main()
