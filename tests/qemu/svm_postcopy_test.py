# SPDX-License-Identifier: BSD-3-Clause
"""The svm device in a machine whose memory comes after it (postcopy migration)."""

import unittest

import svm_test
from svm_save_test import CommandCase


class PostcopyTest(CommandCase):
    """Portals' threads find pages that are not there yet, and wait for them."""

    def setUp(self):
        super().setUp()
        self.other = self.close_later(svm_test.make("-incoming", "defer", "-S"))
        self.enable_postcopy()
        # Commands write faster, so precopy alone does not come to an end; then
        # what nobody asks for takes a minute.
        self.machine.qmp("migrate-set-parameters", **{
            "max-bandwidth": 1 << 20, "max-postcopy-bandwidth": 10000})

    def enable_postcopy(self):
        """Skips the test where the host does not let QEMU do it."""
        for machine in self.machine, self.other:
            try:
                machine.qmp("migrate-set-capabilities", capabilities=[
                    {"capability": "postcopy-ram", "state": True}])
            except RuntimeError as error:
                if "serfaultfd" in str(error):
                    self.skipTest(str(error))
                raise

    def wait_for(self, machine, *statuses):
        """Of its migration."""
        while True:
            status = machine.qmp("query-migrate").get("status")
            if status in statuses:
                return
            self.assertNotIn(status, ("failed", "completed"), machine.output())

    def switch(self):
        """The other machine has all but memory."""
        uri = "unix:" + self.path("wire")
        self.other.qmp("migrate-incoming", uri=uri)
        self.machine.qmp("migrate", uri=uri)
        self.wait_for(self.machine, "active")
        self.machine.qmp("migrate-start-postcopy")
        self.wait_for(self.other, "postcopy-active")

    def wait_for_memory(self):
        """It is all there."""
        self.machine.qmp("migrate-set-parameters", **{"max-postcopy-bandwidth": 0})
        self.wait_for(self.machine, "completed")
        self.wait_for(self.other, "completed")

    def test_commands_go_on_when_memory_comes_later(self):
        """They fetch it."""
        self.switch()
        self.other.qmp("cont")
        self.assert_all_end(self.other)
        self.wait_for_memory()
        ram = self.machine.qmp("query-migrate")["ram"]
        self.assertGreater(ram["postcopy-requests"], 0)

    def test_memory_is_the_same_when_machine_has_not_run(self):
        """What was written last is in neither or in both."""
        self.switch()
        self.wait_for_memory()
        self.assert_same_memory(self.machine, self.other)
        self.other.qmp("cont")
        self.assert_all_end(self.other)


if __name__ == "__main__":
    unittest.main()
