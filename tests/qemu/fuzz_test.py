# SPDX-License-Identifier: BSD-3-Clause
"""A few cases of `make fuzz-glue`, in any build of QEMU."""

import unittest

import fuzz_case


class FuzzTest(unittest.TestCase):
    """By their seeds."""

    SEEDS = range(1, 6)

    def test_machine_works_after_reset_when_all_was_hostile(self):
        """Whatever was done to it."""
        for seed in self.SEEDS:
            with self.subTest(seed=seed):
                fuzz_case.Case(seed).run()


if __name__ == "__main__":
    unittest.main()
