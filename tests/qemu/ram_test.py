# SPDX-License-Identifier: BSD-3-Clause
"""Tables in memory that comes and goes while the unit reads it by itself."""

import unittest

import svm_test
import tables
import unit
from machine import Machine

EDU = 0x28      # 00:05.0
SHARED = 0x30   # 00:06.0, ivshmem-plain
HOST_BRIDGE = 0x00
EDU_BAR, SHARED_REGISTERS, SHARED_BAR = 0xE0000000, 0xE0100000, 0xE8000000

EDU_SOURCE, EDU_TARGET, EDU_COUNT, EDU_COMMAND = 0x80, 0x88, 0x90, 0x98
EDU_BUFFER, EDU_TO_MEMORY = 0x40000, 3

IOVA, MEMORY = 0x5000000, 0x6000000

# The registers of ACPI memory hotplug: a slot, and what to do with it.
HOTPLUG_SLOT, HOTPLUG_CONTROL, EJECT = 0xA00, 0xA14, 8

# Of the host bridge, for D0000h-D7FFFh: what reads and writes go to.
PAM, DEVICES, READ_MEMORY, MEMORY_ALL = 0x93, 0x00, 0x11, 0x33
SHADOWED = 0xD0000

# Tables of a device, and where in memory of 2 KiB a status is.
TABLES, STATUS = 0x7000000, 0x400

# Reasons of faults.
ROOT_IS_NOT_MEMORY = 8
TOP_IS_NOT_MEMORY, TABLE_IS_NOT_MEMORY, NOT_WRITABLE = 3, 7, 5


