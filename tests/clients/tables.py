#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""tables.py SOCKET BUS:DEVICE.FUNCTION [SECONDS]

Waits until the guest has turned translation on and has an entry for that
function, at most so many seconds (600), and prints what the guest's own tables
in its memory say of it: `legacy` or `scalable`, then `first-stage`,
`second-stage`, `nested` or `pass-through`, and the levels of the tables (0 for
pass-through).  SOCKET is QEMU's monitor.
"""
import sys
import time

import qmp

UNIT = 0xfed90000
GSTS, RTADDR = 0x1c, 0x20
TRANSLATION = 1 << 31
PAGE_MASK = ~0xfff & (1 << 52) - 1
KINDS = {1: 'first-stage', 2: 'second-stage', 3: 'nested', 4: 'pass-through'}


class Guest:
    def __init__(self, path):
        self.monitor = qmp.Monitor(path)

    def words(self, address, count, size='g'):
        """Words at a guest-physical address."""
        text = self.monitor.execute(
            'human-monitor-command',
            **{'command-line': f'xp /{count}{size}x {address:#x}'})
        values = []
        for line in text.splitlines():
            values += [int(w, 16) for w in line.split(':', 1)[1].split()]
        return values


def legacy(guest, root, bus, devfn):
    entry = guest.words(root + bus * 16, 1)[0]
    if not entry & 1:
        return None
    low, high = guest.words((entry & PAGE_MASK) + devfn * 16, 2)
    if not low & 1:
        return None
    if low >> 2 & 3 == 2:
        return 'legacy pass-through 0'
    return f'legacy second-stage {(high & 7) + 2}'


def scalable(guest, root, bus, devfn):
    entry = guest.words(root + bus * 16, 2)[devfn >> 7]
    if not entry & 1:
        return None
    context = guest.words((entry & PAGE_MASK) + (devfn & 0x7f) * 32, 4)
    if not context[0] & 1:
        return None
    directory = guest.words(context[0] & PAGE_MASK, 1)[0]
    if not directory & 1:
        return None
    # Requests without PASID use entry RID_PASID, which is 0 in Linux.
    entry = guest.words(directory & PAGE_MASK, 8)
    if not entry[0] & 1:
        return None
    kind = KINDS.get(entry[0] >> 6 & 7, 'unknown')
    if kind == 'pass-through':
        levels = 0
    elif kind == 'second-stage':
        levels = (entry[0] >> 2 & 7) + 2
    else:
        levels = (entry[2] >> 2 & 3) + 4
    return f'scalable {kind} {levels}'


def look(guest, bus, devfn):
    if not guest.words(UNIT + GSTS, 1, 'w')[0] & TRANSLATION:
        return None
    root = guest.words(UNIT + RTADDR, 1)[0]
    decode = scalable if root >> 10 & 3 == 1 else legacy
    return decode(guest, root & PAGE_MASK, bus, devfn)


def main(path, function, seconds='600'):
    bus, devfn = function.split(':')
    device, number = devfn.split('.')
    guest = Guest(path)
    end = time.monotonic() + int(seconds)
    while time.monotonic() < end:
        found = look(guest, int(bus, 16), int(device, 16) << 3 | int(number))
        if found:
            print(found)
            return
        time.sleep(0.5)
    sys.exit(f'tables: nothing for {function} after {seconds} s')


if __name__ == '__main__':
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    try:
        main(*sys.argv[1:])
    except (qmp.Failed, OSError) as error:
        sys.exit(f'tables: {error}')
