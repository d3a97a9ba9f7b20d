# SPDX-License-Identifier: BSD-3-Clause
"""What vfio is told, by the log of a stand-in for the kernel's driver.

tests/clients/vfio has what a container needs; this is the rest.
"""

import os
import shutil
import tempfile
import unittest
from random import Random

import preload
import tables
import unit
from machine import Died, Machine

ONE, TWO, PORT, BEHIND = 0x28, 0x30, 0x30, 0x100
DOMAIN = {ONE: 5, TWO: 6}

IOVA, MEMORY, OTHER_MEMORY = 0x40000000, 0x1000000, 0x2000000

# All but one place, and that of a wait.
LARGE_QUEUE, QUEUE_ENTRIES = 0x4000000, (1 << 15) - 2
# The notifiers of a device: below the interrupt window, and above it.
PIECES = 2


def page_invalidation(did, iova, mask=0):
    """2^mask pages of a domain."""
    return (did << 16 | 3 << 4 | 2, iova | mask)


def domain_invalidation(did):
    """All pages of a domain."""
    return (did << 16 | 2 << 4 | 2, 0)


def device_invalidation(sid, did=0):
    """The context entry of one function."""
    return (sid << 32 | did << 16 | 3 << 4 | 1, 0)


def fill_with_tables(pages, stage):
    """2^36 pages to look at, of which none is present."""
    table = pages.take()
    for _ in range(2):
        upper = pages.take()
        pages.machine.write_words(upper, *[table | 3] * 512)
        table = upper
    pages.machine.write_words(stage.root, *[table | 3] * 512)


class FakeVfio(unittest.TestCase):
    """QEMU with the stand-in preloaded."""

    library = None

    @classmethod
    def setUpClass(cls):
        cls.library = preload.build_fake_vfio(cls)

    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="vtd-shadow.")
        self.addCleanup(shutil.rmtree, self.directory)
        self.addCleanup(preload.environment(
            LD_PRELOAD=self.library, FAKE_VFIO_SINGLE="1",
            FAKE_VFIO_LOG=self.path("log"), FAKE_VFIO_RAM=self.path("ram"),
            FAKE_VFIO_WATCH=hex(unit.STATUS)))

    def path(self, name):
        """A file of this test."""
        return os.path.join(self.directory, name)

    def host_device(self, group, mediated=False):
        """Properties of a device in a group of its own."""
        place = self.path(f"device{group}")
        os.mkdir(place)
        os.symlink(f"/{group}", os.path.join(place, "iommu_group"))
        if mediated:
            os.symlink("/sys/bus/mdev", os.path.join(place, "subsystem"))
        return f"vfio-pci,sysfsdev={place}"

    def start(self, iommu, *args):
        """A machine with its memory in a file."""
        if os.path.exists(self.path("ram")):
            os.remove(self.path("ram"))
        machine = Machine(
            "-object", "memory-backend-file,id=ram,size=256M,share=on,"
            "mem-path=" + self.path("ram"), *iommu, *args,
            machine="q35,memory-backend=ram")
        self.addCleanup(machine.close)
        return machine

    def log(self):
        """All lines so far, as words."""
        with open(self.path("log"), encoding="utf-8") as log:
            return [line.split() for line in log]

    def mappings(self):
        """By container: where each mapping leads to, by (iova, size)."""
        found = {}
        for words in self.log():
            self.assertNotEqual(words[0], "refused", words)
            numbers = [int(word, 0) for word in words[1:] if word[0].isdigit()]
            here = found.setdefault(numbers[0], {})
            if words[0] == "map":
                offset = None if words[5] == "-" else int(words[5], 0)
                here[numbers[1], numbers[2]] = (offset, words[4])
            elif words[0] == "unmap":
                first, size = numbers[1], numbers[2]
                for one in list(here):
                    if first <= one[0] < first + size:
                        del here[one]
        return found


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
             "-device", "intel-iommu,aw-bits=48,caching-mode=on"],
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


