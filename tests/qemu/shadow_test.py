# SPDX-License-Identifier: BSD-3-Clause
"""What vfio is told, by the log of a stand-in for the kernel's driver.

tests/clients/vfio has what a container needs; this is the rest.
"""

import unittest

import tables
import unit
from vfio import (DOMAIN, IOVA, MEMORY, ONE, TWO, FakeVfio, device_invalidation,
                  domain_invalidation, fill_with_tables, page_invalidation)

PORT = 0x30
READ, READ_WRITE = 1, 3


class ShadowTest(FakeVfio):
    """Two devices in domains and containers of their own."""

    def setUp(self):
        super().setUp()
        self.machine = self.start(
            ["-device", "intel-iommu,aw-bits=48,caching-mode=on"],
            "-device", self.host_device(1) + ",addr=5",
            "-device", self.host_device(2) + ",addr=6")
        self.unit = unit.Unit(self.machine)
        self.unit.start_queue()
        self.pages = tables.Pages(self.machine)
        self.legacy = tables.Legacy(self.pages)
        self.stages = {sid: tables.SecondStage(self.pages) for sid in DOMAIN}

    def translate(self):
        """Both requesters, each by its table."""
        for sid, stage in self.stages.items():
            self.legacy.translate(sid, DOMAIN[sid], stage)
        tables.turn_on(self.unit, self.legacy)

    def flush(self, *descriptors):
        """The wait completes."""
        self.assertTrue(self.unit.flush(*descriptors))

    def test_all_is_mapped_when_pages_are_joined(self):
        """512 mappings make way for one."""
        stage = self.stages[ONE]
        for page in range(0, 0x200000, 0x1000):
            stage.map(IOVA + page, MEMORY + page)
        self.translate()
        stage.map_large(IOVA, MEMORY)
        self.flush(page_invalidation(DOMAIN[ONE], IOVA, 9))
        self.assertEqual(list(self.mappings()[0]), [(IOVA, 0x200000)])

    def test_memory_alone_is_mapped_when_page_has_other_things(self):
        """Two regions of firmware below 1 MiB, and a device's registers."""
        stage = self.stages[ONE]
        stage.map_large(IOVA, 0)
        stage.map(IOVA + 0x200000, unit.BASE)
        self.translate()
        pieces = ((0, 0x80000), (0x80000, 0x40000), (0xC0000, 0x20000),
                  (0xE0000, 0x20000), (0x100000, 0x100000))
        self.assertEqual(sorted(self.mappings()[0]),
                         [(IOVA + at, size) for at, size in pieces])

    def test_mapping_follows_when_rights_or_page_change(self):
        """And stays as it is when nothing does."""
        stage = self.stages[ONE]
        stage.map(IOVA, MEMORY)
        self.translate()
        for rights, memory, found in ((READ, MEMORY, "r"), (READ_WRITE, MEMORY, "rw"),
                                      (READ_WRITE, MEMORY + 0x1000, "rw"),
                                      (READ, MEMORY + 0x1000, "r")):
            stage.flags = rights
            stage.map(IOVA, memory)
            self.flush(page_invalidation(DOMAIN[ONE], IOVA))
            self.assertEqual(self.mappings()[0], {(IOVA, 0x1000): (memory, found)})
        before = self.log()
        self.flush(page_invalidation(DOMAIN[ONE], IOVA))
        self.assertEqual(self.log(), before)

    def test_old_mappings_go_when_domain_changes(self):
        """The new domain's come."""
        self.stages[ONE].map(IOVA, MEMORY)
        self.stages[TWO].map(IOVA + 0x1000, MEMORY)
        self.translate()
        self.legacy.translate(ONE, DOMAIN[TWO], self.stages[TWO])
        self.flush(device_invalidation(ONE, DOMAIN[ONE]),
                   domain_invalidation(DOMAIN[ONE]))
        self.assertEqual(self.mappings()[0],
                         {(IOVA + 0x1000, 0x1000): (MEMORY, "rw")})

    def test_work_is_bounded_when_tables_contain_themselves(self):
        """2^36 pages to look at, in three pages of tables."""
        stage = self.stages[ONE]
        stage.map(IOVA, MEMORY)
        fill_with_tables(self.pages, stage)
        self.translate()
        self.flush(domain_invalidation(DOMAIN[ONE]))
        self.assertEqual(self.mappings()[0], {})


class RenumberTest(FakeVfio):
    """A device behind a root port."""

    def test_mappings_follow_when_bus_is_renumbered(self):
        """Those of the requester that it is now."""
        machine = self.start(
            ["-device", "intel-iommu,aw-bits=48,caching-mode=on"],
            "-device", "pcie-root-port,id=rp,addr=6,chassis=1",
            "-device", self.host_device(1) + ",bus=rp")
        pages = tables.Pages(machine)
        legacy = tables.Legacy(pages)
        for bus in (1, 2):
            stage = tables.SecondStage(pages)
            stage.map(IOVA, MEMORY * bus)
            legacy.translate(bus << 8, bus, stage)
        machine.config_write(PORT, 0x18, 0x00010100)
        tables.turn_on(unit.Unit(machine), legacy)
        for bus in (1, 2):
            machine.config_write(PORT, 0x18, bus << 16 | bus << 8)
            self.assertEqual(self.mappings()[0],
                             {(IOVA, 0x1000): (MEMORY * bus, "rw")})


if __name__ == "__main__":
    unittest.main()
