# SPDX-License-Identifier: BSD-3-Clause
"""vhost back ends of two network cards, in domains of their own."""

import os
import shutil
import tempfile
import unittest

import tables
import unit
from machine import Machine
from vhost_user import Backend
from virtio import VirtioNet

LEFT, RIGHT, PORT, BEHIND = 0x28, 0x30, 0x38, 0x100
DOMAIN = {LEFT: 5, RIGHT: 6, BEHIND: 7}
BASES = {LEFT: 0xE0000000, RIGHT: 0xE0100000, BEHIND: 0xE0200000}

RINGS = 0x40000000  # I/O address
MEMORY = 0x1000000  # what is mapped there
DATA = 0x40010000
ABOVE = 0xFFFFE000  # the interrupt window

CARD = "virtio-net-pci,disable-legacy=on,iommu_platform=on,mq=off,romfile="


def page_invalidation(did, iova):
    """One page of a domain."""
    return (did << 16 | 3 << 4 | 2, iova)


def domain_invalidation(did):
    """All pages of a domain."""
    return (did << 16 | 2 << 4 | 2, 0)


def device_invalidation(sid, did=0, mask=0):
    """The context entry of one function, or of more of the device."""
    return (mask << 48 | sid << 32 | did << 16 | 3 << 4 | 1, 0)


def pasid_page_invalidation(did, iova, pasid=0):
    """One page of a PASID in a domain."""
    return (pasid << 32 | did << 16 | 3 << 4 | 6, iova)


class VhostMachine(unittest.TestCase):
    """Two cards without ATS, and one that can have it."""

    iommu = "intel-iommu,aw-bits=48,device-iotlb=on"
    unit_class = unit.Unit

    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="vtd-vhost.")
        self.addCleanup(shutil.rmtree, self.directory)
        self.backends = {sid: Backend(os.path.join(self.directory, hex(sid)))
                         for sid in BASES}
        self.start_machine()
        self.unit = self.unit_class(self.machine)
        self.unit.start_queue()
        self.pages = tables.Pages(self.machine)

    def stage(self, kind):
        """A table in which the rings and more are mapped."""
        stage = kind(self.pages)
        for page in range(32):
            stage.map(RINGS + page * 0x1000, MEMORY + page * 0x1000)
        return stage

    def start_machine(self):
        """Cards 5 and 6 on the root bus, one behind a root port."""
        cards = []
        for place, sid in (("addr=5", LEFT), ("addr=6", RIGHT),
                           ("bus=rp,ats=on", BEHIND)):
            cards += ["-chardev",
                      f"socket,id=c{sid},path={self.backends[sid].path}",
                      "-netdev", f"vhost-user,id=n{sid},chardev=c{sid}",
                      "-device", f"{CARD},netdev=n{sid},{place}"]
        self.machine = Machine(
            "-object", "memory-backend-memfd,id=ram,size=256M,share=on",
            "-device", self.iommu,
            "-device", "pcie-root-port,id=rp,addr=7,chassis=1", *cards,
            machine="q35,memory-backend=ram")
        self.addCleanup(self.close)
        self.machine.config_write(PORT, 0x18, 0x00010100)
        self.machine.config_write(PORT, 0x20, 0xE020E020)
        self.machine.config_write(PORT, 0x04, 6, 2)

    def close(self):
        """The machine first: its back ends end with it."""
        self.machine.close()
        for backend in self.backends.values():
            backend.close()

    def start_card(self, sid, rings=RINGS):
        """Returns its back end."""
        VirtioNet(self.machine, sid, BASES[sid]).start(rings)
        return self.backends[sid]

    def flush(self, *descriptors):
        """The wait completes, with all that it covers."""
        self.assertTrue(self.unit.flush(*descriptors))


