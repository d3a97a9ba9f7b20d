# SPDX-License-Identifier: BSD-3-Clause
"""A driver for virtio-net, as far as to start its vhost back end."""

VENDOR_CAPABILITY = 0x09
COMMON = 1

(DEVICE_FEATURE_SELECT, DEVICE_FEATURE, DRIVER_FEATURE_SELECT,
 DRIVER_FEATURE) = 0x00, 0x04, 0x08, 0x0C
STATUS, QUEUE_SELECT, QUEUE_SIZE, QUEUE_ENABLE = 0x14, 0x16, 0x18, 0x1C
QUEUE_DESCRIPTORS, QUEUE_DRIVER, QUEUE_DEVICE = 0x20, 0x28, 0x30

ACKNOWLEDGE, DRIVER, FEATURES_OK, DRIVER_OK = 1, 2, 8, 4
VERSION_1, ACCESS_PLATFORM = 1 << 32, 1 << 33

QUEUES, SIZE = 2, 16


class VirtioNet:
    """The card `bdf`, with its memory BAR 4 at `base`."""

    def __init__(self, machine, bdf, base):
        self.machine = machine
        self.base = base
        machine.config_write(bdf, 0x20, base)
        machine.config_write(bdf, 0x24, 0)
        machine.config_write(bdf, 0x04, 6, 2)
        self._find_common(bdf)

    def _find_common(self, bdf):
        read = self.machine.config_read
        offset = read(bdf, 0x34, 1)
        while read(bdf, offset, 1) != VENDOR_CAPABILITY or \
                read(bdf, offset + 3, 1) != COMMON:
            offset = read(bdf, offset + 1, 1)
        self.base += read(bdf, offset + 8)

    def _write(self, size, offset, value):
        self.machine.command({1: "writeb", 2: "writew", 4: "writel"}[size],
                             hex(self.base + offset), hex(value))

    def _write64(self, offset, value):
        self._write(4, offset, value & 0xFFFFFFFF)
        self._write(4, offset + 4, value >> 32)

    def start(self, rings):
        """With each queue in a page of its own, from I/O address `rings` on."""
        for status in (0, ACKNOWLEDGE, ACKNOWLEDGE | DRIVER):
            self._write(1, STATUS, status)
        features = VERSION_1 | ACCESS_PLATFORM
        for half in (0, 1):
            self._write(4, DRIVER_FEATURE_SELECT, half)
            self._write(4, DRIVER_FEATURE, features >> 32 * half & 0xFFFFFFFF)
        status = ACKNOWLEDGE | DRIVER | FEATURES_OK
        self._write(1, STATUS, status)
        for queue in range(QUEUES):
            ring = rings + queue * 0x1000
            self._write(2, QUEUE_SELECT, queue)
            self._write(2, QUEUE_SIZE, SIZE)
            self._write64(QUEUE_DESCRIPTORS, ring)
            self._write64(QUEUE_DRIVER, ring + 0x400)
            self._write64(QUEUE_DEVICE, ring + 0x800)
            self._write(2, QUEUE_ENABLE, 1)
        self._write(1, STATUS, status | DRIVER_OK)
