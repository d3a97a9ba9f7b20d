# SPDX-License-Identifier: BSD-3-Clause
"""Memory that the guest has or has not yet (virtio-mem), and vfio."""

import unittest

import tables
import unit
from vfio import DOMAIN, IOVA, ONE, FakeVfio, domain_invalidation
from virtio import VirtioMem

MEBIBYTE, PAGE = 1 << 20, 2 << 20
VIRTIO, BAR, RINGS = 0x40, 0xE0000000, 0x2000000


class DiscardTest(FakeVfio):
    """16 MiB in blocks of 1 MiB, mapped in pages of 2 MiB."""

    def setUp(self):
        super().setUp()
        self.machine = self.start(
            ["-device", "intel-iommu,aw-bits=48,caching-mode=on"],
            "-m", "256M,maxmem=1G",
            "-device", self.host_device(1) + ",addr=5",
            "-object", "memory-backend-ram,id=more,size=16M",
            "-device", "virtio-mem-pci,memdev=more,addr=8,disable-legacy=on,"
            "block-size=1M,requested-size=16M,unplugged-inaccessible=off")
        device, = self.machine.qmp("query-memory-devices")
        self.memory = device["data"]["memaddr"]
        self.virtio = VirtioMem(self.machine, VIRTIO, BAR)
        self.virtio.start(RINGS)
        self.unit = unit.Unit(self.machine)
        self.unit.start_queue()
        pages = tables.Pages(self.machine)
        legacy = tables.Legacy(pages)
        stage = tables.SecondStage(pages)
        for at in range(0, 4 * PAGE, PAGE):
            stage.map_large(IOVA + at, self.memory + at)
        legacy.translate(ONE, DOMAIN[ONE], stage)
        tables.turn_on(self.unit, legacy)

    def mapped(self):
        """(offset, size) of what the container has, none of it refused."""
        self.assertTrue(self.unit.flush(domain_invalidation(DOMAIN[ONE])))
        self.assertNotIn("discarded memory", self.machine.output())
        return sorted((iova - IOVA, size) for iova, size in self.mappings()[0])

    def plug(self, block, blocks):
        """Give blocks to the guest."""
        self.virtio.change(VirtioMem.PLUG, self.memory + block * MEBIBYTE,
                           blocks)

    def test_memory_is_mapped_when_the_guest_has_it(self):
        """As soon as an invalidation tells about it, and not before."""
        self.assertEqual(self.mapped(), [])
        self.plug(0, 4)
        self.assertEqual(self.mapped(), [(0, PAGE), (PAGE, PAGE)])

    def test_part_of_page_is_mapped_when_the_guest_has_a_part(self):
        """The first half of one, the second of another."""
        self.plug(0, 1)
        self.plug(3, 2)
        self.assertEqual(self.mapped(), [
            (0, MEBIBYTE), (3 * MEBIBYTE, MEBIBYTE), (4 * MEBIBYTE, MEBIBYTE)])

    def test_memory_is_not_mapped_when_the_guest_has_given_it_back(self):
        """A part of it."""
        self.plug(0, 8)
        self.assertEqual(len(self.mapped()), 4)
        self.virtio.change(VirtioMem.UNPLUG, self.memory + PAGE, 3)
        self.assertEqual(self.mapped(), [
            (0, PAGE), (5 * MEBIBYTE, MEBIBYTE), (3 * PAGE, PAGE)])


if __name__ == "__main__":
    unittest.main()
