# SPDX-License-Identifier: BSD-3-Clause
"""What properties of intel-iommu do to the unit."""

import unittest

import unit
from machine import Machine

IOAPIC_SELECT, IOAPIC_WINDOW = 0xFEC00000, 0xFEC00010
SERIAL, SERIAL_PIN = 0x3F8, 4
IOAPIC_SID = 0xFF00


class PropertiesTest(unittest.TestCase):
    """A machine for each test."""

    def start(self, options, *args):
        """Returns the machine and its unit."""
        machine = Machine("-device", "intel-iommu" + options, *args)
        self.addCleanup(machine.close)
        return machine, unit.Unit(machine)

    def bits(self, options, register, mask):
        """Some bits of CAP or ECAP."""
        return self.start(options)[1].read(register) & mask

    def test_dirty_bits_are_not_offered_when_caching_mode_is_on(self):
        """Keepers of copies do not set them."""
        scalable = ",x-scalable-mode=on"
        self.assertTrue(self.bits(scalable, unit.ECAP, unit.SSADS))
        self.assertFalse(self.bits(scalable + ",caching-mode=on", unit.ECAP,
                                   unit.SSADS))

    def test_draining_is_offered_when_property_is_on(self):
        """Both kinds."""
        both = unit.DRD | unit.DWD
        self.assertEqual(self.bits("", unit.CAP, both), both)
        self.assertEqual(self.bits(",dma-drain=off", unit.CAP, both), 0)

    def test_scalable_mode_is_not_offered_when_nothing_is_translated(self):
        """As it is about translation."""
        options = ",x-scalable-mode=on,dma-translation=off"
        self.assertFalse(self.bits(options, unit.ECAP, unit.SMTS))

    def check_width(self, aw_bits, cpu_bits, expected):
        """HAW in the DMAR table; MGAW is that at least."""
        machine, vtd = self.start(f",aw-bits={aw_bits}", "-cpu",
                                  f"qemu64,phys-bits={cpu_bits}")
        tables = machine.firmware_file("etc/acpi/tables")
        self.assertEqual(tables[tables.index(b"DMAR") + 36] + 1, expected)
        mgaw = (vtd.read(unit.CAP) >> 16 & 0x3F) + 1
        self.assertEqual(mgaw, max(expected, aw_bits))

    def test_host_address_width_is_that_of_cpu_when_aw_bits_are_fewer(self):
        """What passes through can be anywhere."""
        self.check_width(39, 46, 46)

    def test_host_address_width_is_aw_bits_when_cpu_has_fewer(self):
        """As in QEMU's own table."""
        self.check_width(48, 40, 48)

    def test_host_address_width_is_52_at_most(self):
        """The register layout has no more."""
        self.check_width(57, 40, 52)

    def pulse_ioapic(self, options):
        """A message of the IOAPIC by an entry that is for somebody else."""
        machine, vtd = self.start(
            options, "-chardev", "null,id=null",
            "-device", "isa-serial,chardev=null")
        machine.write_words(unit.INTERRUPTS, 0x31 << 16 | 1, 1 << 18 | 0x1234)
        vtd.write(unit.IRTA, unit.INTERRUPTS | 7)
        vtd.set(unit.SIRTP)
        vtd.set(unit.IRE)
        for index, value in ((1, 1 << 16), (0, 0x31)):
            machine.write32(IOAPIC_SELECT, 0x10 + 2 * SERIAL_PIN + index)
            machine.write32(IOAPIC_WINDOW, value)
        machine.command("outb", SERIAL + 4, 0x08)
        machine.command("outb", SERIAL + 1, 0x02)
        return vtd.take_fault()

    def test_ioapic_passes_when_entry_names_another_source(self):
        """QEMU's IOAPIC does not say who it is."""
        self.assertIsNone(self.pulse_ioapic(""))

    def test_ioapic_is_blocked_when_its_source_is_strict(self):
        """It counts as the function in the DMAR table."""
        self.assertEqual(self.pulse_ioapic(",x-strict-ioapic-sid=on"),
                         (0x26, IOAPIC_SID))


if __name__ == "__main__":
    unittest.main()
