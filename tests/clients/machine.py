# SPDX-License-Identifier: BSD-3-Clause
"""A machine without a guest: tests write registers, tables and descriptors of
the remapping unit through QEMU's qtest socket, as software would."""
import socket
import struct
import time

UNIT = 0xfed90000
CAP, GCMD, GSTS, RTADDR = 0x08, 0x18, 0x1c, 0x20
IQT, IQA = 0x88, 0x90
TE, SRTP, QIE = 1 << 31, 1 << 30, 1 << 26
TT_TRANSLATED, TT_PASS_THROUGH = 0, 2
READ, WRITE, LARGE = 1, 2, 1 << 7
PAGE = 4096
LARGE_PAGE = 2 << 20
HUGE_PAGE = 1 << 30


class Qtest:
    """Guest-physical memory, by QEMU's qtest protocol."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        for _ in range(600): # QEMU may be about to make it
            if self.socket.connect_ex(path) == 0:
                break
            time.sleep(0.1)
        self.socket.settimeout(60)
        self.stream = self.socket.makefile('rw')

    def command(self, text):
        self.stream.write(text + '\n')
        self.stream.flush()
        while True:
            words = self.stream.readline().split()
            if not words:
                raise ConnectionError('QEMU has ended')
            if words[0] == 'OK':
                return words[1:]
            if words[0] != 'IRQ':
                raise ValueError(' '.join(words))

    def read32(self, address):
        return int(self.command(f'readl {address:#x}')[0], 16)

    def write32(self, address, value):
        self.command(f'writel {address:#x} {value:#x}')

    def write64(self, address, value):
        self.command(f'writeq {address:#x} {value:#x}')

    def write(self, address, data):
        self.command(f'write {address:#x} {len(data)} 0x{data.hex()}')

    def config_write32(self, function, offset, value):
        self.command(f'outl 0xcf8 {1 << 31 | function << 8 | offset:#x}')
        self.command(f'outl 0xcfc {value:#x}')


class Unit:
    """The unit as an operating system drives it: root table at ROOT, queue at
    QUEUE, and memory for tables from TABLES on."""
    ROOT, QUEUE, STATUS, TABLES = 0x1000000, 0x1001000, 0x1002000, 0x1100000
    WIDTH = 16 # of descriptors

    def __init__(self, qtest):
        self.qtest = qtest
        self.free = self.TABLES
        self.contexts = {}
        self.tail = 0
        self.count = 0
        self.status = 0

    def start(self):
        """Root table and queue are set up; translation stays off."""
        self.qtest.write(self.ROOT, bytes(PAGE))
        self.qtest.write64(UNIT + RTADDR, self.root_address())
        self.command(SRTP)
        self.tail = 0
        self.qtest.write64(UNIT + IQA, self.QUEUE | (self.WIDTH == 32) << 11)
        self.qtest.write64(UNIT + IQT, 0)
        self.command(QIE, keep=True)

    def root_address(self):
        return self.ROOT

    def command(self, bit, keep=False):
        if keep:
            self.status |= bit
        self.qtest.write32(UNIT + GCMD, self.status | bit)
        assert self.qtest.read32(UNIT + GSTS) & bit == bit

    def translation(self, on):
        self.status = self.status | TE if on else self.status & ~TE
        self.qtest.write32(UNIT + GCMD, self.status)
        assert bool(self.qtest.read32(UNIT + GSTS) & TE) == on

    def table(self):
        page = self.free
        self.free += PAGE
        self.qtest.write(page, bytes(PAGE))
        return page

    # ---- tables

    def context_table(self, function):
        bus = function >> 8
        if bus not in self.contexts:
            self.contexts[bus] = self.table()
            self.qtest.write64(self.ROOT + bus * 16, self.contexts[bus] | 1)
        return self.contexts[bus]

    def context(self, function, domain, table=0, kind=TT_TRANSLATED, present=True):
        """FUNCTION is bus << 8 | devfn; 4 levels."""
        entry = self.context_table(function) + (function & 255) * 16
        self.qtest.write64(entry + 8, domain << 8 | 2)
        self.qtest.write64(entry, table | kind << 2 | present)

    # ---- the queue

    def submit(self, *descriptors):
        """The descriptors and a wait for them."""
        self.count += 1
        wait = 5 | 1 << 5 | self.count << 32
        for low, high in (*descriptors, (wait, self.STATUS)):
            self.qtest.write(self.QUEUE + self.tail,
                             struct.pack('<QQ', low, high) + bytes(self.WIDTH - 16))
            self.tail = (self.tail + self.WIDTH) % PAGE
        self.qtest.write32(UNIT + IQT, self.tail)
        assert self.qtest.read32(self.STATUS) == self.count, 'the wait is not complete'

    def invalidate_context(self, function, domain):
        """One requester, and its domain's translations."""
        self.submit((1 | 3 << 4 | domain << 16 | function << 32, 0),
                    (2 | 2 << 4 | domain << 16, 0))

    def invalidate_domain(self, domain):
        self.submit((2 | 2 << 4 | domain << 16, 0))

    def invalidate_all(self):
        self.submit((1 | 1 << 4, 0), (2 | 1 << 4, 0))

    def invalidate_pages(self, domain, address, order=0):
        self.submit((2 | 3 << 4 | domain << 16, address | order))


