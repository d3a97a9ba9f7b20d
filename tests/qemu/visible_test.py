# SPDX-License-Identifier: BSD-3-Clause
"""What can be seen of the unit from outside: trace events, reports, the log."""

import time
import unittest

import svm_test
import unit
from machine import Machine

LINES_PER_SECOND = 20  # of the log
BAD_DESCRIPTOR = (1 << 40 | 0xF, 0)
IQE = 1 << 4
DEVFN = "01:00.00"
TTM_SCALABLE = 1 << 10

# Descriptors of domain 5 and PASID 7, and how they are traced.
DID, PASID = 5 << 16, 7 << 32
INVALIDATIONS = (
    (1 << 48 | 0x123 << 32 | 3 << 4 | 1, 0,
     "vtd_inv_desc_cc_devices context invalidate devices sid 0x123 fmask 0x4"),
    (1 << 4 | 2, 0, "vtd_inv_desc_iotlb_global iotlb invalidate global"),
    (DID | 2 << 4 | 2, 0, "vtd_inv_desc_iotlb_domain iotlb invalidate whole domain 0x5"),
    (DID | 3 << 4 | 2, 0x7000,
     "vtd_inv_desc_iotlb_pages iotlb invalidate domain 0x5 addr 0x7000 mask 0x0"),
    (DID | 3 << 4 | 2, 0x4002,
     "vtd_inv_desc_iotlb_pages iotlb invalidate domain 0x5 addr 0x4000 mask 0x2"),
    (PASID | DID | 2 << 4 | 6, 0,
     "vtd_inv_desc_iotlb_pasid iotlb invalidate domain 0x5 pasid 0x7"),
    (PASID | DID | 3 << 4 | 6, 0x8001, "vtd_inv_desc_iotlb_pasid_pages iotlb invalidate "
     "domain 0x5 addr 0x8000 mask 0x1 pasid 0x7"),
    (4, 0, "vtd_inv_desc_iec granularity 0x0 index 0x0 mask 0x10"),
    (6 << 32 | 2 << 27 | 1 << 4 | 4, 0, "vtd_inv_desc_iec granularity 0x1 index 0x4 mask 0x2"),
    (9 << 32 | 1 << 4 | 4, 0, "vtd_inv_desc_iec granularity 0x1 index 0x9 mask 0x0"),
)


class VisibleTest(unittest.TestCase):
    """With the device svm, which asks for translations."""

    def start(self, *args):
        """Returns the machine and its unit, which translates."""
        machine = svm_test.start(*args)
        self.addCleanup(machine.close)
        return machine, svm_test.translate(machine)

    def make_errors(self, machine, vtd, count):
        """Descriptors that stop the queue, which goes on each time."""
        for _ in range(count):
            vtd.submit(BAD_DESCRIPTOR)
            machine.write64(unit.BASE + unit.IQT, vtd.tail)
            machine.write_words(unit.QUEUE, *[0] * 512)
            vtd.clear(unit.QIE)
            machine.write32(unit.BASE + unit.FSTS, IQE)
            vtd.start_queue()

    def test_events_have_the_names_of_qemu_when_traced(self):
        """Those that scripts look for."""
        machine, vtd = self.start("-trace", "vtd_*")
        machine.write32(svm_test.BAR + svm_test.PASID, svm_test.NO_PASID)
        machine.write64(svm_test.BAR + svm_test.LENGTH, 4096)
        machine.write64(svm_test.BAR + svm_test.COMMAND, svm_test.WRITE)
        vtd.flush(unit.iotlb_invalidation(),
                  unit.device_tlb_invalidation(svm_test.SVM))
        while DEVFN not in machine.output():
            machine.qmp("query-status")
        text = machine.output()
        for event in ("vtd_reset_exit", "vtd_inv_qi_enable enabled 1",
                      "vtd_dmar_enable enable 1", "vtd_inv_desc_iotlb_global",
                      f"vtd_dmar_translate dev {DEVFN} iova 0x0 -> gpa 0x400000",
                      "vtd_inv_device_tlb sid 0x100", "vtd_ir_remap_msi_req",
                      "vtd_reg_write addr 0x18"):
            self.assertIn(event, text)

    def test_invalidations_are_traced_with_what_they_name(self):
        """Of both modes, wide and narrow."""
        machine = Machine("-trace", "vtd_inv_*", "-device", "intel-iommu,x-scalable-mode=on,"
                          "x-flts=on,svm=on,device-iotlb=on,x-pasid-mode=on,intremap=on,eim=off")
        self.addCleanup(machine.close)
        vtd = unit.WideUnit(machine)
        vtd.start_queue()
        vtd.write(unit.RTADDR, unit.ROOT | TTM_SCALABLE)
        vtd.set(unit.SRTP)
        vtd.write(unit.IRTA, unit.INTERRUPTS | 7)
        vtd.set(unit.SIRTP)
        for low, high, text in INVALIDATIONS:
            before = len(machine.output())
            vtd.submit((low, high))
            machine.qmp("query-status")
            lines = machine.output()[before:].splitlines()
            self.assertEqual([line for line in lines if "inv_qi" not in line], [text])

    def test_address_spaces_have_the_names_of_qemu(self):
        """In what the monitor prints."""
        machine, _ = self.start()
        text = machine.hmp("info mtree")
        for name in ("address-space: vtd-root", "vtd-00.0-dmar", "vtd-nodmar",
                     "vtd-ir", "intel_iommu"):
            self.assertIn(name, text)

    def test_error_of_guest_is_reported_once(self):
        """Without any option."""
        machine, vtd = self.start()
        self.make_errors(machine, vtd, 10)
        self.assertEqual(machine.output().count("invalidation queue stops"), 1)

    def test_log_is_bounded_when_guest_makes_errors(self):
        """However many they are."""
        machine, vtd = self.start("-d", "guest_errors")
        begin = time.monotonic()
        self.make_errors(machine, vtd, 200)
        seconds = time.monotonic() - begin
        count = machine.output().count("invalidation queue stops")
        self.assertGreater(count, 1)
        self.assertLessEqual(count,
                             LINES_PER_SECOND * (int(seconds) + 2) + 1)


if __name__ == "__main__":
    unittest.main()
