# SPDX-License-Identifier: BSD-3-Clause
"""The registers of the svm device, as guest/include/svm_device.h has them."""

import unittest

import svm_test
from svm_save_test import CONTROLS, CONTROL_SIZE, ENABLE, PORTAL, Portals
from svm_test import BAR, NO_PASID, PASID

PORTALS, DEPTH = 40, 32
VERSION, NUMBER, QUEUE_DEPTH, OPERATIONS, CAUSE = 0x100, 0x104, 0x108, 0x10C, 0x110
COUNTERS, COMMANDS_OK, COMMANDS_FAILED = 0x200, 8, 9
FREE, DROPPED = 0x08, 0x18
PRIVILEGED = 2
NOP, UNKNOWN = 0, 200


def bits(size):
    """What is read where nothing is."""
    return (1 << size) - 1


class RegistersTest(unittest.TestCase):
    """A device with more portals than a word has bits."""

    def setUp(self):
        self.machine = svm_test.make(device=f"svm,id=svm,bus=rp,portals={PORTALS}")
        self.addCleanup(self.machine.close)
        svm_test.set_up(self.machine)
        svm_test.translate(self.machine)
        self.portals = Portals(self.machine)

    def read(self, offset, size=32):
        """A register, of so many bits."""
        command = {8: "readb", 16: "readw", 32: "readl", 64: "readq"}[size]
        return int(self.machine.command(command, hex(BAR + offset))[0], 16)

    def write(self, offset, value, size=32):
        """Write it."""
        command = {16: "writew", 32: "writel", 64: "writeq"}[size]
        self.machine.command(command, hex(BAR + offset), hex(value))

    def control(self, portal, offset=4):
        """A control register of a portal."""
        return self.read(CONTROLS + CONTROL_SIZE * portal + offset)

    def count(self, number):
        """A counter."""
        low = self.read(COUNTERS + 8 * number)
        return self.read(COUNTERS + 8 * number + 4) << 32 | low

    def end(self, portal, operation=NOP):
        """A command begins and ends."""
        self.portals.submit(portal, operation)
        return self.portals.end(portal)

    def test_device_says_what_it_is(self):
        """And portal 0 what demo drivers look for."""
        self.assertEqual([self.read(offset) for offset in
                          (VERSION, NUMBER, QUEUE_DEPTH, OPERATIONS)],
                         [0x4D5601, PORTALS, DEPTH, 0xFF])
        self.assertEqual(self.read(0, 64), 0x0B1C5111)

    def test_nothing_is_read_when_no_register_has_the_size_or_the_place(self):
        """All ones."""
        for offset, size in (
                (0, 32), (8, 32), (0x10, 64), (PASID, 32), (VERSION, 64), (VERSION, 16),
                (0xF0, 32), (VERSION + 2, 32), (COUNTERS + 8 * 10, 32),
                (CONTROLS + CONTROL_SIZE + 12, 32), (CONTROLS, 32),
                (CONTROLS + CONTROL_SIZE * (PORTALS + 1), 32), (PORTAL + FREE, 32),
                (PORTAL + FREE + 4, 64), (PORTAL, 64), ((PORTALS + 1) * PORTAL + FREE, 64)):
            with self.subTest(offset=hex(offset), size=size):
                self.assertEqual(self.read(offset, size), bits(size))
        self.assertEqual(self.read(PORTALS * PORTAL + FREE, 64), DEPTH)

    def test_nothing_is_written_when_size_is_another(self):
        """To a portal's control, its PASID and its queue."""
        place = CONTROLS + CONTROL_SIZE
        self.write(place + 4, ENABLE, 16)
        self.write(place, NO_PASID << 32 | 5, 64)
        self.assertEqual((self.control(1), self.control(1, 0)), (0, NO_PASID))
        self.write(PORTAL, 0)
        self.write(PORTAL + FREE, 0, 64)
        self.assertEqual(self.read(PORTAL + DROPPED, 64), 0)
        self.write(PORTAL, 0, 64)
        self.assertEqual(self.read(PORTAL + DROPPED, 64), 1)

    def test_pasid_is_kept_when_portal_is_enabled_or_there_is_no_such(self):
        """The portals have none at first."""
        self.assertEqual(self.control(PORTALS, 0), NO_PASID)
        for written, found in ((0xFFFFF, 0xFFFFF), (NO_PASID + 1, 0xFFFFF), (7, 7)):
            self.portals.control(PORTALS, written, 0)
            self.assertEqual(self.control(PORTALS, 0), found)
        self.assertEqual(self.control(PORTALS - 1, 0), NO_PASID)
        self.portals.control(PORTALS, ENABLE)
        self.portals.control(PORTALS, 8, 0)
        self.assertEqual(self.control(PORTALS, 0), 7)

    def test_enables_are_read_as_written(self):
        """Each by itself."""
        for value in (ENABLE, PRIVILEGED, ENABLE | PRIVILEGED, 0):
            self.portals.control(2, value)
            self.assertEqual(self.control(2), value)

    def test_cause_stays_until_it_is_cleared(self):
        """In both halves, and no other."""
        for portal in (1, 3, 33, PORTALS):
            self.end(portal)
        low, high = 1 << 1 | 1 << 3, 1 << 1 | 1 << 8
        self.assertEqual((self.read(CAUSE), self.read(CAUSE + 4)), (low, high))
        self.write(CAUSE, 1 << 1)
        self.assertEqual((self.read(CAUSE), self.read(CAUSE + 4)), (1 << 3, high))
        self.write(CAUSE + 4, 1 << 8)
        self.assertEqual((self.read(CAUSE), self.read(CAUSE + 4)), (1 << 3, 1 << 1))

    def test_commands_are_counted_by_how_they_end(self):
        """One that there is not fails."""
        self.assertEqual((self.count(COMMANDS_OK), self.count(COMMANDS_FAILED)), (0, 0))
        for _ in range(3):
            self.end(1)
        self.end(1, UNKNOWN)
        self.assertEqual((self.count(COMMANDS_OK), self.count(COMMANDS_FAILED)), (3, 1))


class PortalsTest(unittest.TestCase):
    """The number of user portals."""

    def test_device_is_refused_when_number_is_not_possible(self):
        """The range is named."""
        for number in (0, 64):
            self.assertIn(f"portals={number} is not possible; use 1 to 63", svm_test.refused(
                "-device", f"svm,portals={number}",
                "-device", "intel-iommu,device-iotlb=on"))

    def test_device_is_made_when_number_is_at_an_end(self):
        """One, and as many as there can be."""
        for number in (1, 63):
            machine = svm_test.make(device=f"svm,id=svm,bus=rp,portals={number}")
            self.addCleanup(machine.close)
            svm_test.set_up(machine)
            self.assertEqual(machine.read32(BAR + NUMBER), number)


if __name__ == "__main__":
    unittest.main()
