# SPDX-License-Identifier: BSD-3-Clause
"""Machines of other shapes and sizes: root buses, switches, many devices and PASIDs.

Prints the memory that QEMU itself takes, without the guest's; docs/qemu-versions.md
has these numbers.
"""

import os
import subprocess
import unittest

import tables
import unit
from machine import LIMIT, Machine

ECAM, MMIO, WINDOW = 0xB0000000, 0xC0000000, 0x100000
MEMORY, IOVA = 0x6000000, 0x5000000
DT = 1 << 2  # of ECAP

EDU_SOURCE, EDU_TARGET, EDU_COUNT, EDU_COMMAND = 0x80, 0x88, 0x90, 0x98
EDU_BUFFER, EDU_TO_MEMORY = 0x40000, 3


class Measured(Machine):
    """Its RAM is a file, so that what is anonymous is QEMU's own."""

    variables = {}

    def __init__(self, *args):
        super().__init__("-object", "memory-backend-memfd,id=ram,size=256M,share=on", *args,
                         machine="q35,memory-backend=ram")

    def anonymous(self):
        """In KiB."""
        with open(f"/proc/{self.process.pid}/status", encoding="utf-8") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("RssAnon"))


class Buses:
    """Numbers, windows and BARs, as firmware gives them out."""

    def __init__(self, machine):
        self.machine = machine
        self.next = MMIO
        self.bars = {}
        machine.config_write(0, 0x60, ECAM | 1)

    def device(self, bdf):
        """Memory space and bus mastering."""
        self.bars[bdf] = self.next
        self.machine.config_write(bdf, 0x10, self.next)
        self.machine.config_write(bdf, 0x04, 6, 2)
        self.next += WINDOW

    def bridge(self, bdf, buses, fill):
        """A bridge to the `buses`, whose devices fill() sets up."""
        first = self.next
        self.machine.config_write(bdf, 0x18, buses[-1] << 16 | buses[0] << 8 | bdf >> 8)
        fill()
        window = (self.next - WINDOW) & 0xFFF00000 | first >> 16
        self.machine.config_write(bdf, 0x20, window)
        self.machine.config_write(bdf, 0x04, 6, 2)


