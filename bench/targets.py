# SPDX-License-Identifier: BSD-3-Clause
"""The targets, and what was measured of each: (what, target, measured, met)."""

from figures import size_name

MODES = [f"translate.{mode}" for mode in
         ("first_stage", "second_stage", "legacy", "pasid", "request")]
SMALL, LARGE = (16, 512, 65536), 1048576
THREADS = {
    "threads.same_requester": (512, 1048576), "threads.two_requesters": (512, 1048576),
    "threads.same_atc": (1024, 65536), "threads.two_atcs": (1024, 65536)}


def worst(pairs, largest=True):
    """The (value, key) that is furthest from what is wanted."""
    return (max if largest else min)(pairs)


def at_most(figures, cases, side, limit):
    """The largest ratio to `side` over [(case, size)], and both of its figures."""
    value, (case, size) = worst([(figures.per(*key, side), key) for key in cases])
    return (f"{value:.2f}x ({case.split('.', 1)[1]}, {size_name(size)}: "
            f"{figures.time(case, size):.1f} to {figures.time(case, size, side):.1f} ns)",
            value <= limit)


def hit_rows(figures):
    """The library's hits."""
    small = [(mode, size) for mode in MODES for size in SMALL]
    what = "hit in the library, any mode, 16 to 64 k pages: "
    yield (what + "to the dependent checked walk", "at most 1.3x",
           *at_most(figures, small, "walk_dependent", 1.3))
    yield (what + "to the independent one", "at most 2.5x",
           *at_most(figures, small, "walk", 2.5))
    most = worst([(figures.instructions[mode, 512], mode.split(".")[1]) for mode in MODES])
    yield (what + "instructions", "at most 320", f"{most[0]:.0f} ({most[1]})", most[0] <= 320)
    yield ("1 M pages at random: to a bare checked walk", "at most 1.5x",
           *at_most(figures, [(mode, LARGE) for mode in MODES], "walk", 1.5))
    yield ("nested 4x4: to its 24 bare loads", "at most 1.5x",
           *at_most(figures, [("translate.nested", size) for size in (65536, LARGE)],
                    "loads_24", 1.5))
    yield ("nested 4x4 where prefixes repeat (16 and 512 pages)", "less than 1x",
           *at_most(figures, [("translate.nested", size) for size in (16, 512)],
                    "loads_24", 1.0))
    more = (figures.time("translate.pass_through", 512)
            - figures.time("translate.pass_through", 512, "empty_call"))
    yield ("pass-through: more than an empty call", "at most 15 ns", f"{more:.1f} ns",
           more <= 15)


def faster(figures, case, size, wanted):
    """How often the subject goes into stock's time."""
    value = 1 / figures.per(case, size, "stock")
    return (f"{value:.1f}x ({figures.time(case, size):.0f} to "
            f"{figures.time(case, size, 'stock'):.0f} ns)", value >= wanted)


def qemu_rows(figures):
    """Through QEMU."""
    what = "hit through QEMU's translate callback"
    for size, wanted in ((512, {"legacy": 1.5, "scalable": 6}),
                         (65536, {"legacy": 6, "scalable": 6}),
                         (1048576, {"legacy": 8, "scalable": 8})):
        for mode, times in wanted.items():
            yield (f"{what}, {size_name(size)} pages, {mode}: to stock", f"{times}x faster",
                   *faster(figures, f"qemu.translate.{mode}", size, times))
    yield ("64 B `pci_dma_read` behind the unit: to none", "at most 1.8x",
           *at_most(figures, [(f"qemu.read.{mode}", size) for mode in ("legacy", "scalable")
                              for size in (512, 65536)], "no_unit", 1.8))


def scaling(figures, case, size):
    """The rate of two threads to that of one.  By the shortest runs: another program
    on one of two processors spoils most."""
    row = figures.rows[case, size]
    return 2 * row["one_thread"]["min_ns"] / row["subject"]["min_ns"]


