#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""vfio.py CASE [scalable]: what QEMU's vfio-pci tells its containers, from the fake
driver's log, against what the remapping tables say.  Run by the vfio client in
the directory of a configuration; functions 00:02.0 and 00:03.0 have a fake
device each, or the two share one requester behind a bridge."""
import json
import sys

from machine import (GSTS, HUGE_PAGE, LARGE_PAGE, PAGE, READ, TT_PASS_THROUGH, Qtest,
                     ScalableUnit, Tables, UNIT, Unit)
from qmp import Failed, Monitor

RAM = 256 << 20
ONE, TWO = 2 << 3, 3 << 3
DATA = 64 << 20


class Wrong(Exception):
    """A container does not have what the tables say."""


class Log:
    """The fake driver's log, replayed."""

    def __init__(self, path='vfio.log'):
        self.path = path
        self.seen = 0

    def lines(self):
        with open(self.path, encoding='ascii') as log:
            return [line.split() for line in log]

    def new(self):
        """What was logged since the last call."""
        lines = self.lines()
        new = lines[self.seen:]
        self.seen = len(lines)
        return new

    def mappings(self, container):
        """{iova: (size, offset in RAM or None, writable)}"""
        state = {}
        for what, *rest in self.lines():
            if what == 'refused' or int(rest[0]) != container:
                continue
            if what == 'close':
                state = {}
            elif what == 'map':
                offset = None if rest[4] == '-' else int(rest[4], 16)
                state[int(rest[1], 16)] = (int(rest[2], 16), offset, rest[3] == 'rw')
            else:
                start, size = int(rest[1], 16), int(rest[2], 16)
                end = start + size if size else 1 << 64
                state = {k: v for k, v in state.items() if not start <= k < end}
        return state

    def ranges(self, container):
        """The same, in order, with what continues joined."""
        joined = []
        for iova, (size, offset, writable) in sorted(self.mappings(container).items()):
            if joined:
                last = joined[-1]
                if (last[0] + last[1] == iova and last[3] == writable and
                        None not in (last[2], offset) and last[2] + last[1] == offset):
                    last[1] += size
                    continue
            joined.append([iova, size, offset, writable])
        return [tuple(r) for r in joined]


class Scene:
    """The machine, its unit, and the log."""

    def __init__(self, unit):
        self.qtest = Qtest('qtest')
        self.unit = unit(self.qtest)
        self.log = Log()
        self.qtest.read32(UNIT + GSTS) # answered when the machine is complete

    def expect(self, container, *ranges):
        """Ranges are (iova, size, address[, writable])."""
        wanted = [r if len(r) == 4 else (*r, True) for r in ranges]
        found = self.log.ranges(container)
        if found != wanted:
            raise Wrong(f'container {container} has {show(found)}, not {show(wanted)}')

    def expect_ram(self, container, what):
        """All of RAM at its own address, in few pieces, whatever is in the
        first MiB; firmware is mapped, too."""
        found = self.log.mappings(container)
        high = [(k, *v) for k, v in found.items()
                if k >= 1 << 20 and v[1] is not None]
        if high != [(1 << 20, RAM - (1 << 20), 1 << 20, True)] or len(found) > 16:
            raise Wrong(f'{what}: container {container} has {len(found)} mappings, '
                        f'above 1 MiB {show(high)}')

    def expect_silence(self, container, what):
        """Nothing was said to CONTAINER since the last look at the log."""
        said = [line for line in self.log.new() if container_of(line) == container]
        if said:
            raise Wrong(f'{what}: container {container} was told {" ".join(said[0])}')

    def expect_none_refused(self):
        refused = [line for line in self.log.lines() if line[0] == 'refused']
        if refused:
            raise Wrong(f'{len(refused)} refused calls, first: {" ".join(refused[0])}')

    def translated(self, *functions):
        """Each function in a domain of its own (1, 2, ...) with empty tables;
        translation is on."""
        self.unit.start()
        tables = []
        for domain, function in enumerate(functions, 1):
            tables.append(Tables(self.unit))
            self.unit.context(function, domain, tables[-1].root)
        self.unit.translation(True)
        self.unit.invalidate_all()
        return tables


def container_of(line):
    return int(line[2] if line[0] == 'refused' else line[1])


def show(ranges):
    return json.dumps([[v if v is None or isinstance(v, bool) else hex(v) for v in r]
                       for r in ranges[:6]]) + (' ...' if len(ranges) > 6 else '')


