# SPDX-License-Identifier: BSD-3-Clause
"""Translation tables in the memory of a Machine, for a Unit."""

import unit

PAGE, LARGE_PAGE = 0x1000, 0x200000

# Where tables are made, one page after another.
TABLES = 0x140000

READ_WRITE, USER, LARGE = 3, 4, 1 << 7

# Context entries: TT, and the address width of 4-level tables.
TRANSLATED, WITH_ATS, PASS_THROUGH, FOUR_LEVELS = 0 << 2, 1 << 2, 2 << 2, 2

# PASID table entries: PGTT, and the address width of 4-level tables, which the first
# stage does not need; Linux writes it, and QEMU's own device looks at it.
FIRST_STAGE_ENTRY, SECOND_STAGE_ENTRY = 1 << 6 | 2 << 2 | 1, 2 << 6 | 2 << 2 | 1
PASS_THROUGH_ENTRY = 4 << 6 | 1
# In their second word; without it no accessed bit can be set.
PAGE_WALK_SNOOP = 1 << 23


class Pages:
    """Pages for tables, all zero."""

    def __init__(self, machine):
        self.machine = machine
        self.next = TABLES

    def take(self):
        """Returns the address."""
        page = self.next
        self.next += PAGE
        self.machine.write(page, bytes(PAGE))
        return page


class SecondStage:
    """A second-stage table of 4 levels."""

    flags = READ_WRITE

    def __init__(self, pages):
        self.pages = pages
        self.machine = pages.machine
        self.root = pages.take()

    def _entry(self, iova, level):
        table = self.root
        for above in range(4, level, -1):
            entry = table + (iova >> (12 + 9 * (above - 1)) & 511) * 8
            value = self.machine.read64(entry)
            if not value & READ_WRITE or value & LARGE:
                value = self.pages.take() | self.flags
                self.machine.write64(entry, value)
            table = value & ~(PAGE - 1)
        return table + (iova >> (12 + 9 * (level - 1)) & 511) * 8

    def map(self, iova, address):
        """One page, for reading and writing."""
        self.machine.write64(self._entry(iova, 1), address | self.flags)

    def map_large(self, iova, address):
        """One page of 2 MiB."""
        self.machine.write64(self._entry(iova, 2), address | LARGE | self.flags)

    def unmap(self, iova, level=1):
        """The entry of a page, of any size."""
        self.machine.write64(self._entry(iova, level), 0)


class FirstStage(SecondStage):
    """A first-stage table of 4 levels: P, R/W and U/S, at the same places."""

    flags = READ_WRITE | USER


class Legacy:
    """Root and context tables of legacy mode."""

    def __init__(self, pages):
        self.machine = pages.machine
        self.pages = pages
        self.root = pages.take()
        self.contexts = {}

    def _entry(self, sid):
        bus = sid >> 8
        if bus not in self.contexts:
            self.contexts[bus] = self.pages.take()
            self.machine.write_words(self.root + bus * 16,
                                     self.contexts[bus] | 1, 0)
        return self.contexts[bus] + (sid & 0xFF) * 16

    def translate(self, sid, did, table, kind=TRANSLATED):
        """Requests of `sid` are translated by a second-stage table."""
        self.machine.write_words(self._entry(sid), table.root | kind | 1,
                                 did << 8 | FOUR_LEVELS)

    def pass_through(self, sid, did):
        """Addresses of `sid` pass."""
        self.machine.write_words(self._entry(sid), PASS_THROUGH | 1,
                                 did << 8 | FOUR_LEVELS)

    def block(self, sid):
        """Requests of `sid` are refused."""
        self.machine.write_words(self._entry(sid), 0, 0)


class Scalable:
    """Root, context and PASID tables of scalable mode; RID_PASID is 0."""

    root_flags = 1 << 10

    def __init__(self, pages):
        self.machine = pages.machine
        self.pages = pages
        self.root = pages.take()
        self.contexts = {}
        self.entries = {}

    def _entry(self, sid):
        half = sid >> 7
        if half not in self.contexts:
            self.contexts[half] = self.pages.take()
            self.machine.write_words(self.root + half * 8,
                                     self.contexts[half] | 1)
        if sid not in self.entries:
            directory = self.pages.take()
            self.entries[sid] = self.pages.take()
            self.machine.write_words(directory, self.entries[sid] | 1)
            self.machine.write_words(
                self.contexts[half] + (sid & 0x7F) * 32, directory | 1, 0, 0, 0)
        return self.entries[sid]

    def translate(self, sid, did, table):
        """Requests of `sid` are translated by a second-stage table."""
        self.machine.write_words(self._entry(sid),
                                 table.root | SECOND_STAGE_ENTRY, did)

    def translate_first(self, sid, did, table):
        """Requests of `sid` are translated by a first-stage table."""
        self.machine.write_words(self._entry(sid), FIRST_STAGE_ENTRY,
                                 did | PAGE_WALK_SNOOP, table.root, 0)

    def pass_through(self, sid, did):
        """Addresses of `sid` pass."""
        self.machine.write_words(self._entry(sid), PASS_THROUGH_ENTRY, did)


def turn_on(remapper, tables):
    """Set the root table and turn translation on."""
    remapper.write(unit.RTADDR, tables.root | getattr(tables, "root_flags", 0))
    remapper.set(unit.SRTP)
    remapper.set(unit.TE)
