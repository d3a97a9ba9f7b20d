# SPDX-License-Identifier: BSD-3-Clause
"""Page requests of the svm device, with a full queue and a stopped machine."""

import struct
import unittest

import unit
from machine import Machine
from svm_test import (ADDRESS, BAR, COMMAND, DATA, ECAM, LENGTH, NO_PASID, PASID,
                      PORT, STATUS, SVM, WRITE)

IOMMU = ("intel-iommu,id=iommu,x-scalable-mode=on,x-flts=on,svm=on,device-iotlb=on,"
         "x-pasid-mode=on")
PROCESS = 5
PQH, PQT, PQA, PRS, PRO = 0xC0, 0xC8, 0xD0, 0xDC, 2
WIDE = 1 << 11
QUEUE = 0x150000

# Tables, each a page.
CONTEXT, DIRECTORY, PASIDS, TABLE = 0x121000, 0x122000, 0x123000, 0x124000
FIRST_STAGE, WALK_SNOOP, PRESENT_WRITE_USER = 1 << 6, 1 << 23, 7
TTM_SCALABLE = 1 << 10
PAGE = 4096

# Of the device: controls of a portal, and how many invalidations there were.
CONTROLS, CONTROL_SIZE, INVALIDATIONS = 0x800, 0x20, 0x238


def make(*args):
    """A machine with the device."""
    return Machine(
        "-device", "pcie-root-port,id=rp,addr=4,slot=1,chassis=1",
        "-device", "svm,id=svm,bus=rp", "-device", IOMMU,
        "-trace", "vtd_page_*", *args)


def start():
    """The device with ATS, PASID and PRI on."""
    machine = make()
    machine.config_write(0, 0x60, ECAM | 1)
    machine.config_write(PORT, 0x18, 0x00010100)
    machine.config_write(PORT, 0x20, 0xC010C000)
    machine.config_write(PORT, 0x04, 6, 2)
    machine.config_write(SVM, 0x10, BAR)
    machine.config_write(SVM, 0x04, 6, 2)
    config = ECAM + (SVM << 12)
    machine.command("writew", hex(config + 0x116), 1)
    machine.command("writel", hex(config + 0x12C), 1)
    machine.command("writew", hex(config + 0x124), 1)
    machine.command("writew", hex(config + 0x106), hex(0x8000))
    return machine


def map_page(machine, address):
    """The process's page leads to that far into DATA."""
    machine.write_words(TABLE + 3 * PAGE + (address >> 12) * 8,
                        (DATA + address) | PRESENT_WRITE_USER)


def requests(machine):
    """How many the unit has queued."""
    return machine.read64(unit.BASE + PQT) // 32


def wait_for_request(machine, count=1):
    """The device has asked."""
    while requests(machine) < count:
        machine.qmp("query-status")


def respond(machine, number=0):
    """Success, to request `number` of the queue."""
    first, second = struct.unpack("<QQ", machine.read(QUEUE + number * 32, 16))
    machine.write_words(
        unit.QUEUE + number * 32, first >> 32 << 32 | SVM << 16 | 1 << 4 | 9,
        second & 0xFF8, 0, 0)
    machine.write64(unit.BASE + unit.IQT, (number + 1) * 32)


def pasid_device_tlb_invalidation(pasid, everyone=False):
    """All addresses of a PASID of the device, or of all its PASIDs."""
    return pasid << 32 | SVM << 16 | 8, 0x7FFFFFFFFFFFF000 | 1 << 11 | everyone


