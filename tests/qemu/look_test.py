# SPDX-License-Identifier: BSD-3-Clause
"""What a monitor can ask a live unit, and what vtd says about its memory."""

import json
import pathlib
import time
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
        text = self.get("x-explain-text")
        self.assertEqual(text[-1], f"success: {MEMORY + 0x123:#x} (rw)")
        self.assertEqual(len(text), len(answer["steps"]) + 1)

    def test_entry_is_named_when_a_fault_is_planted(self):
        """In the live unit: as a value, and as text of the human monitor."""
        entry = self.plant()
        self.ask(f"00:03.0 write {IOVA:#x}")
        answer = self.get("x-explain")
        step = answer["steps"][answer["fault-step"]]
        word = self.machine.read64(entry)
        self.assertEqual(step, {
            "structure": "second-stage entry", "level": 2, "for-level": 0, "address": entry,
            "words": [word], "error-bits": [2], "read": True, "write": False,
            "fields": {"R": 1, "W": 0, "A": 0, "PS": 0, "ADDR": word & ~0xFFF}})
        self.assertEqual({name: answer[name] for name in answer if name != "steps"}, {
            "fault-step": 5, "condition": "LGN.2", "reason": 5, "recording": "recorded",
            "text": "no write permission", "answer": "unsupported-request",
            "read": False, "write": False, "cached": False, "stale": False})
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
        self.assertEqual(value["requesters"], [
            {"sid": "00:03.0", "state": "translated", "condition": "none", "domain": 1,
             "ats": False, "pri": False, "first-stage-root": 0,
             "second-stage-root": self.table.root}])
        self.assertEqual(value["registers"]["CAP"], self.unit.read(unit.CAP))
        self.assertEqual(value["queue"], {
            "on": True, "base": unit.QUEUE, "size": 4096, "head": 0, "tail": 0, "waits": [],
            "itags": []})
        self.assertEqual((value["cache"], value["iotlb"], value["page-requests"]), ([], [], []))

    def test_interrupt_is_explained_when_remapping_is_on(self):
        """An entry that is not present."""
        self.unit.write(unit.IRTA, unit.INTERRUPTS | 7)
        self.unit.set(unit.SIRTP)
        self.unit.set(unit.IRE)
        self.ask("00:03.0 interrupt 0xfee00010 0")
        answer = self.get("x-explain")
        self.assertEqual((answer["condition"], answer["blocked"], answer["posted"]),
                         ("22h", True, False))
        self.assertRegex(self.get("x-explain-text")[-1], "^blocked")
        self.machine.write_words(unit.INTERRUPTS, 0x41 << 16 | 1, 0)
        self.assertEqual(self.get("x-explain-text")[-1], "message 0x41 to 0xfee00000")
        answer = self.get("x-explain")
        self.assertEqual((answer["message-address"], answer["message-data"]), (0xFEE00000, 0x41))

    def test_interrupt_entries_are_told_when_remapping_is_on(self):
        """Their words, and the message that they make."""
        self.machine.write_words(unit.INTERRUPTS + 5 * 16, 0x41 << 16 | 1, 1 << 18 | DEVICE)
        self.assertEqual(self.get("x-dump")["interrupts"], [])
        self.unit.write(unit.IRTA, unit.INTERRUPTS | 7)
        self.unit.set(unit.SIRTP)
        self.unit.set(unit.IRE)
        value = self.get("x-dump")
        self.assertEqual(value["interrupts"], [
            {"index": 5, "condition": "none", "entry-low": 0x410001,
             "entry-high": 1 << 18 | DEVICE, "posted": False,
             "message-address": 0xFEE00000, "message-data": 0x41}])
        self.assertTrue(value["interrupts-complete"])
        self.assertNotIn("next", value)

    def test_list_goes_on_when_it_is_long(self):
        """All functions of all buses have an entry."""
        context = self.legacy.contexts[0]
        self.machine.write_words(context, *[self.table.root | 1, 0x102] * 256)
        self.machine.write_words(self.legacy.root, *[context | 1, 0] * 256)
        value = self.get("x-dump")
        self.assertEqual(len(value["requesters"]), 256)
        self.assertEqual((value["requesters-complete"], value["next"]),
                         (False, "requesters=00:1f.7/0x0"))
        self.set_place(value["next"])
        value = self.get("x-dump")
        self.assertEqual(set(value), {"requesters", "requesters-complete", "next"})
        self.assertEqual(value["requesters"][0]["sid"], "01:00.0")
        self.set_place("requesters=ff:1f.7")
        self.assertEqual([r["sid"] for r in self.get("x-dump")["requesters"]], ["ff:1f.7"])
        self.assertTrue(self.get("x-dump")["requesters-complete"])
        self.set_place("")
        self.assertIn("registers", self.get("x-dump"))

    def set_place(self, text):
        """Where the dump goes on."""
        self.machine.qmp("qom-set", path="iommu", property="x-dump-from", value=text)

    def test_place_is_refused_when_it_is_none(self):
        """And the one before stays."""
        self.set_place("requesters=00:02.0/0x40 interrupts=3 iotlb=0")
        for text in ("x", "requesters=", "requesters=0", "requesters=00:02.0/x",
                     "requesters=00:02.0/0x100000", "interrupts=65536", "iotlb=", " "):
            with self.assertRaisesRegex(RuntimeError, "is no place in a dump"):
                self.set_place(text)
        self.assertEqual(self.machine.qmp("qom-get", path="iommu", property="x-dump-from"),
                         "requesters=00:02.0/0x40 interrupts=3 iotlb=0")

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


