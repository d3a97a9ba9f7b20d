# SPDX-License-Identifier: BSD-3-Clause
"""What a command of the svm device that is aborted leaves behind."""

import unittest

import page_request_test
from page_request_test import PROCESS, map_page, respond, wait_for_request
from svm_save_test import (ABORT, ABORTED, ENABLE, ENDLESS, OK, PENDING, PORTAL, WAIT,
                           WORD, Portals)
from svm_test import BAR, DATA

LOST_ADDRESS, LOST_STATUS = 0x20, 0x28
NOP = 0
# Of portals 1 and 2.
PAGE, OTHER_PAGE = 0x1000, 0x2000


class AbortTest(unittest.TestCase):
    """A process whose pages come when the device has asked for them."""

    def setUp(self):
        self.case = page_request_test.PageRequestTest()
        self.case.setUp()
        self.addCleanup(self.case.doCleanups)
        self.machine = self.case.machine
        self.case.map()
        self.portals = Portals(self.machine)

    def submit_unread(self):
        """A command whose own page is not there, which the device has asked for."""
        self.portals.submit(1, WAIT, pasid=PROCESS, source=PAGE + WORD,
                            length=ENDLESS, operands=(1, 0))
        wait_for_request(self.machine)

    def abort(self):
        """It goes on until the request has its response."""
        self.portals.control(1, ENABLE | ABORT)
        self.assertEqual(self.portals.is_busy(1), 1)

    def lost(self):
        """The address and the status."""
        return (self.machine.read64(BAR + PORTAL + LOST_ADDRESS),
                self.machine.read64(BAR + PORTAL + LOST_STATUS))

    def test_record_is_written_when_command_is_aborted_before_it_was_read(self):
        """It can be read, and nobody has to wait for that."""
        self.submit_unread()
        self.abort()
        map_page(self.machine, PAGE)
        respond(self.machine)
        self.assertEqual(self.portals.end(1), (ABORTED, 0, 0))
        self.assertEqual(self.lost(), (0, 0))

    def test_record_is_written_when_command_is_aborted_before_its_record_was(self):
        """What it did was done."""
        map_page(self.machine, PAGE)
        self.portals.write(PAGE, NOP, record=OTHER_PAGE)
        self.portals.control(1, PROCESS, 0)
        self.portals.control(1, ENABLE)
        self.machine.write64(BAR + PORTAL, PAGE)
        wait_for_request(self.machine)
        self.abort()
        map_page(self.machine, OTHER_PAGE)
        respond(self.machine)
        self.portals.end(1)
        self.assertEqual(self.portals.record(2), (OK, 0, 0))
        self.assertEqual(self.lost(), (0, 0))

    def lose(self):
        """A command that cannot be read, for its page does not come."""
        self.submit_unread()
        self.abort()
        respond(self.machine)
        self.assertEqual(self.portals.end(1)[0], PENDING)

    def test_command_is_lost_when_it_is_aborted_and_its_page_does_not_come(self):
        """And the portal says which, and why."""
        self.lose()
        self.assertEqual(self.lost(), (PAGE, ABORTED))

    def test_loss_is_forgotten_when_command_is_submitted_again(self):
        """It is not this one that is lost."""
        self.lose()
        map_page(self.machine, PAGE)
        self.machine.write64(BAR + PORTAL, PAGE)
        self.assertEqual(self.lost(), (0, 0))
        self.machine.write64(DATA + PAGE + WORD, 1)
        self.assertEqual(self.portals.end(1), (OK, 1, 8))

    def test_loss_stays_when_another_command_is_submitted(self):
        """It may not have been looked at yet."""
        self.lose()
        map_page(self.machine, OTHER_PAGE)
        self.portals.write(OTHER_PAGE, NOP)
        self.machine.write64(BAR + PORTAL, OTHER_PAGE)
        self.portals.end(1)
        self.assertEqual(self.portals.record(2)[0], OK)
        self.assertEqual(self.lost(), (PAGE, ABORTED))


if __name__ == "__main__":
    unittest.main()
