#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""report.py [PART.tsv...]: puts new measurements into docs/benchmarks, draws the
plots, makes the table of targets in docs/benchmarks.md anew, and prints a table of
everything.  Parts that were not measured now stay as they are.
"""

import pathlib
import shutil
import sys

import plots
from figures import Figures
from targets import targets

DOCS = pathlib.Path(__file__).resolve().parents[1] / "docs"
DATA = DOCS / "benchmarks"
BEGIN, END = "<!-- made by bench/report.py -->", "<!-- end -->"


def markdown(figures):
    """What is between the marks in docs/benchmarks.md."""
    yield "| What | Target | Measured | |"
    yield "|---|---|---|---|"
    for what, target, measured, met in targets(figures):
        yield f"| {what} | {target} | {measured} | {'met' if met else '**missed**'} |"
    machines = DATA / "machine.txt"
    if machines.exists():
        yield ""
        for line in machines.read_text(encoding="utf-8").splitlines():
            if not line.startswith("#"):
                yield f"- {line}"


def rewrite(path, lines):
    """Replace what is between the marks."""
    text = path.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN + "\n", 1)
    after = rest.split(END, 1)[1]
    path.write_text(before + BEGIN + "\n" + "\n".join(lines) + "\n" + END + after,
                    encoding="utf-8")


def main():
    DATA.mkdir(exist_ok=True)
    for part in sys.argv[1:]:
        shutil.copyfile(part, DATA / pathlib.Path(part).name)
    figures = Figures(DATA)
    plots.draw(figures, DATA)
    rewrite(DOCS / "benchmarks.md", markdown(figures))
    print("\n".join(figures.table()))
    print()
    for what, target, measured, met in targets(figures):
        print(f"{'met   ' if met else 'MISSED'} {what}: {target}; {measured}")


main()
