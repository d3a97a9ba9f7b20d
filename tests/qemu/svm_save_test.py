# SPDX-License-Identifier: BSD-3-Clause
"""The svm device saved in the middle of commands, and loaded elsewhere."""

import os
import random
import shutil
import struct
import tempfile
import unittest

import stream
import svm_test
import unit
from machine import LIMIT, Died
from svm_test import BAR, DATA, LEVEL_2, LEVEL_3, NO_PASID, SVM

CAUSE, CONTROLS, CONTROL_SIZE, PORTAL = 0x110, 0x800, 0x20, 0x1000
ENABLE, ABORT, INTERRUPT = 1, 4, 1
FREE, ENDED, DEPTH = 0x08, 0x10, 32
_, COPY, FILL, COMPARE, CHECKSUM, ATOMIC_ADD, LIST_SUM, WAIT = range(8)
PENDING, OK, ABORTED = 0, 1, 6
CRC_INIT, CRC_POLYNOMIAL = 0xFF, 0xAB

# Addresses from 1 GiB on lead to 2 MiB of their own, again and again; those below
# to DATA, where commands are: a page for each portal.
BULK, BULK_DATA, BULK_LEVEL_2 = 1 << 30, 0x600000, 0x124000
RECORD, NODE, WORD = 0x100, 0x200, 0x300
ENDLESS = 1 << 40
MEMORY = 256 << 20


def crc_of_zeros(length):
    """The device's CRC-8 over so many zero bytes."""
    def step(value):
        for _ in range(8):
            value = value >> 1 ^ (CRC_POLYNOMIAL if value & 1 else 0)
        return value

    values = [CRC_INIT]
    while step(values[-1]) not in values:
        values.append(step(values[-1]))
    first = values.index(step(values[-1]))
    if length < first:
        return values[length]
    return values[first + (length - first) % (len(values) - first)]


class Portals:
    """The user portals of a machine's device, and commands in its memory.

    The page of portal n is at n pages from `base`, and from `address` for the
    device.
    """

    def __init__(self, machine, base=DATA, address=0):
        self.machine = machine
        self.base = base
        self.address = address

    def control(self, portal, value, offset=4):
        """Write a control register."""
        self.machine.write32(BAR + CONTROLS + CONTROL_SIZE * portal + offset,
                             value)

    def is_busy(self, portal):
        """Whether a command runs or is queued."""
        return self.machine.read32(BAR + CONTROLS + CONTROL_SIZE * portal + 8)

    def submit(self, portal, operation, *, pasid=NO_PASID, **members):
        """Enable a portal, and give it a command that ends with an interrupt."""
        page = self.address + portal * 4096
        self.control(portal, pasid, 0)
        self.control(portal, ENABLE)
        self.write(page, operation, flags=INTERRUPT, **members)
        self.machine.write64(BAR + portal * PORTAL, page)

    def write(self, page, operation, *, flags=0, **members):
        """A command at the address of a page, with its record there or on the page
        at `record`.
        """
        self.machine.write(self.base - self.address + page, struct.pack(
            "<IIQQQQQQQ", operation, flags, members.get("record", page) + RECORD,
            members.get("source", 0), members.get("destination", 0),
            members.get("length", 0), *members.get("operands", (0, 0)), 0))

    def wait_for_start(self, portal):
        """Until none of its commands is queued: the last one runs, or has ended."""
        while self.machine.read64(BAR + portal * PORTAL + FREE) != DEPTH:
            self.machine.qmp("query-status")

    def record(self, portal):
        """(status, result, done)."""
        data = self.machine.read(self.base + portal * 4096 + RECORD, 32)
        status, _, result, done, _ = struct.unpack("<IIQQQ", data)
        return status, result, done

    def end(self, portal):
        """Wait for the end of a command.  Returns its record."""
        while self.is_busy(portal):
            self.machine.qmp("query-status")
        return self.record(portal)

    def ended(self, portal):
        """How many have ended."""
        return self.machine.read64(BAR + portal * PORTAL + ENDED)


class SaveTest(unittest.TestCase):
    """A machine, and others that go on with its state."""

    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="vtd-save.")
        self.addCleanup(shutil.rmtree, self.directory)

    def path(self, name):
        """A file of the test's."""
        return os.path.join(self.directory, name)

    def close_later(self, machine):
        """Returns it."""
        self.addCleanup(machine.close)
        return machine

    def dump(self, machine):
        """All memory of a machine that is stopped."""
        path = self.path("memory")
        machine.qmp("pmemsave", val=0, size=MEMORY, filename=path)
        with open(path, "rb") as file:
            return file.read()

    def assert_same_memory(self, one, other):
        """Page by page."""
        one, other = self.dump(one), self.dump(other)
        self.assertEqual([hex(at) for at in range(0, MEMORY, 4096)
                          if one[at:at + 4096] != other[at:at + 4096]], [])


