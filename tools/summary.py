# SPDX-License-Identifier: BSD-3-Clause
"""summary.py TESTLOG.JSON...: 'N passed, N failed' over meson's test logs.

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


def main():
    total = [0, 0, 0]
    for path in sys.argv[1:]:
        with open(path, encoding="utf-8") as log:
            for line in log:
                total = [a + b for a, b in zip(total, count(json.loads(line)))]
    passed, failed, skipped = total
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return 1 if failed or not passed else 0


sys.exit(main())
