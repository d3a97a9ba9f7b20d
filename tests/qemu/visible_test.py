# SPDX-License-Identifier: BSD-3-Clause
"""What can be seen of the unit from outside: trace events, reports, the log."""

import time
import unittest

import svm_test
import unit

LINES_PER_SECOND = 20  # of the log
BAD_DESCRIPTOR = (1 << 40 | 0xF, 0)
IQE = 1 << 4
DEVFN = "01:00.00"


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
