# SPDX-License-Identifier: BSD-3-Clause
"""The addresses of interrupts, for devices that use them as memory."""

import unittest

import tables
import unit
from kvm_unit_tests_test import (EDU, EDU_BAR, EDU_BUFFER, EDU_COMMAND, EDU_COUNT,
                                 EDU_FROM_MEMORY, EDU_SOURCE, EDU_TARGET, EDU_TO_MEMORY)
from machine import Machine

WINDOW, IOVA, MEMORY = 0xFEE00000, 0x7000, 0x900000
DID = 1
# 29h: an access that is no interrupt request.
FAULT = (0x29, EDU)


class WindowTest(unittest.TestCase):
    """A device whose addresses are translated."""

    def setUp(self):
        self.machine = Machine("-device", "intel-iommu,intremap=on,eim=off",
                               "-device", "edu,addr=2,dma_mask=0xffffffff")
        self.addCleanup(self.machine.close)
        self.machine.config_write(EDU, 0x10, EDU_BAR)
        self.machine.config_write(EDU, 0x04, 6, 2)
        self.unit = unit.Unit(self.machine)
        self.unit.start_queue()
        pages = tables.Pages(self.machine)
        stage, legacy = tables.SecondStage(pages), tables.Legacy(pages)
        for iova in (IOVA, WINDOW):
            stage.map(iova, MEMORY)
        legacy.translate(EDU, DID, stage)
        tables.turn_on(self.unit, legacy)

    def dma(self, source, target, command, count):
        """It ends; returns the fault."""
        for register, value in ((EDU_SOURCE, source), (EDU_TARGET, target),
                                (EDU_COUNT, count), (EDU_COMMAND, command)):
            self.machine.write64(EDU_BAR + register, value)
        self.machine.command("clock_step", 1000000000)
        self.assertEqual(self.machine.read64(EDU_BAR + EDU_COMMAND) & 1, 0)
        return self.unit.take_fault()

    def test_fault_is_recorded_when_window_is_read(self):
        """Though a page is mapped there; and what is read is all ones."""
        self.machine.write64(MEMORY, 0)
        self.assertEqual(self.dma(WINDOW, EDU_BUFFER, EDU_FROM_MEMORY, 8), FAULT)
        self.assertIsNone(self.dma(EDU_BUFFER, IOVA, EDU_TO_MEMORY, 8))
        self.assertEqual(self.machine.read64(MEMORY), 2**64 - 1)

    def test_fault_is_recorded_when_message_has_another_size(self):
        """It is none, and nothing is written to the page."""
        self.machine.write64(MEMORY, 1)
        for count in (2, 8):
            self.assertEqual(self.dma(EDU_BUFFER, WINDOW, EDU_TO_MEMORY, count), FAULT)
        self.assertEqual(self.machine.read64(MEMORY), 1)


if __name__ == "__main__":
    unittest.main()
