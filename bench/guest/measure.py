#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""measure.py [--quick] QEMU STOCK-QEMU KERNEL INITRD: NVMe reads of a Linux guest.

A guest for each QEMU and mode, all at the same time, one of which works at any.
Each has a disk behind the unit with iommu.strict=1 and one that passes through;
the disk behind the unit is measured next to that.  Prints rows like those of
vtd-bench: nanoseconds of one read, the subject is libvtd.  ACCEL=kvm is faster.
"""

import os
import pathlib
import random
import socket
import statistics
import subprocess
import sys
import tempfile

ROUNDS, QUICK_ROUNDS = 9, 1
MILLISECONDS = 500
THREADS = 4
LIMIT = 300 # seconds for a line of a guest; only one that hangs needs it

MODES = {
    "legacy": ("intel-iommu,aw-bits=48", "sm_off"),
    "scalable": ("intel-iommu,aw-bits=48,x-scalable-mode=on,x-flts=on", "sm_on"),
}
LOADS = {"random_4k": ("random", 4096), "sequential_64k": ("sequential", 65536)}


class Guest:
    """A Linux that runs guest.sh, and its console."""

    def __init__(self, qemu, mode, kernel, initrd):
        iommu, mode_word = MODES[mode]
        accel = os.environ.get("ACCEL", "tcg")
        split = ",kernel-irqchip=split" if accel == "kvm" else ""
        self.directory = tempfile.TemporaryDirectory(prefix="vtd-bench.")
        path = pathlib.Path(self.directory.name)
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(path / "console"))
        listener.listen(1)
        disks = []
        for number in (5, 6):
            disks += ["-blockdev", f"null-co,node-name=disk{number},size={1 << 30}",
                      "-device", f"nvme,drive=disk{number},serial=bench{number},addr={number}"]
        self.process = subprocess.Popen(
            [qemu, "-machine", f"q35,accel={accel}{split}",
             "-cpu", "host" if accel == "kvm" else "max", "-smp", "2", "-m", "1G",
             "-nodefaults", "-no-reboot", "-display", "none",
             "-L", "/usr/share/seabios", "-L", "/usr/share/qemu",
             "-chardev", f"socket,id=c,path={path / 'console'}", "-serial", "chardev:c",
             "-serial", f"file:{path / 'verdict'}", "-device", iommu, *disks,
             "-kernel", kernel, "-initrd", initrd,
             "-append", "console=ttyS0 panic=-1 quiet no_timer_check tsc=reliable "
             f"svm.run=client intel_iommu=on,{mode_word} iommu.strict=1"],
            stdin=subprocess.DEVNULL)
        self.socket = self._accept(listener)
        listener.close()
        self.socket.settimeout(LIMIT)
        self.console = self.socket.makefile("rw", encoding="utf-8", errors="replace",
                                            newline="\n")
        self.seen = []

    def _accept(self, listener):
        listener.settimeout(0.2)
        while True:
            try:
                return listener.accept()[0]
            except TimeoutError:
                if self.process.poll() is not None:
                    sys.exit("QEMU does not start")

    def wait(self, word):
        """What follows `bench: word` on the console."""
        while True:
            line = self.console.readline()
            self.seen.append(line.rstrip())
            if not line:
                sys.exit("a guest ended:\n" + "\n".join(self.seen[-20:]))
            if line.startswith(f"bench: {word}"):
                return line.split()[2:]

    def load(self, disk, *words):
        """Nanoseconds of a read."""
        self.console.write(f"load {disk} {' '.join(map(str, words))}\n")
        self.console.flush()
        reads, nanoseconds = map(int, self.wait("result"))
        return nanoseconds / reads

    def close(self):
        """End it."""
        self.process.kill()
        self.process.wait()
        self.console.close()
        self.socket.close()
        self.directory.cleanup()


def check(guest, mode):
    """Both disks are what they should be, or figures mean nothing."""
    kinds = [guest.wait("disk") for _ in range(2)]
    guest.wait("ready")
    if [kind[1] for kind in kinds] != ["DMA", "identity"]:
        sys.exit(f"{mode}: domains of the disks are {kinds}")
    return kinds[0][3]


def quantiles(times):
    """median, low, high, min"""
    ordered = sorted(times)
    at = [ordered[round(part * (len(ordered) - 1))] for part in (0.5, 0.25, 0.75)]
    return [*at, ordered[0]]


def measure(mode, name, guests, rounds):
    """One load on both disks of both guests."""
    pattern, size = LOADS[name]
    sides = [(label, disk) for label in ("libvtd", "stock") for disk in ("translated", "passed")]
    times = {side: [] for side in sides}
    for _ in range(rounds):
        for side in random.sample(sides, len(sides)):
            label, disk = side
            times[side].append(guests[label, mode].load(
                disk, pattern, size, THREADS, MILLISECONDS))
    names = ["subject", "libvtd_pt", "stock", "stock_pt"]
    for side, row in zip(sides, names):
        ratio = ""
        if row != "subject":
            ratio = "%.3f" % statistics.median(
                mine / other for mine, other in zip(times[sides[0]], times[side]))
        figures = "\t".join("%.0f" % figure for figure in quantiles(times[side]))
        print(f"guest.{mode}.{name}", size, row, figures, ratio, sep="\t", flush=True)


def main():
    arguments = sys.argv[1:]
    quick = "--quick" in arguments
    if quick:
        arguments.remove("--quick")
    libvtd, stock, kernel, initrd = arguments
    guests = {}
    try:
        for mode in MODES:
            for label, qemu in (("libvtd", libvtd), ("stock", stock)):
                guests[label, mode] = Guest(qemu, mode, kernel, initrd)
        for (label, mode), guest in guests.items():
            queues = check(guest, f"{label} {mode}")
            print(f"guest {label} {mode}: {queues} queues", file=sys.stderr)
        print("case\tsize\tside\tmedian_ns\tlow_ns\thigh_ns\tmin_ns\tsubject_per")
        for mode in MODES:
            for name in LOADS:
                measure(mode, name, guests, QUICK_ROUNDS if quick else ROUNDS)
    finally:
        for guest in guests.values():
            guest.close()


main()
