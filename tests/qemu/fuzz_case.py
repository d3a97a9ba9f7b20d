# SPDX-License-Identifier: BSD-3-Clause
"""A hostile guest, and a hostile monitor, by a seed.

A case is a machine and some hundred steps: registers of the unit, tables and queues in
memory, the svm device's registers, configuration and DMA, another device's DMA, hot-plug,
reset, stop, what a monitor may ask, saved states with mistakes in them.  Whatever was
done, QEMU lives, answers, and works again after a reset; a state with a mistake in it is
refused, or loaded, and then the same is true.

The steps depend on nothing but the seed and QEMU's answers.  The device's threads do not:
a failure that has to do with them may need several runs.
"""

import collections
import os
import random
import shutil
import struct
import tempfile

import fuzz_values as values
import stream
import svm_test
import tables
import unit
import unplug_test
from machine import Died, Machine
from svm_test import BAR, DATA, ECAM, PORT, SVM

STEPS = 250
EDU, EDU_BAR = 0x30, 0xC0800000
BRIDGE_PORT = 0x28
PROCESS = 5
REQUESTS = 0x150000
HUGE = 0x87
VMSTATES = ("svm", "iommu-intel")

IOMMUS = (
    "intel-iommu,id=iommu,device-iotlb=on",
    "intel-iommu,id=iommu,device-iotlb=on,caching-mode=on,aw-bits=48",
    "intel-iommu,id=iommu,device-iotlb=on,x-iotlb=keep,x-check=on",
    "intel-iommu,id=iommu,x-scalable-mode=on,x-flts=on,svm=on,device-iotlb=on,"
    "x-pasid-mode=on,aw-bits=57",
    "intel-iommu,id=iommu,x-scalable-mode=on,x-flts=on,svm=on,device-iotlb=on,"
    "x-pasid-mode=on,x-iotlb=keep,x-check=on",
)


class Broken(Exception):
    """QEMU lives, and does not work."""