class SizesTest(unittest.TestCase):
    """edu devices, each with a domain of its own."""

    def start(self, *args):
        """The machine."""
        machine = Measured(*args)
        self.addCleanup(machine.close)
        return machine

    def translate(self, machine, bdfs):
        """Each device has a page for itself, at the same address."""
        self.unit = unit.Unit(machine)
        self.unit.start_queue()
        pages = tables.Pages(machine)
        self.tables = tables.Legacy(pages)
        for number, bdf in enumerate(bdfs):
            stage = tables.SecondStage(pages)
            stage.map(IOVA, MEMORY + number * tables.PAGE)
            self.tables.translate(bdf, number + 1, stage)
        tables.turn_on(self.unit, self.tables)

    @staticmethod
    def dma(machine, bar):
        """The device writes 8 bytes of zero."""
        values = {EDU_SOURCE: EDU_BUFFER, EDU_TARGET: IOVA, EDU_COUNT: 8,
                  EDU_COMMAND: EDU_TO_MEMORY}
        machine.commands(*(("writeq", hex(bar + offset), hex(value))
                           for offset, value in values.items()),
                         ("clock_step", 1000000000))

    def assert_each_has_its_page(self, machine, bars):
        """And a fault names the one that has lost it."""
        self.translate(machine, bars)
        size = len(bars) * tables.PAGE
        want = bytearray(b"\xff" * size)
        machine.write(MEMORY, want)
        for number, bar in enumerate(bars.values()):
            self.dma(machine, bar)
            want[number * tables.PAGE:number * tables.PAGE + 8] = bytes(8)
            self.assertTrue(machine.read(MEMORY, size) == want, number)
        for sid, bar in bars.items():
            self.tables.block(sid)
            self.assertTrue(self.unit.flush(unit.context_invalidation(),
                                            unit.iotlb_invalidation()))
            self.dma(machine, bar)
            self.assertEqual(self.unit.take_fault(), (2, sid))
        self.assertIsNone(self.unit.take_fault())

    def test_devices_without_ats_are_translated_when_unit_has_none(self):
        """The smallest q35."""
        machine = self.start("-device", "intel-iommu", "-device", "edu,addr=5")
        buses = Buses(machine)
        buses.device(5 << 3)
        self.assertEqual(unit.Unit(machine).read(unit.ECAP) & DT, 0)
        self.assert_each_has_its_page(machine, buses.bars)

    def test_devices_have_their_pages_when_there_are_several_root_buses(self):
        """pxb-pcie: a function in the source-id's bus number that no bridge gave."""
        roots = (0x40, 0x80, 0xC0)
        args = []
        for number in roots:
            args += ["-device", f"pxb-pcie,bus=pcie.0,id=x{number},bus_nr={number}",
                     "-device", f"pcie-root-port,id=r{number},bus=x{number},chassis={number}",
                     "-device", f"edu,bus=r{number}"]
        machine = self.start("-device", "intel-iommu,aw-bits=48", *args)
        buses = Buses(machine)
        for number in roots:
            buses.bridge(number << 8, [number + 1],
                         lambda number=number: buses.device((number + 1) << 8))
        self.assert_each_has_its_page(machine, buses.bars)

    def test_devices_have_their_pages_when_they_are_behind_switches(self):
        """One switch behind another."""
        machine = self.start(
            "-device", "intel-iommu,aw-bits=48",
            "-device", "pcie-root-port,id=rp,addr=4,chassis=1",
            "-device", "x3130-upstream,id=up,bus=rp",
            "-device", "xio3130-downstream,id=d0,bus=up,addr=0,chassis=2",
            "-device", "xio3130-downstream,id=d1,bus=up,addr=1,chassis=3",
            "-device", "edu,bus=d0",
            "-device", "x3130-upstream,id=up2,bus=d1",
            "-device", "xio3130-downstream,id=d2,bus=up2,addr=0,chassis=4",
            "-device", "xio3130-downstream,id=d3,bus=up2,addr=1,chassis=5",
            "-device", "edu,bus=d2", "-device", "edu,bus=d3")
        buses = Buses(machine)

        def second():
            buses.bridge(0x500, [6, 7, 8], ends)

        def ends():
            buses.bridge(0x600, [7], lambda: buses.device(0x700))
            buses.bridge(0x608, [8], lambda: buses.device(0x800))

        def first():
            buses.bridge(0x200, [3], lambda: buses.device(0x300))
            buses.bridge(0x208, [5, 6, 7, 8], second)

        buses.bridge(0x20, [1, 2, 3, 5, 6, 7, 8],
                     lambda: buses.bridge(0x100, [2, 3, 5, 6, 7, 8], first))
        self.assertEqual(len(buses.bars), 3)
        self.assert_each_has_its_page(machine, buses.bars)

    def test_devices_have_their_pages_when_there_are_64(self):
        """Eight functions in each of eight slots."""
        bdfs = [slot << 3 | function for slot in range(8, 16) for function in range(8)]
        devices = []
        for bdf in bdfs:
            devices += ["-device", f"edu,addr={bdf >> 3:x}.{bdf & 7},multifunction=on"]
        kib = []
        for iommu in ([], ["-device", "intel-iommu,aw-bits=48"]):
            machine = self.start(*iommu, *devices)
            buses = Buses(machine)
            for bdf in bdfs:
                buses.device(bdf)
            if iommu:
                self.assert_each_has_its_page(machine, buses.bars)
            kib.append(machine.anonymous())
        print(f"# 64 devices: {kib[0]} KiB of QEMU without a unit, {kib[1]} with it")
        self.assertLess(kib[1] - kib[0], 64 << 10)

    def test_microvm_is_refused_as_by_the_unchanged_qemu(self):
        """It has no place for the unit."""
        said = [subprocess.run(
            [qemu, "-nodefaults", "-display", "none", "-machine", "microvm,accel=qtest,pcie=on",
             "-device", "intel-iommu"], text=True, input="", timeout=LIMIT, check=False,
            capture_output=True) for qemu in (os.environ["VTD_QEMU"],
                                              os.environ.get("VTD_QEMU_STOCK"))
                if qemu]
        for one in said:
            self.assertEqual(one.returncode, 1)
            self.assertEqual(one.stderr.split(": ", 1)[1], said[0].stderr.split(": ", 1)[1])
        self.assertIn("for the machine", said[0].stderr)


# The svm device: portal 0, and its extended capabilities.
COMMAND, STATUS, ADDRESS, LENGTH, PASID, WRITE = 0x00, 0x08, 0x08, 0x18, 0x50, 1
CONTROL_STATUS, BUSY = 0x808, 1
PASID_CONTROL, PRI_CONTROL, PRI_ALLOCATION, ATS_CONTROL = 0x116, 0x124, 0x12C, 0x106
IOMMU = "intel-iommu,x-scalable-mode=on,x-flts=on,svm=on,device-iotlb=on,x-pasid-mode=on"
PASIDS, DEVICES = 4096, 8
PRESENT_WRITE_USER = 7
# Tables: one first-stage root for each PASID, in guest RAM that nothing else uses.
CONTEXTS, DIRECTORY, PASID_TABLES, FIRST_STAGES = 0x121000, 0x200000, 0x210000, 0x1000000
DATA = 0x8000000
TTM_SCALABLE, WIDE = 1 << 10, 1 << 11


