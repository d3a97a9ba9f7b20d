# SPDX-License-Identifier: BSD-3-Clause
"""summary.py NAME=TESTLOG.JSON...: 'N passed, N failed' over meson's test logs.

One line for each, by its name, then the sum: a test that ran in three
configurations counts three times.

Counts the single tests inside a cmocka program, not only the programs.  A
program that failed counts as one failure at least, however it died.
"""

import json
import re
import sys

OK = re.compile(r"^(?:ok \d(?!.*# SKIP)|\[ +OK +\])", re.M)
NOT_OK = re.compile(r"^(?:not ok \d|\[ +FAILED +\] [A-Za-z_]\w*$)", re.M)
SKIPPED = re.compile(r"^(?:ok \d.*# SKIP|\[ +SKIPPED +\] [A-Za-z_]\w*$)", re.M)


def count(program):
    """Passed, failed and skipped tests of one program in the log."""
    text = (program.get("stdout") or "") + "\n" + (program.get("stderr") or "")
    passed = len(OK.findall(text))
    # cmocka repeats the names of failed and skipped tests at the end.
    failed = len(set(NOT_OK.findall(text)))
    skipped = len(set(SKIPPED.findall(text)))
    if program["result"] == "SKIP":
        return 0, 0, max(1, skipped)
    if program["result"] in ("OK", "EXPECTEDFAIL"):
        return max(1, passed), failed, skipped
    return passed, max(1, failed), skipped


def words(total):
    """The summary's form."""
    passed, failed, skipped = total
    return f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else "")


def main():
    total = [0, 0, 0]
    for argument in sys.argv[1:]:
        name, path = argument.split("=", 1)
        here = [0, 0, 0]
        with open(path, encoding="utf-8") as log:
            for line in log:
                here = [a + b for a, b in zip(here, count(json.loads(line)))]
        print(f"    {name}: {words(here)}")
        total = [a + b for a, b in zip(total, here)]
    print(words(total))
    passed, failed, _ = total
    return 1 if failed or not passed else 0


sys.exit(main())
