# SPDX-License-Identifier: BSD-3-Clause
"""Which combinations of options are taken: as QEMU's own intel-iommu does, or
as the table in docs/options.md says.

VTD_QEMU_STOCK names an unchanged QEMU of the same version.  Without it the
table is checked for this one only.
"""

import concurrent.futures
import itertools
import os
import pathlib
import re
import subprocess
import unittest

from machine import LIMIT

DOCUMENT = pathlib.Path(__file__).parents[2] / "docs" / "options.md"

SETTINGS = (
    "aw-bits=39", "aw-bits=57", "caching-mode=on", "device-iotlb=on",
    "dma-drain=off", "dma-translation=off", "eim=off", "eim=on", "fs1gp=off",
    "intremap=off", "pt=off", "snoop-control=on", "stale-tm=on",
    "x-buggy-eim=on", "x-flts=on", "x-pasid-mode=on", "version=16",
)
# Some settings mean something only with these.
BASES = ((), ("x-scalable-mode=on",), ("x-scalable-mode=on", "x-flts=on"))


def verdict(binary, options):
    """"accepted", "refused", or "unknown" with what was said."""
    command = [binary, "-nodefaults", "-display", "none", "-monitor", "stdio",
               "-machine", "q35,accel=qtest",
               "-device", ",".join(("intel-iommu", *options))]
    result = subprocess.run(command, input="quit\n", text=True, env=os.environ,
                            capture_output=True, timeout=LIMIT, check=False)
    if result.returncode == 0:
        return "accepted", ""
    assert result.returncode == 1, (options, result)
    if "not found" in result.stderr:
        return "unknown", result.stderr
    return "refused", result.stderr


def rows():
    """(options, QEMU's verdict, libvtd's, the words of the refusal)."""
    pattern = re.compile(r"\| `([^`]*)` \| (\w+) \| (\w+) \| (.*) \|")
    for line in DOCUMENT.read_text(encoding="utf-8").splitlines():
        match = pattern.fullmatch(line)
        if match:
            options, stock, ours, why = match.groups()
            words = re.search(r'"([^"]*)"', why)
            yield (frozenset(options.split(",")), stock, ours,
                   words and words[1])


def combinations():
    """Every setting and pair of settings on each base."""
    for base in BASES:
        for count in range(3):
            for chosen in itertools.combinations(SETTINGS, count):
                names = [one.split("=")[0] for one in base + chosen]
                if len(set(names)) == len(names):
                    yield base + chosen


class OptionsTest(unittest.TestCase):
    """This binary, and the unchanged one."""

    ours = os.environ["VTD_QEMU"]
    stock = os.environ.get("VTD_QEMU_STOCK")

    def test_rows_of_the_table_are_true(self):
        """And a refusal says what the table says that it says."""
        count = 0
        for options, stock, ours, words in rows():
            with self.subTest(options=sorted(options)):
                result, said = verdict(self.ours, options)
                self.assertEqual(result, ours, said)
                if ours == "refused":
                    self.assertIn(words, said)
                if self.stock:
                    self.assertEqual(verdict(self.stock, options)[0], stock)
            count += 1
        self.assertGreater(count, 10)

    def test_pairs_of_settings_are_as_in_qemu(self):
        """Where they are not, a row of the table has a part of them."""
        if not self.stock:
            self.skipTest("no unchanged QEMU to compare with")
        known = [options for options, stock, ours, _ in rows() if stock != ours]

        def differs(options):
            return (verdict(self.ours, options)[0] !=
                    verdict(self.stock, options)[0])

        tried = sorted(set(combinations()))
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            results = list(zip(tried, pool.map(differs, tried)))
        for options, different in results:
            if different:
                with self.subTest(options=options):
                    self.assertTrue(any(part <= set(options) for part in known))


if __name__ == "__main__":
    unittest.main()
