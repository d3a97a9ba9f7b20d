# SPDX-License-Identifier: BSD-3-Clause
"""The svm device: where it can be, and what it does while QEMU is stopped."""

import os
import subprocess
import unittest

import unit
from machine import LIMIT, Machine

PORT = 0x20  # 00:04.0
SVM = 0x100  # 01:00.0
ECAM = 0xB0000000
BAR = 0xC0000000
COMMAND, STATUS, ADDRESS, LENGTH, PASID = 0x00, 0x08, 0x08, 0x18, 0x50
CONTROL_STATUS, BUSY = 0x808, 1
NO_PASID = 1 << 20
WRITE = 1

# Tables, and the 2 MiB that every address leads to.
CONTEXT, LEVEL_3, LEVEL_2, DATA = 0x121000, 0x122000, 0x123000, 0x400000
SIZE = 0x200000
OTHER = 0x600000


def make(*args, device="svm,id=svm,bus=rp"):
    """The device behind a root port, its MSI off."""
    return Machine(
        "-global", "ICH9-LPC.acpi-pci-hotplug-with-bridge-support=off",
        "-device", "pcie-root-port,id=rp,addr=4,slot=1,chassis=1",
        "-device", device,
        "-device", "intel-iommu,device-iotlb=on", *args)


def start(*args):
    """The same, and somebody who has set it up."""
    machine = make(*args)
    set_up(machine)
    return machine


def set_up(machine):
    """What firmware and a driver do, with ATS on."""
    machine.config_write(0, 0x60, ECAM | 1)
    machine.config_write(PORT, 0x18, 0x00010100)
    machine.config_write(PORT, 0x20, 0xC010C000)
    machine.config_write(PORT, 0x04, 6, 2)
    machine.config_write(SVM, 0x10, BAR)
    machine.config_write(SVM, 0x04, 6, 2)
    machine.command("writew", hex(ECAM + (SVM << 12) + 0x106), hex(0x8000))


def translate(machine):
    """39 bits of addresses that lead to the same 2 MiB.  Returns the unit."""
    vtd = unit.Unit(machine)
    vtd.start_queue()
    machine.write_words(unit.ROOT + (SVM >> 8) * 16, CONTEXT | 1, 0)
    machine.write_words(CONTEXT, LEVEL_3 | 1 << 2 | 1, 1 << 8 | 1)
    machine.write_words(LEVEL_3, *[LEVEL_2 | 3] * 512)
    machine.write_words(LEVEL_2, *[DATA | 1 << 7 | 3] * 512)
    vtd.write(unit.RTADDR, unit.ROOT)
    vtd.set(unit.SRTP)
    vtd.set(unit.TE)
    return vtd


class EndlessTest(unittest.TestCase):
    """With a command that does not end."""

    def setUp(self):
        self.machine = start()
        self.addCleanup(self.machine.close)
        self.unit = translate(self.machine)
        self.machine.write32(BAR + PASID, NO_PASID)
        self.machine.write64(BAR + ADDRESS, 0)
        self.machine.write64(BAR + LENGTH, 1 << 39)
        self.machine.write64(BAR + COMMAND, WRITE)
        self.wait_for_change(bytes(SIZE))

    def wait_for_change(self, data):
        """Until the device has written."""
        while self.machine.read(DATA, SIZE) == data:
            self.assertEqual(self.machine.read64(BAR + STATUS), 0)


class BusyTest(EndlessTest):
    """Whether it runs."""

    def test_command_ends_when_bus_mastering_is_off(self):
        """At once, and does not come back."""
        self.assertEqual(self.machine.read32(BAR + CONTROL_STATUS), BUSY)
        self.machine.config_write(SVM, 0x04, 2, 2)
        self.assertEqual(self.machine.read32(BAR + CONTROL_STATUS), 0)
        self.machine.config_write(SVM, 0x04, 6, 2)
        self.assertEqual(self.machine.read32(BAR + CONTROL_STATUS), 0)
        self.assertEqual(self.machine.read64(BAR + STATUS), 1)


class StopTest(EndlessTest):
    """While the machine is stopped."""

    def setUp(self):
        super().setUp()
        self.machine.qmp("stop")
        self.data = self.machine.read(DATA, SIZE)

    def assert_still(self):
        """Nothing is written, for as long as it takes to look."""
        for _ in range(10):
            self.assertTrue(self.data == self.machine.read(DATA, SIZE))

    def test_memory_is_left_alone_when_stopped(self):
        """And written again after that."""
        self.assert_still()
        self.machine.qmp("cont")
        self.wait_for_change(self.data)

    def test_invalidation_completes_when_stopped(self):
        """No access is open that it would wait for."""
        self.assertTrue(self.unit.flush(unit.iotlb_invalidation(),
                                        unit.device_tlb_invalidation(SVM)))
        self.assert_still()
        self.machine.qmp("cont")
        self.wait_for_change(self.data)

    def test_reset_ends_commands_when_stopped(self):
        """Without another byte."""
        self.machine.qmp("system_reset")
        self.machine.wait_event("RESET")
        self.assert_still()
        self.machine.qmp("cont")
        self.assert_still()

    def test_device_can_be_unplugged_when_stopped(self):
        """Its threads end."""
        self.machine.qmp("device_del", id="svm")
        slot = self.machine.capability(PORT, 0x10)
        self.machine.config_write(PORT, slot + 0x18, 0x700, 2)
        self.machine.wait_event("DEVICE_DELETED")
        self.assert_still()