def off_and_on(scene):
    """RAM while translation is off, the tables while it is on."""
    scene.expect_ram(0, 'at first')
    scene.translated(ONE, TWO)
    scene.expect(0)
    scene.expect(1)
    scene.unit.translation(False)
    scene.expect_ram(0, 'translation off again')
    scene.expect_ram(1, 'translation off again')
    scene.unit.translation(True)
    scene.expect(0)


def pages(scene):
    """Pages come, move and go."""
    tables, _ = scene.translated(ONE, TWO)
    for i in range(8):
        tables.map(0x10000 + i * PAGE, DATA + i * PAGE)
    scene.unit.invalidate_pages(1, 0x10000, 3)
    scene.expect(0, (0x10000, 8 * PAGE, DATA))
    tables.map(0x12000, DATA + LARGE_PAGE)
    scene.unit.invalidate_pages(1, 0x12000)
    scene.expect(0, (0x10000, 2 * PAGE, DATA), (0x12000, PAGE, DATA + LARGE_PAGE),
                 (0x13000, 5 * PAGE, DATA + 3 * PAGE))
    tables.map(0x17000, DATA + 7 * PAGE, rights=READ)
    scene.unit.invalidate_pages(1, 0x17000)
    tables.unmap(0x12000)
    scene.unit.invalidate_pages(1, 0x12000)
    scene.expect(0, (0x10000, 2 * PAGE, DATA), (0x13000, 4 * PAGE, DATA + 3 * PAGE),
                 (0x17000, PAGE, DATA + 7 * PAGE, False))
    scene.expect(1)


def selective(scene):
    """An invalidation of one domain says nothing to the other's container."""
    one, two = scene.translated(ONE, TWO)
    one.map(0x10000, DATA)
    two.map(0x10000, DATA + PAGE)
    scene.unit.invalidate_domain(1)
    scene.unit.invalidate_domain(2)
    scene.expect(1, (0x10000, PAGE, DATA + PAGE))
    scene.log.new()
    one.unmap(0x10000)
    scene.unit.invalidate_pages(1, 0x10000)
    scene.unit.invalidate_domain(1)
    scene.expect_silence(1, 'domain 1 was invalidated')
    scene.expect(0)
    scene.unit.context(ONE, 1, present=False)
    scene.unit.invalidate_context(ONE, 1)
    scene.expect_silence(1, 'the other context entry was invalidated')


def split(scene):
    """4 KiB invalidations inside of what was one 2 MiB mapping."""
    tables, _ = scene.translated(ONE, TWO)
    base = 4 * LARGE_PAGE
    tables.map(base, DATA, level=2)
    scene.unit.invalidate_pages(1, base, 9)
    scene.expect(0, (base, LARGE_PAGE, DATA))
    scene.unit.invalidate_pages(1, base + 5 * PAGE)
    scene.expect(0, (base, LARGE_PAGE, DATA))
    tables.split(base, DATA)
    scene.unit.invalidate_pages(1, base, 9)
    tables.unmap(base + 5 * PAGE)
    scene.unit.invalidate_pages(1, base + 5 * PAGE)
    scene.expect(0, (base, 5 * PAGE, DATA),
                 (base + 6 * PAGE, LARGE_PAGE - 6 * PAGE, DATA + 6 * PAGE))
    tables.map(base, DATA, level=2)
    scene.unit.invalidate_pages(1, base, 9)
    scene.expect(0, (base, LARGE_PAGE, DATA))
    tables.split(base, DATA)
    tables.unmap(base + 9 * PAGE)
    scene.unit.invalidate_pages(1, base + 9 * PAGE)
    scene.expect(0, (base, 9 * PAGE, DATA),
                 (base + 10 * PAGE, LARGE_PAGE - 10 * PAGE, DATA + 10 * PAGE))


def order(scene):
    """Whatever a wait follows is in the container before its status is."""
    tables, _ = scene.translated(ONE, TWO)
    for i in range(16):
        tables.map(0x10000 + i * PAGE, DATA + i * PAGE)
    scene.unit.invalidate_pages(1, 0x10000, 4)
    scene.log.new()
    for what in ('pages', 'domain', 'context'):
        for i in range(16):
            tables.map(0x10000 + i * PAGE, DATA + (16 - i + len(what)) * PAGE)
        if what == 'pages':
            scene.unit.invalidate_pages(1, 0x10000, 4)
        elif what == 'domain':
            scene.unit.invalidate_domain(1)
        else:
            scene.unit.invalidate_context(ONE, 1)
        said = scene.log.new()
        if not said:
            raise Wrong(f'{what}: nothing was said')
        late = [line for line in said if line[0] in ('map', 'unmap') and
                int(line[-1], 16) == scene.unit.count]
        if late:
            raise Wrong(f'{what}: after the status was written: {" ".join(late[0])}')