class ScalableUnit(Unit):
    """The same in scalable mode: second stage, requests without PASID."""
    WIDTH = 32
    KINDS = {TT_TRANSLATED: 2, TT_PASS_THROUGH: 4}

    def __init__(self, qtest):
        super().__init__(qtest)
        self.directories = {}

    def root_address(self):
        return self.ROOT | 1 << 10

    def context(self, function, domain, table=0, kind=TT_TRANSLATED, present=True):
        if function not in self.directories:
            self.directories[function] = self.table(), self.table()
        directory, entry = self.directories[function]
        self.qtest.write64(directory, entry | 1)
        self.qtest.write64(entry + 8, domain)
        self.qtest.write64(entry, table | self.KINDS[kind] << 6 | 2 << 2 | 1)
        at = self.context_table(function) + (function & 127) * 32
        self.qtest.write64(at + 8, 0)
        self.qtest.write64(at, directory | present)

    def invalidate_context(self, function, domain):
        self.submit((1 | 3 << 4 | domain << 16 | function << 32, 0),
                    (7 | domain << 16, 0), (2 | 2 << 4 | domain << 16, 0))

    def invalidate_all(self):
        self.submit((1 | 1 << 4, 0), (7 | 3 << 4, 0), (2 | 1 << 4, 0))


class Tables:
    """A second-stage page table of 4 levels."""

    def __init__(self, unit):
        self.unit = unit
        self.root = unit.table()
        self.below = {}

    def entry(self, iova, level):
        """Where the entry of IOVA at LEVEL (1: pages of 4 KiB) is."""
        table = self.root
        for upper in range(4, level, -1):
            key = (upper, iova >> 3 + 9 * upper)
            at = table + (iova >> 3 + 9 * upper & 511) * 8
            if key not in self.below:
                self.below[key] = self.unit.table()
                self.unit.qtest.write64(at, self.below[key] | READ | WRITE)
            table = self.below[key]
        return table + (iova >> 3 + 9 * level & 511) * 8

    def map(self, iova, address, level=1, rights=READ | WRITE):
        large = LARGE if level > 1 else 0
        self.unit.qtest.write64(self.entry(iova, level), address | rights | large)

    def unmap(self, iova, level=1):
        self.unit.qtest.write64(self.entry(iova, level), 0)

    def split(self, iova, address):
        """A 2 MiB page becomes 512 pages with the same contents."""
        iova &= ~(LARGE_PAGE - 1)
        key = (2, iova >> 21)
        table = self.unit.table()
        entries = [address + i * PAGE | READ | WRITE for i in range(512)]
        self.unit.qtest.write(table, struct.pack('<512Q', *entries))
        self.unit.qtest.write64(self.entry(iova, 2), table | READ | WRITE)
        self.below[key] = table
