# SPDX-License-Identifier: BSD-3-Clause
"""QEMU with a stand-in for the kernel's vfio driver, and what its log says."""

import os
import shutil
import tempfile
import unittest

import preload
import unit
from machine import Machine

ONE, TWO = 0x28, 0x30
DOMAIN = {ONE: 5, TWO: 6}

IOVA, MEMORY = 0x40000000, 0x1000000


def page_invalidation(did, iova, mask=0):
    """2^mask pages of a domain."""
    return (did << 16 | 3 << 4 | 2, iova | mask)


def domain_invalidation(did):
    """All pages of a domain."""
    return (did << 16 | 2 << 4 | 2, 0)


def device_invalidation(sid, did=0):
    """The context entry of one function."""
    return (sid << 32 | did << 16 | 3 << 4 | 1, 0)


def fill_with_tables(pages, stage):
    """2^36 pages to look at, of which none is present."""
    table = pages.take()
    for _ in range(2):
        upper = pages.take()
        pages.machine.write_words(upper, *[table | 3] * 512)
        table = upper
    pages.machine.write_words(stage.root, *[table | 3] * 512)


class FakeVfio(unittest.TestCase):
    """QEMU with the stand-in preloaded."""

    library = None

    @classmethod
    def setUpClass(cls):
        cls.library = preload.build_fake_vfio(cls)

    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="vtd-shadow.")
        self.addCleanup(shutil.rmtree, self.directory)
        self.addCleanup(preload.environment(
            LD_PRELOAD=self.library, FAKE_VFIO_SINGLE="1",
            FAKE_VFIO_LOG=self.path("log"), FAKE_VFIO_RAM=self.path("ram"),
            FAKE_VFIO_WATCH=hex(unit.STATUS)))

    def path(self, name):
        """A file of this test."""
        return os.path.join(self.directory, name)

    def host_device(self, group, mediated=False):
        """Properties of a device in a group of its own."""
        place = self.path(f"device{group}")
        os.mkdir(place)
        os.symlink(f"/{group}", os.path.join(place, "iommu_group"))
        if mediated:
            os.symlink("/sys/bus/mdev", os.path.join(place, "subsystem"))
        return f"vfio-pci,sysfsdev={place}"

    def start(self, iommu, *args):
        """A machine with its memory in a file."""
        if os.path.exists(self.path("ram")):
            os.remove(self.path("ram"))
        machine = Machine(
            "-object", "memory-backend-file,id=ram,size=256M,share=on,"
            "mem-path=" + self.path("ram"), *iommu, *args,
            machine="q35,memory-backend=ram")
        self.addCleanup(machine.close)
        return machine

    def log(self):
        """All lines so far, as words."""
        with open(self.path("log"), encoding="utf-8") as log:
            return [line.split() for line in log]

    def mappings(self):
        """By container: where each mapping leads to, by (iova, size)."""
        found = {}
        for words in self.log():
            self.assertNotEqual(words[0], "refused", words)
            numbers = [int(word, 0) for word in words[1:] if word[0].isdigit()]
            here = found.setdefault(numbers[0], {})
            if words[0] == "map":
                offset = None if words[5] == "-" else int(words[5], 0)
                here[numbers[1], numbers[2]] = (offset, words[4])
            elif words[0] == "unmap":
                first, size = numbers[1], numbers[2]
                for one in list(here):
                    if first <= one[0] < first + size:
                        del here[one]
        return found