def thread_rows(figures):
    """Two threads against one."""
    what = "2 threads, same or different requester, translation and ATC hits: to one thread"
    value, name = worst([(scaling(figures, case, size),
                          f"{case.split('.')[1]}, {size_name(size)}")
                         for case, sizes in THREADS.items() for size in sizes], False)
    bare = min(scaling(figures, "threads.bare_walk", size) for size in (512, 1048576))
    yield (what, "at least 1.95x", f"{value:.2f}x ({name}); two bare loops reach {bare:.2f}x",
           value >= 1.95)
    if figures.has("qemu.translate.legacy.2_threads"):
        value, name = worst([(scaling(figures, f"qemu.translate.{mode}.2_threads", size),
                              f"{mode}, {size_name(size)}")
                             for mode in ("legacy", "scalable")
                             for size in (512, 1048576)], False)
        yield ("the same in QEMU", "at least 1.95x", f"{value:.2f}x ({name})", value >= 1.95)


def flat(figures, case, sizes):
    """The largest time of a case to its smallest, over sizes."""
    times = [figures.time(case, size) for size in sizes]
    return max(times), max(times) / min(times)


def invalidation_rows(figures):
    """The queue, alone and in QEMU."""
    fills = (0, 1024, 65536, 1048576)
    for case, what, limit in (("queue.page", "page invalidation + wait", 100),
                              ("queue.255_pages", "255 pages + wait", 4000)):
        most, spread = flat(figures, case, fills)
        yield (f"{what}, at fills from 0 to 1 M", f"{limit} ns, flat",
               f"{most:.0f} ns, {spread:.2f}x from least to most",
               most <= limit and spread <= 1.25)
    if not figures.has("qemu.queue.legacy.page"):
        return
    for mode in ("legacy", "scalable"):
        for kind in ("page", "255_pages", "domain", "global"):
            yield (f"{kind.replace('_', ' ')} + wait in QEMU, cache full, {mode}: to stock",
                   "20x faster", *faster(figures, f"qemu.queue.{mode}.{kind}", 1024, 20))


def endpoint_rows(figures):
    """The ATC, and page requests."""
    sizes = (1024, 65536, 1048576)
    yield ("ATC hit + release: to a 4-way probe and two locked additions", "at most 1.5x",
           *at_most(figures, [("atc.hit", size) for size in sizes], "probe_and_adds", 1.5))
    for case, what in (("atc.invalidate_page_in_all", "a page in all PASIDs"),
                       ("atc.invalidate_pasid", "a PASID"),
                       ("atc.invalidate_all", "everything")):
        least, most = (figures.time(case, size) for size in (1024, 1048576))
        yield (f"ATC invalidation of {what}, from 1 k to 1 M entries", "flat",
               f"{least:.0f} to {most:.0f} ns", most <= 2 * least)
    rate = 1000 / figures.time("page_request.round_trip", 1)
    yield ("page request -> response", "5 M/s a core", f"{rate:.1f} M/s", rate >= 5)
    slower = figures.per("pasids", 1, "alone")
    yield ("1 M PASIDs on 64 k source-ids in guest memory: a hit, to one alone",
           "no slower, fixed memory", f"{slower:.2f}x, memory fixed", slower <= 1.05)


def guest_rows(figures):
    """NVMe of a Linux guest."""
    for mode in ("legacy", "scalable"):
        for load in ("random_4k", "sequential_64k"):
            case = f"guest.{mode}.{load}"
            size, = figures.sizes(case)
            per = figures.per(case, size, "stock")
            cost = figures.time(case, size) - figures.time(case, size, "libvtd_pt")
            stock = figures.time(case, size, "stock") - figures.time(case, size, "stock_pt")
            what = f"guest: NVMe {load.replace('_', ' ')}, strict, {mode}"
            yield (f"{what}: to stock", "ahead", f"{per:.3f}x of its time", per < 1)
            yield (f"{what}: cost over `iommu=pt`", "at most half of stock's",
                   f"{cost / 1000:.1f} to {stock / 1000:.1f} us a read",
                   stock > 0 and cost <= stock / 2)


PARTS = (("translate.first_stage", hit_rows), ("qemu.translate.legacy", qemu_rows),
         ("threads.same_requester", thread_rows), ("queue.page", invalidation_rows),
         ("atc.hit", endpoint_rows), ("guest.legacy.random_4k", guest_rows))


def targets(figures):
    """All rows of what was measured."""
    return [row for case, rows in PARTS if figures.has(case) for row in rows(figures)]
