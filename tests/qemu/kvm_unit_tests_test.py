# SPDX-License-Identifier: BSD-3-Clause
"""What the intel-iommu program of kvm-unit-tests checks, in its order and with
its way of using the unit: commands made from the status register, tables that
are filled in while translation is on, and no invalidations.
"""

import unittest

import unit
from machine import Machine

EDU, EDU_BAR = 0x10, 0xE0000000
BRIDGE = 0xF8  # where interrupt lines of PCI are routed
ROUTES, LINE = (0x60, 0x61, 0x62, 0x63, 0x68, 0x69, 0x6A, 0x6B), 11

EDU_RAISE, EDU_ACKNOWLEDGE = 0x60, 0x64
EDU_SOURCE, EDU_TARGET, EDU_COUNT, EDU_COMMAND = 0x80, 0x88, 0x90, 0x98
EDU_BUFFER, EDU_FROM_MEMORY, EDU_TO_MEMORY = 0x40000, 1, 3

IOAPIC_SELECT, IOAPIC_WINDOW = 0xFEC00000, 0xFEC00010

# In the order of the program, and each with the status that it waits for.
COMMANDS = (unit.QIE, unit.SRTP, unit.SIRTP, unit.TE, unit.IRE)

CONTEXTS, TABLES, PAGE = 0x200000, 0x201000, 0x210000

PRESENT, FAULTS_DISABLED, THREE_LEVELS = 1, 2, 1


class KvmUnitTestsTest(unittest.TestCase):
    """A machine with an edu device, and the unit in use."""

    def setUp(self):
        self.machine = Machine("-device", "intel-iommu,intremap=on,eim=off",
                               "-device", "edu,addr=2", "-smp", "4")
        self.addCleanup(self.machine.close)
        self.unit = unit.Unit(self.machine)
        self.machine.config_write(EDU, 0x10, EDU_BAR)
        self.machine.config_write(EDU, 0x04, 6, 2)
        self.status = []
        for command in COMMANDS:
            self.tell(command)

    def tell(self, command):
        """One command; bits that are on stay on, one-shot bits are repeated."""
        if command == unit.SRTP:
            self.unit.write(unit.RTADDR, unit.ROOT)
        elif command == unit.SIRTP:
            self.unit.write(unit.IRTA, unit.INTERRUPTS | 0xF)
        status = self.unit.read32(unit.GSTS)
        self.machine.write32(unit.BASE + unit.GCMD, status | command)
        self.status.append(self.unit.read32(unit.GSTS))

    def test_status_follows_when_commands_are_made_from_it(self):
        """Each adds its bit; there is no fault."""
        expected = 0
        for command, status in zip(COMMANDS, self.status):
            expected |= command
            self.assertEqual(status, expected)
        self.assertEqual(self.unit.read32(unit.FSTS), 0)

    def test_39_bits_and_large_pages_are_offered_when_nothing_is_said(self):
        """Tables of 3 levels, pages of 2 MiB and 1 GiB."""
        wanted = 2 << 8 | 3 << 34
        self.assertEqual(self.unit.read(unit.CAP) & wanted, wanted)

    def map_first_page(self):
        """IOVA 0 of edu, while translation is on."""
        for number in range(3):
            following = PAGE if number == 2 else TABLES + (number + 1) * 0x1000
            self.machine.write_words(TABLES + number * 0x1000, following | 3)
        self.machine.write_words(CONTEXTS + EDU * 16,
                                 TABLES | FAULTS_DISABLED | PRESENT,
                                 EDU << 8 | THREE_LEVELS)
        self.machine.write_words(unit.ROOT, CONTEXTS | PRESENT, 0)

    def dma(self, source, target, command):
        """Four bytes; returns whether edu is through."""
        self.machine.write64(EDU_BAR + EDU_SOURCE, source)
        self.machine.write64(EDU_BAR + EDU_TARGET, target)
        self.machine.write64(EDU_BAR + EDU_COUNT, 4)
        self.machine.write64(EDU_BAR + EDU_COMMAND, command)
        self.machine.command("clock_step", 1000000000)
        return not self.machine.read64(EDU_BAR + EDU_COMMAND) & 1

    def test_dma_finds_its_page_when_entries_come_without_invalidation(self):
        """What was not present is not cached: a word there and back."""
        self.machine.write32(PAGE, 0x12345678)
        self.map_first_page()
        self.assertTrue(self.dma(0, EDU_BUFFER, EDU_FROM_MEMORY))
        self.assertTrue(self.dma(EDU_BUFFER, 4, EDU_TO_MEMORY))
        self.assertEqual(self.machine.read32(PAGE + 4), 0x12345678)
        self.assertEqual(self.unit.read32(unit.FSTS), 0)

    def remap(self, index, vector):
        """An entry for edu only: fixed, edge, to the first processor."""
        self.machine.write_words(unit.INTERRUPTS + index * 16,
                                 vector << 16 | FAULTS_DISABLED | PRESENT,
                                 1 << 18 | EDU)

    def raise_interrupt(self):
        """Of edu, and its line is low again."""
        self.machine.write32(EDU_BAR + EDU_RAISE, 1)
        self.machine.write32(EDU_BAR + EDU_ACKNOWLEDGE, 1)

    def requested(self):
        """The first processor's vectors that wait to be taken."""
        for line in self.machine.hmp("info lapic 0").splitlines():
            if line.startswith("IRR"):
                return line.split()[1:]
        raise LookupError("no IRR")

    def test_interrupt_arrives_when_ioapic_names_no_source(self):
        """Though the entry is for edu only."""
        self.remap(1, 0xED)
        for route in ROUTES:
            self.machine.config_write(BRIDGE, route, LINE, 1)
        for number, value in ((1, 1 << 17 | 1 << 16), (0, 0xED)):
            self.machine.write32(IOAPIC_SELECT, 0x10 + 2 * LINE + number)
            self.machine.write32(IOAPIC_WINDOW, value)
        self.assertEqual(self.requested(), ["(none)"])
        self.raise_interrupt()
        self.assertEqual(self.requested(), [str(0xED)])

    def test_interrupt_arrives_when_message_is_remapped(self):
        """By the entry whose handle is in the address."""
        self.remap(2, 0xEE)
        msi = self.machine.capability(EDU, 5)
        self.machine.config_write(EDU, msi + 4, 0xFEE00000 | 2 << 5 | 1 << 4)
        self.machine.config_write(EDU, msi + 8, 0)
        self.machine.config_write(EDU, msi + 12, 0, 2)
        self.machine.config_write(EDU, msi + 2, 0x81, 2)
        self.assertEqual(self.requested(), ["(none)"])
        self.raise_interrupt()
        self.assertEqual(self.requested(), [str(0xEE)])


if __name__ == "__main__":
    unittest.main()
