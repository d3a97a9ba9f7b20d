# SPDX-License-Identifier: BSD-3-Clause
"""The program vtd under test: how to run it, and tests that are functions."""

import json
import subprocess
import sys


class Result:
    def __init__(self, process):
        self.status = process.returncode
        self.out = process.stdout.decode("utf-8", "replace")
        self.err = process.stderr.decode("utf-8", "replace")

    @property
    def json(self):
        return json.loads(self.out)

    def lines_with(self, text):
        return [line for line in self.out.splitlines() if text in line]


class Vtd:
    def __init__(self, path):
        self.path = path

    def __call__(self, *arguments, data=b""):
        if isinstance(data, str):
            data = data.encode()
        return Result(subprocess.run([self.path, *map(str, arguments)], input=data,
                                     capture_output=True, check=False, timeout=600))

    def ends_well(self, *arguments, data=b""):
        """Whether it came to an end of its own: 0, 1 or 2, no signal, no sanitizer."""
        result = self(*arguments, data=data)
        return result.status in (0, 1, 2) and "Sanitizer" not in result.err \
            and "runtime error" not in result.err


def flipped(data, steps):
    """`steps` copies of some bytes with one bit changed each, all over them."""
    for i in range(steps):
        at = i * len(data) // steps
        changed = bytearray(data)
        changed[at] ^= 1 << i % 8
        yield bytes(changed)


def run(tests, program):
    """Run functions that get a Vtd and assert; print TAP."""
    failed = False
    print(f"1..{len(tests)}")
    for number, test in enumerate(tests, 1):
        try:
            test(Vtd(program))
            print(f"ok {number} - {test.__name__}")
        except Exception as error:  # pylint: disable=broad-except
            failed = True
            print(f"not ok {number} - {test.__name__}")
            print(f"# line {error.__traceback__.tb_next.tb_lineno if error.__traceback__.tb_next else 0}:"
                  f" {type(error).__name__}: {error}".replace("\n", "\n# "))
        sys.stdout.flush()
    sys.exit(1 if failed else 0)
