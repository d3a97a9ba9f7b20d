#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""vhost.py CASE [scalable]: what QEMU's vhost code tells the back ends of two network cards
at 00:02.0 and 00:03.0, against what the remapping tables say.  Run by the vhost
client in the directory of a configuration, before QEMU, which connects to card1
and card2."""
import sys

from machine import PAGE, TT_PASS_THROUGH, Qtest, ScalableUnit, Tables, Unit
from vhost_backend import READ, WRITE, Backend

RAM = 256 << 20
ONE, TWO = 2 << 3, 3 << 3
DATA = 64 << 20
RINGS = 0x40000 # I/O address of a card's queues
BAR = 0xe0000000


class Wrong(Exception):
    """A back end was told something that it cannot use, or was not told."""


class Card:
    """A virtio-net card, started as a driver would."""

    def __init__(self, name, function, bar, scene):
        self.backend = Backend(name, 'ram', Unit.STATUS)
        self.function, self.bar, self.scene = function, bar, scene

    def plug(self):
        qtest = self.scene.qtest
        qtest.config_write32(self.function, 0x20, self.bar)
        qtest.config_write32(self.function, 0x24, 0)
        qtest.config_write32(self.function, 0x04, 0x6)

    def start(self):
        """Features, two queues at RINGS, and DRIVER_OK."""
        write = self.write
        write('b', 0x14, 3)
        write('l', 0x08, 1)
        write('l', 0x0c, 3) # VERSION_1 and ACCESS_PLATFORM
        write('b', 0x14, 11)
        for queue in range(2):
            ring = RINGS + queue * 3 * PAGE
            write('w', 0x16, queue)
            for offset, address in (0x20, ring), (0x28, ring + PAGE), (0x30, ring + 2 * PAGE):
                write('l', offset, address)
                write('l', offset + 4, 0)
            write('w', 0x1c, 1)
        write('b', 0x14, 15)
        if not self.backend.started():
            raise Wrong('the back end is not started')

    def write(self, width, offset, value):
        self.scene.qtest.command(f'write{width} {self.bar + offset:#x} {value:#x}')

    # ---- what the back end has to be told

    def finds(self, iova, address, rights=READ):
        """The answer for IOVA: a block wholly in RAM that leads to ADDRESS."""
        if not self.backend.miss(iova, rights):
            raise Wrong(f'{iova:#x} is refused')
        updates, _ = self.backend.look()
        for start, size, guest, given in updates:
            if guest is None:
                raise Wrong(f'the block {start:#x} + {size:#x} is not in RAM')
            if (start <= iova < start + size and guest + iova - start == address and
                    given & rights == rights):
                return start, size
        raise Wrong(f'no answer for {iova:#x}, but {updates}')

    def refused(self, iova, rights=READ):
        answered = self.backend.miss(iova, rights)
        updates, _ = self.backend.look()
        if answered or updates:
            raise Wrong(f'{iova:#x} is answered: {updates}')

    def loses(self, iova, what):
        """What the back end had for IOVA is invalidated, before the status of
        a wait is written."""
        _, invalidations = self.backend.look()
        told = [i for i in invalidations if i[0] <= iova < i[0] + i[1]]
        if not told:
            raise Wrong(f'{what}: {iova:#x} is not invalidated')
        return told

    def keeps(self, what):
        _, invalidations = self.backend.look()
        if invalidations:
            start, size, _ = invalidations[0]
            raise Wrong(f'{what}: {start:#x} + {size:#x} is invalidated')


class Scene:
    """Two cards, and the unit."""

    def __init__(self, unit):
        self.one = Card('card1', ONE, BAR, self)
        self.two = Card('card2', TWO, BAR + 0x10000, self)
        self.qtest = Qtest('qtest')
        self.unit = unit(self.qtest)
        self.one.plug()
        self.two.plug()

    def tables(self, domain, function):
        """Tables with a card's queues at RINGS + 1 MiB in RAM, and DATA."""
        tables = Tables(self.unit)
        for page in range(6):
            tables.map(RINGS + page * PAGE, DATA + RINGS + page * PAGE)
        self.unit.context(function, domain, tables.root)
        return tables

    def translated(self):
        """Each card in a domain of its own, both started."""
        self.unit.start()
        tables = self.tables(1, ONE), self.tables(2, TWO)
        self.unit.translation(True)
        self.unit.invalidate_all()
        self.one.start()
        self.two.start()
        self.one.backend.look()
        self.two.backend.look()
        return tables