class VhostTest(VhostMachine):
    """Legacy mode."""

    def setUp(self):
        super().setUp()
        self.legacy = tables.Legacy(self.pages)
        self.stages = {sid: self.stage(tables.SecondStage) for sid in BASES}

    def translate(self, *sids):
        """Each in its domain, with its own table; and translation on."""
        for sid in sids:
            self.legacy.translate(sid, DOMAIN[sid], self.stages[sid])
        if not self.unit.command_bits & unit.TE:
            tables.turn_on(self.unit, self.legacy)

    def test_miss_is_answered_with_the_page_when_translated(self):
        """No less and no more than is known of it."""
        self.stages[LEFT].map(DATA, 0x2345000)
        self.translate(LEFT)
        backend = self.start_card(LEFT)
        self.assertEqual(backend.miss(DATA + 0x123),
                         (DATA, DATA + 0xFFF, 0x2345000))

    def test_miss_is_answered_with_ram_when_large_page_has_a_hole(self):
        """Below 2 MiB there is the memory of graphics cards, and firmware."""
        self.stages[LEFT].map_large(0x50000000, 0)
        self.translate(LEFT)
        backend = self.start_card(LEFT)
        self.assertEqual(backend.miss(0x50150000),
                         (0x50100000, 0x501FFFFF, 0x100000))
        self.assertEqual(backend.miss(0x50001000)[2], 0)

    def test_miss_is_answered_with_all_of_large_page_when_it_is_ram(self):
        """One miss for 2 MiB."""
        self.stages[LEFT].map_large(0x50000000, 0x800000)
        self.translate(LEFT)
        backend = self.start_card(LEFT)
        self.assertEqual(backend.miss(0x50123000),
                         (0x50000000, 0x501FFFFF, 0x800000))

    def test_miss_is_answered_with_memory_when_passed_through(self):
        """The addresses of its rings are those of memory."""
        self.legacy.pass_through(LEFT, DOMAIN[LEFT])
        tables.turn_on(self.unit, self.legacy)
        backend = self.start_card(LEFT, MEMORY)
        first, _, physical = backend.miss(0x1234567)
        self.assertEqual(first, physical)

    def test_cache_is_kept_when_another_domain_is_invalidated(self):
        """Traffic of one card is no business of the other."""
        self.translate(LEFT, RIGHT)
        left, right = self.start_card(LEFT), self.start_card(RIGHT)
        left.miss(DATA)
        right.miss(DATA)
        left.invalidated.clear()
        right.invalidated.clear()
        self.flush(domain_invalidation(DOMAIN[LEFT]))
        self.assertIsNone(left.lookup(DATA))
        self.assertIsNotNone(right.lookup(DATA))
        self.assertIsNotNone(right.lookup(RINGS))
        self.flush(page_invalidation(DOMAIN[LEFT], DATA))
        self.assertEqual(right.invalidated, [])

    def test_cache_is_dropped_when_it_is_above_the_interrupt_window(self):
        """Though all that is there has an end that is no 64-bit number."""
        self.stages[LEFT].map(ABOVE, MEMORY)
        self.translate(LEFT)
        backend = self.start_card(LEFT)
        self.assertIsNotNone(backend.miss(ABOVE))
        self.flush(domain_invalidation(DOMAIN[LEFT]))
        self.assertEqual(backend.cache, {})

    def test_page_alone_is_dropped_when_it_is_invalidated(self):
        """Its neighbours stay."""
        self.translate(LEFT)
        backend = self.start_card(LEFT)
        self.assertIsNotNone(backend.miss(DATA - 0x1000))
        self.assertIsNotNone(backend.miss(DATA))
        self.stages[LEFT].unmap(DATA)
        self.flush(page_invalidation(DOMAIN[LEFT], DATA))
        self.assertIsNone(backend.lookup(DATA))
        self.assertIsNotNone(backend.lookup(DATA - 0x1000))
        self.assertIsNone(backend.miss(DATA))

    def test_cache_is_dropped_when_domain_changes(self):
        """The context invalidation says it; the old domain says no more."""
        self.translate(LEFT, RIGHT)
        left = self.start_card(LEFT)
        left.miss(DATA)
        self.stages[RIGHT].map(DATA, 0x3456000)
        self.legacy.translate(LEFT, DOMAIN[RIGHT], self.stages[RIGHT])
        self.flush(device_invalidation(LEFT, DOMAIN[LEFT]))
        self.assertEqual(left.cache, {})
        self.assertEqual(left.miss(DATA)[2], 0x3456000)
        self.flush(domain_invalidation(DOMAIN[LEFT]))
        self.assertIsNotNone(left.lookup(DATA))
        self.flush(domain_invalidation(DOMAIN[RIGHT]))
        self.assertIsNone(left.lookup(DATA))

    def test_cache_is_dropped_when_device_mask_covers_it(self):
        """A function that is masked in belongs to it, others do not."""
        self.translate(LEFT, RIGHT)
        left, right = self.start_card(LEFT), self.start_card(RIGHT)
        self.flush(device_invalidation(LEFT | 7, DOMAIN[LEFT], mask=3))
        self.assertEqual(left.cache, {})
        self.assertNotEqual(right.cache, {})

    def test_cache_is_dropped_when_context_came_without_invalidation(self):
        """Without caching mode it need not be told before it goes."""
        self.translate(RIGHT)
        self.translate(LEFT)
        left = self.start_card(LEFT)
        self.assertIsNotNone(left.miss(DATA))
        self.legacy.block(LEFT)
        self.flush(device_invalidation(LEFT, DOMAIN[LEFT]))
        self.assertEqual(left.cache, {})

    def test_cache_is_dropped_when_translation_goes_on(self):
        """What it has is of before."""
        left = self.start_card(LEFT, MEMORY)
        self.assertIsNotNone(left.miss(0x5000000))
        self.translate(LEFT)
        self.assertEqual(left.cache, {})
        self.assertIsNone(left.miss(0x5000000))

    def test_cache_is_dropped_when_translation_goes_off(self):
        """Nobody invalidates then."""
        self.translate(LEFT)
        left = self.start_card(LEFT)
        left.miss(DATA)
        self.unit.clear(unit.TE)
        self.assertEqual(left.cache, {})

    def test_cache_is_dropped_when_requester_passes_no_more(self):
        """From memory to a table."""
        self.legacy.pass_through(LEFT, DOMAIN[LEFT])
        tables.turn_on(self.unit, self.legacy)
        left = self.start_card(LEFT, MEMORY)
        left.miss(0x5000000)
        self.translate(LEFT)
        self.flush(device_invalidation(LEFT, DOMAIN[LEFT]),
                   domain_invalidation(DOMAIN[LEFT]))
        self.assertEqual(left.cache, {})
        self.assertIsNone(left.miss(0x5000000))
        self.assertEqual(left.miss(DATA)[2], MEMORY + DATA - RINGS)

    def test_device_tlb_is_what_counts_when_ats_is_on(self):
        """An invalidation of the domain alone does not reach it."""
        self.translate(BEHIND)
        backend = self.start_card(BEHIND)
        self.machine.config_write(0, 0x60, 0xB0000001)
        ats = self.extended_capability(BEHIND, 0xF)
        self.machine.command("writew", hex(ats + 6), hex(1 << 15))
        backend.miss(DATA)
        backend.invalidated.clear()
        self.flush(domain_invalidation(DOMAIN[BEHIND]))
        self.assertEqual(backend.invalidated, [])
        self.flush((BEHIND << 32 | 3, DATA))
        self.assertEqual(backend.invalidated, [(DATA, DATA + 0xFFF)])
        self.assertIsNone(backend.lookup(DATA))

    def extended_capability(self, bdf, wanted):
        """Its address in memory-mapped configuration space."""
        base = 0xB0000000 + (bdf << 12)
        offset = 0x100
        while offset:
            header = self.machine.read32(base + offset)
            if header & 0xFFFF == wanted:
                return base + offset
            offset = header >> 20
        raise LookupError(f"extended capability {wanted:#x}")


