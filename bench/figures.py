# SPDX-License-Identifier: BSD-3-Clause
"""What was measured: rows of the bench programs, by case, size and side."""

SIZE_NAMES = {1024: "1 k", 65536: "64 k", 1048576: "1 M"}


def size_name(size):
    """Numbers of pages as people write them."""
    return SIZE_NAMES.get(size, str(size))


class Figures:
    """Rows of all files of a directory."""

    def __init__(self, directory):
        self.rows = {}
        self.instructions = {}
        for path in sorted(directory.glob("*.tsv")):
            lines = path.read_text(encoding="utf-8").splitlines()
            for line in lines[1:]:
                self._take(lines[0].split("\t"), line.split("\t"))

    def _take(self, head, words):
        row = dict(zip(head, words))
        key = row["case"], int(row["size"])
        if "instructions" in row:
            self.instructions[key] = float(row["instructions"])
            return
        self.rows.setdefault(key, {})[row["side"]] = {
            name: float(row[name]) if row.get(name) else None
            for name in ("median_ns", "low_ns", "high_ns", "min_ns", "subject_per")}

    def has(self, case):
        """Whether there is any size of it."""
        return any(key[0] == case for key in self.rows)

    def sizes(self, case):
        """Sizes of a case, in order."""
        return sorted(size for name, size in self.rows if name == case)

    def time(self, case, size, side="subject"):
        """Nanoseconds, the median."""
        return self.rows[case, size][side]["median_ns"]

    def times(self, case, side="subject"):
        """[(size, median, low, high)]"""
        return [(size, *(self.rows[case, size][side][name]
                         for name in ("median_ns", "low_ns", "high_ns")))
                for size in self.sizes(case)]

    def per(self, case, size, side):
        """The subject in times of another side: the median of pairs."""
        return self.rows[case, size][side]["subject_per"]

    def table(self):
        """All rows, as lines of text."""
        yield (f"{'case':34}{'size':>9}  {'side':20}{'median':>11}{'25 %':>11}"
               f"{'75 %':>11}{'min':>11}  {'subject is':>10}")
        for (case, size), sides in self.rows.items():
            for side, row in sides.items():
                times = "".join(f"{row[name]:11.1f}"
                                for name in ("median_ns", "low_ns", "high_ns", "min_ns"))
                per = f"{row['subject_per']:9.2f}x" if row["subject_per"] else ""
                yield f"{case:34}{size:>9}  {side:20}{times}  {per:>10}".rstrip()
        yield ""
        for (case, size), number in self.instructions.items():
            yield f"{case:34}{size:>9}  {number:.0f} instructions"
