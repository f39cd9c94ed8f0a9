"""Writes docs/operators.md: the importer's own table of operators beside what ONNX's test cases say.

    python test/conformance/operators_page.py            writes the page
    python test/conformance/operators_page.py --check    exits 1 where the page is not what would be written
"""

import argparse
import collections
import difflib
import json
import subprocess
import sys
from pathlib import Path

import cases

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
PAGE = ROOT / "docs/operators.md"

INTRODUCTION = """# Operators

What `mlcompress ops` lists, with the test cases of onnx {version} that each operator passes: as they are, and with every
dimension symbolic. A case belongs to the operator of its only node; cases of several nodes (functions written out, whole
networks) are in the last table. This page is written by `test/conformance/operators_page.py` and tested for being current.

- **types**: element types of the first operand. "any" includes float8, float4, int4, uint4, int2 and uint2.
- Operators that are not listed, and what "limits" excludes, are refused when a model is compiled, with the node's name and
  exit code 3. Strings, random numbers and training are not supported, nor sequences and optionals whose contents only a run
  knows, nor these as inputs or outputs.
- Ranks are known when compiling. Where a shape or axes are data, the rank that the file gives the result is taken.
"""


def counts(passing):
    """{operator: [passed, all]} for each variant, and the same for cases of several nodes."""
    single = {v: collections.defaultdict(lambda: [0, 0]) for v in ("static", "symbolic")}
    several = {v: collections.defaultdict(lambda: [0, 0]) for v in ("static", "symbolic")}
    for case in cases.load():
        alone = len(case.model.graph.node) == 1
        for variant in ("static", "symbolic"):
            if cases.variant(case, variant) is None:
                continue
            table = single if alone else several
            count = table[variant][case.operator().removesuffix(" (graph)")]
            count[0] += f"{variant} {case.name}" in passing
            count[1] += 1
    return single, several


def row(*cells):
    return "| " + " | ".join(cells) + " |"


def share(table, name):
    passed, total = table[name] if name in table else (0, 0)
    return f"{passed} of {total}" if total else "–"


def page(operators, passing, version):
    single, several = counts(passing)
    lines = [INTRODUCTION.format(version=version)]
    domains = sorted({op["domain"] for op in operators}, key=lambda d: (d != "ai.onnx", d))
    for domain in domains:
        lines += [f"## {domain}", ""]
        if domain == "com.microsoft":
            lines += ["Compared with ONNX Runtime in `test/e2e/runtime_operators_test.py`.", ""]
        lines += [row("operator", "opsets", "types", "limits", "cases", "symbolic"), row(*["---"] * 6)]
        for op in operators:
            if op["domain"] != domain:
                continue
            key = op["name"] if domain == "ai.onnx" else f"{domain}.{op['name']}"
            lines.append(row(op["name"], f"{op['since_opset']}–{op['until_opset']}", op["types"], op["note"],
                             share(single["static"], key), share(single["symbolic"], key)))
        lines.append("")
    known = {op["name"] if op["domain"] == "ai.onnx" else f"{op['domain']}.{op['name']}" for op in operators}
    missing = sorted(name for name in single["static"] if name not in known)
    lines += ["## Not supported, though ONNX has cases", "", row("operator", "cases"), row("---", "---")]
    lines += [row(name, str(single["static"][name][1])) for name in missing]
    lines += ["", "## Cases of several nodes", "", row("cases", "as they are", "symbolic"), row(*["---"] * 3)]
    lines += [row(name, share(several["static"], name), share(several["symbolic"], name)) for name in sorted(several["static"])]
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--program", type=Path, default=ROOT / "build/bin/mlcompress")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    listed = subprocess.run([options.program, "ops", "--json"], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                            check=True)
    passing = set((HERE / "passing.txt").read_text().splitlines())
    text = page(json.loads(listed.stdout), passing, cases.onnx.__version__)
    if not options.check:
        PAGE.write_text(text)
        return
    current = PAGE.read_text() if PAGE.exists() else ""
    if current != text:
        sys.stdout.writelines(difflib.unified_diff(current.splitlines(True), text.splitlines(True), "docs/operators.md",
                                                   "what would be written"))
        sys.exit("docs/operators.md is not current: run test/conformance/operators_page.py")


if __name__ == "__main__":
    main()