class Case:
    """One seed's."""

    def __init__(self, seed, tell=None):
        self.random = random.Random(seed)
        self.tell = tell
        self.iommu = self.random.choice(IOMMUS)
        self.scalable = "scalable" in self.iommu
        self.directory = tempfile.mkdtemp(prefix="vtd-fuzz.")
        self.machine = None
        self.pending = []
        self.tail = 0
        self.steps = self.loads = self.refused = 0
        self.counters = collections.Counter()

    def run(self, steps=STEPS):
        """Raises what is wrong."""
        try:
            self._run(steps)
        finally:
            if self.machine:
                self.machine.close()
            shutil.rmtree(self.directory)

    def _run(self, steps):
        self.machine = self.make()
        self.set_up()
        kinds, weights = zip(*self.kinds())
        for self.steps in range(1, steps + 1):
            kind = self.random.choices(kinds, weights)[0]
            if self.tell:
                self.tell(f"step {self.steps}: {kind.__name__}")
            kind()
            self.counters[kind.__name__] += 1
        self.flush()
        self.end()

    def make(self, *args):
        """The machine."""
        return Machine(
            "-global", "ICH9-LPC.acpi-pci-hotplug-with-bridge-support=off",
            "-device", "pcie-root-port,id=rp,addr=4,slot=1,chassis=1",
            "-device", "pcie-root-port,id=rq,addr=5,slot=2,chassis=2",
            "-device", "edu,addr=6", "-device", "svm,id=svm,bus=rp",
            "-device", self.iommu, *args)

    def set_up(self):
        """What a driver does: everything works when the steps begin."""
        machine = self.machine
        machine.write32(unit.BASE + unit.FSTS, 0x7F)
        svm_test.set_up(machine)
        machine.config_write(BRIDGE_PORT, 0x18, 0x00030200)
        machine.config_write(BRIDGE_PORT, 0x04, 6, 2)
        machine.config_write(EDU, 0x10, EDU_BAR)
        machine.config_write(EDU, 0x04, 6, 2)
        if not self.scalable:
            svm_test.translate(machine)
            return
        self.svm_control(0x116, 1, 2)
        self.svm_control(0x12C, 32, 4)
        self.svm_control(0x124, 1, 2)
        self.flush()
        self.set_up_processes()

    def set_up_processes(self):
        """PASIDs with a first stage: 39 bits that lead to 2 MiB, again and again."""
        machine, vtd = self.machine, unit.WideUnit(self.machine)
        context, directory, pasids, *table = (unit.ROOT + 0x1000 * n for n in range(1, 8))
        machine.write_words(unit.ROOT + (SVM >> 8) * 16, context | 1, 0)
        machine.write_words(context, directory | 1 << 4 | 1 << 3 | 1 << 2 | 1)
        machine.write_words(directory, pasids | 1)
        for process in (0, 1, PROCESS):
            machine.write_words(pasids + process * 64,
                                tables.FIRST_STAGE_ENTRY, tables.PAGE_WALK_SNOOP | 1, table[0])
        for level, target in enumerate(table[1:3]):
            machine.write_words(table[level], target | 7)
        machine.write_words(table[2], *[DATA | HUGE] * 256)
        vtd.start_queue()
        vtd.write(unit.RTADDR, unit.ROOT | tables.Scalable.root_flags)
        vtd.set(unit.SRTP)
        vtd.set(unit.TE)
        vtd.write(0xDC, 3)
        vtd.write(0xC0, 0)
        vtd.write(0xD0, REQUESTS)

    def kinds(self):
        """All there is, and how often."""
        return ((self.register, 20), (self.command_register, 5), (self.table, 20),
                (self.queue, 20), (self.portal_zero, 8), (self.portal, 20),
                (self.svm_register, 10), (self.svm_config, 8), (self.bus_number, 2),
                (self.edu, 8), (self.clock, 4), (self.interrupt, 4), (self.look, 3),
                (self.stop, 2), (self.go_on, 4), (self.reset, 0.5), (self.unplug, 0.7),
                (self.plug, 1.5), (self.bridge, 1), (self.load, 0.4), (self.repair, 6),
                (self.recover, 3), (self.respond, 8))

    # Without an answer that is needed, many go at once.

    def do(self, *words):
        """A command of the qtest protocol, later."""
        self.pending.append([hex(w) if isinstance(w, int) else w for w in words])
        if self.tell:
            self.tell("  " + " ".join(self.pending[-1]))
        if len(self.pending) >= 32:
            self.flush()

    def flush(self):
        """Now."""
        pending, self.pending = self.pending, []
        if pending:
            self.machine.commands(*pending)

    def qmp(self, command, **arguments):
        """Its answer, or None when it is refused."""
        self.flush()
        if self.tell:
            self.tell(f"  {command} {arguments}")
        try:
            return self.machine.qmp(command, **arguments)
        except RuntimeError:
            return None

    def access(self, address, write):
        """A register, in any size."""
        size = self.random.choice(values.SIZES) if self.random.random() < 0.2 else \
            self.random.choice((4, 8))
        letter = dict(zip(values.SIZES, "bwlq"))[size]
        if write:
            value = values.word(self.random) & (1 << 8 * size) - 1
            self.do("write" + letter, address, value)
        else:
            self.do("read" + letter, address)

    def pasid(self):
        """Mostly what the tables have."""
        if self.random.random() < 0.2:
            return values.pasid(self.random)
        return PROCESS if self.scalable else svm_test.NO_PASID

    # The steps

    def register(self):
        """Of the unit."""
        offset = self.random.choice(values.REGISTERS) if self.random.random() < 0.8 else \
            self.random.randrange(0x1000)
        self.access(unit.BASE + offset, self.random.random() < 0.8)

    def command_register(self):
        """Some of the switches on."""
        bits = unit.QIE | unit.TE if self.random.random() < 0.6 else 0
        for _ in range(self.random.randrange(4)):
            bits ^= self.random.choice(values.COMMAND_BITS)
        self.do("writel", unit.BASE + unit.GCMD, bits)

    def table(self):
        """A word in the arena, or the next of one."""
        at = values.page(self.random) + self.random.choice(
            (0, 0, 8, 16, PROCESS * 64, PROCESS * 64 + 8, self.random.randrange(0, 4096, 8)))
        for _ in range(self.random.choice((1, 1, 2, 8))):
            self.do("writeq", at, values.word(self.random))
            at += 8

    def queue(self):
        """Descriptors where the queue was, and its tail."""
        for _ in range(self.random.choice((1, 2, 4, 12))):
            self.submit(*values.descriptor(self.random))
        self.do("writeq", unit.BASE + unit.IQT, self.tail)

    def submit(self, first, second):
        """A descriptor, but for the tail register."""
        self.do("writeq", unit.QUEUE + self.tail, first)
        self.do("writeq", unit.QUEUE + self.tail + 8, second)
        self.tail = (self.tail + (32 if self.scalable else 16)) % 4096

    def respond(self):
        """To what the device has asked for; the queue of page requests goes on."""
        self.flush()
        head, tail = (self.machine.read32(unit.BASE + offset) & 0xFE0 for offset in (0xC0, 0xC8))
        while head != tail:
            low, high = struct.unpack("<QQ", self.machine.read(REQUESTS + head, 16))
            self.submit(low >> 32 << 32 | (low >> 16 & 0xFFFF) << 16 | (low >> 8 & 1) << 4 | 9,
                        self.random.choice((0, 0, 1, 15)) << 12 | high & 0xFF8)
            head = (head + 32) % 4096
        self.do("writeq", unit.BASE + 0xC0, head)
        self.do("writel", unit.BASE + 0xDC, 3)
        self.do("writeq", unit.BASE + unit.IQT, self.tail)

    def portal_zero(self):
        """A command."""
        self.do("writel", BAR + 0x50, self.pasid())
        self.do("writeq", BAR + 0x08, values.address(self.random))
        self.do("writeq", BAR + 0x18, values.length(self.random))
        self.do("writeq", BAR + 0x20, self.random.randrange(2))
        self.do("writeq", BAR, self.random.choice((1, 2, 2, 3)))

    def portal(self):
        """A command of a user portal, which may be on."""
        number = self.random.randrange(1, 17)
        control = BAR + 0x800 + 0x20 * number
        if self.random.random() < 0.5:
            self.do("writel", control, self.pasid())
            self.do("writel", control + 4, self.random.choice((0, 1, 1, 1, 3, 4, 5, 7)))
        where = self.random.randrange(0, 1 << 20, 64)
        self.do("write", DATA + where, 64, "0x" + values.svm_command(self.random).hex())
        for _ in range(self.random.choice((1, 1, 2, 40))):
            self.do("writeq", BAR + 0x1000 * number, where)

    def svm_register(self):
        """Of the device, defined or not."""
        offset = self.random.choice((
            self.random.randrange(0x400), 0x800 + self.random.randrange(0x800),
            self.random.randrange(0x100000), 0x1000 * self.random.randrange(18) +
            8 * self.random.randrange(8)))
        self.access(BAR + offset, self.random.random() < 0.6)

    def svm_control(self, offset, value, size):
        """Extended configuration space."""
        letter = dict(zip(values.SIZES, "bwlq"))[size]
        self.do("write" + letter, ECAM + (SVM << 12) + offset, value)

    def svm_config(self):
        """ATS, PASID, PRI, bus mastering, function level reset, or anything."""
        offset, choices, size = self.random.choice((
            (0x04, (6, 6, 6, 2, 0x406), 2), (0x106, (0x8000, 0x8000, 0, 0x8005), 2),
            (0x116, (0, 1, 1, 5, 0xFFFF), 2), (0x124, (0, 1, 1, 2, 3), 2),
            (0x126, (0xFFFF, 0), 2), (0x12C, (0, 1, 32, 1 << 31), 4),
            (0x88, (0x8000, 0), 2),
            (self.random.randrange(0x40, 0x200), (0, 0xFF, self.random.getrandbits(8)), 1)))
        self.svm_control(offset, self.random.choice(choices), size)

    def bus_number(self):
        """Of the bridge above; mostly as it was."""
        self.flush()
        number = self.random.choice((1, 1, 1, 0, 2, 255))
        self.machine.config_write(PORT, 0x18, number << 16 | number << 8)

    def edu(self):
        """DMA of a device without an ATC, which itself trusts its driver."""
        self.do("writeq", EDU_BAR + 0x80, unplug_test.EDU_BUFFER)
        self.do("writeq", EDU_BAR + 0x88, values.address(self.random))
        self.do("writeq", EDU_BAR + 0x90, 8)
        self.do("writeq", EDU_BAR + 0x98, 3)
        self.do("clock_step", 100000000)

    def clock(self):
        """Time-outs."""
        self.do("clock_step", self.random.choice((1000, 10 ** 6, 10 ** 8, 10 ** 11)))

    def interrupt(self):
        """Messages of the device go anywhere, by MSI or the interrupt range."""
        at = ECAM + (SVM << 12) + self.random.choice((0x40, 0x48, 0x50, 0x60, 0x70))
        self.do("writel", at, values.word(self.random) & 0xFFFFFFFF)
        self.do("writel", at + 4, self.random.choice((0xFEE00000, 0xFEE00010, 0)))

    def look(self):
        """What a monitor asks."""
        path = self.random.choice(("iommu", "svm"))
        if self.random.random() < 0.3:
            self.qmp("qom-set", path="iommu", property="x-explain-request",
                     value=self.random.choice((
                         "01:00.0 write 0x1000", "01:00.0 pasid 5 read 0", "00:06.0 read 8",
                         "", "x" * 5000, "ff:1f.7 write 0xffffffffffffffff")))
        if self.random.random() < 0.3:
            self.qmp("qom-set", path="iommu", property="x-dump-from",
                     value=self.random.choice((
                         "", "iotlb=5", "interrupts=70000", "requesters=01:00.0",
                         "iotlb=99999999999999999999", "=,=" * 999)))
        for name in ("x-explain", "x-explain-text", "x-mappings", "x-dump"):
            self.qmp("qom-get", path=path, property=name)

    def stop(self):
        """For some steps."""
        self.qmp("stop")

    def go_on(self):
        """If it is stopped."""
        self.qmp("cont")

    def reset(self):
        """Devices stay as they are plugged."""
        self.qmp("system_reset")
        self.machine.wait_event("RESET")
        self.tail = 0

    def repair(self):
        """Begin anew, with commands on their way; not all of it may succeed."""
        self.flush()
        self.set_up()
        self.tail = 0

    def recover(self):
        """The queue goes on after an error, where it is, empty."""
        self.flush()
        self.tail = self.machine.read32(unit.BASE + unit.IQH) & 0xFE0
        self.do("writel", unit.BASE + unit.FSTS, 0x7F)
        self.do("writeq", unit.BASE + unit.IQT, self.tail)

    def slot(self, value):
        """Of the device's port."""
        self.flush()
        at = self.machine.capability(PORT, 0x10) + unplug_test.SLOT_CONTROL
        self.machine.config_write(PORT, at, value, 2)

    def unplug(self):
        """With whatever it does."""
        self.qmp("device_del", id="svm")
        self.slot(unplug_test.POWERED_OFF)

    def plug(self):
        """If its place is free."""
        self.slot(unplug_test.POWERED_ON)
        self.qmp("device_add", driver="svm", id="svm", bus="rp")

    def bridge(self):
        """One comes or goes, with a device behind it."""
        at = self.machine.capability(BRIDGE_PORT, 0x10) + unplug_test.SLOT_CONTROL
        self.flush()
        if self.random.random() < 0.5:
            self.machine.config_write(BRIDGE_PORT, at, unplug_test.POWERED_ON, 2)
            self.qmp("device_add", driver="pcie-pci-bridge", id="bridge", bus="rq")
            self.qmp("device_add", driver="edu", id="edu", bus="bridge", addr="1")
        else:
            self.qmp("device_del", id="bridge")
            self.machine.config_write(BRIDGE_PORT, at, unplug_test.POWERED_OFF, 2)

    # Saved states

    def load(self):
        """Save it, make mistakes in it, go on elsewhere; or here, when it is refused."""
        if self.plugged() != {"rp", "rq", "svm", "iommu"}:
            return
        path = os.path.join(self.directory, "state")
        self.machine.save(path)
        self.qmp("cont")
        self.damage(path)
        other = self.make("-incoming", "defer", "-S")
        try:
            other.qmp("migrate-incoming", uri="file:" + path)
            while other.qmp("query-migrate").get("status") not in ("completed", "failed"):
                pass
            other.qmp("cont")
        except Died:
            refused(other)
            self.refused += 1
            return
        self.machine.close()
        self.machine = other
        self.loads += 1

    def damage(self, path):
        """In the states of the unit and the device: bits, bytes, numbers; or nothing."""
        saved = stream.Stream(path)
        fields = [(offset, size) for name in VMSTATES
                  for _, offset, size in saved.fields(name) if size]
        for _ in range(self.random.choice((0, 1, 1, 2, 5))):
            offset, size = self.random.choice(fields)
            offset += self.random.randrange(size)
            saved.content[offset] = self.random.choice((
                saved.content[offset] ^ 1 << self.random.randrange(8), 0, 0xFF, 0x80,
                self.random.randrange(256)))
        saved.write(path)

    def plugged(self):
        """The names of devices."""
        return {child["name"] for child in
                self.qmp("qom-list", path="/machine/peripheral") if child["name"] != "type"}

    # Afterwards

    def end(self):
        """Does it work?"""
        self.qmp("cont")
        self.reset()
        self.plug()
        machine = self.machine
        self.reset()
        if "svm" not in self.plugged():
            raise Broken("svm cannot be plugged again")
        machine.write(DATA, bytes(16))
        svm_test.set_up(machine)
        vtd = svm_test.translate(machine)
        machine.write32(BAR + svm_test.PASID, svm_test.NO_PASID)
        machine.write64(BAR + svm_test.ADDRESS, 0)
        machine.write64(BAR + svm_test.LENGTH, 8)
        machine.write64(BAR + svm_test.COMMAND, svm_test.WRITE)
        while machine.read32(BAR + svm_test.CONTROL_STATUS) == svm_test.BUSY:
            machine.qmp("query-status")
        found = (machine.read64(BAR + svm_test.STATUS), machine.read(DATA, 16))
        if found != (0, bytes(range(8)) + bytes(8)):
            raise Broken(f"the device's DMA after a reset: {found}")
        if not vtd.flush(unit.iotlb_invalidation(), unit.device_tlb_invalidation(SVM)):
            raise Broken("an invalidation after a reset does not complete")


def refused(machine):
    """A state that QEMU does not take: it says so and ends by itself."""
    text = machine.output()
    status = machine.process.wait()
    machine.close()
    if status != 1 or "Sanitizer" in text or "runtime error" in text:
        raise Died(f"status {status}: {text}")
