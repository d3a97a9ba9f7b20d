# SPDX-License-Identifier: BSD-3-Clause
"""Invalidations that the guest forgets: x-iotlb and x-check."""

import unittest

import view_test
from view_test import HERE, IOVA, MEMORY

DID = 5
OTHER = MEMORY + 0x100000


class CheckTest(view_test.ViewTest):
    """A device whose unit keeps what it has read."""

    iommu = "intel-iommu,id=iommu,x-iotlb=keep,x-check=on,x-check-waits=2"

    def start(self, *more):
        return super().start("-d", "guest_errors", *more)

    def property(self, name):
        """Of the unit."""
        return self.machine.qmp("qom-get", path="iommu", property=name)

    def change(self):
        """The page is used, and another takes its place."""
        self.tables.translate(HERE, DID, self.stage)
        self.turn_on()
        self.assertTrue(self.dma(HERE, IOVA))
        self.stage.map(IOVA, OTHER)

    def flush_page(self, address):
        """One page of the domain; its wait has completed."""
        return self.unit.flush((DID << 16 | 3 << 4 | 2, address))

    def test_use_is_reported_when_invalidation_is_forgotten(self):
        """After two waits that have nothing to do with it."""
        self.change()
        self.assertTrue(self.dma(HERE, IOVA))
        for offset in (0x1000, 0x2000):
            self.assertEqual(self.property("x-stale-uses"), 0)
            self.assertTrue(self.flush_page(IOVA + offset))
        self.assertTrue(self.dma(HERE, IOVA))
        self.assertEqual(self.property("x-stale-uses"), 1)
        self.assertEqual([(e["stale-uses"], e["reported"]) for e in self.property("x-dump")["iotlb"]
                          if e["cache"] == "IOTLB"], [(2, True)])
        self.assertGreater(self.property("x-stale-suspects"), 1)
        text = self.machine.output()
        self.assertIn("the guest forgot an invalidation: 0028 used", text)
        self.assertIn("stale use: IOTLB, 0028 ", text)
        self.assertIn("left it: another address range", text)

    def test_missing_invalidation_is_told_when_request_is_explained(self):
        """What is cached is what counts."""
        self.change()
        self.machine.qmp("qom-set", path="iommu", property="x-explain-request",
                         value=f"00:05.0 write {IOVA:#x}")
        value, text = self.property("x-explain"), self.property("x-explain-text")
        self.assertEqual((value["stale"], value["cached"]), (True, True))
        self.assertEqual(text[-1], "the unit goes by what it has cached: "
                         "an invalidation is missing")

    def test_cache_is_told_when_unit_is_dumped(self):
        """A page that was used, until it is invalidated."""
        self.change()
        entries = self.property("x-dump")["iotlb"]
        self.assertEqual([e for e in entries if e["cache"] == "IOTLB"], [
            {"cache": "IOTLB", "domain": DID, "pasid": 0, "address": IOVA, "size-shift": 12,
             "target": MEMORY, "read": True, "write": True, "clean": False,
             "stale-uses": 0, "reported": False}])
        self.assertEqual([(e["cache"], e["sid"]) for e in entries if "sid" in e],
                         [("context cache", "00:05.0")])
        self.assertTrue(self.flush_page(IOVA))
        value = self.property("x-dump")
        self.assertNotIn("IOTLB", [entry["cache"] for entry in value["iotlb"]])
        self.assertTrue(value["iotlb-complete"])

    def test_nothing_is_reported_when_page_is_invalidated(self):
        """And the new page is written."""
        self.change()
        self.assertTrue(self.flush_page(IOVA))
        self.assertFalse(self.dma(HERE, IOVA))
        self.assertEqual(self.property("x-stale-suspects"), 0)
        self.assertEqual(self.property("x-iotlb-dropped"), 0)
        self.assertGreater(self.property("x-iotlb-misses"), 1)


def load_tests(loader, _tests, _pattern):
    """Those of the views are run where they belong."""
    names = [name for name in vars(CheckTest) if name.startswith("test_")]
    return unittest.TestSuite(CheckTest(name) for name in names)


if __name__ == "__main__":
    unittest.main()