class PlugTest(FakeVfio):
    """Devices that need what the unit does not have."""

    def refused(self, iommu, *args):
        """The machine does not start, and says why."""
        with self.assertRaises(Died) as died:
            self.start(iommu, *args)
        return str(died.exception)

    def test_device_is_refused_when_caching_mode_is_off(self):
        """Mediated or not, after the unit or before it."""
        unit_device = ["-device", "intel-iommu"]
        for group, mediated in ((1, False), (2, True)):
            device = ["-device", self.host_device(group, mediated)]
            self.assertIn("caching-mode=on", self.refused(unit_device, *device))
            self.assertIn("caching-mode=on", self.refused(device, *unit_device))

    def test_device_is_refused_when_plugged_and_caching_mode_is_off(self):
        """The machine goes on."""
        machine = self.start(["-device", "intel-iommu"],
                             "-device", "pcie-root-port,id=rp,chassis=1")
        place = self.host_device(1, True).split("=")[1]
        with self.assertRaisesRegex(RuntimeError, "caching-mode=on"):
            machine.qmp("device_add", driver="vfio-pci", sysfsdev=place,
                        bus="rp")
        self.assertTrue(machine.qmp("query-status"))

    def test_device_is_accepted_when_bus_bypasses_iommu(self):
        """The unit has nothing to do with it, whatever is made first."""
        bypass = ("-device", "pxb-pcie,bus_nr=16,bypass_iommu=on,id=pxb",
                  "-device", "pcie-root-port,id=past,bus=pxb,chassis=1")
        for group, first in ((1, True), (2, False)):
            device = ["-device", self.host_device(group, group == 2) +
                      ",bus=past,addr=0"]
            iommu = ["-device", "intel-iommu,x-scalable-mode=on,x-flts=on"]
            machine = self.start([*bypass, *(iommu if first else device)],
                                 *(device if first else iommu))
            self.assertNotIn("intel-iommu first", machine.output())

    def test_bus_is_the_one_of_qemu_when_none_is_named(self):
        """Of a later host bridge, which takes no such device: QEMU says so."""
        for bypass in ("off", "on"):
            self.assertIn(
                "Only PCI" if bypass == "on" else "caching-mode=on",
                self.refused(
                    ["-device", "intel-iommu",
                     "-device", f"pxb-pcie,bus_nr=16,bypass_iommu={bypass}"],
                    "-device", self.host_device(bypass)))

    def test_device_is_accepted_when_all_buses_bypass_iommu(self):
        """No bus is named."""
        machine = self.start(
            ["-machine", "default-bus-bypass-iommu=on",
             "-device", "intel-iommu"], "-device", self.host_device(1))
        self.assertTrue(machine.qmp("query-status"))

    def test_device_is_plugged_when_bus_bypasses_iommu(self):
        """QEMU 10.0 itself refuses it, without a look at the bus."""
        machine = self.start(
            ["-device", "intel-iommu"],
            "-device", "pxb-pcie,bus_nr=16,bypass_iommu=on,id=pxb",
            "-device", "pcie-root-port,id=past,bus=pxb,chassis=1",
            "-device", "pcie-root-port,id=rp,bus=pcie.0,chassis=2")
        version = machine.qmp("query-version")["qemu"]
        place = self.host_device(1, True).split("=")[1]
        plug = {"driver": "vfio-pci", "sysfsdev": place}
        with self.assertRaisesRegex(RuntimeError, "caching-mode=on"):
            machine.qmp("device_add", bus="rp", **plug)
        if (version["major"], version["minor"]) < (10, 1):
            with self.assertRaisesRegex(RuntimeError, "Device assignment"):
                machine.qmp("device_add", bus="past", **plug)
        else:
            machine.qmp("device_add", bus="past", **plug)

    def test_user_is_warned_when_device_is_made_before_the_unit(self):
        """It has the memory of a machine without one."""
        iommu = ["-device", "intel-iommu,caching-mode=on"]
        machine = self.start(["-device", self.host_device(1)], *iommu)
        self.assertIn("intel-iommu first", machine.output())
        machine = self.start(iommu, "-device", self.host_device(2))
        self.assertNotIn("intel-iommu first", machine.output())

    def test_device_is_accepted_when_it_is_mediated(self):
        """With caching mode, translation on and off."""
        machine = self.start(
            ["-device", "intel-iommu,caching-mode=on"],
            "-device", self.host_device(1, True))
        legacy = tables.Legacy(tables.Pages(machine))
        remapper = unit.Unit(machine)
        tables.turn_on(remapper, legacy)
        self.assertEqual(self.mappings()[0], {})
        remapper.clear(unit.TE)
        self.assertNotEqual(self.mappings()[0], {})


if __name__ == "__main__":
    unittest.main()
