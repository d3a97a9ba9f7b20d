# SPDX-License-Identifier: BSD-3-Clause
"""Many cases of fuzz_case.py (tools/fuzz-glue).

farm SECONDS JOBS SEED DIRECTORY: from a seed on, several side by side; what fails is
written into the directory, and a table to the output.
again SEED: one of them, with its steps.
"""

import collections
import multiprocessing
import os
import pathlib
import sys
import time
import traceback

import fuzz_case


def one(seed):
    """(seed, what was done, what is wrong or None)."""
    steps = []
    case = fuzz_case.Case(seed, steps.append)
    try:
        case.run()
        wrong = None
    except Exception:  # whatever it is, it is the result
        wrong = "\n".join([*steps, traceback.format_exc()])
    done = case.counters
    done.update(steps=case.steps, loaded=case.loads, refused=case.refused)
    return seed, done, wrong


def until(end, first):
    """Seeds, as long as there is time."""
    while time.monotonic() < end:
        yield first
        first += 1


def farm(seconds, jobs, first, directory):
    """Returns how many cases failed."""
    total, cases, failed = collections.Counter(), 0, 0
    end = time.monotonic() + seconds
    with multiprocessing.Pool(jobs) as pool:
        seeds, running = until(end, first), []
        while True:
            while len(running) < jobs and (seed := next(seeds, None)) is not None:
                running.append(pool.apply_async(one, (seed,)))
            if not running:
                break
            seed, done, wrong = running.pop(0).get()
            total.update(done)
            cases += 1
            if wrong:
                failed += 1
                pathlib.Path(directory, f"{seed}.txt").write_text(wrong, encoding="utf-8")
    show(seconds, cases, failed, total)
    return failed


def show(seconds, cases, failed, total):
    """As a table."""
    print("| cases | seconds | steps | DMA commands | resets | hot-plug | states loaded "
          "| refused | found |\n|---:|---:|---:|---:|---:|---:|---:|---:|---:|")
    numbers = (cases, seconds, total["steps"],
               total["portal"] + total["portal_zero"] + total["edu"], total["reset"] + 2 * cases,
               total["plug"] + total["unplug"] + total["bridge"], total["loaded"],
               total["refused"], failed)
    print("| " + " | ".join(map(str, numbers)) + " |")


def main():
    if sys.argv[1] == "again":
        fuzz_case.Case(int(sys.argv[2]), print).run()
    elif farm(*map(int, sys.argv[2:5]), sys.argv[5]):
        sys.exit(1)


if __name__ == "__main__":
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    main()
