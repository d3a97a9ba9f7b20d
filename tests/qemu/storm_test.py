# SPDX-License-Identifier: BSD-3-Clause
"""More invalidations at once than vfio is told about one by one."""

import unittest
from random import Random

import tables
import unit
from vfio import (DOMAIN, IOVA, MEMORY, ONE, TWO, FakeVfio, device_invalidation,
                  domain_invalidation, fill_with_tables, page_invalidation)

PORT, BEHIND = 0x30, 0x100

# All but one place, and that of a wait.
LARGE_QUEUE, QUEUE_ENTRIES = 0x4000000, (1 << 15) - 2
# The notifiers of a device: below the interrupt window, and above it.
PIECES = 2


class RandomTest(FakeVfio):
    """Two devices, and invalidations of all kinds at once."""

    PAGES = 64

    def setUp(self):
        super().setUp()
        self.machine = self.start(
            ["-device", "intel-iommu,aw-bits=48,caching-mode=on"],
            "-device", self.host_device(1) + ",addr=5",
            "-device", self.host_device(2) + ",addr=6")
        self.unit = unit.Unit(self.machine)
        self.unit.start_queue(LARGE_QUEUE, 7)
        pages = tables.Pages(self.machine)
        legacy = tables.Legacy(pages)
        self.stages = {sid: tables.SecondStage(pages) for sid in DOMAIN}
        for sid, stage in self.stages.items():
            stage.map(IOVA, MEMORY)
            stage.unmap(IOVA)
            legacy.translate(sid, DOMAIN[sid], stage)
        tables.turn_on(self.unit, legacy)
        self.wanted = {sid: {} for sid in DOMAIN}

    def change(self, random):
        """One page; returns an invalidation that covers it."""
        sid = random.choice(list(DOMAIN))
        iova = IOVA + random.randrange(self.PAGES) * 0x1000
        if random.random() < 0.4:
            self.stages[sid].unmap(iova)
            self.wanted[sid].pop((iova, 0x1000), None)
        else:
            memory = MEMORY + random.randrange(self.PAGES) * 0x1000
            self.stages[sid].map(iova, memory)
            self.wanted[sid][iova, 0x1000] = (memory, "rw")
        return random.choice(self.invalidations(random, sid, iova))

    @staticmethod
    def invalidations(random, sid, iova):
        """Of one page, from fine to coarse; fine ones are more often."""
        mask = random.randrange(7)
        page = page_invalidation(DOMAIN[sid], iova & ~0 << 12 + mask, mask)
        return [page] * 8 + [
            domain_invalidation(DOMAIN[sid]),
            device_invalidation(sid, DOMAIN[sid]),
            unit.iotlb_invalidation()]

    def test_mappings_are_those_of_the_tables_when_waits_complete(self):
        """Few invalidations at once, and more than are kept apart."""
        for seed in range(24):
            random = Random(seed)
            count = random.choice((1, 5, 30, 600))
            changes = [self.change(random) for _ in range(count)]
            random.shuffle(changes)
            self.unit.submit_many(*changes, self.unit.wait_descriptor())
            while not self.unit.is_idle():
                self.machine.qmp("query-status")
            found = self.mappings()
            self.assertEqual([found.get(0, {}), found.get(1, {})],
                             [self.wanted[ONE], self.wanted[TWO]], seed)