def pass_through(scene):
    """A pass-through requester is plain memory, and back."""
    tables, _ = scene.translated(ONE, TWO)
    tables.map(0x10000, DATA)
    scene.unit.invalidate_pages(1, 0x10000)
    scene.unit.context(ONE, 3, kind=TT_PASS_THROUGH)
    scene.unit.invalidate_context(ONE, 3)
    scene.expect_ram(0, 'pass-through')
    scene.expect(1)
    scene.log.new()
    scene.unit.invalidate_domain(3)
    scene.expect_ram(0, 'pass-through, domain invalidated')
    scene.unit.context(ONE, 1, tables.root)
    scene.unit.invalidate_context(ONE, 1)
    scene.expect(0, (0x10000, PAGE, DATA))


def not_ram(scene):
    """What is not RAM is not mapped, its neighbours are."""
    tables, _ = scene.translated(ONE, TWO)
    tables.map(0x10000, DATA)
    tables.map(0x11000, 0xfed90000)
    tables.map(0x12000, RAM)
    tables.map(0x13000, DATA + PAGE)
    scene.unit.invalidate_pages(1, 0x10000, 2)
    scene.expect(0, (0x10000, PAGE, DATA), (0x13000, PAGE, DATA + PAGE))
    tables.map(HUGE_PAGE, 0, level=3)
    scene.unit.invalidate_domain(1)
    high = [r for r in scene.log.ranges(0) if r[0] >= HUGE_PAGE + (1 << 20)]
    if high != [(HUGE_PAGE + (1 << 20), RAM - (1 << 20), 1 << 20, True)]:
        raise Wrong(f'1 GiB over the end of RAM: {show(high)}')
    scene.expect_none_refused()


def reset(scene):
    """A machine reset leaves plain memory."""
    tables, _ = scene.translated(ONE, TWO)
    tables.map(0x10000, DATA)
    scene.unit.invalidate_pages(1, 0x10000)
    monitor = Monitor('qmp')
    monitor.execute('system_reset')
    monitor.wait_event('RESET')
    scene.expect_ram(0, 'after reset')
    scene.expect_ram(1, 'after reset')


def shared(scene):
    """Two containers on one requester are told the same."""
    bridge = 1 << 8
    scene.qtest.config_write32(ONE, 0x18, 0x010100) # firmware's work: bus numbers
    tables, = scene.translated(bridge)
    scene.expect(0)
    scene.expect(1)
    for i in range(4):
        tables.map(0x10000 + i * PAGE, DATA + i * PAGE)
    scene.unit.invalidate_pages(1, 0x10000, 2)
    scene.expect(0, (0x10000, 4 * PAGE, DATA))
    scene.expect(1, (0x10000, 4 * PAGE, DATA))
    tables.unmap(0x11000)
    scene.unit.invalidate_pages(1, 0x11000)
    left = [(0x10000, PAGE, DATA), (0x12000, 2 * PAGE, DATA + 2 * PAGE)]
    scene.expect(0, *left)
    scene.expect(1, *left)


def plugged(scene):
    """A device that is plugged while translation is on gets the tables."""
    port, below = 4 << 3, 1 << 8
    scene.qtest.config_write32(port, 0x18, 0x010100)
    one, two = scene.translated(ONE, below)
    for i in range(4):
        one.map(0x10000 + i * PAGE, DATA + 8 * i * PAGE)
        two.map(0x20000 + i * PAGE, DATA + i * PAGE)
    scene.unit.invalidate_domain(1)
    Monitor('qmp').execute('device_add', driver='vfio-pci', id='two', bus='rp1',
                           sysfsdev='host/device2')
    scene.expect(1, (0x20000, 4 * PAGE, DATA))
    two.unmap(0x21000)
    scene.unit.invalidate_pages(2, 0x21000)
    scene.expect(1, (0x20000, PAGE, DATA), (0x22000, 2 * PAGE, DATA + 2 * PAGE))


if __name__ == '__main__':
    try:
        the_scene = Scene(ScalableUnit if 'scalable' in sys.argv else Unit)
        globals()[sys.argv[1]](the_scene)
        the_scene.expect_none_refused()
    except (Wrong, Failed, AssertionError, OSError) as error:
        sys.exit(f'{error or error.__class__.__name__}')