class RamTest(unittest.TestCase):
    """One device, in legacy mode; its page tables are where a test wants."""

    def start(self, *more, **options):
        """A machine with a unit and a device."""
        self.machine = Machine("-device", "intel-iommu,aw-bits=48",
                               "-device", "edu,addr=5", *more, **options)
        self.addCleanup(self.machine.close)
        self.enable(EDU, 0x10, EDU_BAR)
        self.unit = unit.Unit(self.machine)
        self.unit.start_queue()
        self.tables = tables.Legacy(tables.Pages(self.machine))

    def enable(self, bdf, register, bar):
        """A BAR, memory space and bus mastering."""
        self.machine.config_write(bdf, register, bar)
        self.machine.config_write(bdf, 0x04, 6, 2)

    def translate(self, where):
        """By page tables that begin at an address."""
        pages = tables.Pages(self.machine)
        pages.next = where
        stage = tables.SecondStage(pages)
        stage.map(IOVA, MEMORY)
        self.tables.translate(EDU, 5, stage)
        return stage

    def dma(self):
        """The device writes 8 bytes of zero.  Returns whether they came."""
        self.machine.write(MEMORY, b"\xff" * 8)
        self.machine.write64(EDU_BAR + EDU_SOURCE, EDU_BUFFER)
        self.machine.write64(EDU_BAR + EDU_TARGET, IOVA)
        self.machine.write64(EDU_BAR + EDU_COUNT, 8)
        self.machine.write64(EDU_BAR + EDU_COMMAND, EDU_TO_MEMORY)
        self.machine.command("clock_step", 1000000000)
        return self.machine.read(MEMORY, 8) == bytes(8)

    def assert_translated(self):
        """A write of the device arrives, and nothing is reported."""
        self.assertTrue(self.dma())
        self.assertIsNone(self.unit.take_fault())

    def assert_fault(self, reason=TOP_IS_NOT_MEMORY):
        """It does not, and it is known why."""
        self.assertFalse(self.dma())
        self.assertEqual(self.unit.take_fault(), (reason, EDU))

    def plug(self):
        """256 MiB more.  Returns their address."""
        self.machine.qmp("object-add", id="more", size=256 << 20,
                         **{"qom-type": "memory-backend-ram"})
        self.machine.qmp("device_add", driver="pc-dimm", id="dimm",
                         memdev="more")
        return self.machine.qmp("query-memory-devices")[0]["data"]["addr"]

    def unplug(self):
        """What the guest does when it is asked to."""
        self.machine.qmp("device_del", id="dimm")
        self.machine.command("outl", HOTPLUG_SLOT, 0)
        self.machine.command("outb", HOTPLUG_CONTROL, EJECT)
        self.machine.wait_event("DEVICE_DELETED")
        self.machine.qmp("object-del", id="more")

    def test_tables_are_found_when_memory_was_plugged(self):
        """And are gone with it; new memory in their place is other memory."""
        self.start(memory="256M,slots=2,maxmem=1G")
        where = self.plug()
        self.translate(where)
        tables.turn_on(self.unit, self.tables)
        self.assert_translated()
        for _ in range(3):
            self.unplug()
            self.assert_fault()
            self.assertEqual(self.plug(), where)
            self.assert_fault(NOT_WRITABLE)
            self.translate(where)
            self.assert_translated()

    def test_queue_faults_when_its_memory_is_unplugged(self):
        """IQE, for it cannot be fetched."""
        self.start(memory="256M,slots=2,maxmem=1G")
        where = self.plug()
        self.unit.clear(unit.QIE)
        self.unit.write(unit.IQT, 0)
        self.unit.write(unit.IQA, where)
        self.unit.set(unit.QIE)
        self.unplug()
        self.unit.write(unit.IQT, 16)
        self.assertEqual(self.unit.read32(unit.FSTS) & 1 << 4, 1 << 4)

    def test_tables_are_what_is_read_when_firmware_memory_is_shadowed(self):
        """Reads of the area go to memory, or to what is on the bus."""
        self.start()
        self.machine.config_write(HOST_BRIDGE, PAM, MEMORY_ALL, 1)
        self.translate(SHADOWED)
        tables.turn_on(self.unit, self.tables)
        self.assert_translated()
        for _ in range(3):
            self.machine.config_write(HOST_BRIDGE, PAM, DEVICES, 1)
            self.assertFalse(self.dma())
            self.assertIsNotNone(self.unit.take_fault())
            self.machine.config_write(HOST_BRIDGE, PAM, READ_MEMORY, 1)
            self.assert_translated()

    def test_tables_are_found_when_memory_is_above_4_gib(self):
        """Where another alias of the same memory is."""
        self.start(memory="3G")
        self.translate(0x100000000)
        tables.turn_on(self.unit, self.tables)
        self.assert_translated()

    def test_nothing_is_read_when_tables_lie_beside_memory(self):
        """The last page of memory, and the hole behind it."""
        self.start()
        self.translate((256 << 20) - 4 * tables.PAGE)
        tables.turn_on(self.unit, self.tables)
        self.assert_translated()
        root = (256 << 20) - 4 * tables.PAGE
        self.machine.write64(root, 256 << 20 | tables.READ_WRITE)
        self.assert_fault(TABLE_IS_NOT_MEMORY)

    def test_tables_in_a_device_are_found_when_they_are_memory(self):
        """A BAR that is RAM, as long as it is decoded."""
        self.start("-object", "memory-backend-ram,id=shared,size=1M",
                   "-device", "ivshmem-plain,memdev=shared,addr=6")
        self.enable(SHARED, 0x10, SHARED_REGISTERS)
        self.enable(SHARED, 0x18, SHARED_BAR)
        self.translate(SHARED_BAR)
        tables.turn_on(self.unit, self.tables)
        self.assert_translated()
        for _ in range(3):
            self.machine.config_write(SHARED, 0x04, 4, 2)
            self.assert_fault()
            self.machine.config_write(SHARED, 0x04, 6, 2)
            self.assert_translated()

    def test_words_are_found_when_memory_is_less_than_a_page(self):
        """The root table is read there, and a status is written."""
        self.start("-object", "memory-backend-ram,id=shared,size=2K",
                   "-device", "ivshmem-plain,memdev=shared,addr=6")
        self.enable(SHARED, 0x10, SHARED_REGISTERS)
        self.enable(SHARED, 0x18, SHARED_BAR)
        self.translate(TABLES)
        self.machine.write(SHARED_BAR, self.machine.read(self.tables.root, 16))
        self.tables.root = SHARED_BAR
        tables.turn_on(self.unit, self.tables)
        self.assert_translated()
        low, _ = self.unit.wait_descriptor()
        self.unit.submit((low, SHARED_BAR + STATUS))
        self.assertEqual(self.machine.read32(SHARED_BAR + STATUS), self.unit.waits)
        self.machine.config_write(SHARED, 0x04, 4, 2)
        self.assertTrue(self.unit.flush(unit.context_invalidation()))
        self.assert_fault(ROOT_IS_NOT_MEMORY)


class ThreadTest(unittest.TestCase):
    """A device that translates on a thread of its own."""

    def test_translation_goes_on_when_memory_changes_meanwhile(self):
        """Where its tables are not; each change is another map."""
        machine = svm_test.start(
            "-object", "memory-backend-ram,id=shared,size=1M",
            "-device", "ivshmem-plain,memdev=shared,addr=6")
        self.addCleanup(machine.close)
        svm_test.translate(machine)
        machine.config_write(SHARED, 0x18, SHARED_BAR)
        machine.write32(svm_test.BAR + svm_test.PASID, svm_test.NO_PASID)
        machine.write64(svm_test.BAR + svm_test.ADDRESS, 0)
        machine.write64(svm_test.BAR + svm_test.LENGTH, 1 << 39)
        machine.write64(svm_test.BAR + svm_test.COMMAND, svm_test.WRITE)
        for _ in range(200):
            machine.config_write(SHARED, 0x04, 2, 2)
            machine.config_write(SHARED, 0x04, 0, 2)
        self.assertEqual(machine.read64(svm_test.BAR + svm_test.STATUS), 0)
        machine.write(svm_test.DATA, b"\xff" * 64)
        while machine.read(svm_test.DATA, 64) == b"\xff" * 64:
            self.assertEqual(machine.read64(svm_test.BAR + svm_test.STATUS), 0)


if __name__ == "__main__":
    unittest.main()
