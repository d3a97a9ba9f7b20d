# SPDX-License-Identifier: BSD-3-Clause
"""What a machine's unit does is recorded (x-record), and can be played again."""

import pathlib
import tempfile
import unittest

import view_test
import vtd_program
from view_test import HERE, IOVA

DID = 5


def replay(path):
    """What vtd says of the file."""
    result = vtd_program.run("replay", path)
    return result.stdout + result.stderr


class RecordTest(view_test.ViewTest):
    """A device whose unit is recorded, and that does DMA."""

    limit = 0

    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.file = pathlib.Path(directory.name) / "recording"
        self.iommu = f"intel-iommu,x-record={self.file},x-record-limit={self.limit}"
        super().setUp()

    def use(self):
        """A page of a second stage, used once and forgotten."""
        self.tables.translate(HERE, DID, self.stage)
        self.turn_on()
        self.assertTrue(self.dma(HERE, IOVA))
        self.assertTrue(self.unit.flush((DID << 16 | 2 << 4 | 2, 0)))

    def test_recording_plays_the_same_when_machine_has_ended(self):
        """It is complete, although QEMU unrealizes nothing."""
        self.use()
        self.machine.qmp("quit")
        self.machine.process.wait()
        said = replay(self.file)
        self.assertRegex(said, r"^[0-9]+ records, no difference; it is complete\n$")
        self.assertGreater(int(said.split()[0]), 50)


class LimitTest(RecordTest):
    """The same with little room."""

    limit = 1000

    def test_recording_plays_the_same_when_machine_has_ended(self):
        """The machine goes on when the room is used up."""
        self.use()
        self.machine.qmp("quit")
        self.machine.process.wait()
        self.assertLessEqual(self.file.stat().st_size, 1000)
        self.assertIn("no difference; it ended at its size limit", replay(self.file))


if __name__ == "__main__":
    unittest.main()
