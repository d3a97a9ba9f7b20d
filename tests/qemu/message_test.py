# SPDX-License-Identifier: BSD-3-Clause
"""Interrupt messages of the unit's own while the machine is stopped."""

import os
import shutil
import tempfile
import unittest

import unit
from machine import Machine

# The disk controller that every q35 machine has, and its first port.
AHCI, BAR = 0xFA, 0xE0000000
FIS_ADDRESS, COMMAND, RECEIVE_FIS = 0x108, 0x118, 1 << 4

FECTL, FEDATA, FEADDR, FEUADDR = 0x38, 0x3C, 0x40, 0x44
VECTOR = 0x51


class MessageTest(unittest.TestCase):
    """A unit that blocks all, and tells by an interrupt."""

    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="vtd-message.")
        self.addCleanup(shutil.rmtree, self.directory)
        self.machine = self.start()
        self.machine.config_write(AHCI, 0x24, BAR)
        self.machine.config_write(AHCI, 0x04, 6, 2)
        self.unit = vtd = unit.Unit(self.machine)
        for offset, value in ((FEDATA, VECTOR), (FEADDR, 0xFEE00000),
                              (FEUADDR, 0), (FECTL, 0)):
            self.machine.write32(unit.BASE + offset, value)
        vtd.write(unit.RTADDR, unit.ROOT)
        vtd.set(unit.SRTP)
        vtd.set(unit.TE)

    def start(self, *args):
        """Its log has the interrupts."""
        machine = Machine("-device", "intel-iommu",
                          "-trace", "apic_deliver_irq", *args)
        self.addCleanup(machine.close)
        return machine

    def be_refused(self):
        """DMA by a write to a register, not to one of the unit's."""
        self.machine.write32(BAR + FIS_ADDRESS, 0x10000)
        self.machine.write32(BAR + COMMAND, RECEIVE_FIS)
        self.machine.qmp("query-status")

    @staticmethod
    def delivered(machine):
        """How often the interrupt came."""
        machine.qmp("query-status")
        return machine.output().count(f" vector {VECTOR} ")

    def test_message_comes_when_machine_runs(self):
        """Nobody looks at the unit for that."""
        self.be_refused()
        self.assertEqual(self.delivered(self.machine), 1)
        self.assertEqual(self.unit.take_fault()[1], AHCI)

    def test_message_comes_when_machine_goes_on(self):
        """Not before, and once."""
        self.machine.qmp("stop")
        self.be_refused()
        self.assertEqual(self.delivered(self.machine), 0)
        for _ in range(2):
            self.machine.qmp("cont")
            self.assertEqual(self.delivered(self.machine), 1)
            self.machine.qmp("stop")

    def test_message_comes_when_state_has_been_loaded(self):
        """In the machine that goes on with it, and once."""
        self.machine.qmp("stop")
        self.be_refused()
        path = os.path.join(self.directory, "state")
        self.machine.save(path)
        self.assertEqual(self.delivered(self.machine), 0)
        machine = self.start("-incoming", "defer")
        machine.load(path)
        self.assertEqual(self.delivered(machine), 0)
        for _ in range(2):
            machine.qmp("cont")
            self.assertEqual(self.delivered(machine), 1)
            machine.qmp("stop")
        self.assertEqual(unit.Unit(machine).take_fault()[1], AHCI)

    def test_message_goes_when_machine_is_reset(self):
        """What the unit said before is void."""
        self.machine.qmp("stop")
        self.be_refused()
        self.machine.qmp("system_reset")
        self.machine.wait_event("RESET")
        self.machine.qmp("cont")
        self.assertEqual(self.delivered(self.machine), 0)


if __name__ == "__main__":
    unittest.main()