class CommandCase(SaveTest):
    """Commands without a PASID that take a while."""

    # Portal: operation and members.
    commands = {
        1: (LIST_SUM, {"source": 0x1000 + NODE, "length": 1000000,
                       "operands": (0, 8)}),
        2: (CHECKSUM, {"source": BULK, "length": (128 << 20) + 17}),
        3: (COMPARE, {"source": BULK, "destination": BULK + 8,
                      "length": 1 << 29}),
        4: (FILL, {"destination": BULK, "length": 1 << 30}),
        5: (WAIT, {"source": 0x5000 + WORD, "length": ENDLESS,
                   "operands": (7, 0)}),
        6: (WAIT, {"source": 0x6000 + WORD, "length": 20000,
                   "operands": (7, 0)}),
    }
    records = {
        1: (OK, 3000000, 1000000),
        2: (OK, crc_of_zeros((128 << 20) + 17), (128 << 20) + 17),
        3: (OK, 1 << 29, 1 << 29),
        4: (OK, 0, 1 << 30),
        5: (OK, 7, 8),
        6: (7, 0, 0),
    }

    def setUp(self):
        super().setUp()
        self.machine = self.close_later(svm_test.start())
        self.unit = svm_test.translate(self.machine)
        self.machine.write_words(LEVEL_3 + 8, *[BULK_LEVEL_2 | 3] * 511)
        self.machine.write_words(BULK_LEVEL_2, *[BULK_DATA | 1 << 7 | 3] * 512)
        self.assertTrue(self.unit.flush(
            unit.iotlb_invalidation(), unit.device_tlb_invalidation(SVM)))
        # A ring of one node.
        self.machine.write_words(DATA + 0x1000 + NODE, 0x1000 + NODE, 3)
        self.portals = Portals(self.machine)
        for portal, (operation, members) in self.commands.items():
            self.portals.submit(portal, operation, **members)
        for portal in self.commands:
            self.portals.wait_for_start(portal)

    def other(self, path):
        """Another machine with the state."""
        machine = self.close_later(svm_test.make("-incoming", "defer", "-S"))
        machine.load(path)
        return machine

    def assert_all_end(self, machine):
        """As if nothing had happened."""
        portals = Portals(machine)
        machine.write64(DATA + 0x5000 + WORD, 7)
        self.assertEqual({portal: portals.end(portal)
                          for portal in self.commands}, self.records)
        self.assertEqual([portals.ended(portal) for portal in self.commands],
                         [1] * len(self.commands))
        self.assertEqual(machine.read32(BAR + CAUSE), 0x7E)


class CommandTest(CommandCase):
    """They go on."""

    def pending(self, portals):
        """Which have no record yet."""
        return [portal for portal in self.commands
                if portals.record(portal)[0] == PENDING]

    def test_commands_go_on_when_loaded(self):
        """In the other machine, and in the first one."""
        self.machine.qmp("stop")
        self.assertGreater(len(self.pending(self.portals)), 3)
        self.machine.save(self.path("state"))
        other = self.other(self.path("state"))
        self.assert_same_memory(self.machine, other)
        for machine in other, self.machine:
            machine.qmp("cont")
            self.assert_all_end(machine)

    def test_memory_is_the_same_when_saved_while_commands_run(self):
        """What they write meanwhile is sent again."""
        self.portals.submit(7, FILL, destination=1 << 32, length=1 << 38,
                            operands=(0x1122334455667788, 0))
        self.machine.save(self.path("state"))
        other = self.other(self.path("state"))
        self.assert_same_memory(self.machine, other)
        other.qmp("cont")
        self.assertEqual(other.read32(BAR + CONTROLS + 7 * CONTROL_SIZE + 8), 1)
        self.assertEqual(self.portals.record(7)[0], PENDING)

    def test_commands_go_on_when_saving_fails(self):
        """Where they were."""
        with self.assertRaises((AssertionError, RuntimeError)):
            self.machine.save("/dev/full")
        self.assertEqual(self.machine.qmp("query-status")["status"], "running")
        self.assert_all_end(self.machine)

    def test_queued_commands_go_on_when_loaded(self):
        """In their order."""
        count = 5
        for i in range(count):
            page = 0x8000 + i * 4096
            self.portals.write(page, ATOMIC_ADD, destination=0x7000,
                               operands=(1 << 8 * i, 0))
        self.portals.submit(7, WAIT, source=0x7000 + WORD, length=ENDLESS,
                            operands=(1, 0))
        for i in range(count):
            self.machine.write64(BAR + 7 * PORTAL, 0x8000 + i * 4096)
        self.machine.write64(DATA + 0x7000, 0)
        self.machine.qmp("stop")
        self.machine.save(self.path("state"))
        other = self.other(self.path("state"))
        other.qmp("cont")
        other.write64(DATA + 0x7000 + WORD, 1)
        portals = Portals(other)
        portals.end(7)
        self.assertEqual(portals.ended(7), count + 1)
        self.assertEqual(other.read64(DATA + 0x7000), 0x0101010101)
        old = [struct.unpack("<IIQ", other.read(
            DATA + 0x8000 + i * 4096 + RECORD, 16))[2] for i in range(count)]
        self.assertEqual(old, [0, 1, 0x101, 0x10101, 0x1010101])

    def test_device_works_anew_when_reset_after_loading(self):
        """Nothing of the commands is left."""
        self.machine.qmp("stop")
        self.machine.save(self.path("state"))
        other = self.other(self.path("state"))
        other.qmp("system_reset")
        other.wait_event("RESET")
        other.qmp("cont")
        svm_test.set_up(other)
        self.assertEqual([Portals(other).is_busy(portal)
                          for portal in self.commands],
                         [0] * len(self.commands))
        self.assertEqual(other.read32(BAR + CAUSE), 0)