class PendingTest(FakeVfio):
    """A device goes while notices for it wait to be delivered."""

    def setUp(self):
        super().setUp()
        self.machine = machine = self.start(
            ["-global", "ICH9-LPC.acpi-pci-hotplug-with-bridge-support=off",
             "-device", "intel-iommu,id=iommu,aw-bits=48,caching-mode=on,device-iotlb=on"],
            "-device", "pcie-root-port,id=rp,addr=6,slot=1,chassis=1",
            "-device", self.host_device(1) + ",bus=rp,id=one")
        machine.config_write(PORT, 0x18, 0x00010100)
        machine.config_write(PORT, 0x04, 6, 2)
        self.unit = unit.Unit(machine)
        self.unit.start_queue()
        self.pages = tables.Pages(machine)
        stage = tables.SecondStage(self.pages)
        self.legacy = tables.Legacy(self.pages)
        self.legacy.translate(BEHIND, DOMAIN[ONE], stage)
        tables.turn_on(self.unit, self.legacy)
        fill_with_tables(self.pages, stage)
        self.submit_long()

    def submit_long(self):
        """The first look is over when it returns, many are not."""
        self.status = self.unit.submit_many(*(
            descriptor for place in range(8, 24) for descriptor in (
                page_invalidation(DOMAIN[ONE], place << 30, 18),
                self.unit.wait_descriptor())))

    def wait(self):
        """All waits complete."""
        self.assertLess(self.status, self.unit.waits)
        while not self.unit.is_idle():
            self.machine.qmp("query-status")

    def test_waits_complete_when_device_is_unplugged(self):
        """And the place is free for another one."""
        machine = self.machine
        machine.qmp("device_del", id="one")
        slot = machine.capability(PORT, 0x10) + 0x18
        machine.config_write(PORT, slot, 0x700, 2)
        while machine.wait_event("DEVICE_DELETED")["data"]["path"] != \
                "/machine/peripheral/one":
            pass
        self.wait()
        stage = tables.SecondStage(self.pages)
        stage.map(IOVA, MEMORY)
        self.legacy.translate(BEHIND, DOMAIN[ONE], stage)
        self.unit.flush(device_invalidation(BEHIND, DOMAIN[ONE]))
        machine.config_write(PORT, slot, 0x100, 2)
        machine.qmp("device_add", driver="vfio-pci", id="one", bus="rp",
                    sysfsdev=self.path("device1"))
        self.assertEqual(self.mappings()[1], {(IOVA, 0x1000): (MEMORY, "rw")})

    def test_waits_are_void_when_machine_is_reset(self):
        """Memory is what the device has."""
        self.machine.qmp("system_reset")
        self.machine.wait_event("RESET")
        self.assertEqual(self.unit.read(unit.IQT), 0)
        self.assertIn((1 << 20, 255 << 20), self.mappings()[0])

    def test_waits_complete_when_machine_was_stopped(self):
        """Then, or before."""
        self.machine.qmp("stop")
        self.machine.qmp("query-status")
        self.machine.qmp("cont")
        self.wait()

    def test_queue_is_told_when_it_waits(self):
        """Behind the looks is an invalidation of the device's, and it waits too."""
        low, address = self.unit.wait_descriptor()
        self.unit.submit(unit.device_tlb_invalidation(BEHIND), (low | 1 << 6, address))
        queue = self.machine.qmp("qom-get", path="iommu", property="x-dump")["queue"]
        self.assertEqual(queue["itags"], [
            {"itag": 0, "unsent": False, "sid": "01:00.0", "first": 0, "last": 2**64 - 1}])
        self.assertEqual(queue["waits"][-1], {
            "interrupt": False, "write-status": True, "fence": True, "drain": True,
            "status-address": unit.STATUS, "status-data": self.unit.waits, "itags": 1})
        self.assertEqual((queue["on"], queue["base"], queue["size"], queue["tail"]),
                         (True, unit.QUEUE, 4096, self.unit.tail))


