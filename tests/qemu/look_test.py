# SPDX-License-Identifier: BSD-3-Clause
"""What a monitor can ask a live unit, and what vtd says about its memory."""

import json
import pathlib
import unittest

import tables
import unit
import vtd_program
from machine import Machine

DEVICE = 0x0018  # 00:03.0
IOVA, MEMORY = 0x7F000, 0x900000


class LookTest(unittest.TestCase):
    """Tables of legacy mode, in which an entry above the page forbids writing."""

    def setUp(self):
        self.machine = Machine("-device", "intel-iommu,id=iommu")
        self.addCleanup(self.machine.close)
        self.unit = unit.Unit(self.machine)
        pages = tables.Pages(self.machine)
        self.table = tables.SecondStage(pages)
        self.table.map(IOVA, MEMORY)
        self.legacy = tables.Legacy(pages)
        self.legacy.translate(DEVICE, 1, self.table)
        self.unit.start_queue()
        self.unit.write(unit.RTADDR, self.legacy.root)
        self.unit.set(unit.SRTP)
        self.unit.set(unit.TE)

    def get(self, name):
        """A property of the unit."""
        return self.machine.qmp("qom-get", path="iommu", property=name)

    def ask(self, text):
        """Set the request."""
        self.machine.qmp("qom-set", path="iommu", property="x-explain-request", value=text)

    def plant(self):
        """The fault; returns the address of the entry."""
        table = self.table.root
        for level in (4, 3):
            table = self.machine.read64(table + (IOVA >> 12 + 9 * (level - 1) & 511) * 8) & ~0xFFF
        entry = table + (IOVA >> 21 & 511) * 8
        self.machine.write64(entry, self.machine.read64(entry) & ~2)
        return entry

    def test_path_is_told_when_request_is_translated(self):
        """Root, context, four levels."""
        self.ask(f"00:03.0 write {IOVA + 0x123:#x}")
        answer = self.get("x-explain")
        self.assertEqual(answer["answer"], "success")
        self.assertEqual(answer["translated"], MEMORY + 0x123)
        self.assertEqual([s["level"] for s in answer["steps"] if s["level"]], [4, 3, 2, 1])
        self.assertNotIn("fault-step", answer)

    def test_entry_is_named_when_a_fault_is_planted(self):
        """In the live unit: as a value, and as text of the human monitor."""
        entry = self.plant()
        self.ask(f"00:03.0 write {IOVA:#x}")
        answer = self.get("x-explain")
        step = answer["steps"][answer["fault-step"]]
        self.assertEqual((step["level"], step["address"]), (2, entry))
        self.assertEqual(step["error-bits"], [2])
        self.assertEqual((answer["condition"], answer["reason"]), ("LGN.2", 5))
        text = self.machine.hmp("qom-get iommu x-explain-text")
        self.assertIn(f"* second-stage entry, level 2 at {entry:#x}: R=0x1 W=0x0(wrong)", text)
        self.assertIn("LGN.2: no write permission (fault reason 05h, recorded)", text)

    def test_nothing_is_recorded_when_a_fault_is_explained(self):
        """No side effect."""
        self.plant()
        self.ask(f"00:03.0 write {IOVA:#x}")
        self.get("x-explain")
        self.get("x-explain-text")
        self.assertIsNone(self.unit.take_fault())

    def test_entry_is_named_by_vtd_when_memory_was_saved(self):
        """With one command, from what pmemsave wrote and the root table."""
        entry = self.plant()
        image = pathlib.Path(self.machine.directory) / "memory"
        self.machine.qmp("pmemsave", val=0, size=0x1000000, filename=str(image))
        done = vtd_program.run(
            "explain", "--json", "--image", image, "--host-width", "48",
            "--root", f"{self.legacy.root:x}", "--cap", f"{self.unit.read(unit.CAP):x}",
            "--ecap", f"{self.unit.read(unit.ECAP):x}",
            "--sid", "00:03.0", "--write", f"{IOVA:x}")
        answer = json.loads(done.stdout)
        step = answer["steps"][answer["fault_step"]]
        self.assertEqual((step["level"], step["address"]), (2, hex(entry)))
        self.assertEqual(answer["condition"], "LGN.2")
        self.assertEqual((done.stderr, done.returncode), ("", 0))

    def test_mappings_are_told_from_the_address_on(self):
        """Neighbours in one."""
        for page in (1, 2):
            self.table.map(IOVA + page * 4096, MEMORY + page * 4096)
        self.unit.submit((0x12, 0))
        self.ask("00:03.0 read 0")
        value = self.get("x-mappings")
        self.assertEqual(value["mappings"], [
            {"first": IOVA, "last": IOVA + 0x2FFF, "address": MEMORY, "read": True,
             "write": True}])
        self.assertTrue(value["complete"])

    def test_unit_is_told_when_it_is_dumped(self):
        """Requesters, registers, the queue."""
        value = self.get("x-dump")
        self.assertEqual([(r["sid"], r["state"], r["second-stage-root"])
                          for r in value["requesters"]],
                         [("00:03.0", "translated", self.table.root)])
        self.assertEqual(value["registers"]["CAP"], self.unit.read(unit.CAP))
        self.assertTrue(value["queue"]["on"])
        self.assertEqual(value["queue"]["waits"], [])

    def test_interrupt_is_explained_when_remapping_is_on(self):
        """An entry that is not present."""
        self.unit.write(unit.IRTA, unit.INTERRUPTS | 7)
        self.unit.set(unit.SIRTP)
        self.unit.set(unit.IRE)
        self.ask("00:03.0 interrupt 0xfee00010 0")
        answer = self.get("x-explain")
        self.assertEqual((answer["condition"], answer["blocked"]), ("22h", True))

    def test_request_is_refused_when_it_is_none(self):
        """And the one before stays."""
        self.ask("00:03.0 read 0x1000")
        for text in ("", "00:03.0", "00:20.0 read 0", "00:03.0 read", "00:03.0 read x",
                     "00:03.0 pasid=1048576 read 0", "00:03.0 interrupt 0", "x read 0",
                     "00:03.0 read 0 0"):
            with self.assertRaisesRegex(RuntimeError, "is no request"):
                self.ask(text)
        self.assertEqual(self.get("x-explain-request"), "00:03.0 read 0x1000")

    def test_request_is_asked_for_when_there_is_none(self):
        """In words."""
        with self.assertRaisesRegex(RuntimeError, "set x-explain-request first"):
            self.get("x-explain")


if __name__ == "__main__":
    unittest.main()
