# SPDX-License-Identifier: BSD-3-Clause
"""Translation requests of more than a page, as PCIIOMMUOps has them.

QEMU 10.0 has no such operation, and then there is nothing to test.
"""

import errno
import json
import os
import shlex
import shutil
import subprocess
import tempfile
import unittest

BUILD = os.path.dirname(os.path.abspath(os.environ["VTD_QEMU"]))
SOURCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "ats_range.c")
OPERATION = "vtd_ats_request_translation"

NONE, READ, READ_WRITE = 0, 1, 3


def glue_object():
    """(the arguments that compile vtd_ats.c, its object's path)"""
    path = os.path.join(BUILD, "compile_commands.json")
    if not os.path.exists(path):
        raise unittest.SkipTest("not in QEMU's build directory")
    with open(path, encoding="utf-8") as commands:
        for command in json.load(commands):
            if command["file"].endswith("/vtd_ats.c"):
                return shlex.split(command["command"]), command["output"]
    raise LookupError("vtd_ats.c")


def is_there(object_file):
    """Whether this QEMU has the operation."""
    symbols = subprocess.run(["nm", object_file], cwd=BUILD, text=True,
                             capture_output=True, check=True).stdout
    return f" T {OPERATION}\n" in symbols


def compile_program(target):
    """With the options of the glue's own source, and linked with its object."""
    arguments, object_file = glue_object()
    if not is_there(object_file):
        raise unittest.SkipTest("this QEMU asks for no ranges")
    glue = os.path.dirname(arguments[-1])
    # Without the source, the object and the dependency file.
    options = arguments[:arguments.index("-MD")]
    subprocess.run([*options, "-I" + glue, SOURCE, object_file, "-o", target,
                    "-lglib-2.0"], cwd=BUILD, check=True)


class RangeTest(unittest.TestCase):
    """Pages of all kinds, one after another (ats_range.c)."""

    @classmethod
    def setUpClass(cls):
        directory = tempfile.mkdtemp(prefix="vtd-ats.")
        cls.addClassCleanup(shutil.rmtree, directory)
        cls.program = os.path.join(directory, "ats_range")
        compile_program(cls.program)

    def request(self, first, length, room=16):
        """(what is returned, how many errors, the translations)"""
        output = subprocess.run(
            [self.program, hex(first), hex(length), str(room)], text=True,
            capture_output=True, check=True).stdout
        (count, errors), *found = [[int(word, 0) for word in line.split()]
                                   for line in output.splitlines()]
        return count, errors, [tuple(one) for one in found]

    def test_results_are_kept_when_error_is_in_the_middle(self):
        """The page of the error has no rights; what follows is translated."""
        self.assertEqual(self.request(0x1000, 0x4000), (4, 2, [
            (0x1000, 0x1000, 0x81000, READ_WRITE),
            (0x2000, 0x1000, 0x92000, READ),
            (0x3000, 0x1000, 0, NONE),
            (0x4000, 0x1000, 0x84000, READ_WRITE)]))

    def test_results_are_kept_when_last_is_refused(self):
        """No right, and a request that is not supported."""
        self.assertEqual(self.request(0x4000, 0x3000), (3, 2, [
            (0x4000, 0x1000, 0x84000, READ_WRITE),
            (0x5000, 0x1000, 0, NONE),
            (0x6000, 0x1000, 0, NONE)]))

    def test_error_is_returned_when_it_is_the_first(self):
        """There is nothing to keep."""
        self.assertEqual(self.request(0x3000, 0x2000)[0], -errno.EIO)
        self.assertEqual(self.request(0x6000, 0x1000)[0], -errno.EOPNOTSUPP)

    def test_request_is_refused_when_there_is_no_room(self):
        """For all of the range; as much room as it takes is enough."""
        self.assertEqual(self.request(0x1000, 0x2000, 1)[0], -errno.ENOMEM)
        self.assertEqual(self.request(0x1000, 0x2000, 2)[0], 2)

    def test_one_result_is_enough_when_page_is_large(self):
        """It covers the range."""
        self.assertEqual(self.request(0x200000, 0x100000, 1), (
            1, 0, [(0x200000, 0x200000, 0x800000, READ_WRITE)]))

    def test_request_ends_when_addresses_end(self):
        """The last page there is."""
        self.assertEqual(self.request(2**64 - 0x1000, 0x1000)[0], 1)


if __name__ == "__main__":
    unittest.main()