class PageRequestTest(unittest.TestCase):
    """A process with an empty first-stage table."""

    def setUp(self):
        self.machine = machine = start()
        self.addCleanup(machine.close)
        self.unit = vtd = unit.Unit(machine)
        machine.write_words(unit.ROOT + (SVM >> 8) * 16, CONTEXT | 1, 0)
        machine.write_words(CONTEXT, DIRECTORY | 1 << 4 | 1 << 3 | 1 << 2 | 1)
        machine.write_words(DIRECTORY, PASIDS | 1)
        machine.write_words(PASIDS + PROCESS * 64, FIRST_STAGE | 1,
                            WALK_SNOOP | 1, TABLE)
        vtd.write(unit.IQA, unit.QUEUE | WIDE)
        vtd.set(unit.QIE)
        vtd.write(unit.RTADDR, unit.ROOT | TTM_SCALABLE)
        vtd.set(unit.SRTP)
        vtd.set(unit.TE)
        vtd.write(PQA, QUEUE)

    def command(self):
        """The device is to write to the process."""
        self.machine.write32(BAR + PASID, PROCESS)
        self.machine.write64(BAR + ADDRESS, 0)
        self.machine.write64(BAR + LENGTH, 8)
        self.machine.write64(BAR + COMMAND, WRITE)

    def map(self):
        """Address 0 leads to DATA."""
        for level in range(4):
            target = DATA if level == 3 else TABLE + (level + 1) * PAGE
            self.machine.write_words(TABLE + level * PAGE,
                                     target | PRESENT_WRITE_USER)

    def wait_for_data(self):
        """Until the command has written."""
        while self.machine.read(DATA, 8) != bytes(range(8)):
            self.assertEqual(self.machine.read64(BAR + STATUS), 0)

    def test_wait_for_a_page_outlasts_a_stop(self):
        """The response comes while the machine is stopped."""
        self.command()
        while not self.unit.read(PQT):
            self.assertEqual(self.machine.read64(BAR + STATUS), 0)
        self.machine.qmp("stop")
        self.map()
        respond(self.machine)
        self.machine.qmp("query-status")
        self.assertEqual(self.machine.read(DATA, 8), bytes(8))
        self.machine.qmp("cont")
        self.wait_for_data()
        self.assertEqual(self.machine.output().count("vtd_page_request"), 1)

    def test_device_tries_again_when_queue_is_full(self):
        """It is told so by the call, and by no response."""
        self.unit.write(PQH, 32)
        self.command()
        while not self.unit.read32(PRS) & PRO:
            self.assertEqual(self.machine.read64(BAR + STATUS), 0)
        self.assertRegex(self.explain()[-1], "; it takes nothing until PRS.PRO is cleared$")
        self.map()
        self.wait_for_data()
        self.assertIn("vtd_page_request sid 0x100", self.machine.output())
        self.assertNotIn("vtd_page_response", self.machine.output())

    def explain(self):
        """What would become of another request."""
        self.machine.qmp("qom-set", path="iommu", property="x-explain-request",
                         value=f"01:00.0 pasid={PROCESS} page-request 0")
        return self.machine.qmp("qom-get", path="iommu", property="x-explain-text")

    def test_request_is_told_when_it_is_in_the_queue(self):
        """With all that the device said."""
        self.command()
        wait_for_request(self.machine)
        value = self.machine.qmp("qom-get", path="iommu", property="x-dump")
        self.assertEqual(value["page-requests"], [
            {"sid": "01:00.0", "pasid": PROCESS, "address": 0, "prgi": 0,
             "read": False, "write": True, "last": True}])
        self.assertEqual(value["cache"], [
            {"sid": "01:00.0", "pasid": PROCESS, "domain": 1, "pass-through": False,
             "first-stage-root": TABLE, "second-stage-root": 0}])
        self.assertEqual(value["requesters"][1:], [
            {"sid": "01:00.0", "pasid": PROCESS, "state": "translated", "condition": "none",
             "domain": 1, "ats": True, "pri": True, "first-stage-root": TABLE,
             "second-stage-root": 0}])
        value = self.machine.qmp("qom-get", path="svm", property="x-dump")
        self.assertEqual(value["groups"], [
            {"prgi": 0, "pasid": PROCESS, "messages": 1, "waited": True}])
        self.assertEqual((value["pasids"], value["pri"], value["pri-allocation"],
                          value["pri-outstanding"], value["groups-in-all"]),
                         (True, True, 1, 1, 1))

    def test_nothing_is_kept_when_portal_leaves_the_pasid(self):
        """Nobody would tell the device what becomes invalid."""
        self.map()
        self.command()
        self.wait_for_data()
        self.assertEqual([t["pasid"] for t in self.translations()], [PROCESS])
        self.machine.write32(BAR + PASID, PROCESS + 1)
        self.assertEqual(self.translations(), [])

    def test_invalidation_comes_to_who_has_the_pasid(self):
        """Once to each portal's PASID, and to requests without one."""
        for portal, pasid in ((1, PROCESS), (2, PROCESS + 1)):
            self.machine.write32(BAR + CONTROLS + CONTROL_SIZE * portal, pasid)
        for descriptor, times in (
                (pasid_device_tlb_invalidation(PROCESS), 1),
                (pasid_device_tlb_invalidation(PROCESS + 2), 0),
                (pasid_device_tlb_invalidation(PROCESS, everyone=True), 2),
                (unit.device_tlb_invalidation(SVM), 1)):
            self.assertEqual(self.heard(descriptor), times)
        # The other one stays.
        self.machine.write32(BAR + CONTROLS + CONTROL_SIZE, NO_PASID)
        for pasid, times in ((PROCESS, 0), (PROCESS + 1, 1)):
            self.assertEqual(self.heard(pasid_device_tlb_invalidation(pasid)), times)

    def heard(self, descriptor):
        """How many listeners of the device a descriptor comes to."""
        before = self.machine.read32(BAR + INVALIDATIONS)
        tail = self.unit.read(unit.IQT)
        wait = self.unit.wait_descriptor()
        self.machine.write_words(unit.QUEUE + tail, *descriptor, 0, 0, *wait, 0, 0)
        self.unit.write(unit.IQT, tail + 64)
        self.assertTrue(self.unit.is_idle())
        return self.machine.read32(BAR + INVALIDATIONS) - before

    def translations(self):
        """What the device has cached."""
        return self.machine.qmp("qom-get", path="svm", property="x-dump")["translations"]


if __name__ == "__main__":
    unittest.main()