def off(scene):
    """Plain memory while translation is off."""
    scene.one.start()
    for address in 0x2000, 0x500000, DATA, RAM - PAGE:
        scene.one.finds(address, address, WRITE)


def translated(scene):
    """Answers are what the tables say; what is not there is refused."""
    tables, _ = scene.translated()
    tables.map(0x100000, DATA)
    tables.map(0x101000, DATA + 5 * PAGE, rights=READ)
    scene.one.finds(0x100000, DATA, WRITE)
    scene.one.finds(0x101ff8, DATA + 5 * PAGE + 0xff8)
    scene.one.refused(0x101000, WRITE)
    scene.one.refused(0x102000)
    tables.map(4 << 21, 32 << 21, level=2)
    scene.one.finds((4 << 21) + 0x12345, (32 << 21) + 0x12345)
    tables.map(0x103000, 0xfed90000)
    tables.map(0x104000, RAM)
    scene.one.refused(0x103000)
    scene.one.refused(0x104000)


def translation_on(scene):
    """What was cached while translation was off is dropped when it comes on."""
    scene.unit.start()
    scene.tables(1, ONE)
    scene.one.start()
    scene.one.finds(DATA, DATA)
    scene.one.backend.look()
    scene.unit.translation(True)
    scene.one.loses(DATA, 'translation on')
    scene.one.finds(RINGS, DATA + RINGS)
    scene.one.refused(DATA)
    scene.one.backend.look()
    scene.unit.translation(False)
    scene.one.loses(RINGS, 'translation off')
    scene.one.finds(RINGS, RINGS)


def selective(scene):
    """One domain's invalidations leave the other's card alone."""
    tables, _ = scene.translated()
    tables.map(0x100000, DATA)
    scene.one.finds(0x100000, DATA)
    scene.two.finds(RINGS, DATA + RINGS)
    tables.unmap(0x100000)
    scene.unit.invalidate_pages(1, 0x100000)
    scene.one.loses(0x100000, 'page')
    scene.two.keeps("a page of the other's domain")
    scene.unit.invalidate_domain(1)
    scene.one.loses(RINGS, 'domain')
    scene.two.keeps("the other's domain")
    scene.unit.context(ONE, 1, present=False)
    scene.unit.invalidate_context(ONE, 1)
    scene.one.loses(RINGS, 'context entry')
    scene.two.keeps("the other's context entry")


def order(scene):
    """Invalidations arrive before the status of the wait that follows them."""
    scene.translated()
    for what in ('invalidate_pages', 'invalidate_domain'):
        scene.one.finds(RINGS, DATA + RINGS)
        arguments = (1, RINGS) if what == 'invalidate_pages' else (1,)
        getattr(scene.unit, what)(*arguments)
        for start, size, status in scene.one.loses(RINGS, what):
            if status == scene.unit.count:
                raise Wrong(f'{what}: {start:#x} + {size:#x} after the status was written')


def pass_through(scene):
    """A pass-through card has plain memory, and back."""
    scene.unit.start()
    tables = scene.tables(1, ONE)
    scene.unit.context(ONE, 1, kind=TT_PASS_THROUGH)
    scene.unit.translation(True)
    scene.unit.invalidate_all()
    scene.one.start()
    for address in 0x2000, 0x500000, DATA, RAM - PAGE:
        scene.one.finds(address, address, WRITE)
    scene.unit.context(ONE, 1, tables.root)
    scene.one.backend.look()
    scene.unit.invalidate_context(ONE, 1)
    scene.one.loses(DATA, 'no longer pass-through')
    scene.one.refused(DATA)
    scene.one.finds(RINGS, DATA + RINGS)


if __name__ == '__main__':
    try:
        globals()[sys.argv[1]](Scene(ScalableUnit if 'scalable' in sys.argv else Unit))
    except (Wrong, AssertionError, OSError) as error:
        sys.exit(f'{error or error.__class__.__name__}')
