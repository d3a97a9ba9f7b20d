#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""names_test.py libvtd.a: a QEMU that is linked with the archive has no name twice.

The archive shows its internal names to whoever links with it, the shared library does
not."""

import pathlib
import re
import subprocess
import sys
import unittest

GLUE = pathlib.Path(__file__).resolve().parents[2] / "qemu-glue"


def of_archive(path):
    """What it defines."""
    lines = subprocess.run(["nm", "--defined-only", "-g", path], check=True,
                           capture_output=True, text=True).stdout.splitlines()
    return {line.split()[-1] for line in lines if " " in line}


def of_glue():
    """What it declares for other files: all that it defines, by QEMU's warnings."""
    return {name for path in GLUE.glob("*.h")
            for name in re.findall(r"^[A-Za-z][^;{}=]*?\b((?:vtd|svm)_\w+)\(",
                                   path.read_text(encoding="utf-8"), re.M)}


class Names(unittest.TestCase):
    def test_names_are_the_glues_own_when_linked_with_the_archive(self):
        library, glue = of_archive(ARCHIVE), of_glue()
        self.assertIn("vtd_unit_create", library)
        self.assertIn("vtd_events_init", glue)
        self.assertEqual(library & glue, set())


if __name__ == "__main__":
    ARCHIVE = sys.argv.pop()  # the name of a test otherwise
    unittest.main()
