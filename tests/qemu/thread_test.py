# SPDX-License-Identifier: BSD-3-Clause
"""Threads without QEMU's lock that come to run the unit's queue."""

import mmap
import struct
import unittest

import preload
import svm_test
import tables
import unit
from vfio import (DOMAIN, IOVA, MEMORY, ONE, FakeVfio,
                         page_invalidation)
from svm_test import BAR, COMMAND, LENGTH, NO_PASID, PASID, SVM

_, ARM, ARMED, STOPPED, RELEASE = range(5)

# Flags of a wait descriptor, and where its interrupt goes.
INTERRUPT, FENCE = 1 << 4, 1 << 6
IECTL, IEDATA, IEADDR = 0xA0, 0xA4, 0xA8
VECTOR = 0x52

SVM_DOMAIN = 9

# The right of a table entry.
READ = 1


class ThreadTest(FakeVfio):
    """A thread of the device svm stops in the middle of a translation."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.library += ":" + preload.build_slow_page(cls)

    def setUp(self):
        super().setUp()
        with open(self.path("control"), "wb") as control:
            control.write(bytes(mmap.PAGESIZE))
        self.addCleanup(preload.environment(
            SLOW_PAGE_RAM=self.path("ram"),
            SLOW_PAGE_CONTROL=self.path("control")))
        with open(self.path("control"), "r+b") as control:
            self.control = mmap.mmap(control.fileno(), 0)
        self.addCleanup(self.control.close)
        self.machine = self.start(
            ["-device", "pcie-root-port,id=rp,addr=4,slot=1,chassis=1",
             "-device", "svm,bus=rp", "-device",
             "intel-iommu,aw-bits=48,caching-mode=on,device-iotlb=on"],
            "-device", self.host_device(1) + ",addr=5",
            "-trace", "apic_deliver_irq")
        svm_test.set_up(self.machine)
        self.unit = unit.Unit(self.machine)
        self.unit.start_queue()
        pages = tables.Pages(self.machine)
        legacy = tables.Legacy(pages)
        self.stage = tables.SecondStage(pages)
        self.stage.map(IOVA, MEMORY)
        self.stage.map(IOVA + 0x1000, MEMORY)
        legacy.translate(ONE, DOMAIN[ONE], self.stage)
        threads = tables.SecondStage(pages)
        threads.map(0, MEMORY)
        self.slow = pages.next - tables.PAGE
        # A translation that only reads tables holds no wait up: one that finds a
        # right missing at the top looks again, and does.
        top = self.machine.read64(threads.root)
        self.machine.write64(threads.root, top & ~tables.READ_WRITE | READ)
        legacy.translate(SVM, SVM_DOMAIN, threads, tables.WITH_ATS)
        tables.turn_on(self.unit, legacy)

    def want(self, word, *after):
        """Set the control word, and wait for what it becomes."""
        self.control[:8] = struct.pack("=II", word, self.slow)
        self.wait_for(*after)

    def wait_for(self, *words):
        """Until the control word is the last of them."""
        for word in words:
            while struct.unpack("=I", self.control[:4])[0] != word:
                self.machine.qmp("query-status")

    def stop_thread(self):
        """It has begun to translate, and found half of the tables."""
        self.want(ARM, ARMED)
        self.machine.write32(BAR + PASID, NO_PASID)
        self.machine.write64(BAR + LENGTH, 8)
        self.machine.write64(BAR + COMMAND, svm_test.WRITE)
        self.wait_for(STOPPED)

    def wait_descriptor(self, flags):
        """A wait with more than its status."""
        low, high = self.unit.wait_descriptor()
        return low | flags, high

    def test_queue_goes_on_when_thread_has_translated(self):
        """The wait is over, the next notice is delivered, and all after it.

        Who finds another thread at it may leave the rest to the unit's timer
        (vtd/host.h), so the clock runs.
        """
        for offset, value in ((IEDATA, VECTOR), (IEADDR, 0xFEE00000),
                              (IECTL, 0)):
            self.machine.write32(unit.BASE + offset, value)
        self.stop_thread()
        self.stage.unmap(IOVA)
        self.stage.unmap(IOVA + 0x1000)
        status = self.unit.submit_many(
            page_invalidation(DOMAIN[ONE], IOVA),
            self.wait_descriptor(FENCE | INTERRUPT),
            page_invalidation(DOMAIN[ONE], IOVA + 0x1000),
            self.unit.wait_descriptor())
        self.assertEqual(status, 0)
        self.assertEqual(list(self.mappings()[0]), [(IOVA + 0x1000, 0x1000)])
        self.want(RELEASE)
        while not self.unit.is_idle():
            self.machine.command("clock_step", 1000)
        self.assertEqual(self.mappings()[0], {})
        # After the first status, and before the second.
        self.assertEqual(self.log()[-1], [
            "unmap", "0", hex(IOVA + 0x1000), "0x1000", "0x1"])
        self.machine.qmp("query-status")
        self.assertEqual(
            self.machine.output().count(f" vector {VECTOR} "), 1)


if __name__ == "__main__":
    unittest.main()
