#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""measure.py [--quick] QEMU STOCK-QEMU: DMA and invalidations in two QEMUs.

Both are made by link.py.  Prints rows like those of vtd-bench: the
subject is QEMU with libvtd.  There is no guest; each figure is taken in short runs,
turn by turn on all machines, in random order.
"""

import random
import statistics
import sys

import device

ROUNDS, QUICK_ROUNDS = 31, 3
COUNTS = {512: 20000, 1 << 16: 10000, 1 << 20: 5000}

# A descriptor that drops all translations.
GLOBAL = 1 << 4 | 2
# Invalidations in a row: the first finds a QEMU that has just been woken.
QUEUE_COUNT, QUEUE_COUNT_OF_MANY = 100, 10


class Side:
    """What is measured: a machine, and what it is told to do."""

    def __init__(self, name, bench, command, count, **parameters):
        self.name = name
        self.bench = bench
        self.job = (command, count)
        self.parameters = parameters
        self.times = []

    def run(self):
        """One run."""
        return self.bench.run(*self.job, **self.parameters)


def quantiles(times):
    """median, low, high, min"""
    ordered = sorted(times)
    at = [ordered[round(part * (len(ordered) - 1))] for part in (0.5, 0.25, 0.75)]
    return [*at, ordered[0]]


def measure(case, size, sides, rounds):
    """The first side is the subject."""
    for side in sides:
        side.run()
    for _ in range(rounds):
        for side in random.sample(sides, len(sides)):
            side.times.append(side.run())
    for side in sides:
        ratio = ""
        if side is not sides[0]:
            ratio = "%.3f" % statistics.median(
                mine / other for mine, other in zip(sides[0].times, side.times))
        figures = "\t".join("%.2f" % figure for figure in quantiles(side.times))
        print(case, size, side.name, figures, ratio, sep="\t", flush=True)


class Machines:
    """All machines that are compared, by QEMU and mode."""

    def __init__(self, libvtd, stock, rounds):
        self.rounds = rounds
        self.all = {}
        for name, qemu in (("subject", libvtd), ("stock", stock)):
            for mode in device.OPTIONS:
                self.all[name, mode] = device.Bench(qemu, mode)

    def close(self):
        """End them."""
        for bench in self.all.values():
            bench.close()

    def translations(self, mode, size, threads):
        """By the translate callback."""
        job = (device.TRANSLATE, COUNTS[size])
        sides = [Side(name, self.all[name, mode], *job, pages=size, threads=threads)
                 for name in ("subject", "stock")]
        if threads > 1:
            sides.append(Side("one_thread", self.all["subject", mode], *job, pages=size))
        case = f"qemu.translate.{mode}" + (".2_threads" if threads > 1 else "")
        measure(case, size, sides, self.rounds)

    def reads(self, mode, size, threads):
        """64 bytes by pci_dma_read()."""
        machines = {"subject": self.all["subject", mode],
                    "stock": self.all["stock", mode],
                    "no_unit": self.all["subject", "none"],
                    "stock_no_unit": self.all["stock", "none"]}
        sides = [Side(name, bench, device.READ, COUNTS[size], pages=size, threads=threads)
                 for name, bench in machines.items()]
        case = f"qemu.read.{mode}" + (".2_threads" if threads > 1 else "")
        measure(case, size, sides, self.rounds)

    def invalidations(self, mode, cached):
        """By a write of the queue's tail, with so many pages cached, or none."""
        word = device.DID << 16
        page, domain = ((word | 3 << 4 | 6, word | 2 << 4 | 6) if mode == "scalable"
                        else (word | 3 << 4 | 2, word | 2 << 4 | 2))
        kinds = {"wait": (0, 0, 0), "page": (page, 1, 1), "domain": (domain, 1, 0),
                 "global": (GLOBAL, 1, 0), "255_pages": (page, 255, 1)}
        if not cached:
            for name in ("subject", "stock"):
                self.all[name, mode].run(device.INVALIDATE, 1, pages=1024, cached=0,
                                         word0=GLOBAL, number=1, vary=0)
        for name, (word0, number, vary) in kinds.items():
            if number > 1 and not cached:
                continue
            count = QUEUE_COUNT_OF_MANY if number > 1 else QUEUE_COUNT
            sides = [Side(side, self.all[side, mode], device.INVALIDATE, count,
                          pages=cached or 1024, cached=cached, word0=word0,
                          number=number, vary=vary)
                     for side in ("subject", "stock")]
            measure(f"qemu.queue.{mode}.{name}", cached, sides, self.rounds)


def main():
    arguments = sys.argv[1:]
    quick = "--quick" in arguments
    if quick:
        arguments.remove("--quick")
    machines = Machines(*arguments, QUICK_ROUNDS if quick else ROUNDS)
    try:
        print("case\tsize\tside\tmedian_ns\tlow_ns\thigh_ns\tmin_ns\tsubject_per")
        for threads in (1, 2):
            for mode in ("legacy", "scalable"):
                for size in COUNTS:
                    machines.translations(mode, size, threads)
                for size in (512, 1 << 16):
                    machines.reads(mode, size, threads)
        for mode in ("legacy", "scalable"):
            for cached in (0, 1024):
                machines.invalidations(mode, cached)
    finally:
        machines.close()


main()
