"""Runs the error cases: each a command that must fail with an exact text on standard error.

A case is a file cases/NAME.txt:

    setup: arguments          (optional, may be repeated: a command that must succeed first)
    command: arguments
    exit: code
    ---
    the text on standard error, exactly

The files that commands name are made by inputs.py in an empty folder, where the commands run. Afterwards
nothing may have been added to that folder: a failed command leaves no output behind. Exit codes are written by
hand; --update rewrites only the texts.
"""

import argparse
import difflib
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import inputs

HERE = Path(__file__).parent


def parse(path):
    head, separator, text = path.read_text().partition("---\n")
    case = {"setup": [], "text": text if separator else None, "head": head.rstrip("\n") + "\n"}
    for line in head.splitlines():
        key, _, value = line.partition(":")
        if key == "setup":
            case["setup"].append(value.strip())
        else:
            case[key] = value.strip()
    return case


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--mlcompress", type=Path, default=HERE.parent.parent / "build/bin/mlcompress")
    parser.add_argument("--work", type=Path, default=HERE.parent.parent / "build/test/error/work")
    parser.add_argument("--only", help="cases whose name contains this")
    parser.add_argument("--update", action="store_true", help="write the texts that come into the cases")
    options = parser.parse_args()
    program = options.mlcompress.absolute()
    if not program.is_file():
        sys.exit(f"error cases: {program} is missing")

    shutil.rmtree(options.work, ignore_errors=True)
    work = options.work.absolute()
    pristine = work / "inputs"
    pristine.mkdir(parents=True)
    os.chdir(pristine)
    inputs.write_all()

    # Messages must not depend on who runs the test or on a terminal.
    environment = {k: v for k, v in os.environ.items() if not k.startswith("MLC")} | {"LC_ALL": "C", "COLUMNS": "100"}

    def run(arguments):
        result = subprocess.run([program, *shlex.split(arguments)], stdin=subprocess.DEVNULL, capture_output=True,
                                text=True, errors="replace", timeout=300, env=environment)
        # The size of a library is another one on another CPU.
        result.stderr = re.sub(r"(max-size: )\d+", r"\1SIZE", result.stderr)
        return result

    failed, count = [], 0
    for path in sorted((HERE / "cases").glob("*.txt")):
        if options.only and options.only not in path.stem:
            continue
        count += 1
        case, folder = parse(path), work / path.stem
        shutil.copytree(pristine, folder)
        os.chdir(folder)
        problems = []
        for arguments in case["setup"]:
            result = run(arguments)
            if result.returncode != 0:
                problems.append(f"setup '{arguments}' ended with exit code {result.returncode}: {result.stderr}")
        before = sorted(str(p) for p in folder.rglob("*"))
        result = run(case["command"])
        if result.returncode != int(case["exit"]):
            problems.append(f"exit code {result.returncode}, expected {case['exit']}; standard error:\n{result.stderr}")
        added = sorted({str(p) for p in folder.rglob("*")} - set(before))
        if added:
            problems.append("left behind: " + ", ".join(os.path.relpath(p) for p in added))
        if options.update and not problems:
            path.write_text(case["head"] + "---\n" + result.stderr)
        elif case["text"] is None:
            problems.append("the case has no text yet (--update writes it); it would be:\n" + result.stderr)
        elif case["text"] != result.stderr:
            problems.append("".join(difflib.unified_diff(case["text"].splitlines(True), result.stderr.splitlines(True),
                                                         "expected", "actual")))
        if problems:
            failed.append(path.stem)
            print(f"FAILED {path.stem}: mlcompress {case['command']}")
            print("".join(f"  {line}\n" for problem in problems for line in problem.splitlines()), end="")
    print(f"error cases: {count - len(failed)} of {count} pass")
    sys.exit(1 if failed or not count else 0)


if __name__ == "__main__":
    main()
