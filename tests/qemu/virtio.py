# SPDX-License-Identifier: BSD-3-Clause
"""Drivers for virtio devices, as far as the tests need them."""

import struct

VENDOR_CAPABILITY = 0x09
COMMON, NOTIFY = 1, 2

(DEVICE_FEATURE_SELECT, DEVICE_FEATURE, DRIVER_FEATURE_SELECT,
 DRIVER_FEATURE) = 0x00, 0x04, 0x08, 0x0C
STATUS, QUEUE_SELECT, QUEUE_SIZE, QUEUE_ENABLE = 0x14, 0x16, 0x18, 0x1C
QUEUE_DESCRIPTORS, QUEUE_DRIVER, QUEUE_DEVICE = 0x20, 0x28, 0x30

ACKNOWLEDGE, DRIVER, FEATURES_OK, DRIVER_OK = 1, 2, 8, 4
VERSION_1, ACCESS_PLATFORM = 1 << 32, 1 << 33

SIZE = 16
NEXT, WRITE = 1, 2


class Virtio:
    """The device `bdf`, with its memory BAR 4 at `base`."""

    features = VERSION_1
    queues = 1

    def __init__(self, machine, bdf, base):
        self.machine = machine
        machine.config_write(bdf, 0x20, base)
        machine.config_write(bdf, 0x24, 0)
        machine.config_write(bdf, 0x04, 6, 2)
        self.common = base + self._find(bdf, COMMON)
        self.notify = base + self._find(bdf, NOTIFY)
        self.rings = None
        self.used = 0

    def _find(self, bdf, kind):
        read = self.machine.config_read
        offset = read(bdf, 0x34, 1)
        while read(bdf, offset, 1) != VENDOR_CAPABILITY or \
                read(bdf, offset + 3, 1) != kind:
            offset = read(bdf, offset + 1, 1)
        return read(bdf, offset + 8)

    def _write(self, size, offset, value):
        self.machine.command({1: "writeb", 2: "writew", 4: "writel"}[size],
                             hex(self.common + offset), hex(value))

    def _write64(self, offset, value):
        self._write(4, offset, value & 0xFFFFFFFF)
        self._write(4, offset + 4, value >> 32)

    def start(self, rings):
        """With each queue in a page of its own, from I/O address `rings` on."""
        self.rings = rings
        for status in (0, ACKNOWLEDGE, ACKNOWLEDGE | DRIVER):
            self._write(1, STATUS, status)
        for half in (0, 1):
            self._write(4, DRIVER_FEATURE_SELECT, half)
            self._write(4, DRIVER_FEATURE,
                        self.features >> 32 * half & 0xFFFFFFFF)
        status = ACKNOWLEDGE | DRIVER | FEATURES_OK
        self._write(1, STATUS, status)
        for queue in range(self.queues):
            ring = rings + queue * 0x1000
            self._write(2, QUEUE_SELECT, queue)
            self._write(2, QUEUE_SIZE, SIZE)
            self._write64(QUEUE_DESCRIPTORS, ring)
            self._write64(QUEUE_DRIVER, ring + 0x400)
            self._write64(QUEUE_DEVICE, ring + 0x800)
            self._write(2, QUEUE_ENABLE, 1)
        self._write(1, STATUS, status | DRIVER_OK)

    def ask(self, request, size):
        """A request in the first queue, which is in memory at its I/O address.

        Returns the answer of `size` bytes.
        """
        machine, ring = self.machine, self.rings
        question, answer = ring + 0xC00, ring + 0xE00
        machine.write(question, request)
        machine.write(ring, struct.pack(
            "<QIHHQIHH", question, len(request), NEXT, 1, answer, size, WRITE,
            0))
        machine.write(ring + 0x404 + 2 * (self.used % SIZE), bytes(2))
        self.used += 1
        machine.write(ring + 0x402, struct.pack("<H", self.used))
        machine.command("writew", hex(self.notify), 0)
        while machine.read(ring + 0x802, 2) != struct.pack("<H", self.used):
            machine.qmp("query-status")
        return machine.read(answer, size)


class VirtioNet(Virtio):
    """A network card, as far as to start its vhost back end."""

    features = VERSION_1 | ACCESS_PLATFORM
    queues = 2


class VirtioMem(Virtio):
    """Memory that the guest gets in blocks."""

    PLUG, UNPLUG = 0, 1

    def change(self, kind, address, blocks):
        """Plug or unplug blocks from `address` on; it is done."""
        answer = self.ask(struct.pack("<H6xQH6x", kind, address, blocks), 10)
        assert answer[:2] == bytes(2), answer