class StormTest(FakeVfio):
    """More invalidations than anybody can look at tables for."""

    def setUp(self):
        super().setUp()
        self.machine = self.start(
            ["-device", "intel-iommu,aw-bits=48,caching-mode=on"],
            "-device", self.host_device(1) + ",addr=5", "-trace", "vtd_look")
        self.unit = unit.Unit(self.machine)
        self.unit.start_queue(LARGE_QUEUE, 7)
        pages = tables.Pages(self.machine)
        self.stage = tables.SecondStage(pages)
        legacy = tables.Legacy(pages)
        legacy.translate(ONE, DOMAIN[ONE], self.stage)
        self.stage.map(IOVA, MEMORY)
        self.pages = pages
        tables.turn_on(self.unit, legacy)

    def looks(self):
        """The steps of each look at the tables, so far."""
        return [int(line.split()[-1])
                for line in self.machine.output().splitlines()
                if line.startswith("vtd_look ")]

    def looks_at(self, *descriptors):
        """How many there are when these and a wait complete."""
        before = len(self.looks())
        self.unit.submit_many(*descriptors, self.unit.wait_descriptor())
        while not self.unit.is_idle():
            self.machine.qmp("query-status")
        return len(self.looks()) - before

    def test_view_is_looked_at_once_when_translation_goes_on(self):
        """One piece of it is below the interrupt window, one above."""
        self.unit.clear(unit.TE)
        before = len(self.looks())
        self.unit.set(unit.TE)
        self.assertEqual(len(self.looks()) - before, PIECES)

    def test_one_look_is_enough_when_invalidations_are_the_same(self):
        """As many as a queue can hold."""
        self.stage.map(IOVA + 0x1000, MEMORY)
        self.assertEqual(
            self.looks_at(*[unit.iotlb_invalidation()] * QUEUE_ENTRIES),
            PIECES)
        self.assertEqual(len(self.mappings()[0]), 2)

    def test_one_look_is_enough_when_invalidations_are_covered(self):
        """By one before them, or by one after them."""
        page = page_invalidation(DOMAIN[ONE], IOVA)
        self.stage.unmap(IOVA)
        self.assertEqual(
            self.looks_at(page, domain_invalidation(DOMAIN[ONE]), page,
                          unit.iotlb_invalidation(), page), PIECES)
        self.assertEqual(self.mappings()[0], {})

    def test_one_look_is_enough_when_pages_are_part_of_a_range(self):
        """Before them or after them; beside it they are looked at."""
        page, range_of_16 = (page_invalidation(DOMAIN[ONE], IOVA, mask) for mask in (0, 4))
        self.assertEqual(self.looks_at(page, range_of_16, page), 1)
        last, beside = (page_invalidation(DOMAIN[ONE], IOVA + at) for at in (0xF000, 0x10000))
        self.assertEqual(self.looks_at(range_of_16, last), 1)
        self.assertEqual(self.looks_at(range_of_16, beside), 2)
        self.assertEqual(self.looks_at(beside, range_of_16), 2)

    def test_looks_are_few_when_all_invalidations_differ(self):
        """Then they become one of everything."""
        for at in range(0, 0x8000, 0x1000):
            self.stage.map(IOVA + at, MEMORY)
        pages = [page_invalidation(DOMAIN[ONE], IOVA + at * 0x1000)
                 for at in range(QUEUE_ENTRIES)]
        self.assertLess(self.looks_at(*pages), 1000)
        self.assertEqual(len(self.mappings()[0]), 8)

    def test_monitor_is_answered_when_looks_are_long(self):
        """Nobody goes on to the next for ever; the waits complete."""
        fill_with_tables(self.pages, self.stage)
        before = len(self.looks())
        places = [*(place << 30 for place in range(8, 23)), IOVA]
        status = self.unit.submit_many(*(
            descriptor for place in places for descriptor in (
                page_invalidation(DOMAIN[ONE], place, 18),
                self.unit.wait_descriptor())))
        self.assertEqual(status, self.unit.waits - 15)
        while not self.unit.is_idle():
            self.machine.qmp("query-status")
        self.assertEqual(len(self.looks()) - before, 16)
        self.assertEqual(self.looks()[-1], 1 << 18)
        *last, status = self.log()[-1]
        self.assertEqual(last, ["unmap", "0", hex(IOVA), "0x1000"])
        self.assertLess(int(status, 16), self.unit.waits)


if __name__ == "__main__":
    unittest.main()
