# SPDX-License-Identifier: BSD-3-Clause
"""Which requesters see memory, and which go by the unit."""

import os
import tempfile
import unittest

import tables
import unit
from machine import Machine

HERE, PORT, FREE_PORT, BEHIND, PLUGGED = 0x28, 0x30, 0x38, 0x200, 0x400
NUMBER_OF_PORT = 0x18
BARS = {HERE: 0xE0000000, BEHIND: 0xE0100000}

EDU_SOURCE, EDU_TARGET, EDU_COUNT, EDU_COMMAND = 0x80, 0x88, 0x90, 0x98
EDU_BUFFER, EDU_TO_MEMORY = 0x40000, 3

IOVA, MEMORY = 0x5000000, 0x6000000


def device_invalidation(sid, mask=0):
    """The context entry of one function, or of more of the device."""
    return (mask << 48 | sid << 32 | 3 << 4 | 1, 0)


def pasid_invalidation(did, pasid=0):
    """One PASID table entry."""
    return (pasid << 32 | did << 16 | 1 << 4 | 7, 0)


class ViewTest(unittest.TestCase):
    """One device on the root bus, and one behind a root port."""

    unit_class = unit.Unit
    tables_class = tables.Legacy
    iommu = "intel-iommu,aw-bits=48"

    def setUp(self):
        self.machine = self.start()
        self.number(2)
        self.enable(HERE)
        self.enable(BEHIND)
        self.unit = self.unit_class(self.machine)
        self.unit.start_queue()
        self.pages = tables.Pages(self.machine)
        self.tables = self.tables_class(self.pages)
        self.stage = tables.SecondStage(self.pages)
        self.stage.map(IOVA, MEMORY)

    def start(self, *more):
        """The machine; nothing in it has been set up."""
        machine = Machine(
            "-device", self.iommu, "-device", "edu,addr=5,id=here",
            "-device", "pcie-root-port,id=rp,addr=6,slot=1,chassis=1",
            "-device", "edu,bus=rp,id=behind",
            "-device", "pcie-root-port,id=free,addr=7,slot=2,chassis=2", *more)
        self.addCleanup(machine.close)
        return machine

    def number(self, bus):
        """Of what is behind the root port."""
        self.machine.config_write(PORT, NUMBER_OF_PORT, bus << 16 | bus << 8)
        self.machine.config_write(PORT, 0x20, 0xE010E010)
        self.machine.config_write(PORT, 0x04, 6, 2)
        self.machine.config_write(FREE_PORT, NUMBER_OF_PORT, 0x040400)
        self.machine.config_write(FREE_PORT, 0x04, 6, 2)

    def enable(self, bdf):
        """Memory space, bus mastering and the BAR."""
        self.machine.config_write(bdf, 0x10, BARS.get(bdf, BARS[BEHIND]))
        self.machine.config_write(bdf, 0x04, 6, 2)

    def turn_on(self):
        """With what the tables say by now."""
        tables.turn_on(self.unit, self.tables)

    def dma(self, bdf, address, *before):
        """The device writes 8 bytes of zero.  Returns whether they came.

        Commands that come before have no time to take effect later.
        """
        self.machine.write(MEMORY, b"\xff" * 8)
        values = {EDU_SOURCE: EDU_BUFFER, EDU_TARGET: address, EDU_COUNT: 8,
                  EDU_COMMAND: EDU_TO_MEMORY}
        self.machine.commands(
            *before,
            *(("writeq", hex(BARS[bdf] + offset), hex(value))
              for offset, value in values.items()),
            ("clock_step", 1000000000))
        return self.machine.read(MEMORY, 8) == bytes(8)

    def views(self):
        """Of both devices: whether all of memory is in them."""
        found = []
        for view in self.machine.hmp("info mtree -f").split("FlatView")[1:]:
            found += ["pc.ram" in view] * view.count('AS "edu"')
        return found

    def assert_memory(self, *wanted):
        """As many devices as it says see memory, in any order."""
        self.assertEqual(sorted(self.views()), sorted(wanted))

    def test_all_see_memory_when_translation_is_off(self):
        """Whatever the tables say."""
        self.tables.translate(HERE, 5, self.stage)
        self.assert_memory(True, True)
        self.assertTrue(self.dma(HERE, MEMORY))

    def test_one_sees_memory_when_it_passes_through(self):
        """And DMA of both ends where it should."""
        self.tables.pass_through(HERE, 5)
        self.tables.translate(BEHIND, 6, self.stage)
        self.turn_on()
        self.assert_memory(True, False)
        self.assertTrue(self.dma(HERE, MEMORY))
        self.assertTrue(self.dma(BEHIND, IOVA))
        self.assertFalse(self.dma(BEHIND, MEMORY))

    def test_view_follows_when_entry_is_invalidated(self):
        """Both ways; and not before."""
        self.tables.translate(HERE, 5, self.stage)
        self.tables.pass_through(BEHIND, 6)
        self.turn_on()
        self.tables.pass_through(HERE, 6)
        self.assertTrue(self.invalidate(HERE, 5))
        self.assert_memory(True, True)
        self.tables.translate(BEHIND, 5, self.stage)
        self.assertTrue(self.invalidate(BEHIND, 6))
        self.assert_memory(True, False)
        self.assertTrue(self.dma(BEHIND, IOVA))

    def invalidate(self, sid, _did):
        """What software does when it has changed the entry of `sid`."""
        return self.unit.flush(device_invalidation(sid),
                               unit.iotlb_invalidation())

    def test_view_is_memory_when_reset(self):
        """The guest of before has no say."""
        self.tables.translate(HERE, 5, self.stage)
        self.tables.pass_through(BEHIND, 6)
        self.turn_on()
        self.machine.qmp("system_reset")
        self.machine.wait_event("RESET")
        self.number(2)
        self.enable(HERE)
        self.enable(BEHIND)
        self.assert_memory(True, True)
        self.unit.command_bits = 0
        self.turn_on()
        self.assert_memory(True, False)

    def test_view_is_found_out_when_entry_came_without_invalidation(self):
        """Without caching mode that is allowed; the first access finds out."""
        self.turn_on()
        self.assert_memory(False, False)
        self.tables.pass_through(HERE, 5)
        self.machine.qmp("trace-event-set-state", name="vtd_translate_pt", enable=True)
        self.assertTrue(self.dma(HERE, MEMORY))
        self.assertIn(f"vtd_translate_pt source id 0x{HERE:x}, iova 0x{MEMORY:x}",
                      self.machine.output())
        self.machine.qmp("query-status")
        self.assert_memory(True, False)
        self.assertTrue(self.dma(HERE, MEMORY))

    def test_view_is_right_when_bus_is_renumbered(self):
        """Who it is changes with the number."""
        self.tables.pass_through(0x200, 5)
        self.tables.translate(0x300, 6, self.stage)
        self.turn_on()
        self.assert_memory(True, False)
        self.number(3)
        self.enable(0x300)
        self.machine.config_write(0x300, 0x04, 2, 2)
        self.machine.config_write(0x300, 0x04, 6, 2)
        self.machine.qmp("query-status")
        self.assert_memory(False, False)
        self.assertFalse(self.dma(BEHIND, MEMORY))
        self.assertTrue(self.dma(BEHIND, IOVA))

    def test_view_is_right_when_the_number_alone_is_written(self):
        """With nothing after it but DMA."""
        self.tables.pass_through(0x200, 5)
        self.tables.translate(0x300, 6, self.stage)
        self.tables.pass_through(0x400, 7)
        self.turn_on()
        self.assertFalse(self.dma(BEHIND, MEMORY, *self.renumbering(3)))
        self.assertTrue(self.dma(BEHIND, IOVA))
        self.assertTrue(self.dma(BEHIND, MEMORY, *self.renumbering(4)))

    @staticmethod
    def renumbering(bus):
        """The commands that write the number behind the root port."""
        return (("outl", 0xCF8, hex(1 << 31 | PORT << 8 | NUMBER_OF_PORT)),
                ("outl", 0xCFC, hex(bus << 16 | bus << 8)))

    def test_nobody_passes_when_bus_has_no_number(self):
        """It would be taken for a device on the root bus."""
        self.number(0)
        self.tables.pass_through(0, 5)
        self.turn_on()
        self.assert_memory(False, False)

    def test_view_is_right_when_plugged_while_translation_is_on(self):
        """By what the tables say about its place, before anybody asks."""
        self.tables.pass_through(PLUGGED, 5)
        self.turn_on()
        self.machine.qmp("device_add", driver="edu", id="plugged", bus="free")
        self.enable(PLUGGED)
        self.assert_memory(False, False, True)

    def test_views_are_kept_when_state_is_loaded(self):
        """The unit is loaded before the bridges have their numbers."""
        self.tables.pass_through(BEHIND, 5)
        self.tables.translate(HERE, 6, self.stage)
        self.turn_on()
        with tempfile.TemporaryDirectory(prefix="vtd-view.") as directory:
            path = os.path.join(directory, "state")
            self.machine.qmp("stop")
            self.machine.save(path)
            self.machine = self.start("-incoming", "defer")
            self.machine.load(path)
            self.machine.qmp("cont")
        # What edu does not keep.
        self.enable(HERE)
        self.enable(BEHIND)
        self.assert_memory(False, True)
        self.assertTrue(self.dma(BEHIND, MEMORY))


class ScalableViewTest(ViewTest):
    """The same in scalable mode: PASID table entries say it."""

    unit_class = unit.WideUnit
    tables_class = tables.Scalable
    iommu = "intel-iommu,aw-bits=48,x-scalable-mode=on"

    def invalidate(self, sid, did):
        return self.unit.flush(pasid_invalidation(did),
                               unit.iotlb_invalidation())


if __name__ == "__main__":
    unittest.main()