class FirstStageTest(VhostMachine):
    """Scalable mode, with first-stage tables."""

    iommu = "intel-iommu,aw-bits=48,x-scalable-mode=on,x-flts=on"
    unit_class = unit.WideUnit

    def setUp(self):
        super().setUp()
        self.scalable = tables.Scalable(self.pages)
        self.first = self.stage(tables.FirstStage)
        for sid in (LEFT, RIGHT):
            self.scalable.translate_first(sid, DOMAIN[sid], self.first)
        tables.turn_on(self.unit, self.scalable)
        self.left = self.start_card(LEFT)
        self.right = self.start_card(RIGHT)
        for backend in (self.left, self.right):
            self.assertEqual(backend.miss(DATA)[2], MEMORY + DATA - RINGS)

    def test_page_alone_is_dropped_when_it_has_the_pasid(self):
        """That of requests without one."""
        self.flush(pasid_page_invalidation(DOMAIN[LEFT], DATA))
        self.assertIsNone(self.left.lookup(DATA))
        self.assertIsNotNone(self.left.lookup(RINGS))
        self.assertIsNotNone(self.right.lookup(DATA))

    def test_nothing_is_dropped_when_the_pasid_is_another(self):
        """Pages of processes are not those of the rings."""
        self.left.invalidated.clear()
        self.flush(pasid_page_invalidation(DOMAIN[LEFT], DATA, pasid=9))
        self.assertEqual(self.left.invalidated, [])

    def test_upper_half_is_dropped_when_all_is(self):
        """A first stage can have mappings there."""
        self.left.invalidated.clear()
        self.flush(domain_invalidation(DOMAIN[LEFT]))
        self.assertEqual(sorted(self.left.invalidated),
                         [(0, 0xFEDFFFFF), (0xFEF00000, (1 << 63) - 1),
                          (1 << 63, (1 << 64) - 1)])

    def test_all_is_dropped_when_page_has_no_pasid(self):
        """It is the address of a second stage, which is not known here."""
        self.flush(page_invalidation(DOMAIN[LEFT], 0))
        self.assertEqual(self.left.cache, {})
        self.assertIsNotNone(self.right.lookup(DATA))


if __name__ == "__main__":
    unittest.main()
