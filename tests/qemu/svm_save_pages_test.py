# SPDX-License-Identifier: BSD-3-Clause
"""The svm device saved while it waits for pages, and loaded elsewhere."""

import random
import unittest

import page_request_test
from page_request_test import map_page, requests, respond, wait_for_request
from svm_save_test import (ABORT, ABORTED, ATOMIC_ADD, COPY, ENABLE, ENDLESS, OK, PORTAL,
                           WAIT, WORD, Portals, SaveTest)
from svm_test import BAR, DATA, ECAM, SVM

PAGE_REQUESTS = 0x200 + 8 * 3
PRI_STATUS, UNEXPECTED, ALLOCATION = 0x126, 2, 0x12C


class PageRequestTest(SaveTest):
    """A command that waits for a page, while its machine is saved."""

    COUNT, MISSING = 8, 3
    SOURCE, TARGET = 0x10000, 0x20000

    def setUp(self):
        super().setUp()
        test = page_request_test.PageRequestTest()
        test.setUp()
        self.addCleanup(test.doCleanups)
        self.first = test
        self.machine = test.machine
        test.map()
        self.machine.command("writel", hex(ECAM + (SVM << 12) + ALLOCATION), 16)
        self.data = random.Random(1).randbytes(self.COUNT * 4096)
        self.machine.write(DATA + self.SOURCE, self.data)
        for i in range(self.COUNT):
            map_page(self.machine, self.SOURCE + i * 4096)
            if i != self.MISSING:
                map_page(self.machine, self.TARGET + i * 4096)
        map_page(self.machine, 0x1000)
        Portals(self.machine).submit(
            1, COPY, pasid=page_request_test.PROCESS, source=self.SOURCE,
            destination=self.TARGET, length=self.COUNT * 4096)
        wait_for_request(self.machine)

    def load(self):
        """Another machine, with the state."""
        self.machine.qmp("stop")
        self.machine.save(self.path("state"))
        machine = self.close_later(page_request_test.make("-incoming", "defer",
                                                          "-S"))
        machine.load(self.path("state"))
        self.assert_same_memory(self.machine, machine)
        return machine

    def test_page_is_asked_for_again_when_loaded(self):
        """And the old response is not an unexpected one."""
        machine = self.load()
        self.assertEqual(requests(machine), 1)
        machine.qmp("cont")
        wait_for_request(machine, 2)
        map_page(machine, self.TARGET + self.MISSING * 4096)
        respond(machine, 0)
        respond(machine, 1)
        size = self.COUNT * 4096
        self.assertEqual(Portals(machine).end(1), (OK, 0, size))
        self.assertEqual(machine.read(DATA + self.TARGET, size), self.data)
        status = machine.command("readw", hex(ECAM + (SVM << 12) + PRI_STATUS))
        self.assertEqual(int(status[0], 16) & UNEXPECTED, 0)
        self.assertEqual(requests(machine), 2)
        # The counter goes along, and the device has asked no oftener.
        self.assertEqual(machine.read32(BAR + PAGE_REQUESTS), 2)

    def assert_busy_until_response(self, machine):
        """An abort takes back what it must not, else."""
        for _ in range(20):
            self.assertEqual(Portals(machine).is_busy(1), 1)
        respond(machine, 0)
        self.assertEqual(Portals(machine).end(1)[0], ABORTED)
        self.assertEqual(requests(machine), 1)

    def test_abort_waits_for_the_old_response_when_loaded(self):
        """Software takes the PASID back when the portal is idle."""
        machine = self.load()
        Portals(machine).control(1, ABORT)
        machine.qmp("cont")
        self.assert_busy_until_response(machine)

    def test_abort_goes_on_when_loaded(self):
        """It was written before."""
        Portals(self.machine).control(1, ABORT)
        machine = self.load()
        machine.qmp("cont")
        self.assert_busy_until_response(machine)

    def test_record_is_written_when_command_is_aborted_before_it_is_read(self):
        """It can be read, and nobody has to wait for that."""
        Portals(self.machine).submit(
            2, WAIT, pasid=page_request_test.PROCESS, source=0x2000 + WORD,
            length=ENDLESS, operands=(7, 0))
        wait_for_request(self.machine, 2)
        machine = self.load()
        map_page(machine, 0x2000)
        for number in range(2):
            respond(machine, number)
        Portals(machine).control(2, ENABLE | ABORT)
        machine.qmp("cont")
        self.assertEqual(Portals(machine).end(2), (ABORTED, 0, 0))

    def test_command_ends_when_the_response_to_another_is_owed(self):
        """It was of a command that a driver ended at once, in the same PASID."""
        self.machine.config_write(SVM, 0x04, 2, 2)
        self.machine.config_write(SVM, 0x04, 6, 2)
        map_page(self.machine, 0x2000)
        portals = Portals(self.machine)
        portals.submit(2, WAIT, pasid=page_request_test.PROCESS,
                       source=0x2000 + WORD, length=ENDLESS, operands=(7, 0))
        portals.wait_for_start(2)
        machine = self.load()
        machine.qmp("cont")
        machine.write64(DATA + 0x2000 + WORD, 7)
        self.assertEqual(Portals(machine).end(2), (OK, 7, 8))

    def test_addition_is_not_repeated_when_loaded(self):
        """It was done, and its record could not be written."""
        portals = Portals(self.machine)
        map_page(self.machine, 0x2000)
        portals.write(0x2000, ATOMIC_ADD, record=0x3000,
                      destination=0x2000 + WORD, operands=(5, 0))
        portals.control(2, page_request_test.PROCESS, 0)
        portals.control(2, ENABLE)
        self.machine.write64(BAR + 2 * PORTAL, 0x2000)
        wait_for_request(self.machine, 2)
        machine = self.load()
        machine.qmp("cont")
        wait_for_request(machine, 4)
        map_page(machine, 0x3000)
        map_page(machine, self.TARGET + self.MISSING * 4096)
        for number in range(4):
            respond(machine, number)
        portals = Portals(machine)
        portals.end(2)
        self.assertEqual(portals.record(3)[:2], (OK, 0))
        self.assertEqual(machine.read64(DATA + 0x2000 + WORD), 5)


if __name__ == "__main__":
    unittest.main()
