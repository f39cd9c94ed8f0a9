"""Compiles a model with mlcompress, runs the library, and compares with ONNX Runtime.

A test makes an `Experiment`, which owns the command line, a work folder and the table of figures:

    with Experiment("digits") as e:
        fp32 = e.optimize(model, "host")
        e.at_most("fp32 relative L2", relative_l2(fp32.run(x), e.onnxruntime(model, x)), 1e-4)

Leaving it prints the table and exits 1 if a figure is out of bounds. Exit code 77: skipped, with the reason.
"""

import argparse
import fcntl
import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import onnxruntime

from loaded_library import LoadedLibrary

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT / "tools/models"))
import fetch

SKIPPED = 77
# 256-bit SVE as Graviton3 has it.
QEMU = "qemu-aarch64 -L /usr/aarch64-linux-gnu -cpu max,sve256=on,sve512=off,sve-default-vector-length=32"

# Runs a command and writes its peak resident size in KiB. A small process of its own has to do that: a child's peak
# begins with what its parent had when it forked.
MEASURE = """
import resource, subprocess, sys
code = subprocess.call(sys.argv[2:])
with open(sys.argv[1], "w") as file:
    file.write(str(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss))
sys.exit(code if code >= 0 else 128 - code)
"""


def real_models():
    """The folder of the real models, fetched if need be; leaves with a skip where they cannot be had."""
    cache = fetch.default_cache()
    cache.mkdir(parents=True, exist_ok=True)
    with open(cache / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        result = subprocess.run([sys.executable, fetch.__file__], stdin=subprocess.DEVNULL, text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if result.returncode == fetch.CANNOT_DOWNLOAD:
        print(f"SKIPPED: the real models cannot be fetched: {result.stdout.strip()}")
        sys.exit(SKIPPED)
    if result.returncode != 0:
        sys.exit(result.stdout)
    return cache


def relative_l2(actual, expected):
    """The largest relative L2 error over the outputs; a differing shape, type or a NaN is infinitely wrong."""
    worst = 0.0
    for name, want in expected.items():
        got = actual.get(name)
        if got is None or got.shape != want.shape or got.dtype != want.dtype:
            return float("inf")
        want, got = want.astype(np.float64), got.astype(np.float64)
        error = np.linalg.norm(got - want) / max(np.linalg.norm(want), 1e-30)
        worst = max(worst, error if np.isfinite(error) else float("inf"))
    return worst


def cosine(a, b):
    """Cosine of two arrays, row by row over the last axis: the smallest."""
    a, b = a.astype(np.float64), b.astype(np.float64)
    products = (a * b).sum(-1) / (np.linalg.norm(a, axis=-1) * np.linalg.norm(b, axis=-1))
    return float(products.min())


def same_bytes(a, b):
    return a.keys() == b.keys() and all(
        a[k].dtype == b[k].dtype and a[k].shape == b[k].shape and a[k].tobytes() == b[k].tobytes() for k in a)


def cpu_flags():
    """What Linux says this CPU can, in its words; empty where it says nothing."""
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith(("flags", "Features")):
            return set(line.split(":")[1].split())
    return set()


class CompiledModel:
    """The folder that `optimize` wrote, what writing it took, and its library."""

    def __init__(self, experiment, folder, seconds, peak_bytes):
        self.experiment, self.folder, self.seconds, self.peak_bytes = experiment, folder, seconds, peak_bytes
        (self.library,) = folder.glob("lib*.so")
        self.loaded = None
        self.size = self.library.stat().st_size
        self.manifest = json.loads((folder / "manifest.json").read_text())
        self.report = json.loads((folder / "report.json").read_text())

    def run(self, inputs):
        """{output name: array} of one call, in this process through the C ABI."""
        if self.loaded is None:
            self.loaded = LoadedLibrary(self.library)
        return self.loaded.run(inputs)

    def run_command(self, inputs, runner=None):
        """The same by `mlcompress run`; `runner` as for --runner."""
        x, y = self.experiment.work / "inputs.npz", self.experiment.work / "outputs.npz"
        np.savez(x, **inputs)
        y.unlink(missing_ok=True)
        command = ["run", self.library, "--inputs", x, "--outputs", y] + (["--runner", runner] if runner else [])
        self.experiment.mlcompress(*command)
        with np.load(y) as outputs:
            return dict(outputs)


class Experiment:
    def __init__(self, name, arguments=None):
        """`arguments`: mlcompress, work and quick; not given: from the command line."""
        arguments = arguments or self._arguments(name)
        self.name, self.program, self.quick = name, arguments.mlcompress.absolute(), arguments.quick
        self.work = arguments.work / (name + ("-quick" if self.quick else ""))
        self.rows, self.failures, self.sessions = [], [], {}

    @staticmethod
    def _arguments(name):
        parser = argparse.ArgumentParser(description=f"End to end: {name}")
        parser.add_argument("--mlcompress", type=Path, default=ROOT / "build/bin/mlcompress", help="the program to test")
        parser.add_argument("--work", type=Path, default=ROOT / "build/test/e2e/work", help="where files go")
        parser.add_argument("--quick", action="store_true", help="few and small inputs")
        return parser.parse_args()

    def __enter__(self):
        shutil.rmtree(self.work, ignore_errors=True)
        self.work.mkdir(parents=True)
        return self

    def __exit__(self, kind, value, traceback):
        if kind is not None and not issubclass(kind, (CommandFailed, RuntimeError)):
            return False
        if kind is not None:
            self.failures.append(str(value))
        width = max((len(row[0]) for row in self.rows), default=0)
        for label, figure, bound, ok in self.rows:
            print(f"{self.name}  {label:<{width}}  {figure:<12} {bound:<12} {'ok' if ok else 'FAILED'}".rstrip())
        figures = {label: {"value": figure, "bound": bound, "ok": ok} for label, figure, bound, ok in self.rows}
        (self.work / "figures.json").write_text(json.dumps(figures, indent=1) + "\n")
        if self.failures:
            print("\n".join(self.failures))
        sys.exit(1 if self.failures else 0)

    def _row(self, label, value, bound, ok):
        figure = f"{value:.4g}" if isinstance(value, float) else str(value)
        self.rows.append((label, figure, bound, ok))
        if not ok:
            self.failures.append(f"{self.name}: {label} is {figure}, allowed: {bound}")

    def at_most(self, label, value, bound):
        self._row(label, float(value), f"<= {bound:g}", bool(value <= bound))

    def at_least(self, label, value, bound):
        self._row(label, float(value), f">= {bound:g}", bool(value >= bound))

    def holds(self, label, condition):
        self._row(label, "yes" if condition else "no", "yes", bool(condition))

    def note(self, label, value):
        self._row(label, value, "", True)

    def mlcompress(self, *arguments):
        """Runs one command of the command line; (seconds, peak resident bytes, what it printed)."""
        command = [str(a) for a in (self.program, *arguments)]
        log, peak = self.work / "log", self.work / "peak"
        start = time.monotonic()
        with open(log, "w") as output:
            code = subprocess.run([sys.executable, "-S", "-c", MEASURE, peak, *command], stdin=subprocess.DEVNULL,
                                  stdout=output, stderr=subprocess.STDOUT).returncode
        seconds, printed = time.monotonic() - start, log.read_text(errors="replace")
        if code != 0:
            raise CommandFailed(f"{' '.join(command)}\nexit code {code}\n{printed}")
        return seconds, int(peak.read_text()) * 1024, printed

    def write_samples(self, folder, samples):
        """A data folder: one .npz of named inputs for each sample."""
        folder = self.work / folder
        folder.mkdir(exist_ok=True)
        for i, sample in enumerate(samples):
            np.savez(folder / f"sample{i:04}.npz", **sample)
        return folder

    def optimize(self, model, target, calibration=None, precision="fp32", dims=None):
        """A CompiledModel. "int8" without `calibration` (a list of inputs) is dynamic quantization; `dims` fixes symbolic
        dimensions ({name: size})."""
        form = "dynamic int8" if precision == "int8" and not calibration else precision
        form += "".join(f" {name}={size}" for name, size in (dims or {}).items())
        out = self.work / f"{target}-{form.replace(' ', '-')}"
        command = ["optimize", model, "--target", target, "-o", out]
        if precision != "fp32":
            command.append(f"--{precision}")
        for name, size in (dims or {}).items():
            command += ["--dim", f"{name}={size}"]
        if calibration:
            command += ["--calib", self.write_samples("calibration", calibration)]
        seconds, peak, _ = self.mlcompress(*command)
        compiled = CompiledModel(self, out, seconds, peak)
        label = f"{target} {form}"
        self.note(label + " library MB", compiled.size / 1e6)
        self.note(label + " compile seconds", seconds)
        self.note(label + " compile peak MB", peak / 1e6)
        return compiled

    def onnxruntime(self, model, inputs, exact=False):
        """{output name: array} from ONNX Runtime on one thread. `exact` computes a QDQ model as it is written: the
        int8 kernels that are fused from it otherwise saturate on x86 without VNNI."""
        if model not in self.sessions:
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads, options.log_severity_level = 1, 3
            if exact:
                options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
            self.sessions[model] = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        session = self.sessions[model]
        return dict(zip([output.name for output in session.get_outputs()], session.run(None, inputs)))

    def compare_fp32(self, model, samples):
        """Host fp32 against ONNX Runtime; returns the compiled model and its outputs, sample by sample."""
        compiled = self.optimize(model, "host")
        outputs = [compiled.run(sample) for sample in samples]
        worst = max(relative_l2(y, self.onnxruntime(model, x)) for x, y in zip(samples, outputs))
        self.at_most(f"fp32 relative L2 to onnxruntime, worst of {len(samples)}", worst, 1e-4)
        self.holds("`mlcompress run` gives the same bytes as the C ABI",
                   same_bytes(compiled.run_command(samples[0]), outputs[0]))
        return compiled, outputs

    def compile_int8(self, model, calibration, samples, emulated, answers=None):
        """Host int8 and graviton3 int8. The host's outputs for `samples`; those for `emulated` must be the same
        bytes under qemu. The exported QDQ model must load in ONNX Runtime and say the same as the library: its
        outputs within a relative L2 of 0.1; or, where one step of an activation can turn a near tie of class
        probabilities, what answers(outputs) reads from them, compared as (name, distance(mine, theirs), bound)."""
        host = self.optimize(model, "host", calibration, precision="int8")
        outputs = [host.run(sample) for sample in samples]
        (exported,) = host.folder.glob("*.int8.onnx")
        theirs = [self.onnxruntime(exported, x, exact=True) for x in samples]
        agreement = max(relative_l2(y, z) for y, z in zip(outputs, theirs))
        label = "int8 library to its QDQ model in onnxruntime, relative L2"
        if answers is None:
            self.at_most(label, agreement, 0.1)
        else:
            self.note(label, agreement)
            name, distance, bound = answers(outputs, theirs)
            self.at_most(f"int8 library to its QDQ model in onnxruntime, {name}", distance, bound)
        cross = self.optimize(model, "graviton3", calibration, precision="int8")
        if shutil.which("qemu-aarch64") is None:
            self.note("int8 on aarch64", "not run: qemu-aarch64 is missing")
        else:
            same = all(same_bytes(host.run(x), cross.run_command(x, runner=QEMU)) for x in emulated)
            self.holds(f"int8 same bytes on host and emulated aarch64, {len(emulated)} inputs", same)
        return host, outputs


class CommandFailed(Exception):
    """A command of mlcompress ended with an exit code other than 0."""