class CacheTest(unittest.TestCase):
    """What the device has cached is compared with memory, by x-check=on."""

    def setUp(self):
        self.machine = start(
            "-global", "intel-iommu.x-iotlb=keep",
            "-global", "intel-iommu.x-check=on",
            "-global", "intel-iommu.x-check-waits=2", "-d", "guest_errors")
        self.addCleanup(self.machine.close)
        self.unit = translate(self.machine)
        self.machine.write32(BAR + PASID, NO_PASID)
        self.use()
        # Another 2 MiB for all addresses; the unit's caches forget the first.
        self.machine.write_words(LEVEL_2, *[OTHER | 1 << 7 | 3] * 512)
        self.assertTrue(self.unit.flush(unit.iotlb_invalidation()))

    def use(self):
        """The device writes one word at 0."""
        self.machine.write64(BAR + ADDRESS, 0)
        self.machine.write64(BAR + LENGTH, 8)
        self.machine.write64(BAR + COMMAND, WRITE)
        while self.machine.read32(BAR + CONTROL_STATUS) == BUSY:
            pass
        self.assertEqual(self.machine.read64(BAR + STATUS), 0)

    def stale_uses(self):
        """The counter of the unit."""
        for child in self.machine.qmp("qom-list",
                                      path="/machine/peripheral-anon"):
            if child["type"] == "child<intel-iommu>":
                return self.machine.qmp(
                    "qom-get", property="x-stale-uses",
                    path="/machine/peripheral-anon/" + child["name"])
        raise LookupError

    def test_translations_are_told_when_device_is_dumped(self):
        """Those of its cache, and its switches."""
        value = self.machine.qmp("qom-get", path="svm", property="x-dump")
        self.assertEqual(value, {
            "sid": "01:00.0", "ats": True, "pasids": False, "pri": False, "pri-failed": False,
            "pri-allocation": 0, "pri-outstanding": 0, "groups": [], "groups-in-all": 0,
            "translations": [{"privileged": False, "address": 0, "size-shift": 21,
                              "target": DATA, "read": True, "write": True}],
            "translations-complete": True})
        self.assertTrue(self.unit.flush(unit.device_tlb_invalidation(SVM)))
        value = self.machine.qmp("qom-get", path="svm", property="x-dump")
        self.assertEqual(value["translations"], [])

    def test_use_is_reported_when_device_tlb_is_forgotten(self):
        """After two waits that have nothing to do with it."""
        self.use()
        for _ in range(2):
            self.assertEqual(self.stale_uses(), 0)
            self.assertTrue(self.unit.flush(unit.iotlb_invalidation()))
        self.use()
        self.assertEqual(self.stale_uses(), 1)
        text = self.machine.output()
        self.assertIn("the guest forgot an invalidation: 0100 used", text)
        self.assertIn("stale use: device-TLB, 0100 ", text)

    def test_nothing_is_reported_when_device_tlb_is_invalidated(self):
        """And the device writes to the other page."""
        self.machine.write(OTHER, b"\xff" * 8)
        self.assertTrue(self.unit.flush(unit.device_tlb_invalidation(SVM)))
        for _ in range(3):
            self.use()
            self.assertTrue(self.unit.flush(unit.iotlb_invalidation()))
        self.assertEqual(self.stale_uses(), 0)
        self.assertNotEqual(self.machine.read(OTHER, 8), b"\xff" * 8)


def refused(*args):
    """What QEMU says, which has to end before it takes a command."""
    command = [os.environ["VTD_QEMU"], "-nodefaults", "-display", "none",
               "-machine", "q35,accel=qtest",
               "-monitor", "stdio", *args]
    result = subprocess.run(command, input="quit\n", text=True,
                            capture_output=True, timeout=LIMIT, check=False)
    assert result.returncode == 1, result
    return result.stderr


class PlugTest(unittest.TestCase):
    """Where it works, and what is said where it cannot."""

    iommu = ("-device", "intel-iommu,device-iotlb=on")

    def test_device_is_refused_when_bus_is_conventional(self):
        """Behind a bridge from PCI Express."""
        self.assertIn("conventional PCI", refused(
            "-device", "pcie-pci-bridge,id=br,bus=pcie.0",
            "-device", "svm,bus=br,addr=1", *self.iommu))

    def test_device_is_refused_when_bus_bypasses_iommu(self):
        """A property of the machine."""
        self.assertIn("bypass", refused(
            "-machine", "default-bus-bypass-iommu=on",
            "-device", "svm", *self.iommu))

    def test_device_is_refused_when_there_is_no_iommu(self):
        """It has no other way to memory."""
        self.assertIn("add -device intel-iommu", refused("-device", "svm"))

    def test_device_is_refused_when_iommu_has_no_ats(self):
        """The property that is missing is named."""
        self.assertIn("add device-iotlb=on", refused(
            "-device", "svm", "-device", "intel-iommu"))

    def test_device_is_made_when_bus_is_express(self):
        """Before and after the IOMMU, on the root bus and behind a switch."""
        machine = Machine(
            "-device", "svm", *self.iommu,
            "-device", "pcie-root-port,id=rp,chassis=1",
            "-device", "x3130-upstream,id=up,bus=rp",
            "-device", "xio3130-downstream,id=down,bus=up,chassis=2",
            "-device", "svm,bus=down")
        self.addCleanup(machine.close)
        self.assertEqual(machine.qmp("query-status")["status"], "running")

    def test_plug_fails_when_there_is_no_iommu(self):
        """And the machine goes on."""
        machine = Machine("-device", "pcie-root-port,id=rp,chassis=1")
        self.addCleanup(machine.close)
        with self.assertRaisesRegex(RuntimeError, "needs an IOMMU"):
            machine.qmp("device_add", driver="svm", bus="rp")
        self.assertEqual(machine.qmp("query-status")["status"], "running")


if __name__ == "__main__":
    unittest.main()
