# SPDX-License-Identifier: BSD-3-Clause
"""What is written where a guest may write anything: mostly nearly right."""

import struct

import unit
from svm_test import BAR, DATA, SVM

# Tables, queues and status words are here; the rest of memory is for data.
ARENA, ARENA_PAGES = 0x100000, 96
PAGE = 4096
MEMORY = 256 << 20

REGISTERS = (
    0x18, 0x20, 0x24, 0x28, 0x2C, 0x34, 0x38, 0x3C, 0x40, 0x44, 0x80, 0x88, 0x90,
    0x9C, 0xA0, 0xA4, 0xA8, 0xAC, 0xB8, 0xC0, 0xC8, 0xD0, 0xDC, 0xE0, 0xE4, 0xE8, 0xEC)
COMMAND_BITS = (unit.TE, unit.SRTP, unit.QIE, unit.IRE, unit.SIRTP, unit.CFI,
                1 << 29, 1 << 28, 1 << 27)
PLACES = (0, BAR, 0xFED90000, 0xFEE00000, 0xFEEFF000, 0xFEC00000, MEMORY - PAGE, MEMORY,
          1 << 38, 1 << 39, 1 << 47, 1 << 63, 0xC0000, 0xFFFC0000, DATA)
SIZES = (1, 2, 4, 8)


def page(random):
    """One of the arena."""
    return ARENA + random.randrange(ARENA_PAGES) * PAGE


def word(random):
    """64 bits."""
    kind = random.randrange(8)
    if kind < 3:
        return page(random) | random.choice((0, 1, 3, 5, 7, 0x83, 0x67, 9, 0xD))
    if kind == 3:
        return 1 << random.randrange(64)
    if kind == 4:
        return random.choice(PLACES) + random.choice((0, 0, 1, 7, 8, 0xFF8, -8 & 0xFFF))
    if kind == 5:
        return random.randrange(64)
    return random.getrandbits(64) if kind == 6 else (1 << 64) - 1 - random.randrange(16)


def address(random):
    """One that a device uses."""
    kind = random.random()
    if kind < 0.7:
        return random.randrange(0, 1 << 21, 8)
    if kind < 0.85:
        return random.randrange(0, 1 << 31, 8)
    return random.choice(PLACES) + random.randrange(0, 1 << 21, 8)


def length(random):
    """Of what a device does: some, or for ever."""
    return random.choice((0, 1, 8, 100, 4096, 10000, 1 << 20, 1 << 39, (1 << 64) - 1))


def sid(random):
    """One that is there, or one that is not."""
    return random.choice((SVM, SVM, SVM, 0x30, 0x200, 0x208, 0x20, 0, 0xFFFF))


def pasid(random):
    """20 bits, or one more."""
    return random.choice((0, 1, 5, 5, 5, 0xFFFFF, 0x100000))


def context_descriptor(random):
    """Of the context cache, the PASID cache or interrupt entries."""
    return random.choice((
        (sid(random) << 32 | random.randrange(4) << 16 | random.randrange(1, 4) << 4 | 1, 0),
        (pasid(random) << 32 | random.randrange(4) << 16 | random.randrange(4) << 4 | 7, 0),
        (random.randrange(64) << 32 | random.randrange(33) << 27 |
         random.randrange(2) << 4 | 4, 0)))


def range_descriptor(random):
    """Of an IOTLB or a device-TLB, with a PASID or without."""
    where = address(random) & ~0xFFF | random.choice((0, 1, 6, 9, 18, 63))
    return random.choice((
        (random.randrange(4) << 16 | random.randrange(1, 4) << 4 | 2, where),
        (pasid(random) << 32 | random.randrange(4) << 16 | random.randrange(2, 4) << 4 | 6,
         where),
        (sid(random) << 32 | 3, where & ~0xFFF | random.randrange(2)),
        (pasid(random) << 32 | sid(random) << 16 | 8, where & ~0xFFF |
         random.choice((0, 1 << 11, 1)))))


def response_descriptor(random):
    """To a group of page requests that may be there."""
    return (pasid(random) << 32 | sid(random) << 16 | random.randrange(2) << 4 | 9,
            random.choice((0, 0, 0, 1, 15)) << 12 | random.randrange(8) << 3)


def wait_descriptor(random):
    """With a status somewhere, an interrupt, a fence or a drain of page requests."""
    return (random.getrandbits(32) << 32 | random.choice((1, 2, 3, 4, 5, 7, 0xF)) << 4 | 5,
            page(random) | random.randrange(0, PAGE, 4))


def descriptor(random):
    """Of the invalidation queue."""
    if random.random() < 0.03:
        return word(random), word(random)
    kind = random.randrange(10)
    if kind < 3:
        return context_descriptor(random)
    if kind < 7:
        return range_descriptor(random)
    return wait_descriptor(random) if kind < 9 else response_descriptor(random)


def svm_command(random):
    """The 64 bytes of one."""
    record = random.randrange(0, 1 << 21, 32) if random.random() < 0.8 else word(random)
    return struct.pack(
        "<IIQQQQQQQ", random.choice((*range(9), 77)), random.choice((0, 1, 2, 3, 1 << 31)),
        record, address(random), address(random), length(random),
        random.choice((0, 8, word(random))), word(random), random.choice((0, 0, 0, 1)))
