# SPDX-License-Identifier: BSD-3-Clause
"""A QEMU with the device that measures (vtd_bench.h), and tables for its DMA."""

import array
import base64
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tests/qemu"))
# pylint: disable=wrong-import-position
import tables
import unit
from machine import Machine

BDF, BAR = 0x28, 0xE0000000

(COMMAND, RUNNING, NANOSECONDS, ERRORS, THREADS, COUNT, BASE, PAGES, SEED, CACHED,
 QUEUE, STATUS, TAIL, SIZE, WORD0, WORD1, NUMBER, VARY) = range(18)
TRANSLATE, READ, INVALIDATE = 1, 2, 3

DID = 7
QUEUE_SIZE = 2 # 2^2 pages, as the device has it
PAGES_MAX = 1 << 20
DATA_PAGES = 1 << 16
# In guest memory: tables (12 MiB), then what is read, which as many pages lead to
# as there are.
TABLES, DATA = 0x2000000, 0x10000000
IOVA = 0x4000000000

# Of leaves, and of entries above: nothing that is measured sets accessed or dirty
# bits.
FIRST_LEAF, FIRST_ABOVE = 0x67, 0x27
SECOND_LEAF, SECOND_ABOVE = 0x3, 0x3

OPTIONS = {
    "none": None,
    "legacy": "intel-iommu,aw-bits=48",
    "scalable": "intel-iommu,aw-bits=48,x-scalable-mode=on,x-flts=on",
}


class BenchMachine(Machine):
    """Nothing in the environment makes memory slow."""

    variables = {}

    def __init__(self, qemu, mode):
        devices = ["-device", OPTIONS[mode]] if OPTIONS[mode] else []
        super().__init__(*devices, "-device", "vtd-bench,addr=5", memory="1G",
                         qemu=qemu)

    def write_all(self, address, words):
        """An array of double words, to memory."""
        content = words.tobytes()
        step = 1 << 20
        for at in range(0, len(content), step):
            part = content[at:at + step]
            self.command("b64write", hex(address + at), hex(len(part)),
                         base64.b64encode(part).decode())


class BigTable:
    """A table of 4 levels for PAGES_MAX pages from IOVA on."""

    def __init__(self, machine, leaf, above):
        leaves = TABLES + 0x10000
        directories = PAGES_MAX // 512 // 512
        self.root = TABLES
        levels = {
            TABLES: (IOVA >> 39 & 511, [TABLES + 0x1000]),
            TABLES + 0x1000: (IOVA >> 30 & 511, [
                TABLES + 0x2000 + i * 0x1000 for i in range(directories)]),
            TABLES + 0x2000: (IOVA >> 21 & 511, [
                leaves + i * 0x1000 for i in range(PAGES_MAX // 512)]),
        }
        for table, (first, below) in levels.items():
            machine.write_words(table + first * 8, *[at | above for at in below])
        machine.write_all(leaves, array.array("Q", (
            DATA + (i % DATA_PAGES) * 4096 | leaf for i in range(PAGES_MAX))))


class Bench:
    """One machine, ready to measure."""

    def __init__(self, qemu, mode):
        self.machine = BenchMachine(qemu, mode)
        self.mode = mode
        self.registers = {}
        self.seed = 0
        self.machine.config_write(BDF, 0x10, BAR)
        self.machine.config_write(BDF, 0x04, 6, 2)
        self.machine.command("memset", hex(DATA), hex(DATA_PAGES * 4096), "0x5a")
        if mode != "none":
            self._program()
        self._set(BASE, DATA if mode == "none" else IOVA)
        self._set(SIZE, 32 if mode == "scalable" else 16)

    def close(self):
        """End it."""
        self.machine.close()

    def _program(self):
        """As an operating system does it."""
        scalable = self.mode == "scalable"
        remapper = unit.Unit(self.machine)
        remapper.write(unit.IQT, 0)
        remapper.write(unit.IQA, unit.QUEUE | scalable << 11 | QUEUE_SIZE)
        remapper.set(unit.QIE)
        pages = tables.Pages(self.machine)
        if scalable:
            requesters = tables.Scalable(pages)
            requesters.translate_first(
                BDF, DID, BigTable(self.machine, FIRST_LEAF, FIRST_ABOVE))
        else:
            requesters = tables.Legacy(pages)
            requesters.translate(
                BDF, DID, BigTable(self.machine, SECOND_LEAF, SECOND_ABOVE))
        tables.turn_on(remapper, requesters)
        self._set(QUEUE, unit.QUEUE)
        self._set(STATUS, unit.STATUS)

    def _set(self, register, value):
        if self.registers.get(register) != value:
            self.machine.write64(BAR + register * 8, value)
            self.registers[register] = value

    def _get(self, register):
        return self.machine.read64(BAR + register * 8)

    def run(self, command, count, **parameters):
        """Nanoseconds of one operation, in a row of `count`, of each thread."""
        self.seed += 1000003
        self._set(SEED, self.seed)
        self._set(COUNT, count)
        self._set(THREADS, parameters.pop("threads", 1))
        for name, value in parameters.items():
            self._set(globals()[name.upper()], value)
        self.machine.write64(BAR + COMMAND * 8, command)
        while self._get(RUNNING):
            time.sleep(0.002)
        if self._get(ERRORS):
            raise RuntimeError(f"{self.mode}: {self._get(ERRORS)} accesses failed")
        return self._get(NANOSECONDS) / count