class PageRequestLookTest(unittest.TestCase):
    """00:03.0 may ask for pages of PASID 5, and nothing is mapped."""

    PQH, PQA, QUEUE = 0xC0, 0xD0, 0x150000
    TABLES, GUEST = 0x180000, 0x700000

    def setUp(self):
        self.machine = Machine("-device", "intel-iommu,id=iommu,x-scalable-mode=on,"
                               "x-flts=on,svm=on,device-iotlb=on,x-pasid-mode=on")
        self.addCleanup(self.machine.close)
        self.unit = unit.WideUnit(self.machine)
        pages = tables.Pages(self.machine)
        root, context, directory, self.pasids = (pages.take() for _ in range(4))
        write = self.machine.write_words
        write(self.pasids + 5 * 64, 1 << 6 | 1, 1 << 23 | 1, pages.take())
        write(directory, self.pasids | 1)
        write(context + DEVICE * 32, directory | 1 << 4 | 1 << 3 | 1 << 2 | 1)
        write(root, context | 1)
        self.unit.start_queue()
        self.unit.write(unit.RTADDR, root | 1 << 10)
        self.unit.set(unit.SRTP)
        self.unit.set(unit.TE)
        self.unit.write(self.PQA, self.QUEUE)

    def ask(self, text):
        """The explanation of a request, as a value and as text."""
        self.machine.qmp("qom-set", path="iommu", property="x-explain-request", value=text)
        return [self.machine.qmp("qom-get", path="iommu", property=name)
                for name in ("x-explain", "x-explain-text")]

    def test_queue_is_told_when_a_page_request_is_explained(self):
        """With room, and without; no request is in it afterwards."""
        for head, waiting, answer in ((0, 0, "queued"), (32, 127, "overflowed")):
            self.unit.write(self.PQH, head)
            value, text = self.ask("00:03.0 pasid=5 page-request 0x7000")
            self.assertEqual((value["answer"], value["condition"]), (answer, "none"))
            self.assertEqual(value["steps"][-1]["address"], self.pasids + 5 * 64)
            self.assertEqual((value["queue-waiting"], value["queue-capacity"],
                              value["queue-overflowed"]), (waiting, 127, False))
            self.assertEqual(text[-1], f"{answer}; {waiting} of 127 places of the queue are taken")

    def test_entry_is_named_when_a_page_request_is_refused(self):
        """Nothing has this PASID."""
        value, text = self.ask("00:03.0 pasid=6 page-request 0x7000")
        self.assertEqual((value["answer"], value["condition"]), ("refused", "SPT.2"))
        self.assertEqual(value["steps"][value["fault-step"]]["address"], self.pasids + 6 * 64)
        self.assertIn("* PASID table entry", "\n".join(text))
        self.assertEqual(text[-1], "refused")

    def nested(self):
        """PASID 7 has a first stage in a second one; returns both and its entry."""
        pages = tables.Pages(self.machine)
        pages.next = self.TABLES
        first, second = tables.FirstStage(pages), tables.SecondStage(pages)
        first.map(IOVA, self.GUEST)
        for page in range(self.TABLES, self.TABLES + 8 * 4096, 4096):
            second.map(page, page)
        second.map(self.GUEST, MEMORY)
        entry = self.pasids + 7 * 64
        self.machine.write_words(entry, second.root | 3 << 6 | 2 << 2 | 1, 1 << 23 | 1,
                                 first.root, 0)
        return first, second, entry

    def test_both_addresses_are_told_when_stages_are_nested(self):
        """Of the entries that are found through the second stage."""
        first, _, _ = self.nested()
        value, text = self.ask(f"00:03.0 pasid=7 read {IOVA:#x}")
        self.assertEqual(text[-1], f"success: {MEMORY:#x} (r)")
        self.assertEqual(sum("(for level 1)" in line for line in text), 4)
        guests = [(s["structure"], s["level"]) for s in value["steps"] if "guest-address" in s]
        self.assertEqual(guests, [("first-stage entry", level) for level in (4, 3, 2, 1)])
        top, = [s for s in value["steps"] if s["level"] == 4 and "guest-address" in s]
        self.assertEqual((top["address"], top["guest-address"]), (first.root, first.root))

    def test_missing_memory_is_told_when_entry_leads_nowhere(self):
        """With the address where nothing is."""
        nowhere = 0x7000000000
        self.machine.write_words(self.nested()[2], nowhere | 2 << 6 | 2 << 2 | 1, 1 << 23 | 1)
        _, text = self.ask(f"00:03.0 pasid=7 read {IOVA:#x}")
        self.assertEqual(text[-3], f"* second-stage entry, level 4 at {nowhere:#x}: "
                         "no memory is there")


