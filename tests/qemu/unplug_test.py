# SPDX-License-Identifier: BSD-3-Clause
"""Bridges come and go while the unit knows requesters behind them."""

import unittest

import unit
from machine import Machine

PORT = 0x20  # 00:04.0
BRIDGE = 0x100  # 01:00.0
EDU = 0x208  # 02:01.0
BEHIND = 0x200  # the source-id of all behind the bridge
BAR = 0xC0000000

SLOT_CONTROL, POWERED_OFF, POWERED_ON = 0x18, 0x700, 0x100
EDU_SOURCE, EDU_TARGET, EDU_COUNT, EDU_COMMAND = 0x80, 0x88, 0x90, 0x98
EDU_BUFFER, EDU_TO_MEMORY = 0x40000, 3


def start():
    """A root port with hot-plug by its own registers."""
    machine = Machine(
        "-global", "ICH9-LPC.acpi-pci-hotplug-with-bridge-support=off",
        "-device", "intel-iommu,device-iotlb=on",
        "-device", "pcie-root-port,id=rp,addr=4,slot=1,chassis=1")
    machine.config_write(PORT, 0x18, 0x00030100)
    machine.config_write(PORT, 0x20, 0xC000C000)
    machine.config_write(PORT, 0x04, 6, 2)
    return machine


def slot_control(machine, value):
    """What a driver of the hot-plug slot writes."""
    offset = machine.capability(PORT, 0x10) + SLOT_CONTROL
    machine.config_write(PORT, offset, value, 2)


def plug(machine):
    """A bridge, and a device that does DMA behind it."""
    slot_control(machine, POWERED_ON)
    machine.qmp("device_add", driver="pcie-pci-bridge", id="bridge",
                bus="rp")
    machine.qmp("device_add", driver="edu", id="edu", bus="bridge", addr="1")
    machine.config_write(BRIDGE, 0x18, 0x00020201)
    machine.config_write(BRIDGE, 0x20, 0xC000C000)
    machine.config_write(BRIDGE, 0x04, 6, 2)
    machine.config_write(EDU, 0x10, BAR)
    machine.config_write(EDU, 0x04, 6, 2)


def unplug(machine):
    """The bridge, with all that is behind it."""
    machine.qmp("device_del", id="bridge")
    slot_control(machine, POWERED_OFF)
    while machine.wait_event("DEVICE_DELETED")["data"].get("device") != "bridge":
        pass


def dma(machine, address):
    """The device writes 8 bytes of its buffer to memory."""
    machine.write64(BAR + EDU_SOURCE, EDU_BUFFER)
    machine.write64(BAR + EDU_TARGET, address)
    machine.write64(BAR + EDU_COUNT, 8)
    machine.write64(BAR + EDU_COMMAND, EDU_TO_MEMORY)
    machine.command("clock_step", 1000000000)


class UnplugTest(unittest.TestCase):
    """With the unit's queue running."""

    def setUp(self):
        self.machine = start()
        self.addCleanup(self.machine.close)
        self.unit = unit.Unit(self.machine)
        self.unit.start_queue()

    def invalidate_all(self):
        """Device-TLB invalidations of what is there and what is not."""
        return self.unit.flush(*(unit.device_tlb_invalidation(sid)
                                 for sid in (0, PORT, BRIDGE, BEHIND)))

    def test_invalidation_completes_when_bridge_is_gone(self):
        """What the requesters of its bus were kept under is freed memory."""
        plug(self.machine)
        unplug(self.machine)
        # Requesters that are not there time out; this tells about the others.
        self.unit.submit(*(unit.device_tlb_invalidation(sid)
                           for sid in (0, PORT, BRIDGE, BEHIND)))
        self.machine.qmp("query-status")
        self.assertEqual(self.unit.read(unit.IQH), self.unit.tail)

    def test_invalidation_completes_when_switch_is_gone(self):
        """With a device below it that listens for invalidations."""
        machine = Machine(
            "-global", "ICH9-LPC.acpi-pci-hotplug-with-bridge-support=off",
            "-device", "intel-iommu,device-iotlb=on",
            "-device", "pcie-root-port,id=rp,addr=4,slot=1,chassis=1",
            "-device", "x3130-upstream,id=bridge,bus=rp",
            "-device", "xio3130-downstream,id=down,bus=bridge,chassis=2",
            "-device", "svm,bus=down")
        self.addCleanup(machine.close)
        machine.config_write(PORT, 0x18, 0x00030100)
        machine.config_write(BRIDGE, 0x18, 0x00030201)
        machine.config_write(BEHIND, 0x18, 0x00030302)
        for bridge in (PORT, BRIDGE, BEHIND):
            machine.config_write(bridge, 0x04, 6, 2)
        machine.config_write(0x300, 0x04, 6, 2)
        vtd = unit.Unit(machine)
        vtd.start_queue()
        vtd.write(unit.RTADDR, unit.ROOT)
        vtd.set(unit.SRTP)
        vtd.set(unit.TE)
        self.assertTrue(vtd.flush(unit.device_tlb_invalidation(0x300)))
        unplug(machine)
        vtd.submit(*(unit.device_tlb_invalidation(sid)
                     for sid in (PORT, BRIDGE, BEHIND, 0x300)))
        machine.qmp("query-status")
        self.assertEqual(vtd.read(unit.IQH), vtd.tail)

    def test_switch_of_address_spaces_works_when_bridge_is_gone(self):
        """Every requester is looked at when translation goes on."""
        plug(self.machine)
        unplug(self.machine)
        self.unit.write(unit.RTADDR, unit.ROOT)
        self.unit.set(unit.SRTP)
        self.unit.set(unit.TE)
        self.assertTrue(self.unit.flush(unit.context_invalidation(),
                                        unit.iotlb_invalidation()))

    def test_dma_works_when_bridge_is_plugged_again(self):
        """In the view of the requester that was there before, too."""
        for value in (b"\0" * 8, b"\0" * 8):
            plug(self.machine)
            self.machine.write(0x200000, b"\xff" * 8)
            dma(self.machine, 0x200000)
            self.assertEqual(self.machine.read(0x200000, 8), value)
            unplug(self.machine)

    def test_address_spaces_do_not_grow_when_bridges_come_and_go(self):
        """What one has left the next takes."""
        counts = []
        for _ in range(4):
            plug(self.machine)
            unplug(self.machine)
            counts.append(self.machine.hmp("info mtree").count("address-space"))
        self.assertEqual(counts, counts[:1] * 4)


if __name__ == "__main__":
    unittest.main()
