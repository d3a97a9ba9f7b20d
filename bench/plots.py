# SPDX-License-Identifier: BSD-3-Clause
"""Plots of what was measured, by gnuplot."""

import subprocess

from targets import scaling

HEAD = """set terminal svg size 760,440 font "sans-serif,12" background "white"
set output "{output}"
set title "{title}"
set xlabel "{x}"
set ylabel "{y}"
set grid ytics
set key outside right top vertical
"""

THREADS = [("translation, same requester", "threads.same_requester", 512),
           ("translation, two requesters", "threads.two_requesters", 512),
           ("the same, 1 M pages", "threads.two_requesters", 1048576),
           ("hits in one ATC", "threads.same_atc", 1024),
           ("hits in two ATCs", "threads.two_atcs", 1024),
           ("bare walks", "threads.bare_walk", 512),
           ("bare walks, 1 M pages", "threads.bare_walk", 1048576)]


def block(rows):
    """Rows as a gnuplot data block."""
    return "\n".join(" ".join(map(str, row)) for row in rows) + "\ne\n"


def lines(series):
    """The plot command of [(title, [(x, y, low, high)])], and its data."""
    plots, data = [], []
    for number, (title, rows) in enumerate(series, 1):
        plots.append(f'"-" using 1:2:3:4 with yerrorlines lt {number} title "{title}"')
        data.append(block(rows))
    return "plot " + ", ".join(plots) + "\n" + "".join(data)


def series_of(figures, wanted):
    """[(title, rows)] of those [(title, case, side)] that were measured; a size of 0
    has a place on a logarithmic axis, too."""
    return [(title, [(max(row[0], 16), *row[1:]) for row in figures.times(case, side)])
            for title, case, side in wanted if figures.has(case)]


def by_size(figures, wanted):
    """Lines over a logarithmic number of pages, entries or PASIDs."""
    return "set logscale x 2\nset logscale y\nset format x \"%.0f\"\n" + lines(
        series_of(figures, wanted))


def hits(figures):
    """Hit cost by working set."""
    return by_size(figures, [
        ("first stage", "translate.first_stage", "subject"),
        ("second stage", "translate.second_stage", "subject"),
        ("legacy", "translate.legacy", "subject"),
        ("with PASID", "translate.pasid", "subject"),
        ("nested", "translate.nested", "subject"),
        ("bare walk", "translate.first_stage", "walk"),
        ("bare walk, dependent", "translate.first_stage", "walk_dependent"),
        ("24 bare loads", "translate.nested", "loads_24")])


def qemu_hits(figures):
    """The same through QEMU."""
    return by_size(figures, [
        (f"{name}, {mode}", f"qemu.translate.{mode}", side)
        for mode in ("legacy", "scalable")
        for name, side in (("libvtd", "subject"), ("stock", "stock"))])


def invalidations(figures):
    """Invalidation cost by fill."""
    return by_size(figures, [
        ("page + wait", "queue.page", "subject"),
        ("255 pages + wait", "queue.255_pages", "subject"),
        ("device-TLB page + wait", "queue.device_tlb_page", "subject"),
        ("ATC: page in all PASIDs", "atc.invalidate_page_in_all", "subject"),
        ("ATC: a PASID", "atc.invalidate_pasid", "subject"),
        ("ATC: everything", "atc.invalidate_all", "subject")])


def threads(figures):
    """Scaling by threads."""
    rows = [(f'"{title}"', round(scaling(figures, case, size), 3))
            for title, case, size in THREADS]
    return ("set style fill solid 0.5\nset boxwidth 0.6\nset yrange [0:2.2]\n"
            "set xtics rotate by 25 right\nunset key\n"
            'plot "-" using 0:2:xtic(1) with boxes lt 1\n' + block(rows))


def pasids(figures):
    """Cost by PASIDs."""
    return by_size(figures, [
        ("translation", "pasids", "subject"),
        ("eight bare loads", "pasids", "loads_8")])


NANOSECONDS = "ns (median and quartiles)"
PLOTS = {
    "hit": (hits, "Hit in the library", "pages at random", NANOSECONDS, "translate.nested"),
    "qemu": (qemu_hits, "QEMU's translate callback", "pages at random", NANOSECONDS,
             "qemu.translate.legacy"),
    "invalidation": (invalidations, "Invalidation", "pages or entries before (16: none)",
                     NANOSECONDS, "queue.page"),
    "threads": (threads, "Two threads", "", "times the rate of one thread",
                "threads.bare_walk"),
    "pasids": (pasids, "Requesters in use, of 1 M PASIDs on 64 k source-ids",
               "PASIDs at random", NANOSECONDS, "pasids"),
}


def draw(figures, directory):
    """Makes the plots whose case was measured; returns their names."""
    drawn = []
    for name, (plot, title, x, y, needs) in PLOTS.items():
        if not figures.has(needs):
            continue
        head = HEAD.format(output=directory / f"{name}.svg", title=title, x=x, y=y)
        subprocess.run(["gnuplot"], input=head + plot(figures), text=True, check=True)
        drawn.append(name)
    return drawn
