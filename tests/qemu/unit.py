# SPDX-License-Identifier: BSD-3-Clause
"""A remapping unit's registers and invalidation queue, driven from a test."""

import struct

BASE = 0xFED90000

GCMD, GSTS, RTADDR = 0x18, 0x1C, 0x20
CAP, ECAP = 0x08, 0x10
FSTS = 0x34
IQH, IQT, IQA = 0x80, 0x88, 0x90
IRTA = 0xB8

# Bits of CAP and ECAP.
DWD, DRD, SMTS, SSADS = (1 << bit for bit in (54, 55, 43, 45))

TE, SRTP, QIE, IRE, SIRTP, CFI = (1 << bit for bit in (31, 30, 26, 25, 24, 23))
# Of GCMD, those that stay.
KEPT = TE | QIE | IRE | CFI

# Where a test has its tables, unless it says otherwise.
QUEUE, STATUS, ROOT, INTERRUPTS = 0x100000, 0x110000, 0x120000, 0x130000


class Unit:
    """The unit of a Machine."""

    def __init__(self, machine):
        self.machine = machine
        self.command_bits = 0
        self.queue = QUEUE
        self.size = 4096
        self.tail = 0
        self.waits = 0

    def read(self, offset):
        """A 64-bit register."""
        return self.machine.read64(BASE + offset)

    def read32(self, offset):
        """A 32-bit register."""
        return self.machine.read32(BASE + offset)

    def write(self, offset, value):
        """Write a 64-bit register."""
        self.machine.write64(BASE + offset, value)

    def set(self, bits):
        """Set bits of the global command register."""
        self.machine.write32(BASE + GCMD, self.command_bits | bits)
        self.command_bits |= bits & KEPT

    def clear(self, bits):
        """Clear bits of the global command register."""
        self.command_bits &= ~bits
        self.machine.write32(BASE + GCMD, self.command_bits)

    def take_fault(self):
        """(reason, source-id) of the oldest fault record, or None."""
        record = self.read32(FSTS) >> 8 & 0xFF
        offset = ((self.read(CAP) >> 24 & 0x3FF) + record) * 16 + 8
        high = self.read(offset)
        if not high >> 63:
            return None
        self.write(offset, 1 << 63)
        return high >> 32 & 0xFF, high & 0xFFFF

    def start_queue(self, address=QUEUE, order=0):
        """A queue of 2^order pages with 128-bit descriptors."""
        self.queue = address
        self.size = 4096 << order
        self.clear(QIE)
        self.write(IQT, 0)
        self.write(IQA, address | order)
        self.set(QIE)
        self.tail = 0

    def submit(self, *descriptors):
        """Add descriptors, each (low, high), and let the unit run."""
        for low, high in descriptors:
            self.machine.write_words(self.queue + self.tail, low, high)
            self.tail = (self.tail + 16) % self.size
        self.write(IQT, self.tail)

    def submit_many(self, *descriptors):
        """The same, into a queue that starts over, in one piece.

        Returns the status of waits when the unit has let the processor go.
        """
        self.start_queue(self.queue, self.size.bit_length() - 13)
        self.machine.write(self.queue, b"".join(
            struct.pack("<QQ", *descriptor) for descriptor in descriptors))
        self.tail = 16 * len(descriptors)
        return int(self.machine.commands(
            ("writeq", hex(BASE + IQT), hex(self.tail)),
            ("readl", hex(STATUS)))[1][0], 16)

    def wait_descriptor(self):
        """A wait that writes a status which it had not before."""
        self.waits += 1
        return (self.waits << 32 | 1 << 5 | 5, STATUS)

    def is_idle(self):
        """Whether the last wait has written its status."""
        return self.machine.read32(STATUS) == self.waits

    def flush(self, *descriptors):
        """Submit descriptors and a wait.  Returns whether it completes."""
        self.submit(*descriptors, self.wait_descriptor())
        return self.is_idle()


class WideUnit(Unit):
    """With a queue of 256-bit descriptors, as scalable mode has it."""

    def start_queue(self):
        self.write(IQT, 0)
        self.write(IQA, QUEUE | 1 << 11)
        self.set(QIE)
        self.tail = 0

    def submit(self, *descriptors):
        for low, high in descriptors:
            self.machine.write_words(QUEUE + self.tail, low, high, 0, 0)
            self.tail = (self.tail + 32) % 4096
        self.write(IQT, self.tail)


def device_tlb_invalidation(sid):
    """All addresses of one requester."""
    return (sid << 32 | 3, 0x7FFFFFFFFFFFF000 | 1)


def context_invalidation():
    """All context entries."""
    return (1 << 4 | 1, 0)


def iotlb_invalidation():
    """All translations."""
    return (1 << 4 | 2, 0)
