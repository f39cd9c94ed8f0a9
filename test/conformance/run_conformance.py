"""Runs the ONNX project's test cases through the compiler and holds what passes.

The cases (see cases.py) are written to a folder and compiled and run in batches by mlc-conformance, which reads

    model.onnx<TAB>data folder<TAB>data folder…

lines, writes output_K.pb into each data folder, and prints one line for each in the same order:

    OK|UNSUPPORTED|ERROR|CRASH|TIMEOUT<SPACE>message

Outputs are compared by onnx's own rule: same shape and type, rtol 1e-3, atol 1e-7, or what the case says.
passing.txt is the ratchet: a case listed there must pass. --update adds newly passing ones (and, with
--forget, drops those that no longer pass). Every other case must be refused: one whose result is wrong fails the run
unless known_differences.txt says why.
"""

import argparse
import collections
import contextlib
import io
import json
import shutil
import subprocess
import sys
import warnings
import zlib
from pathlib import Path

import cases

with contextlib.redirect_stdout(io.StringIO()):
    from onnx.backend.test.runner import Runner

HERE = Path(__file__).parent
RATCHET = HERE / "passing.txt"
DIFFERENCES = HERE / "known_differences.txt"
STATUSES = ("OK", "UNSUPPORTED", "ERROR", "CRASH", "TIMEOUT")


def run_batch(command, jobs, work, seconds):
    """[(status, message)] of the jobs (lists of paths) in one process, resumed after a line that it died on."""
    results = []
    while len(results) < len(jobs):
        listing = work / "batch.txt"
        listing.write_text("".join("\t".join(job) + "\n" for job in jobs[len(results) :]))
        try:
            process = subprocess.run([command[0], listing, *command[1:]], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                                     errors="replace", timeout=seconds * (len(jobs) - len(results)))
            printed, ended = process.stdout, f"exit code {process.returncode}: {process.stderr[-300:].strip()}"
        except subprocess.TimeoutExpired as error:
            printed = (error.stdout or b"").decode(errors="replace")
            ended = "out of time"
        lines = [line.partition(" ") for line in printed.splitlines() if line.partition(" ")[0] in STATUSES]
        results += [(status, message) for status, _, message in lines][: len(jobs) - len(results)]
        if len(results) < len(jobs):
            results.append(("CRASH", f"mlc-conformance gave no line: {ended}"))
    return results