class PasidsTest(unittest.TestCase):
    """Eight svm devices, and one set of PASIDs for all of them."""

    def start(self, *args):
        """The devices behind root ports, and their features on."""
        devices = []
        for n in range(DEVICES):
            devices += ["-device", f"pcie-root-port,id=rp{n},addr={8 + n:x},chassis={n}",
                        "-device", f"svm,bus=rp{n},portals=63"]
        self.machine = Measured("-device", IOMMU, *devices, *args)
        self.addCleanup(self.machine.close)
        buses = Buses(self.machine)
        for n in range(DEVICES):
            sid = (n + 1) << 8
            buses.bridge((8 + n) << 3, [n + 1], lambda sid=sid: buses.device(sid))
            config = ECAM + (sid << 12)
            self.machine.command("writew", hex(config + PASID_CONTROL), 1)
            self.machine.command("writel", hex(config + PRI_ALLOCATION), 1)
            self.machine.command("writew", hex(config + PRI_CONTROL), 1)
            self.machine.command("writew", hex(config + ATS_CONTROL), hex(0x8000))
        return buses.bars

    def put(self, entries):
        """(address, value) pairs, in few messages."""
        for at in range(0, len(entries), 512):
            self.machine.commands(*(("writeq", hex(address), hex(value))
                                    for address, value in entries[at:at + 512]))

    def build(self, bars):
        """A tree of tables for each PASID, whose page 0 is the PASID's own."""
        entries = []
        for sid in bars:
            context = CONTEXTS + (sid >> 8) * tables.PAGE
            entries += [(unit.ROOT + (sid >> 8) * 16, context | 1),
                        # 8192 PASIDs; PRE, PASIDE, DTE, P.  RID_PASID is none of them.
                        (context, DIRECTORY | 1 << 4 | 1 << 3 | 1 << 2 | 1),
                        (context + 8, PASIDS)]
        for pasid in range(PASIDS):
            entry = PASID_TABLES + pasid * 64
            root = FIRST_STAGES + pasid * 4 * tables.PAGE
            if pasid % 64 == 0:
                entries.append((DIRECTORY + pasid // 64 * 8, entry | 1))
            entries += [(entry, tables.FIRST_STAGE_ENTRY),
                        (entry + 8, tables.PAGE_WALK_SNOOP | 1), (entry + 16, root)]
            entries += [(root + level * tables.PAGE,
                         (root + (level + 1) * tables.PAGE if level < 3 else
                          DATA + pasid * tables.PAGE) | PRESENT_WRITE_USER) for level in range(4)]
        self.put(entries)
        vtd = unit.Unit(self.machine)
        vtd.write(unit.IQA, unit.QUEUE | WIDE)
        vtd.set(unit.QIE)
        vtd.write(unit.RTADDR, unit.ROOT | TTM_SCALABLE)
        vtd.set(unit.SRTP)
        vtd.set(unit.TE)

    def write_by(self, bar, pasid):
        """The device writes to page 0 of the PASID; 0 if it could."""
        self.machine.commands(
            ("writel", hex(bar + PASID), hex(pasid)), ("writeq", hex(bar + ADDRESS), 0),
            ("writeq", hex(bar + LENGTH), 8), ("writeq", hex(bar + COMMAND), WRITE))
        while self.machine.read32(bar + CONTROL_STATUS) & BUSY:
            pass
        return self.machine.read64(bar + STATUS)

    def test_pasids_have_their_pages_when_there_are_4096_of_8_devices(self):
        """The devices take turns; each PASID is used by two of them."""
        bars = self.start()
        plain = self.machine.anonymous()
        self.build(bars)
        order = list(bars.values())
        for pasid in range(PASIDS):
            self.assertEqual(self.write_by(order[pasid % DEVICES], pasid), 0, pasid)
        for pasid in range(PASIDS):
            page = self.machine.read(DATA + pasid * tables.PAGE, 9)
            self.assertEqual(page, bytes(range(8)) + b"\0", pasid)
        for pasid in range(0, PASIDS, 64):
            self.assertEqual(self.write_by(order[(pasid + 1) % DEVICES], pasid), 0, pasid)
        cost = self.machine.anonymous() - plain
        print(f"# 8 svm devices with 63 portals: {plain} KiB of QEMU; "
              f"{PASIDS} PASIDs add {cost} KiB")
        self.assertLess(cost, 32 << 10)

    def test_page_is_refused_when_the_pasid_is_past_the_directory(self):
        """4096 is the first that is not there."""
        bars = self.start()
        self.build(bars)
        self.assertEqual(self.write_by(next(iter(bars.values())), PASIDS), 1)


if __name__ == "__main__":
    unittest.main()