class CorruptTest(CommandCase):
    """Streams that are wrong are refused, and say so."""

    def setUp(self):
        super().setUp()
        self.machine.qmp("stop")
        self.machine.save(self.path("state"))
        self.stream = stream.Stream(self.path("state"))

    def load_fails(self, change=None, device="svm,id=svm,bus=rp"):
        """What QEMU says to a stream."""
        if change:
            self.stream.set("svm", *change)
        self.stream.write(self.path("wrong"))
        machine = self.close_later(svm_test.make("-incoming", "defer", "-S",
                                                 device=device))
        machine.qmp("migrate-incoming", uri="file:" + self.path("wrong"))
        machine.process.wait(LIMIT)
        self.assertEqual(machine.process.returncode, 1, machine.output())
        return machine.output()

    def test_stream_is_refused_when_portals_differ(self):
        """The property is not in it."""
        self.assertIn("number of portals", self.load_fails(
            device="svm,id=svm,bus=rp,portals=17"))

    def test_stream_is_refused_when_pasid_is_too_large(self):
        """It has 20 bits."""
        self.assertIn("none that it can have", self.load_fails(
            ("/saved.pasid", NO_PASID + 1)))

    def test_stream_is_refused_when_queue_is_too_long(self):
        """Before it is read."""
        self.assertIn("number of queued commands", self.load_fails(
            ("/saved.queued", 33)))

    def test_stream_is_refused_when_phase_does_not_exist(self):
        """It would be the index of a table."""
        self.assertIn("none that it can have", self.load_fails(
            ("/now.phase", 4)))

    def test_stream_is_refused_when_record_is_not_aligned(self):
        """It would reach into the next page."""
        self.assertIn("none that it can have", self.load_fails(
            ("/now.command.record", 0xFF8)))

    def test_stream_is_refused_when_endpoint_is_too_large(self):
        """Before it is read."""
        self.assertIn("size of the endpoint's state", self.load_fails(
            ("/blob_size", 1 << 31)))

    def test_stream_is_refused_when_endpoint_is_damaged(self):
        """By the library, which says why."""
        self.assertIn("the endpoint's state cannot be loaded", self.load_fails(
            ("/blob", 0)))

    def test_stream_does_no_harm_when_bits_are_flipped(self):
        """It is refused, or loaded, and then the machine runs."""
        fields = [(offset, size) for _, offset, size in self.stream.fields("svm")]
        numbers = random.Random(8)
        good = bytes(self.stream.content)
        for _ in range(12):
            self.stream.content[:] = good
            offset, size = numbers.choice(fields)
            self.stream.content[offset + numbers.randrange(size)] ^= \
                1 << numbers.randrange(8)
            self.stream.write(self.path("wrong"))
            machine = svm_test.make("-incoming", "defer", "-S")
            with machine:
                machine.qmp("migrate-incoming",
                            uri="file:" + self.path("wrong"))
                try:
                    machine.qmp("cont")
                    machine.qmp("system_reset")
                    machine.wait_event("RESET")
                    machine.qmp("query-status")
                except Died:
                    self.assertEqual(machine.process.returncode, 1,
                                     machine.output())


if __name__ == "__main__":
    unittest.main()