class EndlessTest(unittest.TestCase):
    """Every function has a directory of 2^20 PASIDs, and it is empty."""

    def setUp(self):
        self.machine = Machine("-device", "intel-iommu,id=iommu,x-scalable-mode=on,"
                               "x-flts=on,svm=on,device-iotlb=on,x-pasid-mode=on")
        self.addCleanup(self.machine.close)
        self.unit = unit.WideUnit(self.machine)
        self.unit.start_queue()
        pages = tables.Pages(self.machine)
        root, context, directory = (pages.take() for _ in range(3))
        # PASIDE, and PDTS=7: all functions share 32 pages of nothing.
        self.machine.write_words(context, *[directory | 7 << 9 | 8 | 1, 0, 0, 0] * 128)
        self.machine.write_words(root, *[context | 1] * 512)
        self.unit.write(unit.RTADDR, root | 1 << 10)
        self.unit.set(unit.SRTP)
        self.unit.set(unit.TE)

    def test_dump_ends_and_goes_on_when_tables_are_endless(self):
        """2^30 look-ups that find nothing."""
        places = []
        for _ in range(4):
            begin = time.monotonic()
            value = self.machine.qmp("qom-get", path="iommu", property="x-dump")
            self.assertLess(time.monotonic() - begin, 1)
            self.assertFalse(value["requesters-complete"])
            self.assertLess(len(value["requesters"]), 256)
            places.append(value["next"])
            self.machine.qmp("qom-set", path="iommu", property="x-dump-from",
                             value=value["next"])
        self.assertEqual(len(set(places)), 4)


if __name__ == "__main__":
    unittest.main()
