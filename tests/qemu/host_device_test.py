# SPDX-License-Identifier: BSD-3-Clause
"""Where devices of the host are refused, and where not."""

import unittest

import tables
import unit
from machine import Died
from vfio import FakeVfio


class PlugTest(FakeVfio):
    """Devices that need what the unit does not have."""

    def refused(self, iommu, *args):
        """The machine does not start, and says why."""
        with self.assertRaises(Died) as died:
            self.start(iommu, *args)
        return str(died.exception)

    def test_device_is_refused_when_caching_mode_is_off(self):
        """Mediated or not, after the unit or before it."""
        unit_device = ["-device", "intel-iommu"]
        for group, mediated in ((1, False), (2, True)):
            device = ["-device", self.host_device(group, mediated)]
            self.assertIn("caching-mode=on", self.refused(unit_device, *device))
            self.assertIn("caching-mode=on", self.refused(device, *unit_device))

    def test_device_is_refused_when_plugged_and_caching_mode_is_off(self):
        """The machine goes on."""
        machine = self.start(["-device", "intel-iommu"],
                             "-device", "pcie-root-port,id=rp,chassis=1")
        place = self.host_device(1, True).split("=")[1]
        with self.assertRaisesRegex(RuntimeError, "caching-mode=on"):
            machine.qmp("device_add", driver="vfio-pci", sysfsdev=place,
                        bus="rp")
        self.assertTrue(machine.qmp("query-status"))

    def test_device_is_accepted_when_bus_bypasses_iommu(self):
        """The unit has nothing to do with it, whatever is made first."""
        bypass = ("-device", "pxb-pcie,bus_nr=16,bypass_iommu=on,id=pxb",
                  "-device", "pcie-root-port,id=past,bus=pxb,chassis=1")
        for group, first in ((1, True), (2, False)):
            device = ["-device", self.host_device(group, group == 2) +
                      ",bus=past,addr=0"]
            iommu = ["-device", "intel-iommu,x-scalable-mode=on,x-flts=on"]
            machine = self.start([*bypass, *(iommu if first else device)],
                                 *(device if first else iommu))
            self.assertNotIn("intel-iommu first", machine.output())

    def test_bus_is_the_one_of_qemu_when_none_is_named(self):
        """Of a later host bridge, which takes no such device: QEMU says so."""
        for bypass in ("off", "on"):
            self.assertIn(
                "Only PCI" if bypass == "on" else "caching-mode=on",
                self.refused(
                    ["-device", "intel-iommu",
                     "-device", f"pxb-pcie,bus_nr=16,bypass_iommu={bypass}"],
                    "-device", self.host_device(bypass)))

    def test_device_is_accepted_when_all_buses_bypass_iommu(self):
        """No bus is named."""
        machine = self.start(
            ["-machine", "default-bus-bypass-iommu=on",
             "-device", "intel-iommu"], "-device", self.host_device(1))
        self.assertTrue(machine.qmp("query-status"))

    def test_device_is_plugged_when_bus_bypasses_iommu(self):
        """QEMU 10.0 itself refuses it, without a look at the bus."""
        machine = self.start(
            ["-device", "intel-iommu"],
            "-device", "pxb-pcie,bus_nr=16,bypass_iommu=on,id=pxb",
            "-device", "pcie-root-port,id=past,bus=pxb,chassis=1",
            "-device", "pcie-root-port,id=rp,bus=pcie.0,chassis=2")
        version = machine.qmp("query-version")["qemu"]
        place = self.host_device(1, True).split("=")[1]
        plug = {"driver": "vfio-pci", "sysfsdev": place}
        with self.assertRaisesRegex(RuntimeError, "caching-mode=on"):
            machine.qmp("device_add", bus="rp", **plug)
        if (version["major"], version["minor"]) < (10, 1):
            with self.assertRaisesRegex(RuntimeError, "Device assignment"):
                machine.qmp("device_add", bus="past", **plug)
        else:
            machine.qmp("device_add", bus="past", **plug)

    def test_user_is_warned_when_device_is_made_before_the_unit(self):
        """It has the memory of a machine without one."""
        iommu = ["-device", "intel-iommu,caching-mode=on"]
        machine = self.start(["-device", self.host_device(1)], *iommu)
        self.assertIn("intel-iommu first", machine.output())
        machine = self.start(iommu, "-device", self.host_device(2))
        self.assertNotIn("intel-iommu first", machine.output())

    def test_device_is_accepted_when_it_is_mediated(self):
        """With caching mode, translation on and off."""
        machine = self.start(
            ["-device", "intel-iommu,caching-mode=on"],
            "-device", self.host_device(1, True))
        legacy = tables.Legacy(tables.Pages(machine))
        remapper = unit.Unit(machine)
        tables.turn_on(remapper, legacy)
        self.assertEqual(self.mappings()[0], {})
        remapper.clear(unit.TE)
        self.assertNotEqual(self.mappings()[0], {})


if __name__ == "__main__":
    unittest.main()
