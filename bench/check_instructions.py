#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""check_instructions.py [--write | --self-test] BUILD VTD-BENCH RECORD [NAME...]

Counts the instructions of what is on the hot path and compares them with those in
RECORD (bench/instructions.txt): one that has grown by more than 10 % fails.

BUILD names the compiler and what else changes the code it makes.  Numbers are
recorded for each; where there are none for this one, the test is skipped.

NAME: only cases whose names begin so.

--write records the numbers of this build.  --self-test: the check fails when it
should, with recorded numbers that are too small by a sixth, and with none.
"""

import pathlib
import subprocess
import sys

GROWTH = 1.10
SKIPPED = 77


def measure(program, names):
    """What `vtd-bench --instructions` says: {"case size": instructions}."""
    rows = subprocess.run([program, "--instructions", *names], check=True, text=True,
                          stdout=subprocess.PIPE).stdout.splitlines()[1:]
    return {" ".join(row.split("\t")[:2]): float(row.split("\t")[2]) for row in rows}


def read_record(path):
    """{build: {"case size": instructions}}; lines are build, case, size, number."""
    record = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            build, case, size, number = line.split()
            record.setdefault(build, {})[f"{case} {size}"] = float(number)
    return record


def write_record(path, record):
    head = [line for line in path.read_text(encoding="utf-8").splitlines()
            if line.startswith("#")]
    rows = [f"{build} {case} {number:.0f}" for build in sorted(record)
            for case, number in record[build].items()]
    path.write_text("\n".join(head + rows) + "\n", encoding="utf-8")


def compare(measured, recorded):
    """[(case, now, was, whether that is a failure)]"""
    return [(case, now, recorded.get(case),
             case not in recorded or now > recorded[case] * GROWTH)
            for case, now in measured.items()]


def report(rows):
    """Prints a line for each; returns whether all is well."""
    for number, (case, now, was, bad) in enumerate(rows, 1):
        print("not ok" if bad else "ok", number, "-", case.replace(" ", "_"))
        if was is None:
            print(f"#   {now:.0f} instructions, none recorded")
        elif bad or now < was / GROWTH:
            print(f"#   {now:.0f} instructions, {was:.0f} recorded")
    return not any(bad for *_, bad in rows)


def self_test(measured):
    """Whether growth is noticed."""
    small = {case: now * 0.86 for case, now in measured.items()}
    return (all(bad for *_, bad in compare(measured, small))
            and all(bad for *_, bad in compare(measured, {}))
            and not any(bad for *_, bad in compare(measured, measured)))


def main():
    arguments = sys.argv[1:]
    option = arguments.pop(0) if arguments[0].startswith("--") else None
    build, program, path = arguments[0], arguments[1], pathlib.Path(arguments[2])
    record = read_record(path)
    if option is None and build not in record:
        print(f"no instructions are recorded for {build}, only for {', '.join(record)}")
        return SKIPPED
    measured = measure(program, arguments[3:])
    if option == "--write":
        write_record(path, {**record, build: measured})
        return 0
    if option == "--self-test":
        return 0 if self_test(measured) else 1
    return 0 if report(compare(measured, record[build])) else 1


sys.exit(main())