def compare(case, paths):
    """None if every output of every data set agrees, else what differs."""
    for data, (_, expected) in zip(paths[1:], case.data_sets):
        actual = cases.read_outputs(case, data)
        expected = [cases.as_array(e) for e in expected]
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                if any(a is None and e is not None for a, e in zip(actual, expected)):
                    return "an output is missing"
                kept = [(a, e) for a, e in zip(actual, expected) if e is not None]
                Runner.assert_similar_outputs([e for _, e in kept], [a for a, _ in kept], case.rtol, case.atol)
        except (AssertionError, TypeError, AttributeError, ValueError) as error:
            return " ".join(str(error).split())[:300]
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--program", type=Path, default=HERE.parent.parent / "build/bin/mlc-conformance")
    parser.add_argument("--work", type=Path, default=HERE.parent.parent / "build/test/conformance/work")
    parser.add_argument("--variant", action="append", choices=cases.VARIANTS, help="only this one; may be repeated")
    parser.add_argument("--only", action="append", help="cases whose name contains this; may be repeated")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="a fixed sample: about one case of N")
    parser.add_argument("--batch", type=int, default=100, help="cases for one process")
    parser.add_argument("--seconds", type=float, default=60, help="time limit of one case")
    parser.add_argument("--target", help="a CPU to compile for, with --runner; not given: this one")
    parser.add_argument("--runner", help='what runs programs of that CPU, such as "qemu-aarch64 -L /usr/aarch64-linux-gnu"')
    parser.add_argument("--evaluator", action="store_true", help="by the reference evaluator instead of libraries")
    parser.add_argument("--failures", action="store_true", help="list each case that does not pass and why")
    parser.add_argument("--update", action="store_true", help="add newly passing cases to passing.txt")
    parser.add_argument("--forget", action="store_true", help="with --update: drop cases that no longer pass")
    options = parser.parse_args()

    if bool(options.target) != bool(options.runner):
        parser.error("--target and --runner go together")
    command = [options.program]
    if options.target:
        command += ["--target", options.target, "--runner", options.runner]
    if options.evaluator:
        command += ["--evaluator", "yes"]
    if not options.program.is_file():
        sys.exit(f"conformance: {options.program} is missing; build it: ninja -C build mlc-conformance")
    expected = set(RATCHET.read_text().splitlines()) if RATCHET.exists() else set()
    shutil.rmtree(options.work, ignore_errors=True)
    options.work.mkdir(parents=True)

    selected = []
    for case in cases.load():
        if zlib.crc32(case.name.encode()) % options.every:
            continue
        if options.only and not any(part in case.name for part in options.only):
            continue
        for kind in options.variant or cases.VARIANTS:
            shaped = cases.variant(case, kind)
            if shaped is not None:
                selected.append((kind, shaped))
    if not selected:
        sys.exit("conformance: no case has such a name")

    outcome = {}
    for start in range(0, len(selected), options.batch):
        batch = selected[start : start + options.batch]
        folder = options.work / "cases"
        shutil.rmtree(folder, ignore_errors=True)
        jobs = [cases.write(case, str(folder / kind / case.name)) for kind, case in batch]
        for (kind, case), job, (status, message) in zip(batch, jobs, run_batch(command, jobs, options.work,
                                                                              options.seconds)):
            if status == "OK":
                wrong = compare(case, job)
                status, message = ("PASS", "") if wrong is None else ("WRONG", wrong)
            outcome[f"{kind} {case.name}"] = (case.operator(), status, message)

    table = collections.defaultdict(collections.Counter)
    for operator, status, _ in outcome.values():
        table[operator][status] += 1
        table["TOTAL"][status] += 1
    columns = ["PASS", "WRONG", "UNSUPPORTED", "ERROR", "CRASH", "TIMEOUT"]
    print(f"{'operator':<34}" + "".join(f"{c:>12}" for c in columns))
    for operator in sorted(table, key=lambda o: (o == "TOTAL", o)):
        print(f"{operator:<34}" + "".join(f"{table[operator][c] or '.':>12}" for c in columns))
    (options.work / "outcome.json").write_text(json.dumps(outcome, indent=0) + "\n")

    if options.failures:
        for name, (_, status, message) in sorted(outcome.items()):
            if status != "PASS":
                print(f"{status:<12} {name}: {message}")
    passed = {name for name, (_, status, _) in outcome.items() if status == "PASS"}
    new = passed - expected
    lost = sorted(name for name in expected & outcome.keys() if name not in passed)
    # A case that left the onnx package would silently leave the ratchet as well.
    complete = options.every == 1 and not options.only and not options.variant
    lost += sorted(expected - outcome.keys()) if complete else []
    if options.update:
        kept = (expected | passed) - (set(lost) if options.forget else set())
        RATCHET.write_text("".join(name + "\n" for name in sorted(kept)))
        print(f"conformance: passing.txt has {len(kept)} cases, {len(new)} of them new")
        lost = [] if options.forget else lost
    elif new:
        print(f"conformance: {len(new)} cases pass that are not in passing.txt; --update adds them")
    print(f"conformance: {len(passed)} of {len(outcome)} pass, {len(lost)} regressions")
    for name in lost:
        _, status, message = outcome.get(name, ("", "GONE", "not among onnx's cases any more"))
        print(f"REGRESSION {name}: {status} {message}")
    known = {line.split("\t")[0] for line in DIFFERENCES.read_text().splitlines()}
    wrong = sorted(name for name, (_, status, _) in outcome.items() if status == "WRONG"
                   and name.split(" ")[1] not in known and name not in lost)
    for name in wrong:
        print(f"WRONG {name}: {outcome[name][2]}")
    crashed = [name for name, (_, status, _) in outcome.items() if status in ("CRASH", "TIMEOUT")]
    for name in crashed:
        print(f"{outcome[name][1]} {name}: {outcome[name][2]}")
    sys.exit(1 if lost or crashed or wrong else 0)


if __name__ == "__main__":
    main()
