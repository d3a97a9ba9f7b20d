#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""fuzz_coverage.py SUMMARY DIRECTORY: a table by directory out of what
`llvm-cov export -summary-only` has written."""

import collections
import json
import os
import sys


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        files = json.load(file)["data"][0]["files"]
    rows = collections.defaultdict(lambda: collections.defaultdict(lambda: [0, 0]))
    for entry in files:
        part = os.path.relpath(os.path.dirname(entry["filename"]), sys.argv[2])
        if part.startswith(".."):
            continue
        for row in (part, "all"):
            for what in ("lines", "branches", "functions"):
                rows[row][what][0] += entry["summary"][what]["covered"]
                rows[row][what][1] += entry["summary"][what]["count"]
    print("| part of libvtd/src | lines | branches | functions |\n|---|---:|---:|---:|")
    for part, row in sorted(rows.items(), key=lambda r: (r[0] == "all", r[0])):
        shares = [f"{100 * covered / count:.1f} % of {count}" if count else "none"
                  for covered, count in (row[w] for w in ("lines", "branches", "functions"))]
        print(f"| {part} | {' | '.join(shares)} |")


if __name__ == "__main__":
    main()
